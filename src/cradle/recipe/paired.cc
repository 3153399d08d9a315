// Differences of accuracies and of joules, with intervals.
#include "cradle/recipe/paired.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>

#include "cradle/base/text.h"

namespace cradle::recipe {
namespace {

constexpr double kNormal95 = 1.6448536269514722;  // 95 % point of the standard normal distribution
constexpr double kNever = std::numeric_limits<double>::infinity();

/// The deviation that other images would bring to the mean over seeds.
double deviation_of_mean(std::span<const Difference> differences) {
  const std::size_t draws = differences[0].draws.size();
  std::vector<double> means(draws, 0.0), deviations;
  for (const Difference& d : differences) {
    deviations.push_back(d.deviation);
    if (d.draws.size() != draws) means.clear();
    for (std::size_t i = 0; i < means.size(); ++i) means[i] += d.draws[i] / static_cast<double>(differences.size());
  }
  return means.size() < 2 ? base::mean_of(deviations) : base::standard_deviation_of(means);
}

}  // namespace

std::optional<Difference> paired_difference(double first, std::span<const double> first_draws, double other,
                                            std::span<const double> other_draws) {
  if (first_draws.size() != other_draws.size() || first_draws.size() < 2) return {};
  std::vector<double> draws;
  for (std::size_t i = 0; i < first_draws.size(); ++i) draws.push_back(other_draws[i] - first_draws[i]);
  Difference difference;
  difference.deviation = base::standard_deviation_of(draws);
  difference.draws = draws;
  std::sort(draws.begin(), draws.end());
  const double value = other - first;
  difference.value = {value, std::min(value, base::sample_quantile(draws, 0.05)),
                      std::max(value, base::sample_quantile(draws, 0.95))};
  return difference;
}

base::Interval over_seeds(std::span<const Difference> differences) {
  assert(!differences.empty());
  if (differences.size() == 1) return differences[0].value;
  std::vector<double> values;
  for (const Difference& d : differences) values.push_back(d.value.value);
  const double n = static_cast<double>(values.size());
  const double seeds =
      base::student_t(0.95, static_cast<int>(values.size()) - 1) * base::standard_deviation_of(values) / std::sqrt(n);
  const double half = std::hypot(seeds, kNormal95 * deviation_of_mean(differences));
  const double mean = base::mean_of(values);
  return {mean, mean - half, mean + half};
}

std::string within(const base::Interval& d, double bound) {
  if (d.low >= -bound && d.high <= bound) return "within";
  if (d.low > bound || d.high < -bound) return "outside";
  return "undecided";
}

PayBack pay_back(double cost_j, std::span<const double> before, std::span<const double> after) {
  assert(before.size() == after.size() && !before.empty());
  std::vector<double> saved;
  for (std::size_t i = 0; i < before.size(); ++i) saved.push_back(before[i] - after[i]);
  const double mean = base::mean_of(saved), n = static_cast<double>(saved.size());
  const double half = saved.size() < 2 ? kNever
                                       : base::student_t(0.95, static_cast<int>(saved.size()) - 1) *
                                             base::standard_deviation_of(saved) / std::sqrt(n);
  const auto after_saving = [&](double saving) { return saving > 0 ? cost_j / saving : kNever; };
  return {{after_saving(mean), after_saving(mean + half), after_saving(mean - half)}, std::abs(mean) > half};
}

std::string text_of(const PayBack& p) {
  const base::Interval& n = p.inferences;
  if (!std::isfinite(n.value))
    return p.decided ? "never: it saves no energy"
                     : "never, as far as can be told: it saves no energy that the runs show";
  if (!std::isfinite(n.high))
    return fmt::format("after {} inferences, but perhaps never (at the earliest after {})", base::format_count(n.value),
                       base::format_count(n.low));
  return fmt::format("after {} inferences ({} to {})", base::format_count(n.value), base::format_count(n.low),
                     base::format_count(n.high));
}

}  // namespace cradle::recipe
