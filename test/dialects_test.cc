// The dialects of quantised files, run in ONNX Runtime: all compute what the float model does, but for their codes.
#include <gtest/gtest.h>

#include <cmath>

#include "cradle/compress/equalise.h"
#include "cradle/compress/harden.h"
#include "cradle/compress/int4_storage.h"
#include "cradle/compress/simulate.h"
#include "cradle/deploy/engine_models_test.h"
#include "cradle/deploy/onnxruntime_executor.h"
#include "cradle/graph/fold.h"

namespace cradle::deploy {
namespace {

using compress::Dialect;
using testing::feed_for;

/// A net, and statistics of it on one input.
struct Calibrated {
  graph::Graph net;
  graph::ActivationStatistics statistics;
};

Calibrated calibrated(graph::Graph net) {
  Calibrated c{std::move(net), {}};
  const auto path =
      testing::write_graph("calibrate.onnx", compress::add_outputs(c.net, compress::values_to_calibrate(c.net)));
  const auto executor = open_onnxruntime(path);
  const testing::Feed feed = feed_for(executor->describe(), 4);
  const TensorView input = feed.view();
  add(c.statistics.values[feed.name], feed.values.data(), feed.values.size());
  for (const TensorView& output : executor->run({&input, 1}))
    add(c.statistics.values[std::string(output.name)], output.values.data(), output.values.size());
  return c;
}

/// 10·log10(signal/noise) of one graph's outputs against another's in ONNX Runtime.
double sqnr(const graph::Graph& exact, const graph::Graph& other) {
  const auto a = open_onnxruntime(testing::write_graph("exact.onnx", exact));
  const auto b = open_onnxruntime(testing::write_graph("other.onnx", other));
  const testing::Feed feed = feed_for(a->describe(), 4);
  const TensorView input = feed.view();
  const testing::Difference d = testing::difference(a->run({&input, 1}), b->run({&input, 1}));
  return 10 * std::log10(d.signal / d.noise);
}

TEST(Dialects, RunInOnnxRuntime) {
  for (const char* name : {"resnet-small", "separable-small"}) {
    const Calibrated c = calibrated(graph::build_architecture(name, 0.25, 10, 1));
    for (const Dialect dialect : {Dialect::kOnnxRuntimeX86, Dialect::kOnnxRuntimeX86Avx2, Dialect::kOnnxRuntimeArm,
                                  Dialect::kTensorRt, Dialect::kOpenVino}) {
      compress::Int8Options options;
      options.dialect = dialect;
      const double decibels = sqnr(c.net, compress::quantise_int8(c.net, c.statistics, options).graph);
      // Weights in 7 bits cost 6 dB of theirs, symmetric activations up to 6 dB behind a ReLU.
      EXPECT_GT(decibels, 18) << name << " " << compress::name_of(dialect);
      EXPECT_LT(decibels, 60) << name << " " << compress::name_of(dialect) << " was not quantised";
    }
  }
}

TEST(Simulated, ComputesWhatTheHardenedFileComputes) {
  const Calibrated c = calibrated(graph::build_architecture("separable-small", 0.25, 10, 1));
  const graph::Graph simulated = compress::simulate_int8(c.net, c.statistics).graph;
  EXPECT_GT(sqnr(simulated, compress::harden(simulated)), sqnr(c.net, simulated) + 3)
      << "biases and sums in int32 alone";
}

TEST(PerTensor, LosesADepthwiseNetWhoseChannelsAreUnlikeAndEqualisingBringsItBack) {
  graph::Graph net = graph::build_architecture("separable-small", 0.25, 10, 1);
  graph::simplify(net);
  for (graph::Node& node : net.nodes) {  // as training does it: some channels of a depthwise layer far beyond others
    if (node.op != "Conv" || graph::attribute_int(node, "group", 1) == 1) continue;
    graph::Tensor& weight = net.initializers.at(node.inputs[1]);
    graph::Tensor& bias = net.initializers.at(node.inputs[2]);
    const std::size_t kernel = weight.f32().size() / bias.f32().size();
    for (std::size_t i = 0; i < weight.f32().size(); ++i)
      if (i / kernel % 4 == 0) weight.f32()[i] *= 100;
    for (std::size_t i = 0; i < bias.f32().size(); i += 4) bias.f32()[i] *= 100;
    // The next layer takes it back, so that the function stays what it was.
    const graph::Links links = links_of(net);
    const graph::Node* next = &net.nodes[links.consumers.at(node.outputs[0]).at(0)];
    if (next->op != "Conv") next = &net.nodes[links.consumers.at(next->outputs[0]).at(0)];
    ASSERT_EQ(next->op, "Conv");
    graph::Tensor& reads = net.initializers.at(next->inputs[1]);
    const auto columns = static_cast<std::size_t>(reads.shape[1]);
    const std::size_t inner = reads.f32().size() / static_cast<std::size_t>(reads.shape[0]) / columns;
    for (std::size_t i = 0; i < reads.f32().size(); ++i)
      if (i / inner % columns % 4 == 0) reads.f32()[i] /= 100;
  }
  compress::Int8Options per_tensor;
  per_tensor.per_channel = false;
  const Calibrated before = calibrated(net);
  graph::Graph equalised = net;
  EXPECT_GT(compress::equalise(equalised), 4);
  EXPECT_GT(sqnr(net, equalised), 80) << "the same function";
  const Calibrated after = calibrated(equalised);
  const double lost = sqnr(net, compress::quantise_int8(before.net, before.statistics, per_tensor).graph);
  const double back = sqnr(net, compress::quantise_int8(after.net, after.statistics, per_tensor).graph);
  EXPECT_LT(lost, 15);
  EXPECT_GT(back, lost + 10);
}

TEST(FourBits, ComputeInTheirOwnTypeWhatTheyComputeInInt8) {
  const Calibrated c = calibrated(graph::build_architecture("resnet-small", 0.25, 10, 1));
  compress::Int8Options options;
  options.weight_bits = 4;
  const graph::Graph eight = compress::quantise_int8(c.net, c.statistics, options).graph;
  graph::Graph four = eight;
  EXPECT_GT(compress::store_in_four_bits(four), 5);
  EXPECT_GT(sqnr(eight, four), sqnr(c.net, eight) + 3) << "but for how the engine adds up";
}

}  // namespace
}  // namespace cradle::deploy
