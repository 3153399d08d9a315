// Reads and writes search.json.
#include "cradle/recipe/search_memory.h"

#include <algorithm>

#include "cradle/base/error.h"
#include "cradle/base/file.h"
#include "cradle/recipe/recipe_state.h"

namespace cradle::recipe {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kSchema = "cradle.search/1";

base::Json read(const fs::path& file) {
  try {
    base::Json json = base::read_json(file);
    const std::string where = file.string();
    if (base::json_string(json, "schema", where) != kSchema) base::fail("{}: expected schema {}", where, kSchema);
    base::json_string(json, "key", where);
    const base::Json& measured = base::json_member(json, "measured", where);
    if (!measured.is_object()) base::fail("{}: 'measured': expected an object", where);
    for (const auto& [name, one] : measured.items()) standing_from(one, where + ": " + name);
    return json;
  } catch (const base::Error& error) {
    base::fail("{}; remove {} to begin the search anew", error.what(), file.parent_path().string());
  }
}

}  // namespace

SearchMemory::SearchMemory(fs::path folder, const RecipeRequest& request)
    : folder_(std::move(folder)),
      json_({{"schema", kSchema}, {"key", key_of(request)}, {"measured", base::Json::object()}}) {
  const fs::path file = folder_ / "search.json";
  std::error_code error;
  if (fs::exists(file)) {
    base::Json there = read(file);
    if (there.at("key") == json_.at("key"))
      json_ = std::move(there);
    else
      fs::remove_all(folder_, error);
  }
  fs::create_directories(folder_ / "runs", error);
  if (error) base::fail("cannot create {}: {}", folder_.string(), error.message());
}

Standing SearchMemory::once(const std::string& name, const std::function<Standing()>& measure) {
  base::Json& measured = json_["measured"];
  if (!measured.contains(name)) {
    const Standing found = measure();
    measured[name] = to_json(found);
    base::write_json(folder_ / "search.json", json_);
  }
  return standing_from(measured.at(name), "search.json");
}

std::vector<fs::path> SearchMemory::records_but(const fs::path& left_out) const {
  std::vector<fs::path> records;
  for (const auto& entry : fs::recursive_directory_iterator(folder_)) {
    const fs::path& file = entry.path();
    if (file.extension() != ".json" || file.parent_path().filename() != "runs") continue;
    if (!left_out.empty() && file.parent_path().parent_path() == left_out) continue;
    records.push_back(file);
  }
  std::sort(records.begin(), records.end());
  return records;
}

}  // namespace cradle::recipe
