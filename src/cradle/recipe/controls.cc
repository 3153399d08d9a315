// Runs recipes of their own on the model and on the architecture that came out.
#include "cradle/recipe/controls.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "cradle/base/error.h"
#include "cradle/base/file.h"

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

/// Whether a step begins from new weights.
bool draws_weights(const Step& step) { return step.kind == "scratch" || step.kind == "train"; }

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
  Control control{std::move(name), std::move(what), request.output};
  try {
    control.ledger = ledger_of(run_recipe(workspace, request));
  } catch (const measure::Interrupted&) {
    throw;
  } catch (const base::Error& error) {
    control.failed = error.what();  // the compression is done and stays so
  }
  return control;
}

/// Runs the controls one after the other.
class Controls {
 public:
  Controls(const Workspace& workspace, const RecipeRequest& request, const Compressed& compressed)
      : workspace_(workspace),
        request_(request),
        compressed_(compressed),
        plan_(control_plan(compressed)),
        narrow_(request.model) {
    for (const StepDone& done : compressed.steps) {
      if (is_last(done.step))
        last_ = {done.step.kind == "qat" ? step_of("int8" + options_of(done.step, {"calibration", "images", "dialect"}))
                                         : done.step};
      else
        narrow_ = done.model;
    }
  }

  std::vector<Control> run() {
    const std::string tuned = options_of(last_tuning(compressed_), {"rate", "batch", "optimiser"});
    const std::string batch = options_of(last_tuning(compressed_), {"batch"});
    const std::string epochs = epochs_text(plan_.epochs);
    if (plan_.as_long && plan_.anew)
      add("as-long", fmt::format("the model's architecture with new weights, trained for {}", epochs), request_.model,
          with(fmt::format("train:{},keep-zeros=no{}", plan_.epochs, batch)));
    else if (plan_.as_long)
      add("as-long", fmt::format("the model itself, trained on for {} too", epochs), request_.model,
          with(fmt::format("finetune:{}{}", plan_.epochs, tuned)));
    if (plan_.from_scratch) {
      const int usual = defaults_of(request_.task).epochs;
      add("from-scratch",
          fmt::format("the small architecture with new weights, trained for {} (the task's usual {} and the recipe's)",
                      epochs_text(usual + plan_.epochs), usual),
          narrow_, with(fmt::format("train:{},keep-zeros=no{}", usual + plan_.epochs, batch)));
    }
    if (plan_.reinitialised)
      add("reinitialised", fmt::format("the same zeros with new random weights, trained for {}", epochs), narrow_,
          with(fmt::format("train:{},keep-zeros=yes{}", plan_.epochs, batch)));
    if (plan_.ticket) add_tickets();
    return std::move(controls_);
  }

 private:
  /// A last step of eight or sixteen bits follows on the control too; a training in eight bits becomes the plain one.
  std::vector<Step> with(const std::string& training) const {
    std::vector<Step> steps = {step_of(training)};
    steps.insert(steps.end(), last_.begin(), last_.end());
    return steps;
  }

  void add(const char* name, std::string what, const std::filesystem::path& model, std::vector<Step> steps) {
    RecipeRequest control = request_;
    control.model = model;
    control.output = steps_folder(request_.output) / fmt::format("{}.onnx", name);
    control.steps = std::move(steps);
    controls_.push_back(run_one(workspace_, std::move(control), name, std::move(what)));
  }

  /// The ticket's step has made them; what followed it in the recipe follows here.
  void add_tickets() {
    const auto ticket = std::find_if(compressed_.steps.begin(), compressed_.steps.end(),
                                     [](const StepDone& done) { return done.step.kind == "ticket"; });
    std::vector<Step> behind;
    for (auto next = ticket + 1; next != compressed_.steps.end(); ++next) behind.push_back(next->step);
    const auto beside = [&](const char* what) {
      std::filesystem::path file = ticket->model;
      return file.replace_extension(fmt::format("{}.onnx", what));
    };
    for (const auto& [name, file, what] :
         {std::tuple("dense", "dense", "the whole net, trained for as many iterations as the ticket"),
          std::tuple("reinitialised", "control", "the ticket's zeros with new random weights, trained likewise")}) {
      if (!behind.empty()) {
        add(name, what, beside(file), behind);
        continue;
      }
      const std::filesystem::path copy = steps_folder(request_.output) / fmt::format("{}.onnx", name);
      base::write_file(copy, base::read_file(beside(file)));
      controls_.push_back({name, what, copy});
    }
  }

  const Workspace& workspace_;
  const RecipeRequest& request_;
  const Compressed& compressed_;
  ControlPlan plan_;
  std::filesystem::path narrow_;
  std::vector<Step> last_;
  std::vector<Control> controls_;
};

}  // namespace

ControlPlan control_plan(const Compressed& compressed) {
  ControlPlan plan;
  bool sparse = false;
  for (const StepDone& done : compressed.steps) {
    const Step& step = done.step;
    if (step.kind == "ticket") {  // what was trained before it is forgotten
      plan = {};
      plan.ticket = true;
      continue;
    }
    const int epochs = epochs_of(done);
    plan.epochs += epochs;
    if (draws_weights(step)) plan.anew = true;
    if (changes_architecture(step)) plan.from_scratch = true;
    // Of weights that were new in the small architecture, a control of the same is no other thing.
    if (draws_weights(step) && epochs > 0) plan.from_scratch = false;
    plan.reinitialised = plan.reinitialised || (sparse && epochs > 0);
    sparse = sparse || step.kind == "sparsify";
  }
  plan.as_long = plan.epochs > 0;
  plan.from_scratch = plan.from_scratch && plan.epochs > 0;
  return plan;
}

std::vector<Control> run_controls(const Workspace& workspace, const RecipeRequest& request,
                                  const Compressed& compressed) {
  return Controls(workspace, request, compressed).run();
}

}  // namespace cradle::recipe
