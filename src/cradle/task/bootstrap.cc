// The bias-corrected bootstrap.
#include "cradle/task/bootstrap.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "cradle/base/random.h"

namespace cradle::task {

namespace {

/// Probabilities at which the bootstrap's P5 and P95 are read.
struct Levels {
  double low, high;
};

/// Bias-corrected percentiles (Efron 1987, equation 2.8 with acceleration 0). A resample repeats images, which lifts
/// the mean average precision a little, so plain percentiles would lie too high, in small samples above the value.
Levels corrected_levels(const std::vector<double>& resampled, double value) {
  const auto phi = [](double z) { return 0.5 * std::erfc(-z / std::numbers::sqrt2); };
  double below = 0;
  for (const double v : resampled) below += v < value ? 1 : v == value ? 0.5 : 0;
  const double z95 = base::normal_quantile(0.95);
  // Beyond ±z95 the interval would not hold the value itself.
  const double share = std::clamp(below / static_cast<double>(resampled.size()), 0.05, 0.95);
  const double z0 = base::normal_quantile(share);
  return {phi(2 * z0 - z95), phi(2 * z0 + z95)};
}

}  // namespace

Resampled bootstrap(std::size_t images, int resamples, std::uint64_t seed, const Statistic& statistic) {
  const double value = statistic(std::vector<int>(images, 1));
  if (images == 0 || resamples < 1) return {{value, value, value}, {}};
  base::Stream stream(seed, base::stable_id("task.bootstrap"));
  std::vector<double> values;
  for (int i = 0; i < resamples; ++i) {
    std::vector<int> times(images, 0);
    for (std::size_t draw = 0; draw < images; ++draw) ++times[stream.below(images)];
    values.push_back(statistic(times));
  }
  const Levels levels = corrected_levels(values, value);
  std::vector<double> sorted = values;
  std::sort(sorted.begin(), sorted.end());
  return {{value, std::min(base::sample_quantile(sorted, levels.low), value),
           std::max(base::sample_quantile(sorted, levels.high), value)},
          std::move(values)};
}

}  // namespace cradle::task
