// Chosen records, in a format, to stdout or a file.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "cradle/base/error.h"
#include "cradle/base/file.h"
#include "cradle/cli/exchange_commands.h"
#include "cradle/cli/kept_runs.h"
#include "cradle/report/export_formats.h"

namespace cradle::cli {
namespace {

std::vector<record::RunRecord> chosen(const std::vector<std::string>& ids, bool all) {
  if (all != ids.empty())
    base::fail_usage("{}", all ? "--all and single runs were given; choose one"
                               : "no run was named; give ids (`cradle runs list` shows them), files, or --all");
  std::vector<record::RunRecord> runs;
  for (const std::string& id : ids) runs.push_back(kept_run(id));
  if (!all) return runs;
  for (const auto& file : kept_files(".json")) {
    try {
      runs.push_back(record::read_record(file));
    } catch (const base::Error& e) {
      fmt::print(stderr, "cradle: warning: {}\n", e.what());
    }
  }
  return runs;
}

void export_runs(const report::ExportFormat& format, const std::vector<record::RunRecord>& runs,
                 const std::string& output) {
  const std::string text = format.write(runs, "cradle " CRADLE_VERSION);
  if (output.empty() || output == "-")
    fmt::print("{}", text);
  else
    base::write_file(output, text);
}

std::string formats_help() {
  std::string text = "Formats:\n";
  for (const report::ExportFormat& format : report::export_formats())
    text += fmt::format("  {:<12} {}\n", format.name, format.what);
  return text;
}

}  // namespace

void add_export_command(CLI::App& app) {
  CLI::App* command = app.add_subcommand("export", "Records in the formats of other tools");
  const auto ids = std::make_shared<std::vector<std::string>>();
  const auto format = std::make_shared<std::string>(), output = std::make_shared<std::string>();
  const auto all = std::make_shared<bool>(false);
  command->add_option("runs", *ids, "Ids of runs, their beginnings, or files of records");
  command->add_option("--format", *format, "Which format (see below)")->required();
  command->add_flag("--all", *all, "Every run that is kept");
  command->add_option("-o,--output", *output, "File to write (default: stdout)");
  command->footer(formats_help() +
                  "Examples:\n"
                  "  cradle export --format codecarbon --all -o emissions.csv\n"
                  "  cradle export --format codecarbon 20260102-030225");
  command->callback([=] { export_runs(report::export_format(*format), chosen(*ids, *all), *output); });
}

}  // namespace cradle::cli
