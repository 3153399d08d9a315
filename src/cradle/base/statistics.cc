// Quantiles with confidence intervals, and small summaries of samples.
#include "cradle/base/statistics.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <numbers>

#include "cradle/base/random.h"

namespace cradle::base {

double sample_quantile(std::span<const double> sorted, double p) {
  assert(!sorted.empty() && p >= 0.0 && p <= 1.0);
  const double at = p * static_cast<double>(sorted.size() - 1);
  const std::size_t i = static_cast<std::size_t>(at);
  if (i + 1 >= sorted.size()) return sorted.back();
  return sorted[i] + (at - static_cast<double>(i)) * (sorted[i + 1] - sorted[i]);
}

Interval quantile_with_interval(std::span<const double> sorted, double p, double confidence) {
  assert(confidence > 0.0 && confidence < 1.0);
  const double n = static_cast<double>(sorted.size());
  const double half = normal_quantile((1.0 + confidence) / 2.0) * std::sqrt(n * p * (1.0 - p));
  const auto at = [&](double rank) { return sorted[static_cast<std::size_t>(std::clamp(rank, 0.0, n - 1.0))]; };
  return {sample_quantile(sorted, p), at(std::floor(n * p - half) - 1.0), at(std::ceil(n * p + half))};
}

double mean_of(std::span<const double> values) {
  assert(!values.empty());
  double sum = 0.0;
  for (const double v : values) sum += v;
  return sum / static_cast<double>(values.size());
}

double standard_deviation_of(std::span<const double> values) {
  if (values.size() < 2) return 0.0;
  const double m = mean_of(values);
  double squares = 0.0;
  for (const double v : values) squares += (v - m) * (v - m);
  return std::sqrt(squares / static_cast<double>(values.size() - 1));
}

double mcnemar_p(long only_a, long only_b) {
  const long n = only_a + only_b, less = std::min(only_a, only_b);
  double tail = 0;
  for (long k = 0; k <= less; ++k)
    tail += std::exp(std::lgamma(n + 1.0) - std::lgamma(k + 1.0) - std::lgamma(n - k + 1.0) -
                     static_cast<double>(n) * std::numbers::ln2);
  return std::min(1.0, 2 * tail);
}

double student_t95(int degrees) {
  assert(degrees >= 1);
  if (degrees == 1) return 6.3138;  // tan(0.45 π)
  if (degrees == 2) return 2.9200;  // 0.9 / sqrt(2 · 0.95 · 0.05)
  const double z = normal_quantile(0.95), n = degrees;
  const double z3 = z * z * z, z5 = z3 * z * z, z7 = z5 * z * z;
  return z + (z3 + z) / (4 * n) + (5 * z5 + 16 * z3 + 3 * z) / (96 * n * n) +
         (3 * z7 + 19 * z5 + 17 * z3 - 15 * z) / (384 * n * n * n);
}

namespace {

/// Probability that |t| is below tan(angle) √degrees.
double student_t_within(double angle, int degrees) {
  const double cosine = std::cos(angle), sine = std::sin(angle);
  const bool odd = degrees % 2 == 1;
  double term = odd ? cosine : 1.0, sum = degrees == 1 ? 0.0 : term;
  for (int k = odd ? 3 : 2; k <= degrees - 2; k += 2) {
    term *= cosine * cosine * (k - 1) / k;
    sum += term;
  }
  return odd ? 2 / std::numbers::pi * (angle + sine * sum) : sine * sum;
}

}  // namespace

double student_t(double p, int degrees) {
  assert(p > 0.5 && p < 1.0 && degrees >= 1);
  double low = 0, high = std::numbers::pi / 2;
  for (int halving = 0; halving < 50; ++halving) {
    const double middle = (low + high) / 2;
    (student_t_within(middle, degrees) < 2 * p - 1 ? low : high) = middle;
  }
  return std::tan((low + high) / 2) * std::sqrt(degrees);
}

Interval summary_of(std::vector<double> values) {
  assert(!values.empty());
  auto below = values.begin();  // what is smaller than all that is still looked for
  // sample_quantile() of the sorted values, without sorting them: each quantile needs two neighbours only.
  const auto next = [&](double p) {
    const double at = p * static_cast<double>(values.size() - 1);
    const auto i = static_cast<std::ptrdiff_t>(at);
    const auto here = values.begin() + i;
    std::nth_element(below, here, values.end());
    below = here;
    if (here + 1 == values.end()) return *here;
    return *here + (at - static_cast<double>(i)) * (*std::min_element(here + 1, values.end()) - *here);
  };
  const double low = next(0.05), middle = next(0.5), high = next(0.95);
  return {middle, low, high};
}

}  // namespace cradle::base
