// Runs a recipe step by step: each step is measured, judged, charged, and not done again when the recipe is resumed.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "cradle/recipe/ledger.h"
#include "cradle/recipe/standing.h"
#include "cradle/recipe/steps.h"

namespace cradle::recipe {

inline constexpr std::string_view kRecipeSchema = "cradle.recipe/1";

/// What a recipe is applied to, and with what.
struct RecipeRequest {
  std::filesystem::path model, output;
  std::vector<Step> steps;
  std::string task;  ///< as defaults_of knows it
  OwnImages own{};
  std::uint64_t seed = 1;
  std::int64_t train_images = 0;  ///< of an epoch; 0: the task's own
  int calibration_images = 256;   ///< where a step does not say
  int judged_images = 1000;       ///< validation images that the model is judged on after each step
  double judged_seconds = 0.5;    ///< of the window behind its latency and joules then
  std::string dialect = "auto";   ///< of int8, where the step does not say
  bool judge_steps = true;        ///< false: only what the steps themselves need is run (searches judge by themselves)
  std::function<void(const std::string& line)> tell;  ///< progress; none: nothing is said
};

/// What became of one step.
struct StepDone {
  Step step;
  std::filesystem::path model;  ///< that it wrote
  Ledger ledger;                ///< of all its jobs, failed tries and judgements among them
  Standing after;               ///< all zero without judge_steps
  base::Json details;           ///< what the step itself has to tell: layers, groups, rounds
  bool reused = false;          ///< it had been done by an earlier call
};

/// A recipe that was run.
struct Compressed {
  Standing before;  ///< all zero without judge_steps
  std::vector<StepDone> steps;
  std::filesystem::path output;
  Ledger beside;  ///< of no step: judging the model as it is, and jobs that failed or were ended
};

/// Of all that it took.
Ledger ledger_of(const Compressed& compressed);

/// Where the models between the steps, their records and the state lie: beside the output, OUT.onnx.steps.
std::filesystem::path steps_folder(const std::filesystem::path& output);

/// Runs the steps that were not done yet and writes the last one's model to `output`, whole or not at all. State after
/// each step is kept in steps_folder(): the same call goes on where another ended, a training from its last epoch; what
/// a changed step or its followers wrote is done again. Throws Error: the output is the model, a step that cannot be
/// done (naming it). Until the last step is done `output` is as it was.
Compressed run_recipe(const Workspace& workspace, const RecipeRequest& request);

}  // namespace cradle::recipe
