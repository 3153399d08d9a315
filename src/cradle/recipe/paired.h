// What can be said of two models' accuracies: the difference on the same images, over several seeds, and a bound on it.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cradle/base/statistics.h"

namespace cradle::recipe {

/// A difference of two figures with its 90 % interval, and the standard deviation that the images alone leave in it.
struct Difference {
  base::Interval value;
  double deviation = 0;
  std::vector<double> draws{};  ///< on resampled images, as many and the same images for every model
};

/// other − first, of two models that were judged on the same images: `value` is the difference of the figures
/// themselves, low and high are P5 and P95 of the differences of their draws (task/bootstrap.h), which always hold it.
/// nullopt if they have no draws, or not as many.
std::optional<Difference> paired_difference(double first, std::span<const double> first_draws, double other,
                                            std::span<const double> other_draws);

/// The mean of the differences that several seeds brought, on the same images: seeds and images are crossed. Two doubts
/// add in quadrature: of other seeds (Student's t of the mean, 90 %), and of other images (1.645 times the deviation of
/// the mean over seeds on each resample: more seeds lessen it as far as they err on other images; without draws, which
/// must be as many of all, 1.645 times the mean deviation). What seeds and images have to do with each other is in
/// both, so the interval is rather too wide. One seed: that of the images alone. Not empty.
base::Interval over_seeds(std::span<const Difference> differences);

/// "within": the interval lies inside ±bound; "outside": it has no part inside; else "undecided".
std::string within(const base::Interval& difference, double bound);

/// Inferences after which `cost` joules are paid back.
struct PayBack {
  base::Interval inferences;  ///< infinite: never
  bool decided = false;       ///< the saving's interval excludes 0
};
/// `before` and `after`: joules of one inference, in paired runs. The saving's interval is Student's t of the paired
/// differences; of the cost its value alone is taken, since the meter's error is common to cost and saving. As many of
/// both, at least one.
PayBack pay_back(double cost_j, std::span<const double> before, std::span<const double> after);

/// "after 85 k inferences (71 k to 104 k)", "never: …", "perhaps never …".
std::string text_of(const PayBack& pay_back);

}  // namespace cradle::recipe
