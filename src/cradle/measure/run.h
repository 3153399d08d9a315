// Runs a command under the meter: the command does not notice, and a record comes out.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "cradle/measure/budget.h"
#include "cradle/measure/child.h"
#include "cradle/measure/mark_rules.h"
#include "cradle/measure/outlook.h"
#include "cradle/meter/part_meter.h"
#include "cradle/record/journal.h"
#include "cradle/record/run_record.h"
#include "cradle/sensor/machine.h"
#include "cradle/sensor/power_model.h"

namespace cradle::measure {

struct Options {
  std::string name;          ///< of the run; "": the program's name
  std::string place;         ///< into the record
  std::optional<double> hz;  ///< readings per second, 0.001 to 1000; none: the pace is adaptive (pace.h)
  meter::Scope scope = meter::Scope::kMine;
  std::string wattmeter;  ///< a file, FIFO, device or Unix socket that yields watts; "": none
  /// What unread parts are modelled from, asked once the machine is known; none: nothing is modelled.
  std::function<sensor::PowerModelInputs(const sensor::MachineFacts&)> inputs;
  std::optional<record::GridFactor> factor;  ///< turns billed joules into CO2e
  /// Where journal and record are kept; none: nowhere.
  std::optional<std::filesystem::path> folder;
  bool marks_by_socket = false;   ///< CRADLE_MARKS names the socket, not the pipe
  std::vector<MarkRule> mark_on;  ///< marks from standard output
  forecast::Plan plan;            ///< what is known of the run before it begins
  std::optional<Budget> budget;   ///< of emissions only with a factor
  bool stop = false;              ///< ends the command when the budget is reached or P10 of its forecast above it
  double stop_patience_s = 30;    ///< from SIGTERM to SIGKILL then
  Forecaster forecaster;          ///< none: forecast::forecast
  /// Takes lines about what is to come; none: nothing is said.
  std::function<void(const std::string&)> tell;
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
/// executed (then nothing is kept). The meter never ends the command unless Options::stop says so; if cradle is killed
/// the command goes on and the journal stays. Signals that processes send to cradle alone go on to the command; those
/// of the terminal, and those for the whole group, reach it anyway. The command finds in its environment CRADLE_MARKS,
/// CRADLE_MARKS_INODE and CRADLE_MARKS_SOCKET (docs/FORMATS.md "Marks"). Throws Error only before the command starts.
Finished run(const Command& command, const Options& options);

}  // namespace cradle::measure
