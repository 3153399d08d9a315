#include "cradle/compress/simulate.h"

#include <gtest/gtest.h>

#include "cradle/base/error.h"
#include "cradle/base/fault_test.h"
#include "cradle/compress/harden.h"
#include "cradle/compress/test_graphs.h"
#include "cradle/compress/test_runs.h"
#include "cradle/graph/architectures.h"

namespace cradle::compress {
namespace {

using graph::Graph;
using graph::Node;
using graph::Type;

void expect_same(const Graph& a, const Graph& b) {
  ASSERT_EQ(a.nodes.size(), b.nodes.size());
  for (std::size_t i = 0; i < a.nodes.size(); ++i) {
    EXPECT_EQ(a.nodes[i].op, b.nodes[i].op);
    EXPECT_EQ(a.nodes[i].inputs, b.nodes[i].inputs);
    EXPECT_EQ(a.nodes[i].outputs, b.nodes[i].outputs);
  }
  ASSERT_EQ(a.initializers.size(), b.initializers.size());
  for (const auto& [name, tensor] : a.initializers) {
    ASSERT_TRUE(b.initializers.contains(name)) << name;
    EXPECT_EQ(tensor.type, b.initializers.at(name).type) << name;
    EXPECT_EQ(tensor.bytes, b.initializers.at(name).bytes) << name;
  }
  EXPECT_EQ(a.metadata, b.metadata);
}

TEST(Simulate, KeepsWeightsInFloatBehindTheirCodes) {
  const Graph g = residual_graph();
  const Graph s = simulate_int8(g, calibrate(g, 50)).graph;
  for (const Node& node : s.nodes) {
    if (node.op != "Conv") continue;
    EXPECT_EQ(node.inputs[2], node.name + ".b") << "the bias is float and directly there";
    const Node& decode = maker_of(s, node.inputs[1]);
    ASSERT_EQ(decode.op, "DequantizeLinear");
    const Node& code = maker_of(s, decode.inputs[0]);
    ASSERT_EQ(code.op, "QuantizeLinear");
    EXPECT_EQ(code.inputs[0], node.name + ".w") << "under its old name";
    EXPECT_EQ(s.initializers.at(code.inputs[0]).bytes, g.initializers.at(code.inputs[0]).bytes);
    EXPECT_EQ(s.initializers.at(code.inputs[1]).shape, (graph::Shape{4}));
    EXPECT_EQ(s.initializers.at(code.inputs[2]).type, Type::kI8);
    EXPECT_EQ(graph::attribute_int(code, "axis", -9), 0);
    EXPECT_EQ(graph::attribute_int(decode, "axis", -9), 0);
  }
}

TEST(Simulate, HardensIntoWhatQuantiseWrites) {
  const Graph g = residual_graph();
  const auto statistics = calibrate(g, 50);
  for (const bool per_channel : {true, false}) {
    Int8Options options;
    options.per_channel = per_channel;
    expect_same(harden(simulate_int8(g, statistics, options).graph), quantise_int8(g, statistics, options).graph);
  }
  const Graph net = graph::build_architecture("mobilenet-small", 0.5, 5, 1);
  graph::ActivationStatistics wide;
  const float range[] = {-1, 2};
  for (const std::string& value : values_to_calibrate(net)) add(wide.values[value], range, 2);
  expect_same(harden(simulate_int8(net, wide).graph), quantise_int8(net, wide).graph);
}

TEST(Simulate, ComputesWhatTheHardenedGraphComputes) {
  const Graph g = residual_graph();
  const Graph s = simulate_int8(g, calibrate(g, 100)).graph;
  // They differ in biases alone, by at most half of s_x·s_w, so that a code of an activation seldom tips over.
  EXPECT_GT(output_sqnr(s, harden(s), "y"), 45);
}

TEST(Harden, CodesTrainedWeightsAtTheScaleTheyWereTrainedWith) {
  const Graph g = residual_graph();
  Graph s = simulate_int8(g, calibrate(g, 50)).graph;
  const float scale = s.initializers.at("a.w.scale").f32()[0];
  s.initializers.at("a.w").f32()[0] = 40.4F * scale;
  s.initializers.at("a.w").f32()[1] = -200 * scale;  // trained past its code: QuantizeLinear saturates
  s.initializers.at("a.b").f32()[1] = 0.75F;
  const Graph q = harden(s);
  EXPECT_EQ(element(q.initializers.at("a.w.int"), 0), 40);
  EXPECT_EQ(element(q.initializers.at("a.w.int"), 1), -128);
  EXPECT_NEAR(element(q.initializers.at("a.b.int"), 1) * element(q.initializers.at("a.b.scale"), 1), 0.75, 1e-4);
  EXPECT_GT(output_sqnr(s, q, "y"), 45);
  EXPECT_FALSE(q.initializers.contains("a.w"));
  EXPECT_FALSE(q.metadata.contains(kSimulatedDialect));
}

/// QuantizeLinear saturates at −128 and 127 whatever the bits; the file does at ±(2^(bits−1) − 1). So a training of
/// such a graph reads kSimulatedBits and clips weights there.
TEST(Harden, ClipsFewerBitsWhereTheMetadataSay) {
  const Graph g = residual_graph();
  Int8Options options;
  options.weight_bits = 7;
  Graph s = simulate_int8(g, calibrate(g, 50), options).graph;
  EXPECT_EQ(s.metadata.at(kSimulatedBits), "7");
  EXPECT_EQ(simulated_weight_bits(s), 7);
  EXPECT_EQ(simulated_weight_bits(g), 8);
  const float scale = s.initializers.at("a.w.scale").f32()[0];
  s.initializers.at("a.w").f32()[0] = 62.6F * scale;
  s.initializers.at("a.w").f32()[1] = 90 * scale;
  s.initializers.at("a.w").f32()[2] = -90 * scale;
  const Graph q = harden(s);
  EXPECT_EQ(element(q.initializers.at("a.w.int"), 0), 63);
  EXPECT_EQ(element(q.initializers.at("a.w.int"), 1), 63);
  EXPECT_EQ(element(q.initializers.at("a.w.int"), 2), -63);
  EXPECT_FALSE(q.metadata.contains(kSimulatedBits));
}

TEST(Harden, WidensAScaleAtWhichATrainedBiasWouldOverflow) {
  const Graph g = residual_graph();
  Graph s = simulate_int8(g, calibrate(g, 50)).graph;
  s.initializers.at("a.w.scale").f32()[2] = 1e-12F;
  s.initializers.at("a.b").f32()[2] = 3;
  const Graph q = harden(s);
  EXPECT_NEAR(element(q.initializers.at("a.b.int"), 2) * element(q.initializers.at("a.b.scale"), 2), 3, 1e-6);
}

TEST(Harden, ServesTwoLayersThatShareTheirWeights) {
  Graph g = residual_graph();
  g.nodes[2].inputs[1] = "a.w";  // of convolution b
  ASSERT_EQ(g.nodes[2].name, "b");
  const auto statistics = calibrate(g, 50);
  const Graph q = quantise_int8(g, statistics).graph;
  EXPECT_EQ(q.initializers.at("a.w.int").bytes, q.initializers.at("a.w.int_2").bytes);
  EXPECT_FALSE(q.initializers.contains("a.w"));
}

TEST(Harden, RefusesWeightsScalesAndBiasesThatAreOfNoUse) {
  const Graph g = residual_graph();
  const Graph s = simulate_int8(g, calibrate(g, 10)).graph;
  const auto fault = [&](const char* name, const graph::Tensor& tensor) {
    Graph odd = s;
    odd.initializers.at(name) = tensor;
    return base::fault_of([&] { harden(odd); });
  };
  const auto floats = [](graph::Shape shape, float value) {
    return graph::tensor_f32(shape, std::vector<float>(static_cast<std::size_t>(graph::elements_of(shape)), value));
  };
  EXPECT_NE(fault("a.b", floats({7}, 1)).find("Conv 'a': its bias is float32 of 7, expected 4 numbers"),
            std::string::npos);
  EXPECT_NE(fault("a.b", graph::tensor_i32({4}, std::vector<std::int32_t>(4, 1))).find("its bias is int32"),
            std::string::npos);
  EXPECT_NE(fault("a.b", floats({4}, NAN)).find("its bias is not all finite"), std::string::npos);
  EXPECT_NE(fault("a.w.scale", floats({3}, 1)).find("expected one scale or 4"), std::string::npos);
  for (const float scale : {0.0F, -1.0F, NAN, INFINITY})
    EXPECT_NE(fault("a.w.scale", floats({4}, scale)).find("expected a number above 0"), std::string::npos) << scale;
  EXPECT_NE(fault("a.w", floats({0, 4, 1, 1}, 1)).find("Conv 'a': its weights are 0×4×1×1"), std::string::npos);
  EXPECT_NE(fault("a.w", floats({4}, 1)).find("its weights are 4"), std::string::npos);
  EXPECT_NE(fault("a.w", floats({4, 4, 1, 1}, NAN)).find("its weights are not all finite"), std::string::npos);
}

TEST(Harden, SurvivesScalesWhoseProductIsTooSmall) {
  const Graph g = residual_graph();
  Graph s = simulate_int8(g, calibrate(g, 10)).graph;
  s.initializers.at("x.scale").f32()[0] = 1e-30F;
  for (float& scale : s.initializers.at("a.w.scale").f32()) scale = 1e-30F;
  for (float& bias : s.initializers.at("a.b").f32()) bias = 0;
  const Graph q = harden(s);
  for (std::size_t c = 0; c < 4; ++c) EXPECT_EQ(element(q.initializers.at("a.b.int"), c), 0);
}

TEST(Harden, RefusesWhatIsNotSimulated) {
  EXPECT_THROW(harden(residual_graph()), base::Error);
  const Graph g = residual_graph();
  EXPECT_THROW(harden(quantise_int8(g, calibrate(g, 10)).graph), base::Error) << "hardened already";
  Graph odd = simulate_int8(g, calibrate(g, 10)).graph;
  odd.metadata[kSimulatedBits] = "17";
  EXPECT_THROW(harden(odd), base::Error);
}

}  // namespace
}  // namespace cradle::compress
