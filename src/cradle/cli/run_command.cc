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
#include "cradle/measure/run.h"
#include "cradle/record/summary.h"

namespace cradle::cli {
namespace {

/// Exit code of programs that start others when they fail themselves (env, timeout, nohup, chroot).
constexpr int kFailedBeforeStart = 125;

struct RunOptions {
  std::string name, place, scope, json;
  double hz = 0;
  bool quiet = false;
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
  run->add_option("--hz", given->hz, "Readings per second (default 1)")->check(CLI::Range(0.001, 1000.0));
  run->add_option("--scope", given->scope, "mine: the command and its share of idle (default); machine: everything")
      ->check(CLI::IsMember({"mine", "machine"}));
  run->add_flag("--quiet", given->quiet, "No summary on stderr");
  run->add_option("--json", given->json, "Write the run record to this file too");
  run->add_option("command", given->command, "The command and its arguments, after --")->required();
  run->footer("Example: cradle run --place FR -- python train.py --epochs 3");
  run->callback([given, &exit_code] {
    bool started = false;
    try {
      exit_code = run_command(*given, started);
    } catch (const base::Error& e) {
      if (started) throw;
      fmt::print(stderr, "cradle: error: {}\n", e.what());
      exit_code = kFailedBeforeStart;
    }
  });
}

}  // namespace cradle::cli
