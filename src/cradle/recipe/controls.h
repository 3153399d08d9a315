// What a compression is to be compared with: models that had the same budget and no cleverness.
#pragma once

#include <string>
#include <vector>

#include "cradle/recipe/pipeline.h"

namespace cradle::recipe {

/// One control that was run.
struct Control {
  std::string name;  ///< "as-long", "from-scratch"
  std::string what;  ///< a sentence for people
  std::filesystem::path model;
  base::Interval joules;  ///< what it cost: not charged to the compression
  double seconds = 0;
  std::string failed{};  ///< why there is no model; "" if there is
};

/// What is run: of a recipe with training "as-long" (the model itself, trained on for as many epochs) and, if its
/// steps change the architecture, "from-scratch" (the architecture that came out, with new weights, trained for as many
/// epochs); none for a recipe without training. The random re-initialisation of a ticket is part of its own step.
struct ControlPlan {
  int epochs = 0;  ///< of training in the recipe
  bool as_long = false, from_scratch = false;
};
ControlPlan control_plan(const Compressed& compressed);

/// Runs the controls of what `compressed` became, resumable as it; a last step that leaves float32 is taken on the
/// control as well, so that files of one precision are compared. Throws Error.
std::vector<Control> run_controls(const Workspace& workspace, const RecipeRequest& request,
                                  const Compressed& compressed);

}  // namespace cradle::recipe
