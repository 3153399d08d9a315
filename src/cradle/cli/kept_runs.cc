// Looks through the folder of runs.
#include "cradle/cli/kept_runs.h"

#include <fmt/format.h>

#include <algorithm>

#include "cradle/base/error.h"
#include "cradle/base/file.h"
#include "cradle/base/json.h"
#include "cradle/base/text.h"
#include "cradle/record/journal.h"

namespace cradle::cli {
namespace {

namespace fs = std::filesystem;

}  // namespace

std::vector<fs::path> kept_files(std::string_view extension) {
  std::vector<fs::path> found;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(record::runs_folder(), error))
    if (entry.path().extension() == extension) found.push_back(entry.path());
  std::sort(found.begin(), found.end());
  return found;
}

record::RunRecord kept_run(const std::string& id) {
  if (id.ends_with(".json") || id.find('/') != std::string::npos) return record::read_record(id);
  std::vector<fs::path> candidates;
  std::vector<std::string> ids;
  for (const char* extension : {".json", ".journal"})
    for (const fs::path& file : kept_files(extension)) {
      ids.push_back(file.stem().string());
      if (ids.back().starts_with(id)) candidates.push_back(file);
    }
  if (candidates.empty())
    base::fail("there is no run '{}' in {}{}; `cradle runs list` shows them", id, record::runs_folder().string(),
               base::suggestion(id, ids));
  if (candidates.size() > 1) base::fail("{} runs begin with '{}'; give more of the id", candidates.size(), id);
  const fs::path& file = candidates[0];
  if (file.extension() == ".json") return record::read_record(file);
  return record::recover(base::read_file(file), file.string());
}

base::Json listed(const record::RunRecord& r) {
  base::Json json{{"id", r.id},
                  {"name", r.name},
                  {"started", r.started},
                  {"duration_s", r.duration_s},
                  {"billed_j", r.billed.j.value},
                  {"low", r.billed.j.low},
                  {"high", r.billed.j.high},
                  {"basis", record::basis_text(r)},
                  {"exit_code", r.exit_code},
                  {"complete", r.complete}};
  if (r.emissions) json["co2e_g"] = r.emissions->co2e_g.value;
  return json;
}

std::string line_of(const record::RunRecord& r) {
  return fmt::format("{}  {}  {} in {}; basis: {}\n", r.id, r.name, base::format_interval(r.billed.j, "J"),
                     base::format_seconds(r.duration_s), record::basis_text(r));
}

}  // namespace cradle::cli
