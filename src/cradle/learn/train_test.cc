// Checks whole trainings: repeatable to the bit, learning, harmless when they fail; and that evaluation agrees.
#include "cradle/learn/train.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>

#include "cradle/base/error.h"
#include "cradle/base/scratch_test.h"
#include "cradle/base/text.h"
#include "cradle/compress/storage.h"
#include "cradle/graph/architectures.h"
#include "cradle/graph/fold.h"
#include "cradle/learn/network.h"
#include "cradle/learn/weight_places.h"
#include "cradle/task/class_names.h"

namespace cradle::learn {
namespace {

graph::Graph small_net() { return graph::build_architecture("centernet-dense", 0.25, 10, 1); }

TrainOptions quick() {
  TrainOptions o;
  o.epochs = 2;
  o.train_images = 48;
  o.validation_images = 32;
  o.batch = 8;
  return o;
}

std::string weights_of(const graph::Graph& g) {
  std::string bytes;
  for (const auto& [name, tensor] : g.initializers) bytes.append(tensor.bytes.begin(), tensor.bytes.end());
  return bytes;
}

std::string error_of(graph::Graph& g, const TrainOptions& o) {
  try {
    train(g, o);
  } catch (const base::Error& error) {
    return error.what();
  }
  return "";
}

TEST(Train, GivesTheSameBitsAgainOnOneThread) {
  graph::Graph a = small_net(), b = small_net(), other = small_net();
  const TrainReport first = train(a, quick()), second = train(b, quick());
  EXPECT_EQ(weights_of(a), weights_of(b));
  EXPECT_EQ(first.epochs[1].loss, second.epochs[1].loss);
  EXPECT_EQ(first.qualities[0].value.low, second.qualities[0].value.low);
  TrainOptions o = quick();
  o.seed = 2;
  train(other, o);
  EXPECT_NE(weights_of(a), weights_of(other));
}

TEST(Train, ChangesImagesLightlyUnlessToldOtherwise) {
  TrainOptions o = quick();
  o.epochs = 1;
  std::vector<std::string> weights;
  for (const char* augment : {"light", "none", "strong"}) {
    graph::Graph g = small_net();
    o.augment = augment;
    train(g, o);
    weights.push_back(weights_of(g));
  }
  graph::Graph usual = small_net();
  o.augment = TrainOptions{}.augment;
  const TrainReport report = train(usual, o);
  EXPECT_EQ(weights_of(usual), weights[0]);
  EXPECT_NE(weights[0], weights[1]);
  EXPECT_NE(weights[0], weights[2]);
  EXPECT_EQ(report.data.name, "garment scenes");
  EXPECT_EQ(task::classes_from_text(usual.metadata.at(task::kClassesKey), "m"), report.data.classes);
}

TEST(Train, LearnsToDetect) {
  graph::Graph g = small_net();
  TrainOptions o = quick();
  o.epochs = 4;
  o.train_images = 400;
  o.validation_images = 100;
  o.learning_rate = 0.05;
  const TrainReport report = train(g, o);
  EXPECT_LT(report.epochs.back().loss, 0.75 * report.epochs.front().loss);
  EXPECT_GT(report.qualities[0].value.value, 0.01);  // an untrained net has 0.000
  EXPECT_LE(report.qualities[0].value.low, report.qualities[0].value.value);
  EXPECT_GE(report.qualities[0].value.high, report.qualities[0].value.value);
}

TEST(Train, LearnsToDetectWithAnchors) {
  graph::Graph g = graph::build_architecture("ssd-residual", 0.25, 10, 1);
  TrainOptions o = quick();
  o.epochs = 3;
  o.train_images = 320;
  o.validation_images = 100;
  const TrainReport report = train(g, o);
  EXPECT_LT(report.epochs.back().loss, 0.75 * report.epochs.front().loss);
  EXPECT_GT(report.qualities[0].value.value, 0.01);  // an untrained net has 0.000
  g.metadata.erase("cradle.anchors");
  EXPECT_NE(error_of(g, o).find("the model has no output 'heatmap'"), std::string::npos) << "the scheme is the file's";
}

TrainOptions of_task(const std::string& task, int epochs, int images, int validation) {
  TrainOptions o;
  o.task = task;
  o.epochs = epochs;
  o.train_images = images;
  o.validation_images = validation;
  return o;
}

TEST(Train, LearnsToClassifyAndPassesEachImageOnceAnEpoch) {
  graph::Graph g = graph::build_architecture("resnet-small", 0.5, 10, 1);
  TrainOptions o = of_task("classification", 2, 2000, 500);
  o.batch = 32;
  o.learning_rate = 0.1;
  const TrainReport report = train(g, o);
  EXPECT_EQ(report.qualities[0].metric, "top-1");
  EXPECT_EQ(report.qualities[1].metric, "top-5");
  EXPECT_GT(report.qualities[0].value.value, 0.6) << "chance is 0.1";
  EXPECT_EQ(report.images, 2 * 1984) << "62 whole batches";
}

TEST(Train, LearnsToSegment) {
  graph::Graph g = graph::build_architecture("unet-dense", 0.5, 11, 1);
  const TrainReport report = train(g, of_task("segmentation", 3, 320, 50));
  EXPECT_EQ(report.qualities[0].metric, "mIoU");
  EXPECT_LT(report.epochs.back().loss, 0.7 * report.epochs.front().loss);
  EXPECT_GT(report.qualities[1].value.value, 0.8) << "nearly all pixels are background";
}

TEST(Train, EveryArchitectureOfATaskTakesAStep) {
  for (const graph::Architecture& a : graph::architectures()) {
    graph::Graph g = graph::build_architecture(a.name, 0.25, a.task == "segmentation" ? 11 : 10, 1);
    TrainOptions o = of_task(a.task, 1, 4, 4);
    o.batch = 4;
    EXPECT_TRUE(std::isfinite(train(g, o).epochs[0].loss)) << a.name;
  }
}

TEST(Train, CountsWhatItDid) {
  graph::Graph g = small_net();
  TrainOptions o = quick();
  o.train_images = 30;  // three batches of 8; what does not fill a batch is left
  std::vector<int> seen;
  o.on_epoch = [&](const EpochReport& e) { seen.push_back(e.epoch); };
  const TrainReport report = train(g, o);
  EXPECT_EQ(report.steps, 6);
  EXPECT_EQ(report.kept_epoch, 2) << "without patience the last epoch's weights are kept";
  EXPECT_EQ(report.images, 48);
  EXPECT_EQ(seen, (std::vector<int>{1, 2}));
  EXPECT_EQ(report.qualities[0].images, 32);
  EXPECT_EQ(report.qualities[0].metric, "mAP50");
  EXPECT_GT(report.seconds, 0);
}

TEST(Train, WritesWeightsAndStatisticsThatEvaluateTheSame) {
  graph::Graph g = small_net();
  TrainOptions o = quick();
  o.train_images = 240;
  o.learning_rate = 0.05;
  const TrainReport report = train(g, o);
  EvaluateOptions e;
  e.split = task::Split::kValidation;
  e.images = o.validation_images;
  e.batch = o.batch;
  const task::Quality again = evaluate(g, e)[0];
  EXPECT_EQ(again.value.value, report.qualities[0].value.value);
  EXPECT_EQ(again.value.high, report.qualities[0].value.high);
  EXPECT_NE(evaluate(small_net(), e)[0].value.value, report.qualities[0].value.value);
}

TEST(Train, LeavesAGraphWhoseBatchNormFoldsAway) {
  graph::Graph g = small_net();
  train(g, quick());
  graph::Graph folded = g;
  graph::simplify(folded);
  ASSERT_LT(folded.nodes.size(), g.nodes.size());
  const task::Sample scene = task::open_data_set("detection")->sample(task::Split::kTest, 0);
  const Arrays input = {{g.inputs[0].name, {{1, 1, 64, 64}, {scene.pixels.begin(), scene.pixels.end()}}}};
  const Arrays before = run(g, input), after = run(folded, input);
  for (const auto& [name, array] : before)
    for (std::size_t i = 0; i < array.values.size(); ++i)
      ASSERT_NEAR(after.at(name).values[i], array.values[i], 1e-4) << name;
}

TEST(Train, StopsAtALossThatIsNotFiniteAndLeavesTheGraphAlone) {
  graph::Graph g = small_net();
  g.initializers.at("heatmap.bias").f32()[0] = std::numeric_limits<float>::quiet_NaN();
  const std::string before = weights_of(g);
  const std::string message = error_of(g, quick());
  EXPECT_NE(message.find("no longer finite at step 1"), std::string::npos) << message;
  EXPECT_EQ(weights_of(g), before);
}

TEST(Train, ChangesWeightsThatStandInConstantNodes) {
  graph::Graph g = small_net();
  const std::string name = "stem.conv.weight";
  const graph::Tensor before = g.initializers.at(name);
  g.initializers.erase(name);
  g.nodes.insert(g.nodes.begin(), {"weight", "Constant", "", {}, {name}, {{"value", before}}});
  train(g, quick());
  EXPECT_NE(g.initializers.at(name).bytes, before.bytes);
}

TEST(Train, ChangesWeightsThatAreStoredNarrower) {
  for (const graph::Type type : {graph::Type::kF16, graph::Type::kBf16}) {
    const graph::Graph begun = small_net();
    graph::Graph g = compress::store_as(begun, type).graph;
    ASSERT_LT(weights_of(g).size(), 0.6 * static_cast<double>(weights_of(begun).size()));
    const graph::Graph stored = g;
    train(g, quick());
    for (const Kernel& kernel : kernels_of(begun)) {
      const graph::Tensor& trained = g.initializers.at(kernel.initializer);
      ASSERT_EQ(trained.type, graph::Type::kF32) << kernel.initializer;
      EXPECT_NE(trained.bytes, with_float_weights(stored).initializers.at(kernel.initializer).bytes)
          << kernel.initializer;
    }
    EXPECT_EQ(g.initializers.size(), begun.initializers.size()) << "and nothing is kept twice";
  }
}

TEST(Train, RefusesKernelsThatAreComputedInHalfPrecision) {
  graph::Graph g = small_net();
  graph::Tensor& weight = g.initializers.at("stem.conv.weight");
  weight = {graph::Type::kF16, weight.shape, std::vector<std::uint8_t>(weight.bytes.size() / 2)};
  EXPECT_NE(
      error_of(g, quick()).find("'stem.conv.weight' are float16 and cannot be trained; take the model in float32"),
      std::string::npos)
      << error_of(g, quick());
}

/// The net with a mean of 0.5 and a deviation of 0.25 in itself.
graph::Graph normalising(graph::Graph g) {
  const std::string input = g.inputs[0].name;
  g.initializers["mean"] = graph::tensor_f32({}, std::vector<float>{0.5f});
  g.initializers["deviation"] = graph::tensor_f32({}, std::vector<float>{0.25f});
  for (graph::Node& node : g.nodes)
    for (std::string& name : node.inputs)
      if (name == input) name = "normalised";
  g.nodes.insert(g.nodes.begin(), {{"less", "Sub", "", {input, "mean"}, {"centred"}, {}},
                                   {"by", "Div", "", {"centred", "deviation"}, {"normalised"}, {}}});
  return g;
}

TEST(Train, SeesThePixelsAsTheGraphWantsThem) {
  const graph::Graph net = graph::build_architecture("mlp", 0.25, 10, 1);
  graph::Graph told = net, own = normalising(net), plain = net;
  TrainOptions o = of_task("classification", 1, 64, 32);
  const double own_loss = train(own, o).epochs[0].loss, plain_loss = train(plain, o).epochs[0].loss;
  o.pixels = {{0.5f}, {0.25f}};
  EXPECT_NEAR(train(told, o).epochs[0].loss, own_loss, 1e-4 * own_loss);
  EXPECT_GT(std::abs(plain_loss - own_loss), 1e-2 * own_loss);
  EvaluateOptions e;
  e.task = "classification";
  e.images = 400;
  const auto right = [&](const graph::Graph& g) { return evaluate(g, e)[0].value.value; };
  const double by_itself = right(normalising(net));
  EXPECT_NE(right(net), by_itself);
  e.pixels = {{0.5f}, {0.25f}};
  EXPECT_EQ(right(net), by_itself);
}

TEST(Train, RefusesWhatItCannotTrainByName) {
  graph::Graph g = small_net();
  g.nodes[2].op = "NonMaxSuppression";
  const std::string message = error_of(g, quick());
  EXPECT_NE(message.find("NonMaxSuppression"), std::string::npos);
  EXPECT_NE(message.find(g.nodes[2].name), std::string::npos) << message;
}

TEST(Train, RefusesAGraphThatIsNoDetector) {
  graph::Graph g = graph::build_architecture("resnet-small", 0.5, 10, 1);
  EXPECT_NE(error_of(g, quick()).find("garment scenes has images of ?×1×64×64"), std::string::npos)
      << error_of(g, quick());
  graph::Graph segmenter = graph::build_architecture("unet-dense", 0.25, 10, 1);
  EXPECT_NE(error_of(segmenter, quick()).find("the model has no output 'heatmap'"), std::string::npos);
  graph::Graph few = graph::build_architecture("centernet-dense", 0.25, 3, 1);
  EXPECT_NE(error_of(few, quick()).find("the detector knows 3 classes; garment scenes has 10"), std::string::npos);
}

TEST(Train, RefusesOptionsOutOfRange) {
  const auto fault = [](auto change) {
    graph::Graph g = small_net();
    TrainOptions o = quick();
    change(o);
    return error_of(g, o);
  };
  EXPECT_NE(fault([](auto& o) { o.epochs = 0; }).find("epoch"), std::string::npos);
  EXPECT_NE(fault([](auto& o) { o.batch = 0; }).find("batch"), std::string::npos);
  EXPECT_NE(fault([](auto& o) { o.train_images = 7; }).find("train_images"), std::string::npos);
  EXPECT_NE(fault([](auto& o) { o.patience = -1; }).find("patience"), std::string::npos);
  EXPECT_NE(fault([](auto& o) { o.least_gain = -1; }).find("least gain"), std::string::npos);
  EXPECT_NE(fault([](auto& o) { o.learning_rate = 0; }).find("learning rate"), std::string::npos);
  EXPECT_NE(fault([](auto& o) { o.optimiser = "agd"; }).find("did you mean 'sgd'"), std::string::npos);
  EXPECT_NE(fault([](auto& o) { o.augment = "lihgt"; }).find("did you mean 'light'"), std::string::npos);
  EXPECT_NE(fault([](auto& o) { o.schedule = "one-cycel"; }).find("did you mean 'one-cycle'"), std::string::npos);
  EXPECT_NE(fault([](auto& o) { o.task = "depth"; }).find("depth"), std::string::npos);
  EXPECT_NE(fault([](auto& o) { o.data = "/nowhere"; }).find("expected a folder of images"), std::string::npos);
}

TEST(Train, MarksItsStages) {
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
  ::setenv("CRADLE_MARKS", std::to_string(ends[1]).c_str(), 1);
  graph::Graph g = small_net();
  TrainOptions o = quick();
  o.patience = 2;
  o.checkpoint = base::scratch_folder() / "marks";
  const TrainReport report = train(g, o);
  ::unsetenv("CRADLE_MARKS");
  char buffer[4096];
  const ssize_t n = ::read(ends[0], buffer, sizeof buffer);
  ::close(ends[0]);
  ::close(ends[1]);
  ASSERT_GT(n, 0);
  std::vector<std::string> names;
  for (const std::string& line : base::split(std::string(buffer, static_cast<std::size_t>(n)), '\n'))
    if (!line.empty()) names.push_back(line.substr(line.find(' ') + 1));
  const std::string figure = fmt::format("mAP50={}", report.epochs[1].quality);
  EXPECT_EQ(std::count(names.begin(), names.end() - 1, figure),
            report.epochs[0].quality == report.epochs[1].quality ? 2 : 1);
  std::erase_if(names, [](const std::string& name) { return name.starts_with("mAP50="); });
  EXPECT_EQ(names, (std::vector<std::string>{"epochs=2", "patience=2", "training-begin", "epoch-1-begin", "epoch-1-end",
                                             "validation-1-begin", "validation-1-end", "checkpoint-1-begin",
                                             "checkpoint-1-end", "epoch-2-begin", "epoch-2-end", "validation-2-begin",
                                             "validation-2-end", "checkpoint-2-begin", "checkpoint-2-end",
                                             "validation-begin", "validation-end", "training-end"}));
}

}  // namespace
}  // namespace cradle::learn
