// Means, ratios, outliers and settling of repeated runs.
#include "cradle/recipe/bench_statistics.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>

namespace cradle::recipe {
namespace {

constexpr double kInfinite = std::numeric_limits<double>::infinity();

/// Half of the 90 % interval of the mean.
double half_interval(std::span<const double> values) {
  return base::student_t95(static_cast<int>(values.size()) - 1) * base::standard_deviation_of(values) /
         std::sqrt(static_cast<double>(values.size()));
}

double median_of(std::span<const double> values) {
  return base::summary_of(std::vector<double>(values.begin(), values.end())).value;
}

/// One figure of each round: the mean over contenders of the logarithm.
template <class Figure>
std::vector<double> by_round(std::span<const std::vector<Sample>> samples, Figure figure) {
  std::vector<double> rounds(samples[0].size(), 0.0);
  for (const auto& of_one : samples)
    for (std::size_t i = 0; i < rounds.size(); ++i)
      rounds[i] += std::log(figure(of_one[i])) / static_cast<double>(samples.size());
  return rounds;
}

/// Rounds at the beginning of `rounds`, at most `most`, that are not like the rest.
std::size_t unlike_at_begin(std::span<const double> rounds, std::size_t most) {
  constexpr double kTwoSided99 = 0.995;
  constexpr double kNoMatter = 0.01;  // half of the width that is asked for by default: smaller drifts may stay
  const auto later = rounds.subspan(most);
  const int n = static_cast<int>(later.size());
  const double mean = base::mean_of(later);
  const double reach = std::max(
      kNoMatter, base::student_t(kTwoSided99, n - 1) * base::standard_deviation_of(later) * std::sqrt(1.0 + 1.0 / n));
  std::size_t unlike = 0;
  while (unlike < most && std::abs(rounds[unlike] - mean) > reach) ++unlike;
  return unlike;
}

}  // namespace

std::vector<double> seconds_of(std::span<const Sample> samples) {
  std::vector<double> all;
  for (const Sample& sample : samples) all.push_back(sample.s);
  return all;
}

std::vector<double> joules_of(std::span<const Sample> samples) {
  std::vector<double> all;
  for (const Sample& sample : samples) all.push_back(sample.j);
  return all;
}

base::Interval mean_interval(std::span<const double> values) {
  const double mean = base::mean_of(values);
  if (values.size() < 2) return {mean, mean, mean};
  const double half = half_interval(values);
  return {mean, std::max(0.0, mean - half), mean + half};
}

std::optional<Ratio> paired_ratio(std::span<const double> first, std::span<const double> other) {
  assert(first.size() == other.size() && !first.empty());
  std::vector<double> logs;
  for (std::size_t i = 0; i < first.size(); ++i) {
    if (!(first[i] > 0 && other[i] > 0)) return std::nullopt;
    logs.push_back(std::log(other[i] / first[i]));
  }
  const double mean = base::mean_of(logs);
  if (logs.size() < 2) return Ratio{{std::exp(mean), 0.0, kInfinite}, false};
  const double half = half_interval(logs);
  Ratio ratio{{std::exp(mean), std::exp(mean - half), std::exp(mean + half)}, false};
  ratio.decided = ratio.value.low > 1.0 || ratio.value.high < 1.0;
  return ratio;
}

std::vector<std::size_t> outliers(std::span<const double> values) {
  constexpr double kThreshold = 3.5, kNormal = 0.6745;  // 75 % point of the normal: there MAD and sigma agree
  constexpr std::size_t kLeastValues = 5;               // assumed: of fewer, half are the yardstick for the others
  std::vector<std::size_t> apart;
  if (values.size() < kLeastValues) return apart;
  const double median = median_of(values);
  std::vector<double> distances;
  for (const double value : values) distances.push_back(std::abs(value - median));
  const double mad = median_of(distances);
  for (std::size_t i = 0; i < values.size(); ++i)
    if (kNormal * distances[i] > kThreshold * mad) apart.push_back(i);
  return apart;
}

Settling settling_of(std::span<const std::vector<Sample>> samples) {
  constexpr std::size_t kLeastRounds = 5;  // a reference of three
  const std::size_t rounds = samples[0].size(), most = rounds / 2;
  if (rounds < kLeastRounds) return {};
  std::size_t unlike = unlike_at_begin(by_round(samples, [](const Sample& x) { return x.s; }), most);
  const bool has_joules = std::all_of(samples.begin(), samples.end(), [](const auto& of_one) {
    return std::all_of(of_one.begin(), of_one.end(), [](const Sample& x) { return x.j > 0; });
  });
  if (has_joules)
    unlike = std::max(unlike, unlike_at_begin(by_round(samples, [](const Sample& x) { return x.j / x.s; }), most));
  return {static_cast<int>(unlike), unlike < most};
}

Width widest_interval(std::span<const std::vector<Sample>> samples, int discarded) {
  Width widest;
  const auto wider = [&](double relative, std::size_t contender, bool of_ratio) {
    if (relative > widest.relative || contender + of_ratio == 0) widest = {relative, contender, of_ratio};
  };
  std::vector<double> first;
  for (std::size_t c = 0; c < samples.size(); ++c) {
    const auto joules = joules_of(std::span(samples[c]).subspan(static_cast<std::size_t>(discarded)));
    if (joules.size() < 2) return {kInfinite, c, false};
    if (c == 0) first = joules;
    const base::Interval mean = mean_interval(joules);
    wider(mean.value > 0 ? mean.high / mean.value - 1 : kInfinite, c, false);
    if (c == 0) continue;
    const auto ratio = paired_ratio(first, joules);
    wider(ratio ? ratio->value.high / ratio->value.value - 1 : kInfinite, c, true);
  }
  return widest;
}

}  // namespace cradle::recipe
