// Reads CodeCarbon's emissions.csv into run records.
#pragma once

#include <string_view>

#include "cradle/report/imported_run.h"

namespace cradle::report {

/// True if the first line is a header of CodeCarbon: it has timestamp, duration, emissions and energy_consumed.
bool is_codecarbon(std::string_view text);

/// One record for each run (or task) of a file of any version: columns are found by name, those that are missing are
/// unknown. What the file leaves open stays open and is said in the record's events:
/// - CPU: the file does not tell RAPL from a model of the TDP, so its joules are never called counted.
/// - GPU: the driver's energy counter; a GPU that is named with 0 kWh (CodeCarbon #1316) is a gap.
/// - memory: a model of CodeCarbon.
/// - PUE: CodeCarbon multiplies energies by `pue`; it is divided out, because a record is at the computer.
/// - several rows of one run are its flushes, and cumulative: only the last counts.
/// Rows with another number of fields than the header (CodeCarbon #1304), negative energy or unreadable numbers are
/// refused line by line. Throws Error if the text is no such table. `name` is for messages. Cost linear.
Import import_codecarbon(std::string_view text, std::string_view name);

}  // namespace cradle::report
