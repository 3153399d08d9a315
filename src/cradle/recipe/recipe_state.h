// The state of a recipe between two calls: which steps were done, on what, and what they cost. Internal to the room.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "cradle/recipe/pipeline.h"

namespace cradle::recipe {

/// state.json in steps_folder() (cradle.recipe/1, docs/FORMATS.md).
struct RecipeState {
  std::string key;  ///< of the model and of what holds for all steps
  std::optional<Standing> before;
  struct Done {
    std::string key;  ///< of the state before, and of the step's text
    StepDone what;
  };
  std::vector<Done> steps;
};

/// What a step's result depends on: everything before it, and its own text.
std::string key_of(const std::string& before, const std::string& text);
/// Of the model's bytes, the task, the images (base::stamp_of_folder), the seed and the numbers of images.
std::string key_of(const RecipeRequest& request);

/// Empty where there is no state, or one of another model or another request. Steps whose model is gone or changed, and
/// those behind them, are left out. Throws Error for a file that is damaged.
RecipeState read_state(const std::filesystem::path& folder, const RecipeRequest& request);
void write_state(const std::filesystem::path& folder, const RecipeState& state);

}  // namespace cradle::recipe
