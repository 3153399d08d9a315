// The steps that remove channels: by weights or gradients, to a measured budget, after slimming, and from scratch.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "cradle/base/error.h"
#include "cradle/base/json.h"
#include "cradle/recipe/step_jobs.h"

namespace cradle::recipe {
namespace {

namespace fs = std::filesystem;

constexpr int kImportanceImages = 512;  // training images behind gradient scores (assumed enough: scores are sums)
constexpr int kImportanceBatch = 16;    // images whose mean loss gives one gradient (learn/importance.h)
constexpr int kSearches = 7;            // halvings of the share of MACs: to one part in 128
constexpr double kPenalty = 1e-4;       // of network slimming (Liu et al. 2017, VGG on CIFAR)
constexpr int kSlimEpochs = 4;
// Of gates: the authors' own for CIFAR-10 (Wang et al. 2020, their code).
constexpr double kGatePenalty = 0.5, kGateRate = 0.01;

/// What the step's "by" says of importance; gradients are gathered first.
Cut importance_of(StepRun& run) {
  Cut how;
  how.importance = word_option(run.step, "by", "l2");
  how.align = static_cast<int>(number_option(run.step, "align", how.align));
  if (how.importance != "taylor" && how.importance != "first-order") return how;
  how.scores = file_of(run, "scores");
  const double images = number_option(run.step, "images", kImportanceImages);
  base::Json arguments = {{"model", run.in.string()},
                          {"task", run.request.task},
                          {"kind", how.importance},
                          {"split", "train"},
                          {"images", images},
                          {"batch", std::min<double>(kImportanceBatch, images)},
                          {"threads", run.workspace.threads},
                          {"output", how.scores.string()}};
  add_to(arguments, run.request.own, run.request.task);
  job(run, "learn", "importance", std::move(arguments));
  how.importance = "scores";
  return how;
}

StandingRequest quick(const StepRun& run) {
  StandingRequest request;
  request.task = run.request.task;
  request.own = run.request.own;
  request.images = 1;
  return request;
}

/// The candidate's latency or joules by those of the step's input, measured one after the other.
double measured_share(StepRun& run, const fs::path& candidate, bool of_energy, int search) {
  double value[2];
  const fs::path models[2] = {run.in, candidate};
  for (int i = 0; i < 2; ++i) {
    const Standing s = standing_of(run.workspace, models[i], quick(run));
    const std::string name = fmt::format("{}-{:02}-measure-{}", run.stem, run.ledger.records.size() + 1, search);
    charge(run.ledger, s.record, keep(run.workspace, s.record, name));
    value[i] = of_energy ? s.joules : s.median_ms;
  }
  return value[1] / value[0];
}

/// Halves the share of the MACs until the measured share is just within the budget; every candidate is charged.
void prune_to_measured(StepRun& run, Cut how, bool of_energy) {
  const double budget = 1 - run.step.amount;
  const fs::path candidate = file_of(run, "candidate.onnx");
  double low = 0, high = 1, best = 0;
  base::Json tries = base::Json::array();
  how.unit = "macs";
  for (int search = 0; search < kSearches; ++search) {
    how.amount = (low + high) / 2;
    cut(run, run.in, candidate, how);
    const double share = measured_share(run, candidate, of_energy, search);
    say(run, fmt::format("  {:.1f} % of the MACs take {:.1f} % of the {}", 100 * how.amount, 100 * share,
                         of_energy ? "energy" : "time"));
    tries.push_back({{"macs_share", how.amount}, {"measured_share", share}});
    if (share <= budget) {
      best = low = how.amount;
      fs::rename(candidate, run.out);
    } else {
      high = how.amount;
    }
  }
  fs::remove(candidate);
  if (best == 0)
    base::fail("no width of the network takes {:.0f} % of the {} or less: even {:.1f} % of its MACs take more",
               100 * budget, of_energy ? "energy" : "time", 100 * high);
  run.details["tries"] = std::move(tries);
}

}  // namespace

base::Json cut(StepRun& run, const fs::path& from, const fs::path& to, const Cut& how) {
  base::Json arguments = {{"model", from.string()}, {"output", to.string()}, {"importance", how.importance},
                          {how.unit, how.amount},   {"scope", how.scope},    {"align", how.align}};
  if (!how.scores.empty()) arguments["scores"] = how.scores.string();
  add_input_shape(arguments, run.request.own);
  return job(run, "graph", "prune", std::move(arguments));
}

void prune(StepRun& run) {
  const std::string unit = word_option(run.step, "unit", "channels");
  Cut how = importance_of(run);
  how.scope = word_option(run.step, "scope", unit == "channels" ? "uniform" : "global");
  if (unit == "latency" || unit == "energy") {
    prune_to_measured(run, how, unit == "energy");
  } else {
    how.unit = unit == "channels" ? "ratio" : unit;
    how.amount = unit == "channels" ? run.step.amount : 1 - run.step.amount;
    run.details = cut(run, run.in, run.out, how);
  }
  if (!how.scores.empty()) fs::remove(how.scores);
}

/// Liu et al. 2017: a penalty on the scales of batch norms makes the channels tell themselves apart.
void slim(StepRun& run) {
  const fs::path penalised = file_of(run, "penalised.onnx");
  const int epochs = static_cast<int>(number_option(run.step, "epochs", kSlimEpochs));
  once(run, "train", {penalised}, [&] {
    TrainRequest training;
    training.seed = run.request.seed;
    training.epochs = epochs;
    training.learning_rate = rate_of(run);
    training.gamma_penalty = number_option(run.step, "penalty", kPenalty);
    training.keep_zeros = run.sparse;
    train_step(run, run.in, penalised, training);
    return base::Json::object();
  });
  Cut how{"bn", "global", "ratio", run.step.amount, static_cast<int>(number_option(run.step, "align", 8)), {}};
  run.details = cut(run, penalised, run.out, how);
  run.details["epochs"] = epochs;  // for the controls
  fs::remove(penalised);
}

/// Wang et al. 2019: gates are learned on random weights that stay as they are, the widths come from the gates, and the
/// pruned net is trained from new weights for as many multiplications as the whole net would have had.
void prune_from_scratch(StepRun& run) {
  const TaskDefaults& usual = defaults_of(run.request.task);
  const double kept = 1 - run.step.amount;
  const fs::path random = file_of(run, "random.onnx"), gated = file_of(run, "gated.onnx"),
                 narrow = file_of(run, "narrow.onnx");
  once(run, "gates", {gated}, [&] {
    reinitialise(run, run.in, random, run.request.seed, false);
    TrainRequest gates;
    gates.seed = run.request.seed;
    gates.epochs = static_cast<int>(number_option(run.step, "gate-epochs", 1));
    gates.learning_rate = kGateRate;
    gates.optimiser = "adamw";
    gates.schedule = "cosine";
    gates.gates_target = std::sqrt(kept);  // MACs go with the square of the width
    gates.gates_penalty = number_option(run.step, "penalty", kGatePenalty);
    train_step(run, random, gated, gates);
    return base::Json::object();
  });
  run.details["groups"] = once(run, "narrow", {narrow}, [&] {
    const Cut how{"bn", "global", "macs", kept, static_cast<int>(number_option(run.step, "align", 8)), {}};
    base::Json answer = cut(run, gated, random, how);
    reinitialise(run, random, narrow, run.request.seed + 1, false);
    return answer;
  });
  TrainRequest training;
  training.seed = run.request.seed;
  training.epochs = static_cast<int>(number_option(run.step, "epochs", std::round(usual.epochs / kept)));
  training.learning_rate = rate_of(run);
  const int epochs = train_step(run, narrow, run.out, training).epochs;
  run.details["epochs"] = epochs + static_cast<int>(number_option(run.step, "gate-epochs", 1));
  for (const fs::path& file : {random, gated, narrow}) fs::remove(file);
}

}  // namespace cradle::recipe
