// The mean of the next units of a series (seconds of an epoch, watts of a stage) as a distribution.
#pragma once

#include <span>
#include <vector>

#include "cradle/base/random.h"

namespace cradle::forecast {

/// What the past units say of the next ones: level + noise, and a trend that dies away.
struct Outlook {
  double level = 0;        ///< where the series stands now
  double level_error = 0;  ///< standard error of it
  double least = 0;        ///< no draw lies below: a tenth of the mean of the past
  double slope = 0;        ///< per unit; 0 unless the past shows one
  double slope_error = 0;
  double slope_age = 0;  ///< units since the instant at which the series had this slope
  double noise = 0;      ///< standard deviation of one unit about the level
  double degrees = 1;    ///< of freedom, of Student's t
  bool suspect = false;  ///< all that is known is one first unit, which may have been a warm-up
};

/// How many units at the beginning are a warm-up: each lies more than three standard deviations above those
/// that follow. At most half of the units. `values` in order of time, of equal weight.
std::size_t warm_up(std::span<const double> values);

/// Reads a series without its warm-up. `values` is not empty. `from_start`: nothing was left out at its beginning.
Outlook outlook_of(std::span<const double> values, bool from_start);

/// One draw of the mean over the next `units` > 0 units (a fraction counts as a part of one). Never below a tenth of
/// the level. Takes seven numbers from the stream.
double draw_mean(const Outlook& outlook, double units, base::Stream* stream);

}  // namespace cradle::forecast
