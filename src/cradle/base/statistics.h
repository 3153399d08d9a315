// Quantiles with confidence intervals, and small summaries of samples.
#pragma once

#include <span>
#include <vector>

namespace cradle::base {

/// A figure with its interval. Unless said otherwise low and high are P5 and P95.
struct Interval {
  double value = 0.0;
  double low = 0.0;
  double high = 0.0;
};

/// Sample quantile by linear interpolation of order statistics (Hyndman and Fan 1996, type 7).
/// `sorted` ascends and is not empty; p in [0, 1].
double sample_quantile(std::span<const double> sorted, double p);

/// A sample quantile with its own confidence interval, free of any assumption on the distribution:
/// the order statistics between which the true quantile lies with at least `confidence`, from the binomial's
/// normal approximation (Conover 1999, section 3.2). Cost O(1) on sorted data.
Interval quantile_with_interval(std::span<const double> sorted, double p, double confidence = 0.9);

double mean_of(std::span<const double> values);                ///< values not empty
double standard_deviation_of(std::span<const double> values);  ///< n-1 in the denominator; 0 for one value

/// 95 % point of Student's t with `degrees` >= 1 of freedom (exact to 4 digits up to 2, else Cornish-Fisher expansion
/// about the normal, Abramowitz and Stegun 26.7.5, within 0.3 %).
double student_t95(int degrees);

/// Quantile of Student's t, 0.5 < p < 1 and `degrees` >= 1: the closed form for whole degrees (Abramowitz and Stegun
/// 26.7.3 and 26.7.4), inverted by halving, to 10 digits. Cost some 50 sums of degrees / 2 terms.
double student_t(double p, int degrees);

/// McNemar's exact test of two classifiers on the same images: the two-sided probability of a split at least as uneven
/// as (`only_a`, `only_b`) images that one alone has right, if either were as likely (binomial with 1/2; McNemar 1947;
/// Dietterich 1998, section 3.1). 1 without any such image. Cost linear in their number.
double mcnemar_p(long only_a, long only_b);

/// {median, P5, P95} of a sample that is not empty, as sample_quantile() of its sorted values gives them. By selection,
/// cost O(n): 10,000 values take a quarter of the time of sorting them.
Interval summary_of(std::vector<double> values);

}  // namespace cradle::base
