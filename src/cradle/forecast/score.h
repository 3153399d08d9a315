// How good forecasts were once the end is known, and the rule they have to beat.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "cradle/forecast/forecast.h"

namespace cradle::forecast {

/// The pinball loss of the quantile `p` forecast as `forecast` when the outcome was `actual` (Koenker and Bassett
/// 1978): p·(actual − forecast) above it, (1−p)·(forecast − actual) below. In the unit of both.
double pinball(double p, double forecast, double actual);

/// Mean over P10, P50, P90; a forecast that is one number has all three the same.
double pinball(const base::Interval& quantiles, double actual);

/// A running score of the forecasts of one quantity.
struct Score {
  int forecasts = 0;
  int covered = 0;  ///< of them held the outcome between P10 and P90
  double loss = 0;  ///< sum of pinball losses, each relative to its outcome

  void add(const base::Interval& quantiles, double actual);  ///< actual > 0
  double mean_loss() const;                                  ///< 0 without forecasts
  double coverage() const;                                   ///< wanted: 0.8
};

/// CarbonTracker's rule (CarbonTracker 2.4.3, predictor.py): the first epoch times the number of epochs, never
/// revised, here with a sum over devices as its authors meant. To be fair to it, what was spent before the first epoch
/// is added, and where validation is marked outside the epochs the first epoch lasts until the second begins. Without
/// epochs the first marked steps stand for the epoch. nullopt until that has ended.
std::optional<Amount> first_epoch_rule(const std::vector<record::Mark>& marks, const record::Mark& now,
                                       const Plan& plan);

}  // namespace cradle::forecast
