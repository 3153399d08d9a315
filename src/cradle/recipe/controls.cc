// Runs recipes of their own on the model and on the architecture that came out.
#include "cradle/recipe/controls.h"

#include <fmt/format.h>

#include <algorithm>

namespace cradle::recipe {
namespace {

bool changes_architecture(const Step& step) {
  return step.kind == "prune" || step.kind == "slim" || step.kind == "scratch" || step.kind == "lowrank";
}

/// The training of a step, in epochs; of those whose default is the task's own, as their details say.
int epochs_of(const StepDone& done) {
  const Step& step = done.step;
  if (step.kind == "finetune" || step.kind == "train" || step.kind == "qat") return static_cast<int>(step.amount);
  if (done.details.contains("epochs") && done.details.at("epochs").is_number())
    return done.details.at("epochs").get<int>();
  return 0;
}

std::string epochs_text(int epochs) { return epochs == 1 ? "1 epoch" : fmt::format("{} epochs", epochs); }

Step step_of(const std::string& text) { return parse_recipe(text, "control").front(); }

Control run_one(const Workspace& workspace, RecipeRequest request, std::string name, std::string what) {
  request.judge_steps = false;
  const Compressed done = run_recipe(workspace, request);
  Control control{std::move(name), std::move(what), done.output, {}, 0};
  for (const StepDone& step : done.steps) {
    control.joules.value += step.joules.value;
    control.joules.low += step.joules.low;
    control.joules.high += step.joules.high;
    control.seconds += step.seconds;
  }
  return control;
}

}  // namespace

ControlPlan control_plan(const Compressed& compressed) {
  ControlPlan plan;
  for (const StepDone& done : compressed.steps) {
    if (done.step.kind == "ticket") continue;  // it has its own
    plan.epochs += epochs_of(done);
    plan.from_scratch = plan.from_scratch || changes_architecture(done.step);
  }
  plan.as_long = plan.epochs > 0;
  plan.from_scratch = plan.from_scratch && plan.epochs > 0;
  return plan;
}

std::vector<Control> run_controls(const Workspace& workspace, const RecipeRequest& request,
                                  const Compressed& compressed) {
  const ControlPlan plan = control_plan(compressed);
  const std::filesystem::path folder = steps_folder(request.output);
  std::vector<Control> controls;
  // A last step of eight or sixteen bits follows on the control too; a training in eight bits becomes the plain one.
  std::vector<Step> last;
  std::filesystem::path narrow = request.model;
  for (const StepDone& done : compressed.steps) {
    if (is_last(done.step)) last = {done.step.kind == "qat" ? step_of("int8") : done.step};
    if (!is_last(done.step)) narrow = done.model;
  }
  const auto with = [&](const std::string& training) {
    std::vector<Step> steps = {step_of(training)};
    steps.insert(steps.end(), last.begin(), last.end());
    return steps;
  };
  RecipeRequest control = request;
  if (plan.as_long) {
    control.output = folder / "as-long.onnx";
    control.steps = with(fmt::format("finetune:{}", plan.epochs));
    controls.push_back(run_one(workspace, control, "as-long",
                               fmt::format("the model itself, trained on for {} too", epochs_text(plan.epochs))));
  }
  if (plan.from_scratch) {
    control.model = narrow;
    control.output = folder / "from-scratch.onnx";
    control.steps = with(fmt::format("train:{},keep-zeros=no", plan.epochs));
    controls.push_back(
        run_one(workspace, control, "from-scratch",
                fmt::format("the small architecture with new weights, trained for {}", epochs_text(plan.epochs))));
  }
  return controls;
}

}  // namespace cradle::recipe
