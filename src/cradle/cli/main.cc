// The program: one list of commands, one place where errors become messages and exit codes.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <exception>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "cradle/base/error.h"
#include "cradle/base/text.h"
#include "cradle/cli/assess_command.h"
#include "cradle/cli/config_command.h"
#include "cradle/cli/data_command.h"
#include "cradle/cli/doctor_command.h"
#include "cradle/cli/exchange_commands.h"
#include "cradle/cli/model_commands.h"
#include "cradle/cli/monitor_command.h"
#include "cradle/cli/report_command.h"
#include "cradle/cli/run_command.h"
#include "cradle/cli/runs_command.h"
#include "cradle/cli/scenario_commands.h"

namespace {

using namespace cradle;

constexpr const char* kVersion = "cradle " CRADLE_VERSION;

constexpr const char* kFooter =
    "Examples:\n"
    "  cradle run --place FR -- python train.py     measure any command\n"
    "  cradle assess study.toml -o report/          life cycle of a model, with intervals and sources\n"
    "  cradle demo                                  train, quantise, measure, assess: all of it in minutes\n"
    "Exit codes: 0 done, 1 failed, 2 wrong usage; `cradle run` passes the command's own, or 125.";

void print_error(const std::string& message) { fmt::print(stderr, "cradle: error: {}\n", message); }

/// A wrong subcommand is answered with the nearest right one.
std::string parse_message(const CLI::App& app, const CLI::ParseError& e, int argc, char** argv) {
  if (argc > 1 && argv[1][0] != '-') {
    std::vector<std::string> names;
    bool known = false;
    for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
      names.push_back(command->get_name());
      known = known || command->get_name() == argv[1];
    }
    if (!known)
      return fmt::format("there is no command '{}'{}; `cradle --help` lists them", argv[1],
                         base::suggestion(argv[1], names));
    return fmt::format("{} (`cradle {} --help` says what is possible)", e.what(), argv[1]);
  }
  return fmt::format("{} (`cradle --help` says what is possible)", e.what());
}

/// Every command, in the order of --help.
struct Command {
  std::string_view name;
  void (*add)(CLI::App&, int& exit_code);
};
constexpr Command kCommands[] = {
    {"run", cli::add_run_command},
    {"doctor", cli::add_doctor_command},
    {"monitor", cli::add_monitor_command},
    {"runs", cli::add_runs_command},
    {"import", cli::add_import_command},
    {"export", [](CLI::App& app, int&) { cli::add_export_command(app); }},
    {"train", [](CLI::App& app, int&) { cli::add_train_command(app); }},
    {"graph", [](CLI::App& app, int&) { cli::add_graph_command(app); }},
    {"compress", [](CLI::App& app, int&) { cli::add_compress_command(app); }},
    {"bench", [](CLI::App& app, int&) { cli::add_bench_command(app); }},
    {"assess", [](CLI::App& app, int&) { cli::add_assess_command(app); }},
    {"compare", [](CLI::App& app, int&) { cli::add_compare_command(app); }},
    {"explain", [](CLI::App& app, int&) { cli::add_explain_command(app); }},
    {"report", [](CLI::App& app, int&) { cli::add_report_command(app); }},
    {"sweep", [](CLI::App& app, int&) { cli::add_sweep_command(app); }},
    {"when", [](CLI::App& app, int&) { cli::add_when_command(app); }},
    {"diff", [](CLI::App& app, int&) { cli::add_diff_command(app); }},
    {"validate", cli::add_validate_command},
    {"data",
     [](CLI::App& app, int&) {
       cli::add_data_command(app);
       cli::add_reconcile_command(*app.get_subcommand("data"));
       cli::add_data_diff_command(*app.get_subcommand("data"));
     }},
    {"demo", [](CLI::App& app, int&) { cli::add_demo_command(app); }},
    {"config", [](CLI::App& app, int&) { cli::add_config_command(app); }},
};

/// Only the command that is called, if there is one of this name: a measured run starts sooner and in less memory.
void add_commands(CLI::App& app, std::string_view called, int& exit_code) {
  const bool known = std::any_of(std::begin(kCommands), std::end(kCommands),
                                 [&](const Command& command) { return command.name == called; });
  for (const Command& command : kCommands)
    if (!known || command.name == called) command.add(app, exit_code);
}

int run(int argc, char** argv) {
  CLI::App app{"cradle measures, explains and shrinks the environmental footprint of AI models over their whole life."};
  app.set_version_flag("--version", kVersion);
  app.footer(kFooter);
  app.require_subcommand(0, 1);
  int exit_code = 0;
  add_commands(app, argc > 1 ? argv[1] : "", exit_code);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& e) {  // --help, --version
    return app.exit(e);
  } catch (const CLI::ParseError& e) {
    print_error(parse_message(app, e, argc, argv));
    return std::string_view(argc > 1 ? argv[1] : "") == "run" ? cli::kRunFailedBeforeStart : 2;
  }
  if (app.get_subcommands().empty()) {
    fmt::print("{}", app.help());
    return 2;
  }
  return exit_code;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const cradle::base::Error& e) {
    print_error(e.what());
    return e.fault() == cradle::base::Fault::kUsage ? 2 : 1;
  } catch (const std::exception& e) {
    print_error(fmt::format("{} (this is a defect of cradle; please report it with the command line)", e.what()));
    return 1;
  }
}
