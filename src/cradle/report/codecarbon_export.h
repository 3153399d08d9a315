// Run records as a table of CodeCarbon.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "cradle/record/run_record.h"

namespace cradle::report {

/// An emissions.csv with the 38 columns of CodeCarbon 3.3.0, one row for each run; what is not known is empty.
/// kWh, kg, W, s as there. energy_consumed and emissions are what is billed; the columns of CPU, GPU and memory have
/// the billed share of their parts, so that they add up to energy_consumed but for parts of other kinds (boards), which
/// it contains alone. Powers are means. `program` ("cradle 0.1.0") goes into codecarbon_version: the joules are not
/// CodeCarbon's. pue is 1: a record is at the computer.
std::string codecarbon_csv(std::span<const record::RunRecord> runs, std::string_view program);

}  // namespace cradle::report
