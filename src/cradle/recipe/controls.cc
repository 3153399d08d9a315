// Runs recipes of their own on the model and on the architecture that came out.
#include "cradle/recipe/controls.h"

#include <fmt/format.h>

#include <algorithm>

#include "cradle/base/error.h"

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

/// ",rate=0.01,batch=32": what `from` says of these, so that the control is treated likewise.
std::string options_of(const Step& from, std::initializer_list<const char*> keys) {
  std::string text;
  for (const char* key : keys)
    if (const auto found = from.options.find(key); found != from.options.end())
      text += fmt::format(",{}={}", key, found->second);
  return text;
}

/// The last step of the recipe that trains on what is there; none: a step without options.
Step last_tuning(const Compressed& compressed) {
  Step last;
  for (const StepDone& done : compressed.steps)
    if (done.step.kind == "finetune") last = done.step;
  return last;
}

Step step_of(const std::string& text) { return parse_recipe(text, "control").front(); }

Control run_one(const Workspace& workspace, RecipeRequest request, std::string name, std::string what) {
  request.judge_steps = false;
  Control control{std::move(name), std::move(what), request.output, {}, 0, ""};
  Compressed done;
  try {
    done = run_recipe(workspace, request);
  } catch (const measure::Interrupted&) {
    throw;
  } catch (const base::Error& error) {
    control.failed = error.what();  // the compression is done and stays so
    return control;
  }
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
    if (is_last(done.step))
      last = {done.step.kind == "qat" ? step_of("int8" + options_of(done.step, {"calibration", "images", "dialect"}))
                                      : done.step};
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
    control.steps = with(
        fmt::format("finetune:{}{}", plan.epochs, options_of(last_tuning(compressed), {"rate", "batch", "optimiser"})));
    controls.push_back(run_one(workspace, control, "as-long",
                               fmt::format("the model itself, trained on for {} too", epochs_text(plan.epochs))));
  }
  if (plan.from_scratch) {
    control.model = narrow;
    control.output = folder / "from-scratch.onnx";
    control.steps =
        with(fmt::format("train:{},keep-zeros=no{}", plan.epochs, options_of(last_tuning(compressed), {"batch"})));
    controls.push_back(
        run_one(workspace, control, "from-scratch",
                fmt::format("the small architecture with new weights, trained for {}", epochs_text(plan.epochs))));
  }
  return controls;
}

}  // namespace cradle::recipe
