// The training loop: epochs of new scenes, a validation after each, the weights back into the graph.
#include "cradle/learn/train.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/core/Tensor.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numeric>
#include <utility>

#include "cradle/base/error.h"
#include "cradle/base/random.h"
#include "cradle/base/text.h"
#include "cradle/graph/digest.h"
#include "cradle/learn/checkpoint.h"
#include "cradle/learn/early_stop.h"
#include "cradle/learn/interpreter.h"
#include "cradle/learn/optimiser.h"
#include "cradle/learn/schedule.h"
#include "cradle/learn/step.h"
#include "cradle/learn/step_rules.h"
#include "cradle/learn/training_state.h"
#include "cradle/record/marks.h"
#include "cradle/task/augment.h"
#include "cradle/task/class_names.h"

namespace cradle::learn {

namespace {

double now_s() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

void need(bool holds, std::string_view what, double found) {
  if (!holds) base::fail_usage("{}, found {}", what, found);
}

void check_precision(const std::string& precision) {
  const std::vector<std::string> names = {"fp32", "bf16"};
  if (std::find(names.begin(), names.end(), precision) == names.end())
    base::fail_usage("there is no precision '{}' to train in: expected fp32 or bf16{}", precision,
                     base::suggestion(precision, names));
  if (precision == "bf16" && !has_bf16())
    base::fail(
        "this processor has no instructions for bfloat16 (AVX512_BF16), without which bf16 would be slower than fp32; "
        "train in fp32");
}

void check_options(const TrainOptions& o) {
  task::check_task(o.task);
  need(o.epochs >= 1, "expected at least one epoch", o.epochs);
  need(o.batch >= 1, "expected a batch of at least one image", o.batch);
  need(o.train_images >= o.batch, "expected train_images to fill a batch", static_cast<double>(o.train_images));
  need(o.validation_images >= 1, "expected at least one validation image", static_cast<double>(o.validation_images));
  need(o.learning_rate > 0 && std::isfinite(o.learning_rate), "expected a learning rate above 0", o.learning_rate);
  need(o.weight_decay >= 0 && std::isfinite(o.weight_decay), "expected a weight decay of 0 or more", o.weight_decay);
  need(o.threads >= 1, "expected at least one thread", o.threads);
  need(o.patience >= 0, "expected a patience of 0 (none) or more epochs", o.patience);
  need(o.least_gain >= 0 && std::isfinite(o.least_gain), "expected a least gain of 0 or more", o.least_gain);
  need(o.gamma_penalty >= 0 && std::isfinite(o.gamma_penalty), "expected a gamma penalty of 0 or more",
       o.gamma_penalty);
  need(o.gates_target >= 0 && o.gates_target <= 1, "expected a target of gates from 0 (none) to 1", o.gates_target);
  need(o.gates_penalty >= 0 && std::isfinite(o.gates_penalty), "expected a penalty of gates of 0 or more",
       o.gates_penalty);
  need(o.max_steps >= 0, "expected max_steps of 0 (all) or more", static_cast<double>(o.max_steps));
  check_precision(o.precision);
  rate_of(o.schedule, o.learning_rate, 0);  // throws for a name that is none
  task::augment_named(o.augment);
}

/// Everything that lives through a training.
struct Training {
  const TrainOptions& options;
  const graph::Graph& graph;  // with its first weights
  std::unique_ptr<task::DataSet> data;
  Interpreter net;
  Reading outputs;
  Optimiser optimiser;
  StepRules rules;
  Checkpoint begun;                  // which training this is, and its epochs
  std::int64_t per_epoch = 0;        // steps
  std::int64_t step = 0, steps = 0;  // done, and of the whole training
  int epochs = 0;                    // of the whole training; the last is shorter if max_steps ends within it
  std::vector<std::uint64_t> order;  // of this epoch's images, where the data set is finite

  Training(const graph::Graph& g, const TrainOptions& o)
      : options(o),
        graph(g),
        data(open_data_for(graph, o.task, o.data_seed, o.data, o.image)),
        net(graph, o.precision == "bf16" ? Precision::kBf16 : Precision::kFloat),
        outputs(reading_of(graph)),
        optimiser(o.optimiser, net.parameters(), o.weight_decay),
        rules(net, o),
        begun{graph.name, graph::digest_of(graph), options_json(o, data->info()), 0, {}, {}, {}},
        per_epoch(data->info().at_most(o.train_images, task::Split::kTrain) / o.batch),
        steps(o.max_steps > 0 ? std::min(o.max_steps, o.epochs * per_epoch) : o.epochs * per_epoch) {
    outputs.pixels = o.pixels;
    check_takes(graph, data->info());
    if (net.parameters().empty())
      base::fail("the graph '{}' has no weights to train (float32 initializers of Conv, Gemm, BatchNormalization …)",
                 graph.name);
    if (per_epoch < 1)
      base::fail("{} has {} training images, which do not fill a batch of {}; choose a smaller batch",
                 data->info().name, data->info().count(task::Split::kTrain), o.batch);
    epochs = static_cast<int>((steps + per_epoch - 1) / per_epoch);
    need(o.save_at_step <= steps, fmt::format("expected to save the weights at one of the training's {} steps", steps),
         static_cast<double>(o.save_at_step));
  }
};

/// A finite data set is passed in a new order in every epoch (Fisher and Yates); scenes count on and are always new.
void begin_epoch(Training& t, int epoch) {
  at::manual_seed(base::stable_id(fmt::format("learn.dropout/{}/{}", t.options.seed, epoch)));
  const std::int64_t count = t.data->info().count(task::Split::kTrain);
  t.order.resize(static_cast<std::size_t>(count));
  std::iota(t.order.begin(), t.order.end(), std::uint64_t{0});
  base::Stream stream(t.options.seed, base::stable_id(fmt::format("learn.order/{}", epoch)));
  for (std::size_t left = t.order.size(); left > 1; --left) std::swap(t.order[left - 1], t.order[stream.below(left)]);
}

std::vector<task::Sample> batch_of(const Training& t) {
  std::vector<task::Sample> batch;
  const task::Augment augment = task::augment_named(t.options.augment);
  for (int i = 0; i < t.options.batch; ++i) {
    const auto index = static_cast<std::uint64_t>(t.step * t.options.batch + i);
    const auto in_epoch = static_cast<std::size_t>(t.step % t.per_epoch * t.options.batch + i);
    const std::uint64_t image = t.order.empty() ? index : t.order[in_epoch];
    batch.push_back(
        task::augmented(t.data->sample(task::Split::kTrain, image), t.data->info(), augment, t.options.seed, index));
  }
  return batch;
}

/// The graph with the weights as they are, and the names of the classes that they know.
graph::Graph graph_now(const Training& t) {
  graph::Graph now = t.graph;
  t.net.write_back(now);
  now.metadata[task::kClassesKey] = task::classes_text(t.data->info().classes);
  return now;
}

void save_if_due(const Training& t) {
  if (t.step == t.options.save_at_step && t.options.save) t.options.save(graph_now(t));
}

/// The mean loss of the epoch's steps, fewer in the last one if max_steps ends there.
double run_epoch(Training& t, int epoch) {
  begin_epoch(t, epoch);
  double sum = 0;
  const std::int64_t steps = std::min(t.per_epoch, t.steps - t.step);
  for (std::int64_t i = 0; i < steps; ++i) {
    save_if_due(t);
    const double loss = accumulate_gradients(t.net, t.data->info(), t.outputs, batch_of(t));
    if (!std::isfinite(loss))
      base::fail("the loss is no longer finite at step {} of {}; lower learning_rate (now {})", t.step + 1, t.steps,
                 t.options.learning_rate);
    const double done = static_cast<double>(t.step) / static_cast<double>(t.steps);
    t.rules.on_gradients();
    t.optimiser.step(rate_of(t.options.schedule, t.options.learning_rate, done));
    t.rules.on_weights();
    sum += loss;
    ++t.step;
  }
  return sum / static_cast<double>(steps);
}

std::unique_ptr<task::Judge> validate(Training& t, bool last) {
  const std::int64_t all = t.data->info().at_most(t.options.validation_images, task::Split::kValidation);
  return judge(t.net, *t.data, t.outputs, task::Split::kValidation, last ? all : std::min(all, kQuickValidation),
               t.options.batch);
}

void resume(Training& t) {
  const std::filesystem::path& file = t.options.checkpoint;
  if (file.empty()) base::fail_usage("expected the checkpoint to resume from");
  const Checkpoint found = read_checkpoint(file);
  check_same_training(found, t.begun, file);
  const auto epochs = static_cast<std::int64_t>(found.epochs.size());
  if (epochs > t.epochs || found.steps != std::min(epochs * t.per_epoch, t.steps))
    base::fail("{}: {} steps in {} epochs of {} do not fit this training", file.string(), found.steps, epochs,
               t.per_epoch);
  put_back(found.tensors, t.net, &t.optimiser, file.string());
  t.optimiser.set_steps(found.steps);
  t.step = found.steps;
  t.begun.epochs = found.epochs;
  for (EpochReport& e : t.begun.epochs) e.planned = t.epochs;
  t.begun.best = found.best;
}

void keep(Training& t, int epoch) {
  if (t.options.checkpoint.empty()) return;
  record::mark(fmt::format("checkpoint-{}-begin", epoch));
  t.begun.steps = t.step;
  t.begun.tensors = state_of(t.net, &t.optimiser);
  write_checkpoint(t.options.checkpoint, t.begun);
  record::mark(fmt::format("checkpoint-{}-end", epoch));
}

/// The last step has no loss after it that would tell.
void check_finite(const Interpreter& net) {
  for (const Parameter& p : net.parameters())
    if (!p.value.isfinite().all().item<bool>())
      base::fail("the weight '{}' is no longer finite after the training; lower learning_rate", p.name);
}

/// Judged on fewer images than the last of a training that does not look for its best epoch: those compare.
EpochReport one_epoch(Training& t, int epoch, TrainReport& report) {
  const double begin = now_s();
  record::mark(fmt::format("epoch-{}-begin", epoch));
  const double loss = run_epoch(t, epoch);
  record::mark(fmt::format("epoch-{}-end", epoch));
  record::mark(fmt::format("validation-{}-begin", epoch));
  const bool last = t.options.patience == 0 && epoch == t.epochs;
  const auto judged = validate(t, last);
  if (last) report.qualities = judged->qualities(kResamples, kBootstrapSeed);
  record::mark(fmt::format("{}={}", judged->metric(), judged->headline()));
  record::mark(fmt::format("validation-{}-end", epoch));
  return {epoch, loss, judged->metric(), judged->headline(), judged->images(), now_s() - begin, t.epochs};
}

/// What is left to do of epochs, from wherever the training stands.
void run_epochs(Training& t, TrainReport& report) {
  const TrainOptions& o = t.options;
  std::vector<EpochReport>& done = t.begun.epochs;
  while (static_cast<int>(done.size()) < t.epochs && !shall_stop(done, o.patience, o.least_gain)) {
    const int epoch = static_cast<int>(done.size()) + 1;
    done.push_back(one_epoch(t, epoch, report));
    if (o.patience > 0 && best_epoch(done, o.least_gain) == epoch) t.begun.best = state_of(t.net);
    keep(t, epoch);
    if (o.on_epoch) o.on_epoch(done.back());
  }
  save_if_due(t);
  if (o.save_at_step > t.step)
    base::fail("the training ended after {} steps for lack of gain, before step {} at which weights were to be saved",
               t.step, o.save_at_step);
}

/// The weights that are kept, judged on all validation images.
void settle(Training& t, TrainReport& report) {
  const TrainOptions& o = t.options;
  report.kept_epoch = static_cast<int>(t.begun.epochs.size());
  if (!t.begun.best.empty()) {
    report.kept_epoch = best_epoch(t.begun.epochs, o.least_gain);
    put_back(t.begun.best, t.net, nullptr, o.checkpoint.string());
  }
  if (!report.qualities.empty()) return;
  record::mark("validation-begin");
  report.qualities = validate(t, true)->qualities(kResamples, kBootstrapSeed);
  record::mark("validation-end");
}

}  // namespace

bool has_bf16() {
#ifdef __x86_64__
  return __builtin_cpu_supports("avx512bf16") != 0;
#else
  return false;
#endif
}

TrainReport train(graph::Graph& graph, const TrainOptions& options) {
  check_options(options);
  at::set_num_threads(options.threads);
  const graph::Graph trained = with_float_weights(graph);
  check_float_kernels(trained, "cannot be trained");
  Training t(trained, options);
  TrainReport report;
  if (options.resume) resume(t);
  report.resumed_after = static_cast<int>(t.begun.epochs.size());
  const std::int64_t steps_before = t.step;
  const double begin = now_s();
  record::mark(fmt::format("epochs={}", t.epochs));
  if (options.patience > 0) record::mark(fmt::format("patience={}", options.patience));
  record::mark("training-begin");
  run_epochs(t, report);
  settle(t, report);
  record::mark("training-end");
  check_finite(t.net);
  graph = graph_now(t);
  report.epochs = t.begun.epochs;
  report.steps = t.step - steps_before;
  report.images = report.steps * options.batch;
  report.data = t.data->info();
  report.seconds = now_s() - begin;
  return report;
}

std::vector<task::Quality> evaluate(const graph::Graph& graph, const EvaluateOptions& options) {
  task::check_task(options.task);
  need(options.images >= 1, "expected at least one image", static_cast<double>(options.images));
  need(options.batch >= 1, "expected a batch of at least one image", options.batch);
  need(options.threads >= 1, "expected at least one thread", options.threads);
  at::set_num_threads(options.threads);
  Interpreter net(with_float_weights(graph));
  const auto data = open_data_for(graph, options.task, options.data_seed, options.data, options.image);
  check_takes(graph, data->info());
  Reading outputs = reading_of(graph);
  outputs.pixels = options.pixels;
  return judge(net, *data, outputs, options.split, data->info().at_most(options.images, options.split), options.batch)
      ->qualities(kResamples, kBootstrapSeed);
}

std::vector<std::string> interpreted_operators() {
  std::vector<std::string> names;
  for (const auto& table : {convolution_operators(), elementwise_operators(), shape_operators()})
    for (const OperatorEntry& entry : table) names.emplace_back(entry.op);
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace cradle::learn
