// Runs a compression from end to end.
#include "cradle/recipe/compression.h"

#include <fmt/format.h>

#include <algorithm>

#include "cradle/base/text.h"

namespace cradle::recipe {
namespace {

// Below it a model has learned nothing that it could lose; a loss above the other is no rounding (both assumed).
constexpr double kNoGood = 0.15, kCollapse = 0.1;

Bench measure(const Workspace& workspace, const CompressionRequest& request, const Compression& c) {
  BenchRequest bench;
  bench.models = {request.recipe.model, request.recipe.output};
  for (const Control& control : c.controls)
    if (control.failed.empty()) bench.models.push_back(control.model);
  bench.seconds = request.seconds;
  bench.images = request.test_images;
  bench.task = request.recipe.task;
  bench.own = request.recipe.own;
  bench.plan.runs = request.rounds;
  bench.tell = request.recipe.tell;
  return recipe::bench(workspace, bench);
}

std::optional<PayBack> pays_back(const Ledger& ledger, const Benched& before, const Benched& after) {
  std::vector<double> first, other;
  for (const BenchRun& run : before.runs) first.push_back(run.sample.j);
  for (const BenchRun& run : after.runs) other.push_back(run.sample.j);
  if (first.empty() || first.size() != other.size() || ledger.joules.value <= 0) return {};
  return pay_back(ledger.joules.value, first, other);
}

Ledger sum_of(Ledger a, const Ledger& b) {
  a.joules = {a.joules.value + b.joules.value, a.joules.low + b.joules.low, a.joules.high + b.joules.high};
  a.seconds += b.seconds;
  a.modelled = a.modelled || b.modelled;
  a.records.insert(a.records.end(), b.records.begin(), b.records.end());
  return a;
}

/// The recipe again with the other seeds, each judged on the test images that the first was judged on. What they cost
/// is not charged: whoever uses the output does not need them.
void add_seeds(const Workspace& workspace, const CompressionRequest& request, Compression& c) {
  const Benched& before = c.bench.results[0];
  std::vector<Difference> all = {*c.accuracy[0]};
  c.seeds = 1;
  for (int seed = 2; seed <= request.seeds; ++seed) {
    RecipeRequest again = request.recipe;
    again.seed = request.recipe.seed + static_cast<std::uint64_t>(seed) - 1;
    again.output = workspace.folder / fmt::format("seed-{}.onnx", again.seed);
    again.judge_steps = false;
    const Compressed done = run_recipe(workspace, again);
    StandingRequest judged;
    judged.task = request.recipe.task;
    judged.own = request.recipe.own;
    judged.split = "test";
    judged.images = request.test_images;
    const Standing s = standing_of(workspace, done.output, judged);
    if (const auto d = paired_difference(before.quality.value.value, before.draws, s.quality.value.value, s.draws))
      all.push_back(*d), ++c.seeds;
  }
  c.over_seeds = over_seeds(all);
}

}  // namespace

Ledger ledger_of(const Compressed& compressed) {
  Ledger ledger;
  for (const StepDone& step : compressed.steps) {
    ledger.joules.value += step.joules.value;
    ledger.joules.low += step.joules.low;
    ledger.joules.high += step.joules.high;
    ledger.seconds += step.seconds;
    ledger.modelled = ledger.modelled || step.after.modelled;
    ledger.records.insert(ledger.records.end(), step.records.begin(), step.records.end());
  }
  return ledger;
}

std::vector<std::string> warnings_of(const Compression& c) {
  std::vector<std::string> warnings;
  if (c.bench.results.size() < 2) return warnings;
  const Benched &before = c.bench.results[0], &after = c.bench.results[1];
  const double was = before.quality.value.value, is = after.quality.value.value;
  if (!before.qualities.empty() && was < kNoGood)
    warnings.push_back(fmt::format(
        "{} itself reaches {} {:.3f} only: are the images as it wants them (--normalise, --size, --channels), and are "
        "they of its task? No compression can be judged on such a figure.",
        before.name, before.quality.metric, was));
  else if (!before.qualities.empty() && was - is > kCollapse)
    warnings.push_back(fmt::format(
        "the accuracy collapsed: {} {:.3f} became {:.3f}. Train on behind the step that did it (finetune:N, qat:N), "
        "take less away, or calibrate on images as the model wants them (--normalise).",
        before.quality.metric, was, is));
  const auto time = time_ratio(before, after);
  if (time && !(time->decided && time->value.value < 1))
    warnings.push_back(
        fmt::format("{} is not recommended for its speed: it {}.", after.name,
                    time->decided ? "is slower than the model" : "is not shown to be faster than the model"));
  return warnings;
}

Compression compress(const Workspace& workspace, const CompressionRequest& request) {
  Compression c;
  c.compressed = run_recipe(workspace, request.recipe);
  if (request.controls) c.controls = run_controls(workspace, request.recipe, c.compressed);
  Workspace measured = workspace;
  measured.folder = steps_folder(request.recipe.output);
  measured.threads = 1;
  measured.progress = false;  // a line for each round is enough
  c.bench = measure(measured, request, c);
  c.ledger = sum_of(request.spent, ledger_of(c.compressed));
  const Benched& before = c.bench.results[0];
  for (std::size_t i = 1; i < c.bench.results.size(); ++i) {
    const Benched& other = c.bench.results[i];
    c.accuracy.push_back(
        paired_difference(before.quality.value.value, before.draws, other.quality.value.value, other.draws));
  }
  const bool by_seed = std::any_of(c.compressed.steps.begin(), c.compressed.steps.end(),
                                   [](const StepDone& step) { return trains(step.step); });
  if (request.seeds > 1 && !by_seed)
    c.warnings.push_back("no step of the recipe depends on the seed: one run says all.");
  if (request.seeds > 1 && by_seed && !c.accuracy.empty() && c.accuracy[0]) add_seeds(measured, request, c);
  c.pay_back = pays_back(c.ledger, before, c.bench.results[1]);
  for (std::string& warning : warnings_of(c)) c.warnings.push_back(std::move(warning));
  return c;
}

}  // namespace cradle::recipe
