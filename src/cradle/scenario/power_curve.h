// How a training's energy is spread over its hours, from the marks of its records or flat.
#pragma once

#include <string>
#include <vector>

#include "cradle/record/run_record.h"

namespace cradle::scenario {

/// Shares of the energy by hour since the start; they add up to 1. The last hour may be begun only.
struct PowerCurve {
  double duration_s = 0;
  std::vector<double> shares;
  std::string basis;  ///< "measured" by marks, "flat"
};

/// The same power from start to end. Throws Error if the duration is not above 0.
PowerCurve flat_curve(double duration_s);

/// Records one after the other, as they were needed; between two marks the power is even. A record whose marks are of
/// several ranks, or that has none, is flat within itself.
PowerCurve curve_of(const std::vector<record::RunRecord>& runs);

}  // namespace cradle::scenario
