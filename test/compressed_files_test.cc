// Compressed files are good for others: ONNX's checker takes them, and three consumers compute the same of each.
#include <gtest/gtest.h>
#include <onnx/checker.h>
#include <onnx/onnx_pb.h>
#include <onnx/shape_inference/implementation.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <numeric>

#include "compressions.h"
#include "cradle/base/fault_test.h"
#include "cradle/base/left_out_test.h"
#include "cradle/compress/int4_storage.h"
#include "cradle/deploy/onednn_executor.h"
#include "cradle/deploy/onnxruntime_executor.h"
#include "cradle/learn/train.h"
#include "cradle/task/garments.h"
#include "node_consumer/consumer.h"

namespace cradle::test {
namespace {

using deploy::TensorView;
using deploy::testing::difference;
using deploy::testing::Difference;
using deploy::testing::Feed;
using Outputs = std::vector<Feed>;

constexpr double kNarrow = 0.5;  // width: quick, with some channels to remove

std::filesystem::path written(const Compressed& file) {
  return deploy::testing::write_graph("compressed.onnx", file.graph);
}

std::vector<TensorView> views_of(const Outputs& outputs) {
  std::vector<TensorView> views;
  for (const Feed& output : outputs) views.push_back(output.view());
  return views;
}

Outputs outputs_of(deploy::Executor& executor, const Feed& feed) {
  const TensorView input = feed.view();
  Outputs outputs;
  for (const TensorView& view : executor.run({&input, 1}))
    outputs.push_back(
        {std::string(view.name), {view.shape.begin(), view.shape.end()}, {view.values.begin(), view.values.end()}});
  return outputs;
}
Outputs in_onnxruntime(const Compressed& file, const Feed& feed) {
  return outputs_of(*deploy::open_onnxruntime(written(file)), feed);
}
Outputs in_onednn(const Compressed& file, const Feed& feed) {
  return outputs_of(*deploy::open_onednn(written(file)), feed);
}

/// The difference of two consumers' outputs, which must be of the same names and shapes.
Difference compared(const Outputs& a, const Outputs& b) {
  EXPECT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    EXPECT_EQ(a[i].name, b[i].name);
    EXPECT_EQ(a[i].shape, b[i].shape);
    if (a[i].shape != b[i].shape) return {.greatest = HUGE_VAL, .noise = HUGE_VAL};
  }
  const Difference d = difference(views_of(a), views_of(b));
  EXPECT_TRUE(std::isfinite(d.noise)) << "something is no number";
  EXPECT_GT(d.of, 0) << "nothing to compare";
  return d;
}

/// One net of each kind: sums, depthwise layers, concatenations, two outputs, maps that grow again.
class CompressedFiles : public testing::TestWithParam<const char*> {
 protected:
  const graph::Graph net_ = graph::build_architecture(GetParam(), kNarrow, 10, 1);
  const Feed feed_ = deploy::testing::feed_for(
      deploy::Description{{}, {}, {}, {{net_.inputs[0].name, net_.inputs[0].shape}}, {}, {}}, 2);
  const std::vector<Compressed> files_ = compressions_of(net_, feed_);
};
INSTANTIATE_TEST_SUITE_P(Nets, CompressedFiles,
                         testing::Values("resnet-small", "mobilenet-small", "densenet-small", "centernet-lite",
                                         "unet-concat"),
                         [](const auto& net) {
                           std::string name = net.param;
                           std::ranges::replace(name, '-', '_');
                           return name;
                         });

TEST_P(CompressedFiles, PassOnnxsChecker) {
  for (const Compressed& file : files_) {
    SCOPED_TRACE(file.how);
    if (file.int4 && !::onnx::TensorProto::DataType_IsValid(compress::kOnnxInt4)) continue;  // ONNX before 1.16
    ::onnx::ModelProto model;
    ASSERT_TRUE(model.ParseFromString(onnx::serialise_onnx(file.graph)));
    EXPECT_NO_THROW(::onnx::checker::check_model(model));
    const ::onnx::ShapeInferenceOptions strict(true, 1, false);  // types and shapes of every node
    EXPECT_NO_THROW(::onnx::shape_inference::InferShapes(model, ::onnx::OpSchemaRegistry::Instance(), strict));
  }
}

TEST_P(CompressedFiles, ComputeTheSameUnderNode) {
  if (base::left_out(has_node_consumer(), "Node.js or onnxruntime-node is not here (setup/engines.sh onnxruntime)"))
    return;
  std::vector<ConsumerRun> runs;
  for (const Compressed& file : files_)
    runs.push_back({deploy::testing::write_graph(file.how + ".onnx", file.graph), feed_});
  const std::vector<Outputs> theirs = run_under_node(runs);
  for (std::size_t i = 0; i < files_.size(); ++i) {
    SCOPED_TRACE(files_[i].how);
    const Difference d = compared(in_onnxruntime(files_[i], feed_), theirs[i]);
    EXPECT_LE(d.greatest, 1e-6 * d.of);  // measured 0: the same library behind another binding
  }
}

TEST_P(CompressedFiles, ComputeTheSameInOneDnn) {
  std::map<std::string, Outputs> in_floats;
  for (const Compressed& file : files_) {
    SCOPED_TRACE(file.how);
    if (!file.not_onednn.empty()) {
      const std::string fault = base::fault_of([&] { in_onednn(file, feed_); });
      EXPECT_NE(fault.find(file.not_onednn), std::string::npos) << "no longer left out by the engine? " << fault;
      continue;
    }
    const Outputs a = in_onnxruntime(file, feed_), b = in_onednn(file, feed_);
    if (file.eight_bits) {  // as near to what they round, but for chance: engines_agree_test.cc
      const Outputs& exact = in_floats.at(file.rounds);
      EXPECT_LE(compared(exact, b).noise, 3.2 * compared(exact, a).noise);
    } else {
      const Difference d = compared(a, b);
      EXPECT_LE(d.greatest, 5e-6 * d.of);
      in_floats[file.how] = a;
    }
  }
}

/// `count` images of a split and their classes.
struct Labelled {
  Feed images;
  std::vector<std::size_t> labels;
};
Labelled labelled(const task::DataSet& data, task::Split split, std::int64_t count, const std::string& input) {
  const task::ImageShape& image = data.info().image;
  Labelled l{{input, {count, image.channels, image.height, image.width}, {}}, {}};
  for (std::int64_t i = 0; i < count; ++i) {
    const task::Sample sample = data.sample(split, static_cast<std::uint64_t>(i));
    l.images.values.insert(l.images.values.end(), sample.pixels.begin(), sample.pixels.end());
    l.labels.push_back(static_cast<std::size_t>(sample.label));
  }
  return l;
}

/// Weights that are 0 stay 0.
void train(graph::Graph& net, int epochs, std::int64_t images, double learning_rate) {
  learn::TrainOptions options;
  options.task = "classification";
  options.epochs = epochs;
  options.train_images = images;
  options.validation_images = 100;
  options.learning_rate = learning_rate;
  options.keep_zeros = true;
  learn::train(net, options);
}

/// The class of each image that a classifier's logits say.
std::vector<std::size_t> classes_in(const Outputs& outputs) {
  const Feed& logits = outputs.at(0);
  std::vector<std::size_t> classes;
  for (auto row = logits.values.begin(); row < logits.values.end(); row += logits.shape.at(1))
    classes.push_back(static_cast<std::size_t>(std::max_element(row, row + logits.shape.at(1)) - row));
  return classes;
}

/// The share of images on which two say the same.
double alike(const std::vector<std::size_t>& a, const std::vector<std::size_t>& b) {
  const auto same = std::transform_reduce(a.begin(), a.end(), b.begin(), 0, std::plus<>(), std::equal_to<>());
  return static_cast<double>(same) / static_cast<double>(a.size());
}

TEST(CompressedClassifier, SaysTheSameInBothExecutors) {
  graph::Graph net = graph::build_architecture("resnet-small", kNarrow, 10, 1);
  train(net, 3, 1500, 0.1);
  const task::Garments data;
  const Labelled calibration = labelled(data, task::Split::kTrain, 50, net.inputs[0].name);
  const Labelled test = labelled(data, task::Split::kTest, 200, net.inputs[0].name);
  double coded = 0, agreed = 0;
  const auto mend = [](graph::Graph& thinner) { train(thinner, 1, 1000, 0.03); };
  for (const Compressed& file : compressions_of(net, calibration.images, mend)) {
    if (!file.not_onednn.empty()) continue;  // ComputeTheSameInOneDnn looks that it is refused
    // Without VNNI, sums of 8-bit weights saturate in 16 bits, in each engine at another place.
    if (file.eight_bits && !deploy::has_native_int8() && file.how != "int8 onnxruntime-x86-avx2") continue;
    SCOPED_TRACE(file.how);
    const auto a = classes_in(in_onnxruntime(file, test.images)), b = classes_in(in_onednn(file, test.images));
    EXPECT_GT(alike(a, test.labels), 0.5) << "of ten classes; else it says nothing";
    EXPECT_GT(alike(b, test.labels), 0.5);
    if (file.eight_bits) {  // what rounding does by chance: measured 0.98 and more, together 0.994
      EXPECT_GE(alike(a, b), 0.95);
      agreed += alike(a, b);
      ++coded;
    } else {
      EXPECT_EQ(a, b);
    }
  }
  EXPECT_GE(agreed, 0.98 * coded);
  EXPECT_GT(coded, 0);
}

}  // namespace
}  // namespace cradle::test
