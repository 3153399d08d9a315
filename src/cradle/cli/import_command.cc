// Finds out what each file is, and keeps the records that are in it.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "cradle/base/error.h"
#include "cradle/base/file.h"
#include "cradle/base/json.h"
#include "cradle/cli/exchange_commands.h"
#include "cradle/cli/kept_runs.h"
#include "cradle/record/journal.h"
#include "cradle/report/carbontracker_import.h"
#include "cradle/report/codecarbon_import.h"

namespace cradle::cli {
namespace {

namespace fs = std::filesystem;

constexpr const char* kTrackerEndings[] = {"_carbontracker_output.log", "_carbontracker_err.log", "_carbontracker.log"};

/// Records of earlier imports by identity, and what has been done so far.
struct Importing {
  fs::path folder;
  std::set<std::string, std::less<>> known;  ///< identities
  std::set<fs::path> trackers;               ///< stems of logs that are done: the pair is one run
  base::Json imported = base::Json::array();
  int refused = 0, skipped = 0;
  bool as_json = false;
};

void warn(const std::string& message) { fmt::print(stderr, "cradle: warning: {}\n", message); }

void keep(const record::RunRecord& run, const std::string& from, Importing& importing) {
  if (!importing.known.emplace(record::identity_of(run.id)).second) {
    ++importing.skipped;
    fmt::print(stderr, "cradle: {}: run {} was imported before, and is left as it is\n", from, run.id);
    return;
  }
  record::write_record(importing.folder / (run.id + ".json"), run);
  importing.imported.push_back(listed(run));
  if (!importing.as_json) fmt::print("{}", line_of(run));
}

std::string read_if_there(const fs::path& path) { return fs::exists(path) ? base::read_file(path) : ""; }

/// The logs that belong to `path`: its siblings by name, or itself alone under a name of its own.
void import_tracker(const fs::path& path, const std::string& text, Importing& importing) {
  report::CarbonTrackerLogs logs;
  fs::path stem = path;
  for (const std::string ending : kTrackerEndings) {
    const std::string name = path.filename().string();
    if (!logs.stem.empty() || !name.ends_with(ending)) continue;
    logs.stem = name.substr(0, name.size() - ending.size());
    stem = path.parent_path() / logs.stem;
    logs.standard = read_if_there(stem.string() + "_carbontracker.log");
    logs.output = read_if_there(stem.string() + "_carbontracker_output.log");
    logs.errors = read_if_there(stem.string() + "_carbontracker_err.log");
  }
  if (logs.stem.empty()) logs = {text, "", "", path.stem().string()};
  if (!importing.trackers.insert(stem).second) return;  // with its other half
  keep(report::import_carbontracker(logs, path.string()), path.string(), importing);
}

void import_file(const fs::path& path, Importing& importing) {
  const std::string text = base::read_file(path);
  if (path.filename().string().ends_with("_carbontracker_err.log") || report::is_carbontracker(text))
    return import_tracker(path, text, importing);
  if (!report::is_codecarbon(text))
    base::fail(
        "{}: neither an emissions.csv of CodeCarbon (a header with timestamp, duration, emissions and "
        "energy_consumed) nor a log of CarbonTracker; nothing else can be imported",
        path.string());
  const report::Import found = report::import_codecarbon(text, path.string());
  for (const std::string& reason : found.left_out) fmt::print(stderr, "cradle: {}\n", reason);
  for (const std::string& reason : found.refused) warn(reason);
  importing.refused += static_cast<int>(found.refused.size());
  for (const record::RunRecord& run : found.runs) keep(run, path.string(), importing);
}

void import_files(const std::vector<std::string>& files, const std::string& folder, bool as_json, int& exit_code) {
  Importing importing;
  importing.as_json = as_json;
  importing.folder = folder.empty() ? record::runs_folder() : fs::path(folder);
  std::error_code error;
  fs::create_directories(importing.folder, error);
  if (error) base::fail("cannot create the folder {}: {}", importing.folder.string(), error.message());
  for (const auto& entry : fs::directory_iterator(importing.folder))
    if (entry.path().extension() == ".json") importing.known.emplace(record::identity_of(entry.path().stem().string()));
  for (const std::string& file : files) {
    try {
      import_file(file, importing);
    } catch (const base::Error& e) {
      if (files.size() == 1) throw;
      warn(e.what());
      ++importing.refused;
    }
  }
  if (as_json)
    fmt::print("{}\n", base::dump_json(importing.imported));
  else if (importing.imported.empty() && importing.skipped == 0)
    fmt::print("nothing was imported\n");
  if (importing.refused > 0) exit_code = 1;
}

}  // namespace

void add_import_command(CLI::App& app, int& exit_code) {
  CLI::App* import = app.add_subcommand("import", "Records from CodeCarbon's emissions.csv and CarbonTracker's logs");
  const auto files = std::make_shared<std::vector<std::string>>();
  const auto folder = std::make_shared<std::string>();
  const auto as_json = std::make_shared<bool>(false);
  import->add_option("files", *files, "emissions.csv, or either of a pair of logs")->required();
  import->add_option("-o,--output", *folder, "Folder for the records (default: that of all runs)");
  import->add_flag("--json", *as_json, "Print JSON");
  import->footer(
      "Examples:\n"
      "  cradle import emissions.csv\n"
      "  cradle import logs/*_carbontracker.log\n"
      "Each run keeps the gaps of the tool that measured it: cradle runs show ID lists them.");
  import->callback([=, &exit_code] { import_files(*files, *folder, *as_json, exit_code);
});
}  // namespace cradle::cli

}  // namespace cradle::cli
