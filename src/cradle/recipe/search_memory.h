// What a search knows from an earlier call: which structures were measured, and what all of it cost. Internal to the
// room.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "cradle/base/json.h"
#include "cradle/recipe/pipeline.h"

namespace cradle::recipe {

/// search.json (cradle.search/1, docs/FORMATS.md) in the search's folder, and the records of all jobs below that
/// folder.
class SearchMemory {
 public:
  /// Takes up what an earlier call for the same model and request left; of another, the folder is emptied. Throws
  /// Error: the folder cannot be made, the file is damaged.
  SearchMemory(std::filesystem::path folder, const RecipeRequest& request);

  const std::filesystem::path& folder() const { return folder_; }

  /// Measures, if `name` was not measured before, and remembers; what throws is not remembered. Without draws and
  /// record.
  Standing once(const std::string& name, const std::function<Standing()>& measure);

  /// Records of all jobs of all calls but those below `left_out`, sorted.
  std::vector<std::filesystem::path> records_but(const std::filesystem::path& left_out) const;

 private:
  std::filesystem::path folder_;
  base::Json json_;
};

}  // namespace cradle::recipe
