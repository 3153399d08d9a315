// Reads and writes state.json.
#include "cradle/recipe/recipe_state.h"

#include <fmt/format.h>

#include "cradle/base/error.h"
#include "cradle/base/file.h"
#include "cradle/base/json.h"

namespace cradle::recipe {
namespace {

namespace fs = std::filesystem;

base::Json paths_json(const std::vector<fs::path>& paths) {
  base::Json list = base::Json::array();
  for (const fs::path& path : paths) list.push_back(path.filename().string());
  return list;
}

base::Json step_json(const RecipeState::Done& done) {
  const StepDone& s = done.what;
  base::Json json = {{"key", done.key},
                     {"step", text_of(s.step)},
                     {"model", s.model.filename().string()},
                     {"model_sha256", base::sha256_of(base::read_file(s.model))},
                     {"records", paths_json(s.ledger.records)},
                     {"details", s.details}};
  if (!s.after.info.sha256.empty()) json["after"] = to_json(s.after);
  return json;
}

/// The step as it was done, or nothing if its files are not as they were.
std::optional<RecipeState::Done> step_from(const base::Json& json, const fs::path& folder, const std::string& where) {
  RecipeState::Done done;
  StepDone& s = done.what;
  done.key = base::json_string(json, "key", where);
  s.step = parse_recipe(base::json_string(json, "step", where), where).at(0);
  s.model = folder / base::json_string(json, "model", where);
  std::vector<fs::path> records;
  for (const base::Json& record : base::json_member(json, "records", where)) {
    if (!record.is_string()) base::fail("{}: 'records': expected file names, found {}", where, record.type_name());
    records.push_back(folder / "runs" / record.get<std::string>());
    if (!fs::exists(records.back())) return {};
  }
  s.ledger = ledger_from(records);
  s.details = base::json_member(json, "details", where);
  if (json.contains("after")) {
    s.after = standing_from(json.at("after"), where);
    s.after.file = s.model;
  }
  s.reused = true;
  if (!fs::exists(s.model) ||
      base::sha256_of(base::read_file(s.model)) != base::json_string(json, "model_sha256", where))
    return {};
  return done;
}

/// What the file holds of this very request, up to the first step that differs.
void take_up_from(const fs::path& folder, const RecipeRequest& request, RecipeState& state) {
  const fs::path file = folder / "state.json";
  const std::string where = file.string();
  const base::Json json = base::read_json(file);
  if (base::json_string(json, "schema", where) != kRecipeSchema)
    base::fail("{}: expected schema {}, found {}", where, kRecipeSchema, base::json_string(json, "schema", where));
  if (base::json_string(json, "key", where) != state.key) return;
  if (json.contains("before") && fs::exists(folder / "runs/0-judge.json"))
    state.before = standing_from(json.at("before"), where);
  std::string key = state.key;
  for (const base::Json& one : base::json_member(json, "steps", where)) {
    if (state.steps.size() == request.steps.size()) break;
    key = key_of(key, text_of(request.steps[state.steps.size()]));
    if (base::json_string(one, "key", where) != key) break;
    auto done = step_from(one, folder, where);
    if (!done) break;
    state.steps.push_back(std::move(*done));
  }
}

}  // namespace

std::string key_of(const std::string& before, const std::string& text) { return base::sha256_of(before + "\n" + text); }

std::string key_of(const RecipeRequest& r) {
  const std::string own =
      fmt::format("{} {}x{}x{} {}/{}", r.own.folder.empty() ? "" : base::stamp_of_folder(r.own.folder), r.own.channels,
                  r.own.height, r.own.width, fmt::join(r.own.mean, ","), fmt::join(r.own.deviation, ","));
  return key_of(base::sha256_of(base::read_file(r.model)),
                fmt::format("{} {} seed {} train {} calibration {} judged {} {} {}", r.task, own, r.seed,
                            r.train_images, r.calibration_images, r.judged_images, r.dialect,
                            r.judge_steps ? fmt::format("{} s", r.judged_seconds) : "false"));
}

RecipeState read_state(const fs::path& folder, const RecipeRequest& request) {
  RecipeState state{key_of(request), {}, {}};
  if (!fs::exists(folder / "state.json")) return state;
  try {
    take_up_from(folder, request, state);
  } catch (const base::Error& error) {
    base::fail("{}; remove {} to begin anew", error.what(), folder.string());
  }
  return state;
}

void write_state(const fs::path& folder, const RecipeState& state) {
  base::Json json = {{"schema", kRecipeSchema}, {"key", state.key}, {"steps", base::Json::array()}};
  if (state.before) json["before"] = to_json(*state.before);
  for (const RecipeState::Done& done : state.steps) json["steps"].push_back(step_json(done));
  base::write_json(folder / "state.json", json);
}

}  // namespace cradle::recipe
