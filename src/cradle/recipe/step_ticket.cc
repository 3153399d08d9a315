// The step "ticket": iterative magnitude pruning with rewinding (Frankle and Carbin 2019; Frankle et al. 2019), beside
// the same mask on new random weights.
#include <fmt/format.h>

#include <cmath>

#include "cradle/base/json.h"
#include "cradle/recipe/step_jobs.h"

namespace cradle::recipe {
namespace {

namespace fs = std::filesystem;

constexpr double kPerRound = 0.2;  // of the weights that are left (Frankle and Carbin 2019, section 2)

TrainRequest round_training(const StepRun& run) {
  const TaskDefaults& usual = defaults_of(run.request.task);
  TrainRequest training;
  training.seed = run.request.seed;
  training.epochs = static_cast<int>(number_option(run.step, "epochs", usual.epochs));
  training.learning_rate = rate_of(run);
  return training;
}

/// What a round's net reached.
base::Json judged(const Trained& trained, double kept) {
  const record::Quality& q = trained.qualities.front();
  return {{"kept", kept}, {"metric", q.metric}, {"value", q.value.value}, {"low", q.value.low}, {"high", q.value.high}};
}

std::string line_of(const char* what, const base::Json& round) {
  return fmt::format("  {}: {:.1f} % of the weights, {} {:.4f}", what, 100 * round.at("kept").get<double>(),
                     round.at("metric").get<std::string>(), round.at("value").get<double>());
}

/// The whole net, from the weights that later rounds go back to.
base::Json dense_round(StepRun& run, const fs::path& rewind, const fs::path& trained) {
  return once(run, "round-0", {rewind, trained}, [&] {
    const fs::path random = file_of(run, "random.onnx");
    reinitialise(run, run.in, random, run.request.seed, false);
    TrainRequest training = round_training(run);
    training.save_at_step = static_cast<std::int64_t>(number_option(run.step, "rewind", 0));
    training.saved = rewind;
    const Trained done = train_step(run, random, trained, training);
    fs::remove(random);
    return judged(done, 1);
  });
}

}  // namespace

void find_ticket(StepRun& run) {
  const double per_round = number_option(run.step, "per-round", kPerRound);
  const int rounds = static_cast<int>(std::ceil(std::log(run.step.amount) / std::log(1 - per_round) - 1e-9));
  const fs::path rewind = file_of(run, "rewind.onnx"), masked = file_of(run, "masked.onnx");
  fs::path trained = file_of(run, "round-0.onnx");
  base::Json all = base::Json::array();
  all.push_back(dense_round(run, rewind, trained));
  say(run, line_of("dense", all.back()));
  for (int round = 1; round <= rounds; ++round) {
    const double keep = round == rounds ? run.step.amount : std::pow(1 - per_round, round);
    const fs::path next = file_of(run, fmt::format("round-{}.onnx", round));
    all.push_back(once(run, fmt::format("round-{}", round), {next}, [&] {
      const fs::path sparse = file_of(run, "sparse.onnx");
      const base::Json left = job(run, "graph", "sparsify",
                                  {{"model", trained.string()},
                                   {"output", sparse.string()},
                                   {"keep", keep},
                                   {"scope", "global"},
                                   {"gentle_output", true}});
      job(run, "graph", "mask",
          {{"model", rewind.string()}, {"mask_of", sparse.string()}, {"output", masked.string()}});
      TrainRequest training = round_training(run);
      training.keep_zeros = true;
      const Trained done = train_step(run, masked, next, training);
      fs::remove(sparse);
      const std::string where = "answer of cradle-graph";
      return judged(done, base::json_number(left, "kept", where) / base::json_number(left, "weights", where));
    }));
    say(run, line_of("ticket", all.back()));
    trained = next;
  }
  run.details["rounds"] = std::move(all);
  const Ledger charged = run.ledger;
  run.details["reinitialised"] = once(run, "control", {trained}, [&] {
    const fs::path random = file_of(run, "random.onnx"), control = file_of(run, "control.onnx");
    reinitialise(run, trained, random, run.request.seed + 1, true);
    TrainRequest training = round_training(run);
    training.keep_zeros = true;
    const Trained done = train_step(run, random, control, training);
    fs::remove(random);
    return judged(done, run.details["rounds"].back().at("kept").get<double>());
  });
  say(run, line_of("same mask, new random weights", run.details["reinitialised"]));
  run.ledger = charged;  // a control is no part of what the ticket cost
  fs::rename(trained, run.out);
  // The dense net stays as well: it is what the ticket is to be compared with.
  fs::rename(file_of(run, "round-0.onnx"), file_of(run, "dense.onnx"));
  for (int round = 1; round < rounds; ++round) fs::remove(file_of(run, fmt::format("round-{}.onnx", round)));
  for (const fs::path& file : {rewind, masked}) fs::remove(file);
}

}  // namespace cradle::recipe
