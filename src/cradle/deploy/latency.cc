// The latency log and its summary.
#include "cradle/deploy/latency.h"

#include <algorithm>
#include <cassert>

#include "cradle/base/statistics.h"

namespace cradle::deploy {

LatencyLog::LatencyLog(std::size_t capacity) : capacity_(capacity) {
  assert(capacity >= 2 && capacity % 2 == 0);
  seconds_.reserve(capacity);
}

void LatencyLog::add(double seconds) {
  least_ = added_ == 0 ? seconds : std::min(least_, seconds);
  if (added_ % stride_ == 0) {
    if (seconds_.size() == capacity_) {
      // Entries stand for additions 0, s, 2s, …; those at even places stand for 0, 2s, 4s, …
      for (std::size_t i = 0; i < capacity_ / 2; ++i) seconds_[i] = seconds_[2 * i];
      seconds_.resize(capacity_ / 2);
      stride_ *= 2;
    }
    // With an even capacity the addition that found the log full is a multiple of the doubled stride as well.
    seconds_.push_back(seconds);
  }
  ++added_;
}

LatencySummary LatencyLog::summary() const {
  assert(!seconds_.empty());
  std::vector<double> sorted = seconds_;
  std::ranges::sort(sorted);
  constexpr double kMillisecondsPerSecond = 1e3;
  return {least_ * kMillisecondsPerSecond, base::sample_quantile(sorted, 0.5) * kMillisecondsPerSecond,
          base::sample_quantile(sorted, 0.95) * kMillisecondsPerSecond};
}

}  // namespace cradle::deploy
