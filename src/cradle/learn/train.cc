// The training loop: epochs of new scenes, a validation after each, the weights back into the graph.
#include "cradle/learn/train.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/core/Tensor.h>

#include <algorithm>
#include <chrono>
#include <cmath>

#include "cradle/base/error.h"
#include "cradle/base/random.h"
#include "cradle/graph/fold.h"
#include "cradle/learn/detector.h"
#include "cradle/learn/interpreter.h"
#include "cradle/learn/optimiser.h"
#include "cradle/learn/schedule.h"
#include "cradle/record/marks.h"

namespace cradle::learn {

namespace {

double now_s() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

void need(bool holds, std::string_view what, double found) {
  if (!holds) base::fail_usage("{}, found {}", what, found);
}

void check_task(const std::string& task) {
  if (task != "detection") base::fail_usage("there is no task '{}' to train: expected detection", task);
}

void check_options(const TrainOptions& o) {
  check_task(o.task);
  need(o.epochs >= 1, "expected at least one epoch", o.epochs);
  need(o.batch >= 1, "expected a batch of at least one scene", o.batch);
  need(o.train_scenes >= o.batch, "expected train_scenes to fill a batch", o.train_scenes);
  need(o.validation_scenes >= 1, "expected at least one validation scene", o.validation_scenes);
  need(o.learning_rate > 0 && std::isfinite(o.learning_rate), "expected a learning rate above 0", o.learning_rate);
  need(o.weight_decay >= 0 && std::isfinite(o.weight_decay), "expected a weight decay of 0 or more", o.weight_decay);
  need(o.threads >= 1, "expected at least one thread", o.threads);
}

/// Everything that lives through a training.
struct Training {
  const TrainOptions& options;
  task::Scenes scenes;
  Interpreter net;
  DetectorOutputs outputs;
  Optimiser optimiser;
  std::int64_t step = 0, steps = 0;  // done, and of the whole training

  Training(const graph::Graph& graph, const TrainOptions& o)
      : options(o),
        scenes(o.scene_seed, o.data),
        net(graph),
        outputs(detector_outputs(graph)),
        optimiser(o.optimiser, net.parameters(), o.weight_decay),
        steps(std::int64_t{o.epochs} * (o.train_scenes / o.batch)) {
    if (net.parameters().empty())
      base::fail("the graph '{}' has no weights to train (float32 initializers of Conv, Gemm, BatchNormalization …)",
                 graph.name);
  }
};

/// The scenes of a step, each mirrored or not. Every scene of a training is new: its index counts on over the epochs.
std::vector<task::Scene> batch_of(const Training& t) {
  std::vector<task::Scene> batch;
  for (int i = 0; i < t.options.batch; ++i) {
    const auto index = static_cast<std::uint64_t>(t.step * t.options.batch + i);
    task::Scene scene = t.scenes.scene(task::Split::kTrain, index);
    const bool flip = base::uniform(t.options.seed, base::stable_id("learn.flip"), index) < 0.5;
    batch.push_back(flip ? task::mirrored(scene) : std::move(scene));
  }
  return batch;
}

double run_epoch(Training& t) {
  const std::int64_t steps = t.options.train_scenes / t.options.batch;
  double sum = 0;
  for (std::int64_t i = 0; i < steps; ++i) {
    const double loss = accumulate_gradients(t.net, t.outputs, batch_of(t));
    if (!std::isfinite(loss))
      base::fail("the loss is no longer finite at step {} of {}; lower learning_rate (now {})", t.step + 1, t.steps,
                 t.options.learning_rate);
    const double done = static_cast<double>(t.step) / static_cast<double>(t.steps);
    t.optimiser.step(one_cycle(t.options.learning_rate, done));
    sum += loss;
    ++t.step;
  }
  return sum / static_cast<double>(steps);
}

QualityReport validate(Training& t, bool last) {
  const int count = last ? t.options.validation_scenes : std::min(t.options.validation_scenes, kQuickValidation);
  return judge(t.net, t.outputs, t.scenes, task::Split::kValidation, count, t.options.batch, last ? kResamples : 0);
}

/// The last step has no loss after it that would tell.
void check_finite(const Interpreter& net) {
  for (const Parameter& p : net.parameters())
    if (!p.value.isfinite().all().item<bool>())
      base::fail("the weight '{}' is no longer finite after the training; lower learning_rate", p.name);
}

}  // namespace

TrainReport train(graph::Graph& graph, const TrainOptions& options) {
  check_options(options);
  at::set_num_threads(options.threads);
  at::manual_seed(options.seed);
  graph::Graph trained = graph;
  graph::constants_to_initializers(trained);  // some exporters keep all weights in Constant nodes
  Training t(trained, options);
  TrainReport report;
  const double begin = now_s();
  record::mark("training-begin");
  for (int epoch = 1; epoch <= options.epochs; ++epoch) {
    const double epoch_begin = now_s();
    record::mark(fmt::format("epoch-{}-begin", epoch));
    const double loss = run_epoch(t);
    record::mark(fmt::format("epoch-{}-end", epoch));
    record::mark(fmt::format("validation-{}-begin", epoch));
    report.quality = validate(t, epoch == options.epochs);
    record::mark(fmt::format("validation-{}-end", epoch));
    report.epochs.push_back({epoch, loss, report.quality.value.value, now_s() - epoch_begin});
    if (options.on_epoch) options.on_epoch(report.epochs.back());
  }
  record::mark("training-end");
  check_finite(t.net);
  t.net.write_back(trained);
  graph = std::move(trained);
  report.steps = t.step;
  report.images = t.step * options.batch;
  report.seconds = now_s() - begin;
  return report;
}

QualityReport evaluate(const graph::Graph& graph, const EvaluateOptions& options) {
  check_task(options.task);
  need(options.scenes >= 1, "expected at least one scene", options.scenes);
  need(options.batch >= 1, "expected a batch of at least one scene", options.batch);
  need(options.threads >= 1, "expected at least one thread", options.threads);
  at::set_num_threads(options.threads);
  Interpreter net(graph);
  const task::Scenes scenes(options.scene_seed, options.data);
  return judge(net, detector_outputs(graph), scenes, options.split, options.scenes, options.batch, kResamples);
}

std::vector<std::string> interpreted_operators() {
  std::vector<std::string> names;
  for (const auto& table : {convolution_operators(), elementwise_operators(), shape_operators()})
    for (const OperatorEntry& entry : table) names.emplace_back(entry.op);
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace cradle::learn
