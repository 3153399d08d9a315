// Checks what compression's trainings keep: zeros, small scales, gates, a number of steps, weights saved on the way.
#include "cradle/learn/step_rules.h"

#include <ATen/ops/full_like.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "cradle/base/fault_test.h"
#include "cradle/base/scratch_test.h"
#include "cradle/graph/architectures.h"
#include "cradle/learn/checkpoint.h"

namespace cradle::learn {
namespace {

using base::fault_of;

TrainOptions quick() {
  TrainOptions o;
  o.task = "classification";
  o.epochs = 3;
  o.train_images = 32;  // four steps an epoch
  o.validation_images = 16;
  o.batch = 8;
  return o;
}

graph::Graph dense() { return graph::build_architecture("mlp", 0.25, 10, 1); }
graph::Graph normalised() { return graph::build_architecture("resnet-small", 0.25, 10, 1); }

/// Every third weight of each kernel is 0, now and then the negative one.
graph::Graph sparse() {
  graph::Graph g = dense();
  for (auto& [name, tensor] : g.initializers)
    if (name.ends_with(".weight"))
      for (std::size_t i = 0; i < tensor.f32().size(); i += 3) tensor.f32()[i] = i % 2 == 0 ? 0.0f : -0.0f;
  return g;
}

std::vector<float> numbers(const graph::Graph& g, const std::string& name) {
  const auto values = g.initializers.at(name).f32();
  return {values.begin(), values.end()};
}

std::size_t zeros_in(const graph::Graph& g, const std::string& name) {
  const std::vector<float> values = numbers(g, name);
  return static_cast<std::size_t>(std::count(values.begin(), values.end(), 0.0f));
}

bool same_weights(const graph::Graph& a, const graph::Graph& b) {
  return std::equal(a.initializers.begin(), a.initializers.end(), b.initializers.begin(), b.initializers.end(),
                    [](const auto& x, const auto& y) { return x.second.bytes == y.second.bytes; });
}

struct Killed {};

/// A training that is killed after an epoch and resumes must be the one that was not.
void expect_same_after_resuming(const graph::Graph& begun, TrainOptions o, int killed_after, const std::string& name) {
  graph::Graph whole = begun, resumed = begun, lost = begun;
  train(whole, o);
  o.checkpoint = base::scratch_folder() / name;
  TrainOptions first = o;
  first.on_epoch = [&](const EpochReport& e) {
    if (e.epoch == killed_after) throw Killed();
  };
  EXPECT_THROW(train(lost, first), Killed);
  o.resume = true;
  train(resumed, o);
  EXPECT_TRUE(same_weights(resumed, whole)) << name;
}

TEST(KeepZeros, WeightsOfZeroStayZeroToTheBitAndAllElseLearns) {
  for (const char* optimiser : {"sgd", "adamw"}) {
    const graph::Graph begun = sparse();
    graph::Graph g = begun, free = begun;
    TrainOptions o = quick();
    o.optimiser = optimiser;
    o.learning_rate = 0.01;
    o.weight_decay = 0.1;
    train(free, o);
    o.keep_zeros = true;
    train(g, o);
    for (const auto& [name, tensor] : begun.initializers) {
      if (name.ends_with(".bias")) {
        EXPECT_LT(zeros_in(g, name), zeros_in(begun, name)) << "biases begin at 0 and learn";
      }
      if (!name.ends_with(".weight")) continue;
      EXPECT_GT(zeros_in(begun, name), 0u);
      EXPECT_LT(zeros_in(free, name), zeros_in(begun, name)) << optimiser << " " << name << " without the rule";
      const std::vector<float> before = numbers(begun, name), after = numbers(g, name);
      std::size_t moved = 0;
      for (std::size_t i = 0; i < before.size(); ++i) {
        if (before[i] == 0) {
          ASSERT_EQ(after[i], 0.0f) << optimiser << " " << name << "[" << i << "]";
        }
        moved += before[i] != 0 && after[i] != before[i] ? 1 : 0;
      }
      EXPECT_GT(moved, before.size() / 2);
    }
    expect_same_after_resuming(begun, o, 1, std::string("zeros-") + optimiser);
  }
}

TEST(KeepZeros, ChangesNothingWhereThereAreNone) {
  graph::Graph with = dense(), without = dense();
  TrainOptions o = quick();
  train(without, o);
  o.keep_zeros = true;
  train(with, o);
  EXPECT_TRUE(same_weights(with, without));
}

/// Gradients of all parameters are `g`, and then what the rules make of them.
void give_gradients(const Interpreter& net, double g) {
  for (const Parameter& p : net.parameters()) p.value.mutable_grad() = at::full_like(p.value.detach(), g);
}

TEST(GammaPenalty, AddsTheSubgradientToScalesOnly) {
  graph::Graph g = normalised();
  std::string scale;
  for (const graph::Node& node : g.nodes)
    if (node.op == "BatchNormalization" && scale.empty()) scale = node.inputs[1];
  const auto values = g.initializers.at(scale).f32();
  values[0] = 0.5f;
  values[1] = -2.0f;
  values[2] = 0.0f;
  Interpreter net(g);
  TrainOptions o = quick();
  o.gamma_penalty = 0.25;
  const StepRules rules(net, o);
  give_gradients(net, 1);
  rules.on_gradients();
  for (const Parameter& p : net.parameters()) {
    const at::Tensor grad = p.value.grad();
    if (p.name == scale) {
      EXPECT_EQ(grad[0].item<double>(), 1.25);
      EXPECT_EQ(grad[1].item<double>(), 0.75);
      EXPECT_EQ(grad[2].item<double>(), 1.0);
    }
    if (p.role != Role::kScale) {
      EXPECT_TRUE(grad.eq(1).all().item<bool>()) << p.name;
    }
  }
}

double mean_scale(const graph::Graph& g) {
  double sum = 0, count = 0;
  for (const graph::Node& node : g.nodes)
    if (node.op == "BatchNormalization")
      for (const float v : g.initializers.at(node.inputs[1]).f32()) sum += std::abs(v), ++count;
  return sum / count;
}

TEST(GammaPenalty, ShrinksScales) {
  graph::Graph with = normalised(), without = normalised();
  TrainOptions o = quick();
  train(without, o);
  o.gamma_penalty = 0.02;
  train(with, o);
  EXPECT_LT(mean_scale(with), mean_scale(without) - 0.01);
}

TEST(Gates, ThePenaltysGradientIsThatOfItsFormula) {
  Interpreter net(normalised());
  TrainOptions o = quick();
  o.gates_target = 0.3;
  o.gates_penalty = 7;
  const StepRules rules(net, o);
  std::vector<at::Tensor> gates;
  double count = 0;
  for (const Parameter& p : net.parameters()) {
    if (p.role == Role::kScale) {
      gates.push_back(p.value.detach());
      count += static_cast<double>(p.value.numel());
    }
    EXPECT_EQ(p.value.requires_grad(), p.role == Role::kScale) << p.name;
  }
  ASSERT_GT(gates.size(), 3u);
  for (const at::Tensor& g : gates) EXPECT_TRUE(g.eq(kGateStart).all().item<bool>());
  gates[0].fill_(0.9);
  const auto penalty = [&](double of_one) {
    double sum = of_one;
    for (const at::Tensor& g : gates) sum += g.sum().item<double>();
    return o.gates_penalty * std::pow(sum / count - o.gates_target, 2);
  };
  give_gradients(net, 0);
  rules.on_gradients();
  const double h = 1e-3, slope = (penalty(h) - penalty(-h)) / (2 * h);
  for (const Parameter& p : net.parameters())
    EXPECT_NEAR(p.value.grad().abs().max().item<double>(), p.role == Role::kScale ? slope : 0, 1e-6) << p.name;
  gates[0][0].fill_(1.5);
  gates[0][1].fill_(-0.5);
  rules.on_weights();
  EXPECT_EQ(gates[0][0].item<double>(), 1);
  EXPECT_EQ(gates[0][1].item<double>(), 0);
  EXPECT_FLOAT_EQ(gates[0][2].item<float>(), 0.9f);
}

TEST(Gates, AreAllThatChangesAndApproachTheTarget) {
  const graph::Graph begun = normalised();
  std::vector<std::string> gates, statistics;
  for (const graph::Node& node : begun.nodes)
    if (node.op == "BatchNormalization") {
      gates.push_back(node.inputs[1]);
      statistics.insert(statistics.end(), {node.inputs[3], node.inputs[4]});
    }
  const auto among = [](const auto& list, const auto& name) {
    return std::find(list.begin(), list.end(), name) != list.end();
  };
  TrainOptions o = quick();
  o.optimiser = "adamw";
  o.learning_rate = 0.02;
  o.train_images = 128;
  for (const double target : {0.2, 0.7}) {
    graph::Graph g = begun;
    o.gates_target = target;
    o.gates_penalty = 500;
    train(g, o);
    for (const auto& [name, tensor] : begun.initializers) {
      const bool changed = tensor.bytes != g.initializers.at(name).bytes;
      EXPECT_EQ(changed, among(gates, name) || among(statistics, name)) << name;
      if (!among(gates, name)) continue;
      for (const float gate : g.initializers.at(name).f32()) EXPECT_TRUE(gate >= 0 && gate <= 1) << gate;
    }
    EXPECT_NEAR(mean_scale(g), target, 0.1);
  }
  expect_same_after_resuming(begun, o, 1, "gates");
}

TEST(Gates, NeedBatchNorms) {
  graph::Graph g = dense();
  TrainOptions o = quick();
  o.gates_target = 0.5;
  EXPECT_NE(fault_of([&] { train(g, o); }).find("learning gates needs batch norms"), std::string::npos);
  o.gates_target = 0;
  o.gamma_penalty = 0.1;
  EXPECT_NE(fault_of([&] { train(g, o); }).find("gamma_penalty needs batch norms"), std::string::npos);
}

TEST(MaxSteps, EndsThereWithTheScheduleLaidOutOverThem) {
  graph::Graph whole = normalised(), cut = normalised(), within = normalised();
  TrainOptions o = quick();
  o.epochs = 1;
  train(whole, o);
  o.epochs = 3;
  o.max_steps = 4;
  EXPECT_EQ(train(cut, o).epochs.size(), 1u);
  EXPECT_TRUE(same_weights(whole, cut)) << "four steps are one epoch";
  o.max_steps = 6;
  const TrainReport report = train(within, o);
  EXPECT_EQ(report.steps, 6);
  EXPECT_EQ(report.images, 48);
  EXPECT_EQ(report.epochs.size(), 2u);
  EXPECT_EQ(report.epochs[0].planned, 2) << "of three epochs that were asked for";
  EXPECT_EQ(report.kept_epoch, 2);
  EXPECT_EQ(report.qualities[0].images, 16);
  expect_same_after_resuming(normalised(), o, 2, "steps");
  o.max_steps = 100;
  EXPECT_EQ(train(within, o).steps, 12) << "the epochs are a limit as well";
}

/// What is saved at each of these steps, and how often.
std::vector<graph::Graph> saved_at(std::int64_t step, TrainOptions o, graph::Graph g) {
  std::vector<graph::Graph> saved;
  o.save_at_step = step;
  o.save = [&](const graph::Graph& now) { saved.push_back(now); };
  train(g, o);
  return saved;
}

TEST(SaveAtStep, GivesTheWeightsThatTheTrainingHasThen) {
  const graph::Graph begun = normalised();
  TrainOptions o = quick();
  const auto first = saved_at(0, o, begun);
  ASSERT_EQ(first.size(), 1u);
  EXPECT_TRUE(same_weights(first[0], begun));
  graph::Graph end = begun;
  train(end, o);
  const auto last = saved_at(12, o, begun);
  ASSERT_EQ(last.size(), 1u);
  EXPECT_TRUE(same_weights(last[0], end));
  EXPECT_EQ(last[0].metadata, end.metadata);
  // The checkpoint of a training that was killed after its first epoch has what step 4 saves.
  TrainOptions killed = o;
  killed.checkpoint = base::scratch_folder() / "rewind";
  killed.on_epoch = [](const EpochReport&) { throw Killed(); };
  graph::Graph lost = begun;
  EXPECT_THROW(train(lost, killed), Killed);
  const Tensors state = read_checkpoint(killed.checkpoint).tensors;
  const auto fourth = saved_at(4, o, begun);
  ASSERT_EQ(fourth.size(), 1u);
  std::size_t compared = 0;
  for (const auto& [name, values] : state)
    for (const std::string kind : {"weight/", "statistic/"})
      if (name.starts_with(kind)) {
        EXPECT_EQ(numbers(fourth[0], name.substr(kind.size())), values) << name;
        ++compared;
      }
  EXPECT_GT(compared, 20u);
  EXPECT_FALSE(same_weights(saved_at(3, o, begun).at(0), fourth[0]));
}

TEST(SaveAtStep, AStepThatIsNotReachedIsAnError) {
  TrainOptions o = quick();
  EXPECT_NE(fault_of([&] { saved_at(13, o, dense()); }).find("one of the training's 12 steps, found 13"),
            std::string::npos);
  o.patience = 1;
  o.least_gain = 2;  // no gain is large enough
  EXPECT_NE(fault_of([&] { saved_at(12, o, dense()); }).find("ended after 8 steps for lack of gain"),
            std::string::npos);
}

TEST(StepRules, AreOfTheIdentityOfATraining) {
  const task::DataInfo data{"classification", "images", {"shirt"}, {1, 28, 28}, {}};
  const base::Json usual = options_json(quick(), data);
  const auto with = [&](auto change) {
    TrainOptions o = quick();
    change(o);
    return options_json(o, data) != usual;
  };
  EXPECT_TRUE(with([](TrainOptions& o) { o.keep_zeros = true; }));
  EXPECT_TRUE(with([](TrainOptions& o) { o.gamma_penalty = 1e-4; }));
  EXPECT_TRUE(with([](TrainOptions& o) { o.gates_target = 0.5; }));
  EXPECT_TRUE(with([](TrainOptions& o) { o.max_steps = 5; }));
  EXPECT_TRUE(with([](TrainOptions& o) { o.save_at_step = 0; }));
  TrainOptions weak = quick(), strong = quick();
  weak.gates_target = strong.gates_target = 0.5;
  strong.gates_penalty = 2;
  EXPECT_NE(options_json(weak, data), options_json(strong, data));
  EXPECT_FALSE(usual.contains("keep_zeros")) << "checkpoints from before there was the option stay good";
}

TEST(StepRules, RefuseValuesOutOfRange) {
  const auto fault = [](auto change) {
    graph::Graph g = normalised();
    TrainOptions o = quick();
    change(o);
    return fault_of([&] { train(g, o); });
  };
  EXPECT_NE(fault([](auto& o) { o.gamma_penalty = -1; }).find("gamma penalty"), std::string::npos);
  EXPECT_NE(fault([](auto& o) { o.gates_target = 1.5; }).find("target of gates"), std::string::npos);
  EXPECT_NE(fault([](auto& o) { o.gates_target = 0.5, o.gates_penalty = -1; }).find("penalty of gates"),
            std::string::npos);
  EXPECT_NE(fault([](auto& o) { o.max_steps = -1; }).find("max_steps"), std::string::npos);
}

}  // namespace
}  // namespace cradle::learn
