// Runs a command under the meter: the command does not notice, and a record comes out.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "cradle/measure/child.h"
#include "cradle/meter/part_meter.h"
#include "cradle/record/journal.h"
#include "cradle/record/run_record.h"
#include "cradle/sensor/machine.h"
#include "cradle/sensor/power_model.h"

namespace cradle::measure {

/// Readings per second when nothing else is asked for; energy totals need one per wrap only, models follow the load.
inline constexpr double kDefaultHz = 1.0;

struct Options {
  std::string name;          ///< of the run; "": the program's name
  std::string place;         ///< into the record
  std::optional<double> hz;  ///< readings per second, 0.001 to 1000
  meter::Scope scope = meter::Scope::kMine;
  /// What unread parts are modelled from, asked once the machine is known; none: nothing is modelled.
  std::function<sensor::PowerModelInputs(const sensor::MachineFacts&)> inputs;
  std::optional<record::GridFactor> factor;  ///< turns billed joules into CO2e
  /// Where journal and record are kept; none: nowhere.
  std::optional<std::filesystem::path> folder;
  /// Takes what the command writes to its standard error; none: it goes where cradle's own goes, untouched.
  std::function<void(std::string_view)> standard_error;
  /// Takes whole sentences; none: "cradle: warning: …" on stderr.
  std::function<void(const std::string&)> warn;
};

struct Finished {
  record::RunRecord record;
  std::string not_started;     ///< why the command could not be executed; "" if it was
  std::filesystem::path file;  ///< of the record; "" if it is not kept
};

/// Runs `command` to its end. exit_code: the command's own, 128 + N if signal N ended it, 127 or 126 if it could not be
/// executed (then nothing is kept). The meter never ends the command; if cradle is killed the command goes on and the
/// journal stays. Signals that processes send to cradle go on to the command; those of the terminal reach it anyway.
/// Throws Error only before the command starts.
Finished run(const Command& command, const Options& options);

}  // namespace cradle::measure
