// A run in three lines, for the terminal.
#pragma once

#include <string>

#include "cradle/record/run_record.h"

namespace cradle::record {

/// Name, time, billed energy with interval and basis; how it was split and what was not covered; CO2e with the factor's
/// place and year. Three lines, each ended. The word "measured" stands only where every joule has a sensor. `kept`:
/// the record lies among the runs and can be asked for by its id.
std::string summary_of(const RunRecord& record, bool kept);

}  // namespace cradle::record
