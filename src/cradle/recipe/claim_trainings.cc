// The experiments that train: tickets, pruning from scratch, eight bits on three tasks, low rank.
#include <fmt/format.h>

#include <cmath>

#include "cradle/base/error.h"
#include "cradle/base/json.h"
#include "cradle/recipe/bench_result.h"
#include "cradle/recipe/claim_units.h"
#include "cradle/recipe/train.h"

namespace cradle::recipe {
namespace {

namespace fs = std::filesystem;

/// How much of the data sets is used.
struct Amounts {
  int epochs = 4;
  std::int64_t train_images = 25'000;
  int test_images = 10'000;
};

Amounts amounts_of(const Experiment& e, const std::string& task) {
  Amounts a;
  if (task != "classification") a = {defaults_of(task).epochs, defaults_of(task).train_images, 2000};
  if (e.quick) a = {1, std::max<std::int64_t>(a.train_images / 10, 64), a.test_images / 10};
  return a;
}

/// A net trained from first weights of the seed; used again if it is there.
Trained base_model(const Experiment& e, const std::string& task, const std::string& architecture,
                   const std::string& file, const Amounts& amounts, std::int64_t max_steps = 0) {
  TrainRequest training;
  training.task = task;
  training.architecture = architecture;
  training.seed = e.seed;
  training.epochs = amounts.epochs;
  training.train_images = amounts.train_images;
  training.max_steps = max_steps;
  training.model = file + ".onnx";
  training.record = file;
  const fs::path model = e.workspace.folder / training.model, record = e.workspace.folder / "runs" / (file + ".json");
  if (fs::exists(model) && fs::exists(record)) {
    Trained there;
    there.model = model;
    there.record = record::read_record(record);
    return there;
  }
  training.resume = fs::exists(checkpoint_of(e.workspace, training));
  if (e.tell)
    e.tell(fmt::format("training {} ({}, seed {})", architecture.empty() ? task : architecture, file, e.seed));
  return train(e.workspace, training);
}

Compressed apply_recipe(const Experiment& e, const fs::path& model, const std::string& file, const std::string& recipe,
                        const std::string& task, const Amounts& amounts) {
  RecipeRequest request;
  request.model = model;
  request.output = e.workspace.folder / (file + ".onnx");
  request.steps = parse_recipe(recipe, "claims");
  request.task = task;
  request.seed = e.seed;
  request.train_images = amounts.train_images;
  request.judge_steps = false;
  request.tell = e.tell;
  return run_recipe(e.workspace, request);
}

Standing judged(const Experiment& e, const fs::path& model, const std::string& task, const Amounts& amounts) {
  StandingRequest request;
  request.task = task;
  request.split = "test";
  request.images = amounts.test_images;
  return standing_of(e.workspace, model, request);
}

}  // namespace

namespace {

std::string draws_text(const std::vector<double>& draws) {
  std::string text;
  for (const double draw : draws) text += fmt::format("{}{}", text.empty() ? "" : " ", std::lround(1e5 * draw));
  return text;
}

}  // namespace

base::Json difference_json(const Standing& first, const Standing& other) {
  const auto d = paired_difference(first.quality.value.value, first.draws, other.quality.value.value, other.draws);
  if (!d) base::fail("{} and {} were not judged on the same images", first.file.string(), other.file.string());
  base::Json json = {{"first", first.quality.value.value},
                     {"other", other.quality.value.value},
                     {"value", d->value.value},
                     {"low", d->value.low},
                     {"high", d->value.high},
                     {"deviation", d->deviation},
                     {"draws_e5", draws_text(d->draws)}};
  if (const auto agreement = agreement_of(first.right, other.right)) {
    json["only_first"] = agreement->only_a;
    json["only_other"] = agreement->only_b;
  }
  return json;
}

base::Json tickets(const Experiment& e, const std::string& architecture, const std::string& options) {
  Amounts amounts = amounts_of(e, "classification");
  if (architecture == "mlp" && !e.quick) amounts.train_images = 50'000;  // a second for each epoch
  const fs::path untrained = e.workspace.folder / "architecture.onnx";
  run_job(e.workspace, "graph", "build", "build",
          {{"architecture", architecture}, {"classes", 10}, {"seed", e.seed}, {"output", untrained.string()}});
  const Compressed found = apply_recipe(e, untrained, "ticket", "ticket:0.2" + options, "classification", amounts);
  const fs::path steps = steps_folder(found.output);
  const Standing dense = judged(e, steps / "1-ticket.dense.onnx", "classification", amounts),
                 ticket = judged(e, found.output, "classification", amounts),
                 random = judged(e, steps / "1-ticket.control.onnx", "classification", amounts);
  return {{"architecture", architecture},
          {"rounds", found.steps[0].details},
          {"ticket_less_dense", difference_json(dense, ticket)},
          {"ticket_less_reinitialised", difference_json(random, ticket)},
          {"joules", ledger_of(found).joules.value},
          {"seconds", ledger_of(found).seconds}};
}

namespace {

constexpr double kSameEnergy = 0.05;  // how near the control's energy shall come to the other's (assumed)
constexpr int kEnergyTries = 3;

/// The dense net trained for as many joules as were spent: what a step takes is known from a short run, then from the
/// net that missed. The schedule depends on the number of steps, so a net that missed is trained anew, not longer.
Trained dense_for(const Experiment& e, double joules, double step_j, Amounts amounts, base::Json& tries) {
  amounts.epochs *= 4;  // more than enough: the number of steps ends it
  Trained dense;
  for (int attempt = 1; attempt <= kEnergyTries; ++attempt) {
    const auto steps = static_cast<std::int64_t>(std::max(1.0, joules / step_j));
    dense = base_model(e, "classification", "resnet-small", fmt::format("dense-{}", attempt), amounts, steps);
    const double spent = dense.record.billed.j.value;
    tries.push_back({{"steps", steps}, {"joules", spent}});
    if (std::abs(spent / joules - 1) <= kSameEnergy) break;
    step_j = spent / static_cast<double>(steps);
  }
  return dense;
}

}  // namespace

/// The dense net is given as many steps as the energy of the other pays for.
base::Json from_scratch(const Experiment& e) {
  const Amounts amounts = amounts_of(e, "classification");
  const Trained probe = base_model(e, "classification", "resnet-small", "probe", {1, amounts.train_images / 4, 1000});
  const double steps_of_probe =
      std::floor(static_cast<double>(amounts.train_images / 4) / defaults_of("classification").batch);
  const Compressed pruned = apply_recipe(
      e, probe.model, "pruned", fmt::format("scratch:0.5,epochs={}", 2 * amounts.epochs), "classification", amounts);
  const double step_j = record::between(probe.record, "training-begin", "training-end").j / steps_of_probe;
  const double spent = ledger_of(pruned).joules.value;
  base::Json tries = base::Json::array();
  const Trained dense = dense_for(e, spent, step_j, amounts, tries);
  const Standing whole = judged(e, dense.model, "classification", amounts),
                 half = judged(e, pruned.output, "classification", amounts);
  return {{"architecture", "resnet-small"},
          {"macs_share", half.info.macs / whole.info.macs},
          {"pruned_less_dense", difference_json(whole, half)},
          {"joules", {{"pruned", spent}, {"dense", dense.record.billed.j.value}, {"tries", tries}}},
          {"steps", pruned.steps[0].details},
          {"dense_ms", whole.median_ms},
          {"pruned_ms", half.median_ms}};
}

base::Json eight_bits(const Experiment& e, const std::string& task) {
  const Amounts amounts = amounts_of(e, task);
  const Trained base = base_model(e, task, "", "base", amounts);
  const Compressed small = apply_recipe(e, base.model, "int8", "int8", task, amounts);
  const Standing before = judged(e, base.model, task, amounts), after = judged(e, small.output, task, amounts);
  return {{"architecture", defaults_of(task).architecture},
          {"metric", before.quality.metric},
          {"int8_less_fp32", difference_json(before, after)},
          {"joules", ledger_of(small).joules.value},
          {"bytes", {{"fp32", before.info.size_bytes}, {"int8", after.info.size_bytes}}}};
}

base::Json low_rank(const Experiment& e, const std::string& architecture) {
  const Amounts amounts = amounts_of(e, "classification");
  const Trained base = base_model(e, "classification", architecture, "base", amounts);
  const std::string tune = fmt::format("finetune:{}", amounts.epochs);  // as long as it was trained
  const Standing control = judged(e, apply_recipe(e, base.model, "as-long", tune, "classification", amounts).output,
                                  "classification", amounts);
  base::Json answer = {{"architecture", architecture}, {"factors", base::Json::array()}};
  for (const double factor : {2.0, 3.0, 5.0}) {
    const Compressed thin = apply_recipe(e, base.model, fmt::format("lowrank-{}", factor),
                                         fmt::format("lowrank:{} | {}", factor, tune), "classification", amounts);
    const Standing found = judged(e, thin.output, "classification", amounts);
    answer["factors"].push_back({{"factor", factor},
                                 {"parameters_share", found.info.parameters / control.info.parameters},
                                 {"less_control", difference_json(control, found)},
                                 {"ms", found.median_ms},
                                 {"control_ms", control.median_ms},
                                 {"joules", ledger_of(thin).joules.value}});
  }
  return answer;
}

}  // namespace cradle::recipe
