// Goes through the steps, keeps the state, and puts the last model in its place.
#include "cradle/recipe/pipeline.h"

#include <fmt/format.h>

#include "cradle/base/error.h"
#include "cradle/base/file.h"
#include "cradle/base/text.h"
#include "cradle/recipe/recipe_state.h"
#include "cradle/recipe/step_jobs.h"

namespace cradle::recipe {
namespace {

namespace fs = std::filesystem;

/// Whether a step asks what is right of its images.
bool needs_task(const Step& step) {
  const std::string by = word_option(step, "by", "l2");
  return trains(step) || by == "taylor" || by == "first-order";
}

void check(const RecipeRequest& request) {
  for (const Step& step : request.steps)
    if (request.task == kNoTask && needs_task(step))
      base::fail_usage(
          "{}: training and gradients need a task and its images: --task classification, detection or segmentation",
          text_of(step));
  std::error_code ignored;
  if (request.output == request.model || fs::equivalent(request.output, request.model, ignored))
    base::fail_usage("the output would overwrite the model {}; choose another name with -o", request.model.string());
  // What lies there is removed when another recipe takes its place.
  if (fs::weakly_canonical(request.model.parent_path() / ".", ignored) ==
      fs::weakly_canonical(steps_folder(request.output), ignored))
    base::fail_usage(
        "the model {} lies among the steps of {}, which would be written anew; copy it elsewhere, or choose another "
        "name with -o",
        request.model.string(), request.output.string());
  if (request.calibration_images < 1)
    base::fail_usage("calibration needs at least one image, found {}", request.calibration_images);
  const auto folder = request.output.parent_path();
  if (!folder.empty() && !fs::is_directory(folder))
    base::fail("{}: the folder {} does not exist; make it, or choose another with -o", request.output.string(),
               folder.string());
}

Workspace in_folder(const Workspace& workspace, const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder / "runs", error);
  if (error) base::fail("cannot create {}: {}", folder.string(), error.message());
  Workspace inner = workspace;
  inner.folder = folder;
  return inner;
}

StandingRequest judging(const RecipeRequest& request) {
  StandingRequest judged;
  judged.task = request.task;
  judged.own = request.own;
  judged.images = request.judged_images;
  judged.seconds = request.judged_seconds;
  return judged;
}

bool leaves_zeros(const Step& step) { return step.kind == "sparsify" || step.kind == "ticket"; }

/// Written beside the output and renamed over it, so that it is never half there.
void put_in_place(const fs::path& model, const fs::path& output) { base::write_file(output, base::read_file(model)); }

StepDone do_step(const Workspace& workspace, const RecipeRequest& request, std::size_t index, const fs::path& in,
                 bool sparse, const std::string& key) {
  const Step& step = request.steps[index];
  StepRun run{workspace, request, step, in, {}, fmt::format("{}-{}", index + 1, step.kind), sparse};
  run.out = workspace.folder / (run.stem + ".onnx");
  take_up(run, key);
  Standing after;
  try {
    // What was done is not done again if judging it is ended.
    run.details = once(run, "applied", {run.out}, [&] {
      apply(run);
      return run.details;
    });
    if (request.judge_steps) {
      after = standing_of(workspace, run.out, judging(request));
      charge(run.ledger, after.record, keep(workspace, after.record, run.stem + "-judge"));
    }
  } catch (const measure::Interrupted&) {
    throw;  // whoever tries another thing after an error shall not after this
  } catch (const base::Error& error) {
    throw base::Error(
        fmt::format("step {} of {}, {}: {}", index + 1, request.steps.size(), text_of(step), error.what()),
        error.fault());
  }
  put_down(run);
  return {step, run.out, std::move(run.ledger), std::move(after), std::move(run.details), false};
}

constexpr const char* kBefore = "0-judge";

/// Of what belongs to no step.
Ledger beside(const Workspace& workspace, const RecipeState& state) {
  const fs::path runs = workspace.folder / "runs";
  std::vector<fs::path> records = records_in(runs, workspace.lost + "-");
  if (state.before) records.push_back(runs / fmt::format("{}.json", kBefore));
  return ledger_from(records);
}

void tell(const RecipeRequest& request, const std::string& line) {
  if (request.tell) request.tell(line);
}

}  // namespace

Ledger ledger_of(const Compressed& compressed) {
  Ledger ledger = compressed.beside;
  for (const StepDone& step : compressed.steps) charge(ledger, step.ledger);
  return ledger;
}

fs::path steps_folder(const fs::path& output) { return output.string() + ".steps"; }

Compressed run_recipe(const Workspace& outer, const RecipeRequest& request) {
  check(request);
  Workspace workspace = in_folder(outer, steps_folder(request.output));
  RecipeState state = read_state(workspace.folder, request);
  workspace.lost = fmt::format("lost-{}", state.key.substr(0, 8));  // of this model and request, not of an earlier one
  if (request.judge_steps && !state.before) {
    tell(request, fmt::format("judging {} as it is", request.model.filename().string()));
    state.before = standing_of(workspace, request.model, judging(request));
    keep(workspace, state.before->record, kBefore);
    write_state(workspace.folder, state);
    const std::string doubt = doubt_of(request.model.filename().string(), state.before->quality);
    if (request.task != kNoTask && !doubt.empty()) tell(request, "warning: " + doubt);
  }
  if (!state.steps.empty())
    tell(request, fmt::format("{} of {} steps had been done before", state.steps.size(), request.steps.size()));
  fs::path in = state.steps.empty() ? request.model : state.steps.back().what.model;
  bool sparse = false;
  for (std::size_t i = 0; i < request.steps.size(); ++i) {
    if (i >= state.steps.size()) {
      tell(request, fmt::format("step {} of {}: {}", i + 1, request.steps.size(), text_of(request.steps[i])));
      const std::string before = state.steps.empty() ? state.key : state.steps.back().key;
      const std::string key = key_of(before, text_of(request.steps[i]));
      state.steps.push_back({key, do_step(workspace, request, i, in, sparse, key)});
      write_state(workspace.folder, state);
    }
    in = state.steps[i].what.model;
    sparse = sparse || leaves_zeros(request.steps[i]);
  }
  put_in_place(in, request.output);
  Compressed compressed{state.before.value_or(Standing{}), {}, request.output, beside(workspace, state)};
  compressed.before.file = request.model;
  for (RecipeState::Done& done : state.steps) compressed.steps.push_back(std::move(done.what));
  return compressed;
}

}  // namespace cradle::recipe
