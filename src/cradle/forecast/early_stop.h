// How many epochs are left of a training that stops when its metric no longer improves.
#pragma once

#include <span>
#include <vector>

#include "cradle/base/random.h"

namespace cradle::forecast {

/// The curve metric(t) = floor + gain · t^-power + noise through the past values, for one power.
struct Curve {
  double power = 0;
  double weight = 0;  ///< how well this power fits, among others; they add up to 1
  double floor = 0;
  double gain = 0;
  double noise = 0;
};

/// Curves for several powers. `metric`: one value an epoch, falling when it gets better; at least four.
std::vector<Curve> learning_curves(std::span<const double> metric);

/// Draws the epochs that are left (0 to most_left) of a run that stops after `patience` epochs without a value below
/// the best. One draw costs at most 1000 steps.
class EarlyStop {
 public:
  EarlyStop(std::vector<double> metric, int patience, int most_left);
  int draw(base::Stream* stream) const;

 private:
  int from_curve(base::Stream* stream) const;
  int from_prior(base::Stream* stream) const;

  std::vector<double> metric_;
  std::vector<Curve> curves_;
  double best_ = 0;
  int since_best_ = 0;
  int patience_;
  int most_left_;
};

}  // namespace cradle::forecast
