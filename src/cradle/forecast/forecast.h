// What a training that goes on will have cost when it ends: a distribution, from its marks alone.
#pragma once

#include <optional>
#include <vector>

#include "cradle/forecast/timeline.h"
#include "cradle/record/run_record.h"

namespace cradle::forecast {

/// Time and billed joules of the whole run as P10, P50, P90, seen at the instant `now` (a mark or any reading after
/// it). nullopt while nothing can be said: no end of an epoch and no step k of n yet, or neither the number of epochs
/// nor a patience with a metric is known. Pure: the same arguments give the same figures. Cost linear in the marks
/// plus 400 draws; with a patience each draw plays the epochs that are left.
std::optional<record::Forecast> forecast(const std::vector<record::Mark>& marks, const record::Mark& now,
                                         const Plan& plan);

/// Probability that a total whose P10, P50, P90 are `quantiles` passes `limit`: half a normal on each side of the
/// median. For a budget in joules or seconds.
double probability_above(const base::Interval& quantiles, double limit);

}  // namespace cradle::forecast
