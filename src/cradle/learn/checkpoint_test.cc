// Checks that a training that goes on from a checkpoint is the one that was never interrupted, and what is refused.
#include "cradle/learn/checkpoint.h"

#include <gtest/gtest.h>

#include <fstream>

#include "cradle/base/error.h"
#include "cradle/base/file.h"
#include "cradle/base/random.h"
#include "cradle/base/scratch_test.h"
#include "cradle/graph/architectures.h"

namespace cradle::learn {
namespace {

namespace fs = std::filesystem;

fs::path file_named(const std::string& name) { return base::scratch_folder() / name; }

TrainOptions quick(const std::string& task) {
  TrainOptions o;
  o.task = task;
  o.epochs = 3;
  o.train_images = 32;
  o.validation_images = 16;
  o.batch = 8;
  return o;
}

/// A net with dropout, so that its draws are resumed as well.
graph::Graph classifier() {
  graph::Graph g = graph::build_architecture("mlp", 0.25, 10, 1);
  const auto gemm = std::find_if(g.nodes.begin(), g.nodes.end(), [](const auto& n) { return n.op == "Gemm"; });
  g.nodes.insert(gemm, {"drop", "Dropout", "", {gemm->inputs[0]}, {"dropped"}, {{"ratio", 0.25f}}});
  std::find_if(g.nodes.begin(), g.nodes.end(), [](const auto& n) { return n.op == "Gemm"; })->inputs[0] = "dropped";
  return g;
}
graph::Graph detector() { return graph::build_architecture("centernet-dense", 0.25, 10, 1); }

std::string weights_of(const graph::Graph& g) {
  std::string bytes;
  for (const auto& [name, tensor] : g.initializers) bytes.append(tensor.bytes.begin(), tensor.bytes.end());
  return bytes;
}

/// Thrown out of a training after an epoch, as if it had been killed there.
struct Killed {};

/// Trains until `epoch` has ended; then only the checkpoint is left.
void train_until(int epoch, graph::Graph g, TrainOptions o) {
  o.on_epoch = [epoch](const EpochReport& e) {
    if (e.epoch == epoch) throw Killed();
  };
  EXPECT_THROW(train(g, o), Killed);
}

void expect_same_after_resuming(const graph::Graph& begun, TrainOptions o, const std::string& name) {
  graph::Graph whole = begun;
  const TrainReport uninterrupted = train(whole, o);
  o.checkpoint = file_named(name);
  for (const int epoch : {1, 3}) {
    o.resume = false;
    train_until(epoch, begun, o);
    o.resume = true;
    graph::Graph resumed = begun;
    const TrainReport report = train(resumed, o);
    EXPECT_EQ(weights_of(resumed), weights_of(whole)) << name << " resumed after epoch " << epoch;
    EXPECT_EQ(report.resumed_after, epoch);
    EXPECT_EQ(report.images, (3 - epoch) * 32);
    ASSERT_EQ(report.epochs.size(), 3u);
    for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(report.epochs[i].loss, uninterrupted.epochs[i].loss);
    EXPECT_EQ(report.qualities[0].value.low, uninterrupted.qualities[0].value.low);
    EXPECT_EQ(report.qualities[0].value.value, uninterrupted.qualities[0].value.value);
  }
}

TEST(Resume, IsTheUninterruptedTrainingToTheBit) {
  expect_same_after_resuming(detector(), quick("detection"), "sgd");
  TrainOptions adamw = quick("classification");
  adamw.optimiser = "adamw";
  adamw.schedule = "cosine";
  adamw.learning_rate = 0.002;
  expect_same_after_resuming(classifier(), adamw, "adamw");
}

/// What is said of a checkpoint of `classifier()` when it shall be resumed with other options or another graph.
std::string refusal(const graph::Graph& graph, const TrainOptions& changed) {
  graph::Graph g = graph;
  const std::string before = weights_of(g);
  try {
    train(g, changed);
  } catch (const base::Error& error) {
    EXPECT_EQ(weights_of(g), before);
    return error.what();
  }
  return "";
}

TEST(Resume, RefusesAnotherTrainingAndLeavesTheGraph) {
  TrainOptions o = quick("classification");
  o.checkpoint = file_named("other");
  train_until(1, classifier(), o);
  o.resume = true;
  const graph::Graph seeded = graph::build_architecture("mlp", 0.25, 10, 2);
  const std::string fault = refusal(seeded, o);
  EXPECT_NE(fault.find("other: this is the checkpoint of another training: another width or other first weights of "
                       "mlp; resume with"),
            std::string::npos)
      << fault;
  o.checkpoint = file_named("none");
  EXPECT_NE(refusal(classifier(), o).find("there is no checkpoint to resume from"), std::string::npos);
  o.checkpoint.clear();
  EXPECT_NE(refusal(classifier(), o).find("expected the checkpoint"), std::string::npos);
}

TEST(Resume, SaysEachOptionThatDiffers) {
  const task::DataInfo data{"detection", "scenes", {"shirt"}, {1, 64, 64}, {}};
  const TrainOptions o = quick("detection");
  const Checkpoint found{"net", "digest", options_json(o, data), 0, {}, {}, {}};
  const auto with = [&](auto change) -> std::string {
    TrainOptions changed = o;
    change(changed);
    try {
      check_same_training(found, {"net", "digest", options_json(changed, data), 0, {}, {}, {}}, "a.checkpoint");
    } catch (const base::Error& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_EQ(with([](TrainOptions& c) { c.epochs = 4, c.learning_rate = 0.01; }),
            "a.checkpoint: this is the checkpoint of another training: epochs 3 there, 4 here; learning_rate 0.05 "
            "there, 0.01 here; resume with the options that it had, or begin anew without --resume");
  EXPECT_NE(with([](auto& c) { c.task = "segmentation"; }).find("task"), std::string::npos);
  EXPECT_NE(with([](auto& c) { c.seed = 2; }).find("seed 1 there, 2 here"), std::string::npos);
  EXPECT_NE(with([](auto& c) { c.data_seed = 2; }).find("data_seed 1 there, 2 here"), std::string::npos);
  EXPECT_NE(with([](auto& c) { c.batch = 16; }).find("batch 8 there, 16 here"), std::string::npos);
  EXPECT_NE(with([](auto& c) { c.train_images = 24; }).find("train_images"), std::string::npos);
  EXPECT_NE(with([](auto& c) { c.validation_images = 24; }).find("validation_images"), std::string::npos);
  EXPECT_NE(with([](auto& c) { c.weight_decay = 0; }).find("weight_decay"), std::string::npos);
  EXPECT_NE(with([](auto& c) { c.optimiser = "adamw"; }).find("\"sgd\" there, \"adamw\" here"), std::string::npos);
  EXPECT_NE(with([](auto& c) { c.schedule = "cosine"; }).find("schedule"), std::string::npos);
  EXPECT_NE(with([](auto& c) { c.precision = "bf16"; }).find("precision"), std::string::npos);
  EXPECT_NE(with([](auto& c) { c.augment = "none"; }).find("augment"), std::string::npos);
  EXPECT_NE(with([](auto& c) { c.patience = 3; }).find("patience"), std::string::npos);
  EXPECT_NE(with([](auto& c) { c.least_gain = 0; }).find("least_gain"), std::string::npos);
  EXPECT_EQ(with([](auto& c) { c.threads = 2, c.checkpoint = "b", c.resume = true; }), "");
  Checkpoint other = found;
  other.network = "mlp";
  EXPECT_THROW(check_same_training(found, other, "a.checkpoint"), base::Error);
  other = found;
  other.options["later"] = 1;
  EXPECT_THROW(check_same_training(found, other, "a.checkpoint"), base::Error);
  EXPECT_THROW(check_same_training(other, found, "a.checkpoint"), base::Error);
}

Checkpoint example() {
  Checkpoint c;
  c.network = "mlp";
  c.graph = std::string(64, 'a');
  c.options = {{"epochs", 3}};
  c.steps = 8;
  c.epochs = {{1, 0.1, "top-1", 0.25, 16, 3.5}, {2, 1.0 / 3, "top-1", 0.5, 16, 3.5}};
  c.tensors = {{"weight/a", {1.5f, -0.0f, 1e-45f}}, {"momentum/a", {0, 1, 2}}, {"weight/empty", {}}};
  c.best = {{"weight/a", {0.5f, 0.25f, 0}}};
  return c;
}

TEST(Checkpoint, IsReadAsItWasWritten) {
  const fs::path file = file_named("written");
  write_checkpoint(file, example());
  const Checkpoint c = read_checkpoint(file);
  EXPECT_EQ(c.network, "mlp");
  EXPECT_EQ(c.graph, std::string(64, 'a'));
  EXPECT_EQ(c.options, example().options);
  EXPECT_EQ(c.steps, 8);
  ASSERT_EQ(c.epochs.size(), 2u);
  EXPECT_EQ(c.epochs[1].loss, 1.0 / 3);
  EXPECT_EQ(c.epochs[1].images, 16);
  EXPECT_EQ(c.tensors, example().tensors);
  EXPECT_EQ(c.best, example().best);
  EXPECT_TRUE(std::signbit(c.tensors.at("weight/a")[1]));
}

std::string fault_of(const std::string& bytes) {
  const fs::path file = file_named("damaged");
  std::ofstream(file, std::ios::binary) << bytes;
  try {
    read_checkpoint(file);
  } catch (const base::Error& error) {
    return error.what();
  }
  return "";
}

TEST(Checkpoint, DamageIsAlwaysNoticed) {
  const fs::path file = file_named("whole");
  write_checkpoint(file, example());
  const std::string whole = base::read_file(file);
  ASSERT_EQ(fault_of(whole), "");
  for (std::size_t size = 0; size < whole.size(); size += 7)
    EXPECT_NE(fault_of(whole.substr(0, size)), "") << "cut off at " << size;
  base::Stream draw(1, 1);
  for (int i = 0; i < 300; ++i) {
    std::string changed = whole;
    changed[draw.below(whole.size())] ^= static_cast<char>(1u << draw.below(8));
    const std::string fault = fault_of(changed);
    EXPECT_NE(fault.find("damaged"), fault.find("this is no checkpoint")) << "one of the two must be said: " << fault;
  }
  EXPECT_NE(fault_of(whole + "x").find("the checkpoint is damaged"), std::string::npos);
  EXPECT_NE(fault_of("cradle.checkpoint/2\n{}").find("no checkpoint of a training that this version"),
            std::string::npos);
}

/// Headers that somebody wrote with a checksum that holds.
TEST(Checkpoint, AWrongHeaderIsRefusedWithItsReason) {
  const auto fault = [](const std::string& header, const std::string& numbers = "") {
    std::string bytes = std::string(kCheckpointSchema) + "\n" + header + "\n" + numbers;
    return fault_of(bytes + base::sha256_of(bytes));
  };
  const auto header = [](const std::string& steps, const std::string& epochs, const std::string& tensors) {
    return R"({"network":"n","graph":"g","options":{},"steps":)" + steps + R"(,"epochs":)" + epochs + R"(,"tensors":)" +
           tensors + "}";
  };
  EXPECT_EQ(fault(header("1", "[]", R"([{"name":"a","count":1}])"), "1234"), "");
  EXPECT_NE(fault(header("1", "[]", R"([{"name":"a","count":2}])"), "1234").find("'a' has 2 numbers"),
            std::string::npos);
  EXPECT_NE(fault(header("1", "[]", R"([{"name":"a","count":1e15}])"), "1234").find("only 4 bytes"), std::string::npos);
  EXPECT_NE(fault(header("1", "[]", "[]"), "1234").find("4 bytes follow"), std::string::npos);
  EXPECT_NE(fault(header("-1", "[]", "[]")).find("'steps'"), std::string::npos);
  EXPECT_NE(fault(header("1", "{}", "[]")).find("'epochs': expected a list"), std::string::npos);
  EXPECT_NE(fault(header("1", "[{}]", "[]")).find("'epoch'"), std::string::npos);
  EXPECT_NE(fault(header("1", "[]", R"([{"name":1,"count":1}])")).find("'name'"), std::string::npos);
  EXPECT_NE(fault("[]"), "");
  EXPECT_NE(fault("{"), "");
  EXPECT_NE(fault(""), "");
}

TEST(Checkpoint, OneWhoseTensorsDoNotFitIsRefused) {
  TrainOptions o = quick("classification");
  o.checkpoint = file_named("tensors");
  train_until(1, classifier(), o);
  o.resume = true;
  Checkpoint c = read_checkpoint(o.checkpoint);
  c.tensors["weight/none"] = {1};
  write_checkpoint(o.checkpoint, c);
  EXPECT_NE(refusal(classifier(), o).find("tensors, found"), std::string::npos);
  c.tensors.erase("weight/none");
  c.tensors.begin()->second.pop_back();
  write_checkpoint(o.checkpoint, c);
  EXPECT_NE(refusal(classifier(), o).find("numbers 'momentum/"), std::string::npos);
  c = read_checkpoint(o.checkpoint);
  c.steps = 5;
  write_checkpoint(o.checkpoint, c);
  EXPECT_NE(refusal(classifier(), o).find("5 steps in 1 epochs of 4"), std::string::npos);
}

}  // namespace
}  // namespace cradle::learn
