// What a compression is to be compared with: models that had the same budget and no cleverness.
#pragma once

#include <string>
#include <vector>

#include "cradle/recipe/pipeline.h"

namespace cradle::recipe {

/// One control that was run.
struct Control {
  std::string name;  ///< "as-long", "from-scratch", "reinitialised", "dense"
  std::string what;  ///< a sentence for people
  std::filesystem::path model;
  Ledger ledger{};       ///< what it cost: not charged to the compression
  std::string failed{};  ///< why there is no model; "" if there is
};

/// What is run beside a recipe with training; nothing beside one without.
struct ControlPlan {
  int epochs = 0;              ///< of training in the recipe, but for a ticket's
  bool as_long = false;        ///< the model itself, trained on for as many epochs;
  bool anew = false;           ///< … from new weights, as the recipe had it
  bool from_scratch = false;   ///< the architecture that came out, with new weights
  bool reinitialised = false;  ///< the zeros that came out, with new weights, trained for as many epochs
  bool ticket = false;         ///< the ticket's own: the dense net of as many iterations, its zeros with new weights
};
ControlPlan control_plan(const Compressed& compressed);

/// Runs the controls of what `compressed` became, resumable as it; a last step that leaves float32 is taken on the
/// control as well, so that files of one precision are compared. "from-scratch" is trained for the task's usual epochs
/// and those of the recipe: the model had been trained before the recipe began, and new weights must catch up. Throws
/// Error.
std::vector<Control> run_controls(const Workspace& workspace, const RecipeRequest& request,
                                  const Compressed& compressed);

}  // namespace cradle::recipe
