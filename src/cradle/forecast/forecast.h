// What a training that goes on will have cost when it ends: a distribution, from its marks alone.
#pragma once

#include <optional>
#include <vector>

#include "cradle/record/run_record.h"

namespace cradle::forecast {

/// What was said of the run before it ends, on the command line or by its marks ("epochs=50", "patience=5").
struct Plan {
  int epochs = 0;    ///< how many there will be at most; 0: nobody said
  int patience = 0;  ///< epochs without improvement after which the run stops itself; 0: it does not, as far as known
};

/// Time and billed joules of the whole run as P10, P50, P90, seen at the instant `now` (a mark or any reading after
/// it). nullopt while nothing can be said: no end of an epoch yet, or nobody said how many there will be.
std::optional<record::Forecast> forecast(const std::vector<record::Mark>& marks, const record::Mark& now,
                                         const Plan& plan);

}  // namespace cradle::forecast
