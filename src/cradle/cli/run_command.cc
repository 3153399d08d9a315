// Options, a run, three lines on stderr.
#include "cradle/cli/run_command.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <vector>

#include "cradle/base/error.h"
#include "cradle/cli/measuring.h"
#include "cradle/cli/settings.h"
#include "cradle/measure/line.h"
#include "cradle/measure/run.h"
#include "cradle/record/summary.h"

namespace cradle::cli {
namespace {

constexpr const char* kFooter =
    "Examples:\n"
    "  cradle run --place FR -- python train.py --epochs 3\n"
    "  cradle run --epochs 50 --budget 1kWh --stop -- python train.py      with marks: see below\n"
    "  cradle run --mark-on 'Epoch ([0-9]+)/([0-9]+) done' -- python -u train.py\n"
    "  cradle run --mark-on 'Epoch ([0-9]+)=>epoch-$1-begin' -- python -u train.py\n"
    "  cradle run --budget 500gCO2e --place FR -- make\n"
    "\n"
    "Marks. A program marks its epochs by lines to the descriptor in CRADLE_MARKS (echo epoch-1 >&$CRADLE_MARKS), or,\n"
    "where a launcher closes descriptors, to the datagram socket in CRADLE_MARKS_SOCKET. Without touching the "
    "program,\n"
    "--mark-on makes marks of what it prints: \"epoch-3/50\" says that epoch 3 of 50 has ended.\n"
    "Standard output stays byte by byte what it was: a file is read along; for a terminal or a pipe a small process\n"
    "copies, which goes on if cradle is killed (if it is killed itself, the program meets SIGPIPE at its next line).\n"
    "Programs that print to files and pipes in blocks are seen in blocks (python -u, stdbuf -oL help); those that "
    "draw\n"
    "the whole screen should run without --mark-on.\n"
    "\n"
    "Budgets. A warning when the forecast's median passes the budget, and one when it is reached. With --stop the\n"
    "command is ended when it is reached, or before, when even the low end (P10) of the forecast is above it: SIGTERM "
    "to\n"
    "its processes, SIGKILL after 30 s.\n"
    "\n"
    "Exit codes: the command's own, 128 + N if signal N ended it, 127 not found, 126 not executable; 125 if cradle\n"
    "fails before the command starts, wrong options included.";

struct RunOptions {
  std::string name, place, scope, json, wattmeter, marks = "pipe", budget;
  double hz = 0;
  int epochs = 0, patience = 0;
  bool quiet = false, stop = false;
  std::vector<std::string> mark_on;
  std::vector<std::string> command;
};

measure::Options options_of(const RunOptions& given) {
  measure::Options options = measuring(given.place.empty() ? setting("place") : given.place);
  options.name = given.name;
  const double hz = given.hz > 0 ? given.hz : std::atof(setting("hz").c_str());
  if (hz > 0) options.hz = hz;
  const std::string scope = given.scope.empty() ? setting("scope") : given.scope;
  if (scope != "mine" && scope != "machine") base::fail_usage("'{}' is not a scope; expected mine or machine", scope);
  options.scope = scope == "machine" ? meter::Scope::kMachine : meter::Scope::kMine;
  options.wattmeter = given.wattmeter.empty() ? setting("wattmeter") : given.wattmeter;
  options.marks_by_socket = given.marks == "socket";
  for (const std::string& rule : given.mark_on) options.mark_on.push_back(measure::parse_mark_rule(rule));
  options.plan = {given.epochs, given.patience};
  if (!given.budget.empty()) options.budget = measure::parse_budget(given.budget);
  options.stop = given.stop;
  if (!given.quiet) options.tell = measure::print_line;
  try {
    options.folder = record::runs_folder();
  } catch (const base::Error& e) {
    fmt::print(stderr, "cradle: warning: the record is not kept: {}\n", e.what());
  }
  return options;
}

/// Runs and returns the exit code. Throws Error before the command starts, and when FILE cannot be written.
int run_command(const RunOptions& given, bool& started) {
  measure::Options options = options_of(given);
  const measure::Finished finished = measure::run({given.command, {}}, options);
  started = true;
  if (!finished.not_started.empty()) {
    fmt::print(stderr, "cradle: error: cannot start '{}': {}\n", given.command[0], finished.not_started);
    return finished.record.exit_code;
  }
  if (!given.quiet) fmt::print(stderr, "{}", record::summary_of(finished.record, !finished.file.empty()));
  if (!given.json.empty()) {
    try {
      record::write_record(given.json, finished.record);
    } catch (const base::Error& e) {  // the command has run: its exit code stands
      fmt::print(stderr, "cradle: warning: {}\n", e.what());
    }
  }
  return finished.record.exit_code;
}

}  // namespace

void add_run_command(CLI::App& app, int& exit_code) {
  CLI::App* run = app.add_subcommand("run", "Measure any command: energy with interval, CO2e; its exit code passes");
  const auto given = std::make_shared<RunOptions>();
  run->add_option("--name", given->name, "Name of the run (default: the program's)");
  run->add_option("--place", given->place, "Where the electricity comes from: FR, US-OR, Brussels");
  run->add_option(
         "--hz", given->hz,
         "Readings per second, fixed (default: 10 in the first second, 1 in the first minute, then one every 5 s)")
      ->check(CLI::Range(0.001, 1000.0));
  run->add_option("--scope", given->scope, "mine: the command and its share of idle (default); machine: everything")
      ->check(CLI::IsMember({"mine", "machine"}));
  run->add_option("--wattmeter", given->wattmeter,
                  "A wattmeter at the plug: file, FIFO, device or Unix socket that yields watts, one line each");
  run->add_option("--marks", given->marks, "What CRADLE_MARKS names: pipe (default) or socket")
      ->check(CLI::IsMember({"pipe", "socket"}));
  run->add_option(
         "--mark-on", given->mark_on,
         "Mark when a line of stdout matches REGEX[=>NAME]; $1 to $9 in NAME are groups (default: epoch-$1/$2)")
      ->allow_extra_args(false);
  run->add_option("--epochs", given->epochs, "How many epochs there will be at most, for the forecast")
      ->check(CLI::PositiveNumber);
  run->add_option("--patience", given->patience, "Epochs without improvement after which the command stops itself")
      ->check(CLI::PositiveNumber);
  run->add_option("--budget", given->budget, "Warn when it will be passed: 1kWh, 2.5MJ, 500gCO2e, 3h");
  run->add_flag("--stop", given->stop, "End the command when its budget is reached, or certain to be passed");
  run->add_flag("--quiet", given->quiet, "No summary and no forecast on stderr");
  run->add_option("--json", given->json, "Write the run record to this file too");
  run->add_option("command", given->command, "The command and its arguments, after --")->required();
  run->footer(kFooter);
  run->callback([given, &exit_code] {
    bool started = false;
    try {
      exit_code = run_command(*given, started);
    } catch (const base::Error& e) {
      if (started) throw;
      fmt::print(stderr, "cradle: error: {}\n", e.what());
      exit_code = kRunFailedBeforeStart;
    }
  });
}

}  // namespace cradle::cli
