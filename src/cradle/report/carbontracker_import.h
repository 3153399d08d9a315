// Reads CarbonTracker's logs into run records.
#pragma once

#include <string>
#include <string_view>

#include "cradle/report/imported_run.h"

namespace cradle::report {

/// The files of one tracker: <name>_carbontracker.log, _carbontracker_output.log and _carbontracker_err.log. Any may be
/// empty, but not both of the first two.
struct CarbonTrackerLogs {
  std::string standard, output, errors;
  std::string stem;  ///< the files' common name, which has the process id and the time: part of the record's identity
};

/// True if the text is a log of CarbonTracker (standard or output).
bool is_carbontracker(std::string_view text);

/// The record of a tracker. What the logs leave open is said in its events:
/// - energy = Σ epochs mean power × duration, by component, at the computer: the PUE of CarbonTracker's own totals
/// (1.58;
///   1.67 and others before 2.0; as the log states it) is not in it.
/// - since 2.0.0 CarbonTracker averages its devices instead of summing them: a mean of n devices is multiplied by n.
/// - GPU: power of NVML × time. CPU: RAPL for half of each cycle, or half the TDP where the device is a model's name.
/// - an epoch without a reading is filled with the mean of the others and lowers the coverage.
/// - time outside of epochs was not measured.
/// Throws Error if neither an epoch nor a consumption is in the logs. `name` is for messages. Cost linear.
record::RunRecord import_carbontracker(const CarbonTrackerLogs& logs, std::string_view name);

}  // namespace cradle::report
