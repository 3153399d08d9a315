// Runs a compression from end to end.
#include "cradle/recipe/compression.h"

#include <fmt/format.h>

#include <algorithm>

#include "cradle/base/text.h"

namespace cradle::recipe {
namespace {

constexpr double kCollapse = 0.1;  // a loss above it is no rounding (assumed)

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

/// A figure with its draws.
struct Judged {
  double value = 0;
  const std::vector<double>& draws;
};
Judged judged(const Benched& b) { return {b.quality.value.value, b.draws}; }
Judged judged(const Standing& s) { return {s.quality.value.value, s.draws}; }

void add(Compared& to, const Judged& output, const Judged& other) {
  if (const auto d = paired_difference(other.value, other.draws, output.value, output.draws)) to.by_seed.push_back(*d);
}

std::vector<Compared> compared(const Bench& bench) {
  std::vector<Compared> all;
  for (std::size_t i = 0; i < bench.results.size(); ++i) {
    if (i == 1) continue;  // the output itself
    all.push_back({bench.results[i].name, {}});
    add(all.back(), judged(bench.results[1]), judged(bench.results[i]));
  }
  return all;
}

/// The recipe and its controls again with the other seeds, each judged on the test images that the first was judged on.
/// What they cost is not charged: whoever uses the output does not need them.
void add_seeds(const Workspace& workspace, const CompressionRequest& request, Compression& c) {
  StandingRequest judging;
  judging.task = request.recipe.task;
  judging.own = request.recipe.own;
  judging.split = "test";
  judging.images = request.test_images;
  judging.seconds = request.recipe.judged_seconds;
  for (int seed = 2; seed <= request.seeds; ++seed) {
    RecipeRequest again = request.recipe;
    again.seed = request.recipe.seed + static_cast<std::uint64_t>(seed) - 1;
    again.output = steps_folder(request.recipe.output) / fmt::format("seed-{}.onnx", again.seed);
    again.judge_steps = false;
    const Compressed done = run_recipe(workspace, again);
    const Standing output = standing_of(workspace, done.output, judging);
    add(c.accuracy[0], judged(output), judged(c.bench.results[0]));
    if (!request.controls) continue;
    for (const Control& control : run_controls(workspace, again, done)) {
      const auto place = std::find_if(c.accuracy.begin(), c.accuracy.end(),
                                      [&](const Compared& to) { return to.less == control.name; });
      if (control.failed.empty() && place != c.accuracy.end())
        add(*place, judged(output), judged(standing_of(workspace, control.model, judging)));
    }
  }
}

bool shown_less(const std::optional<Ratio>& r) { return r && r->decided && r->value.value < 1; }
bool shown_more(const std::optional<Ratio>& r) { return r && r->decided && r->value.value > 1; }

}  // namespace

bool recommended(const Benched& before, const Benched& after) {
  return shown_less(time_ratio(before, after)) && !shown_more(energy_ratio(before, after));
}

std::vector<std::string> warnings_of(const Compression& c) {
  std::vector<std::string> warnings;
  if (c.bench.results.size() < 2) return warnings;
  const Benched &before = c.bench.results[0], &after = c.bench.results[1];
  const double was = before.quality.value.value, is = after.quality.value.value;
  if (const std::string doubt = before.qualities.empty() ? "" : doubt_of(before.name, before.quality); !doubt.empty())
    warnings.push_back(doubt);
  else if (!before.qualities.empty() && was - is > kCollapse)
    warnings.push_back(fmt::format(
        "the accuracy collapsed: {} {:.3f} became {:.3f}. Train on behind the step that did it (finetune:N, qat:N), "
        "take less away, or calibrate on images as the model wants them (--normalise).",
        before.quality.metric, was, is));
  const auto time = time_ratio(before, after);
  if (time && !shown_less(time))
    warnings.push_back(
        fmt::format("{} is not recommended for its speed: it {}.", after.name,
                    time->decided ? "is slower than the model" : "is not shown to be faster than the model"));
  if (shown_more(energy_ratio(before, after)))
    warnings.push_back(fmt::format("{} is not recommended for its energy: it takes more than the model.", after.name));
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
  c.ledger = request.spent;
  charge(c.ledger, ledger_of(c.compressed));
  c.accuracy = compared(c.bench);
  const bool by_seed = std::any_of(c.compressed.steps.begin(), c.compressed.steps.end(),
                                   [](const StepDone& step) { return trains(step.step); });
  if (request.seeds > 1 && !by_seed)
    c.warnings.push_back("no step of the recipe depends on the seed: one run says all.");
  if (request.seeds > 1 && by_seed && !c.accuracy[0].by_seed.empty()) add_seeds(workspace, request, c);
  c.pay_back = pays_back(c.ledger, c.bench.results[0], c.bench.results[1]);
  for (std::string& warning : warnings_of(c)) c.warnings.push_back(std::move(warning));
  return c;
}

}  // namespace cradle::recipe
