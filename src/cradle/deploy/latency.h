// Latencies of single inferences, gathered in bounded memory.
#pragma once

#include <cstddef>
#include <vector>

namespace cradle::deploy {

/// Milliseconds; quantiles by base::sample_quantile.
struct LatencySummary {
  double min_ms = 0, median_ms = 0, p95_ms = 0;
};

/// Keeps every latency until `capacity` is reached, then every second, every fourth, … evenly over the whole window, so
/// that an hour of fast inferences takes no more memory than a second of them. The least is exact throughout.
class LatencyLog {
 public:
  explicit LatencyLog(std::size_t capacity = 1U << 18);  ///< even, at least 2; reserved at once
  void add(double seconds);                              ///< allocates nothing
  std::size_t added() const { return added_; }
  std::size_t kept() const { return seconds_.size(); }
  LatencySummary summary() const;  ///< asserts that something was added

 private:
  std::vector<double> seconds_;
  std::size_t capacity_;
  std::size_t stride_ = 1;
  std::size_t added_ = 0;
  double least_ = 0;
};

}  // namespace cradle::deploy
