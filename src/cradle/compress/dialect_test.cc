#include "cradle/compress/dialect.h"

#include <gtest/gtest.h>

#include "cradle/base/error.h"
#include "cradle/compress/simulate.h"
#include "cradle/compress/test_graphs.h"
#include "cradle/compress/test_runs.h"

namespace cradle::compress {
namespace {

using graph::Graph;
using graph::Node;
using graph::Type;

constexpr Dialect kAll[] = {Dialect::kOnnxRuntimeX86, Dialect::kOnnxRuntimeX86Avx2, Dialect::kOnnxRuntimeArm,
                            Dialect::kTensorRt, Dialect::kOpenVino};

Graph in_dialect(const Graph& g, Dialect dialect) {
  Int8Options options;
  options.dialect = dialect;
  return quantise_int8(g, calibrate(g, 200), options).graph;
}

TEST(Dialects, HaveNames) {
  for (const Dialect d : kAll) EXPECT_EQ(dialect_named(name_of(d)), d);
  EXPECT_THROW(dialect_named("tensorflow"), base::Error);
}

TEST(Dialects, ComputeNearlyWhatTheFloatModelComputes) {
  const Graph g = residual_graph();
  for (const Dialect d : kAll) {
    const double sqnr = output_sqnr(g, in_dialect(g, d), "y");
    EXPECT_GT(sqnr, 24) << name_of(d);
    EXPECT_LT(sqnr, 60) << name_of(d);
  }
}

TEST(Dialects, WithoutVnniNoTwoProductsPassSixteenBits) {
  const Graph q = in_dialect(residual_graph(), Dialect::kOnnxRuntimeX86Avx2);
  int greatest = 0;
  for (const auto& [name, tensor] : q.initializers) {
    if (!name.ends_with(".w.int")) continue;
    ASSERT_EQ(tensor.type, Type::kI8);
    for (std::size_t i = 0; i < tensor.bytes.size(); ++i)
      greatest = std::max(greatest, std::abs(static_cast<int>(element(tensor, i))));
  }
  EXPECT_EQ(greatest, 63);
  EXPECT_LE(2 * 255 * greatest, 32767) << "vpmaddubsw";
}

TEST(Dialects, OnArmReluIsTheLeastSignedCode) {
  const Graph q = in_dialect(residual_graph(), Dialect::kOnnxRuntimeArm);
  ASSERT_EQ(q.initializers.at("ra.zero").type, Type::kI8);
  EXPECT_EQ(element(q.initializers.at("ra.zero"), 0), -128) << "so that the ReLU can be dropped";
  EXPECT_GT(element(q.initializers.at("x.zero"), 0), -128);
}

TEST(Dialects, TensorRtCodesWhatWeightedLayersReadAndOneSummand) {
  const Graph q = in_dialect(residual_graph(), Dialect::kTensorRt);
  int activations = 0;
  for (const Node& node : q.nodes) {
    if (node.op == "QuantizeLinear") {
      ++activations;
      EXPECT_EQ(q.initializers.at(node.inputs[2]).type, Type::kI8);
      EXPECT_EQ(element(q.initializers.at(node.inputs[2]), 0), 0) << "symmetric";
    }
    if (node.op == "Conv") {
      EXPECT_EQ(maker_of(q, node.inputs[0]).op, "DequantizeLinear");
      EXPECT_EQ(q.initializers.at(node.inputs[2]).type, Type::kF32) << "the bias is float";
    }
    if (node.op == "Relu") {
      EXPECT_NE(maker_of(q, node.inputs[0]).op, "DequantizeLinear") << "fused with what is before";
    }
    if (node.op == "Add") {
      EXPECT_EQ(maker_of(q, node.inputs[0]).op, "Conv") << "fused with the sum";
      EXPECT_EQ(maker_of(q, node.inputs[1]).op, "DequantizeLinear") << "the residual";
    }
  }
  EXPECT_EQ(activations, 3) << "x, ra and rs: one for each convolution, and the residual is ra";
  EXPECT_EQ(maker_of(q, "y").op, "Conv") << "the output stays as it is";
}

TEST(Dialects, TensorRtCodesAShortcutThatIsAConvolution) {
  Graph g = residual_graph();
  add_conv(g, "s", "ra", 4, 4);
  for (Node& node : g.nodes)
    if (node.op == "Add") node.inputs[1] = "s";
  sort_nodes(g);
  const Graph q = in_dialect(g, Dialect::kTensorRt);
  const auto sum = std::ranges::find(q.nodes, "Add", &Node::op);
  EXPECT_EQ(maker_of(q, sum->inputs[0]).op, "Conv");
  EXPECT_EQ(maker_of(q, sum->inputs[1]).op, "DequantizeLinear");
}

TEST(Dialects, TensorRtGivesFloatNodesTheFloats) {
  Graph g = residual_graph();
  add_node(g, "Tanh", "t", {"ra"});
  g.outputs.push_back({"t", Type::kF32, {-1, 4, 1, 1}});
  graph::ActivationStatistics statistics;
  const float range[] = {-1, 2};
  for (const std::string& value : values_to_calibrate(g)) add(statistics.values[value], range, 2);
  const auto maker = [&](Dialect dialect) {
    Int8Options options;
    options.dialect = dialect;
    const Graph q = quantise_int8(g, statistics, options).graph;
    return maker_of(q, maker_of(q, "t").inputs[0]).op;
  };
  EXPECT_EQ(maker(Dialect::kTensorRt), "Relu");
  EXPECT_EQ(maker(Dialect::kOnnxRuntimeX86), "DequantizeLinear");
}

TEST(Dialects, TensorRtTakesTheRangeOfAPooledValueFromWhatItWasPooledFrom) {
  Graph g = residual_graph();
  add_node(g, "Flatten", "flat", {"y"});
  g.initializers["fc.w"] = random_tensor("fc.w", {2, 4}, 1);
  add_node(g, "Gemm", "fc", {"flat", "fc.w"}, {{"transB", std::int64_t{1}}});
  g.outputs = {{"fc", Type::kF32, {-1, 2}}};
  graph::ActivationStatistics statistics;
  const float range[] = {-1, 2};
  for (const std::string& value : values_to_calibrate(g)) add(statistics.values[value], range, 2);
  ASSERT_FALSE(statistics.values.contains("flat"));
  Int8Options options;
  options.dialect = Dialect::kTensorRt;
  const Graph q = quantise_int8(g, statistics, options).graph;
  EXPECT_FLOAT_EQ(q.initializers.at("flat.scale").f32()[0], 2.0F / 127);
}

TEST(Dialects, OpenVinoIsStandardAndHasFloatBiases) {
  const Graph q = in_dialect(residual_graph(), Dialect::kOpenVino);
  for (const Node& node : q.nodes) {
    EXPECT_NE(node.op, "FakeQuantize");
    if (node.op == "Conv") {
      EXPECT_EQ(q.initializers.at(node.inputs[2]).type, Type::kF32);
    }
  }
  EXPECT_EQ(q.initializers.at("x.zero").type, Type::kU8);
}

TEST(PerTensor, HasOneScaleForAllChannels) {
  const Graph g = residual_graph();
  Int8Options options;
  options.per_channel = false;
  const QuantisedGraph q = quantise_int8(g, calibrate(g, 200), options);
  EXPECT_EQ(q.graph.initializers.at("a.w.scale").shape, graph::Shape{});
  EXPECT_EQ(q.graph.initializers.at("a.b.scale").shape, graph::Shape{});
  EXPECT_GT(output_sqnr(g, q.graph, "y"), 24);
  EXPECT_LT(q.layers[0].weight_sqnr_db, quantise_int8(g, calibrate(g, 200)).layers[0].weight_sqnr_db);
}

TEST(KeepFloat, LeavesANamedLayerAsItIs) {
  const Graph g = residual_graph();
  Int8Options options;
  options.keep_float = {"b"};
  const QuantisedGraph q = quantise_int8(g, calibrate(g, 200), options);
  ASSERT_EQ(q.layers.size(), 3U);
  EXPECT_FALSE(q.layers[1].quantised);
  EXPECT_EQ(q.layers[1].reason, "kept in float: asked");
  EXPECT_EQ(q.graph.initializers.at("b.w").bytes, g.initializers.at("b.w").bytes);
  EXPECT_GT(output_sqnr(g, q.graph, "y"), output_sqnr(g, quantise_int8(g, calibrate(g, 200)).graph, "y"));
  options.keep_float = {"sum"};
  EXPECT_THROW(quantise_int8(g, calibrate(g, 10), options), base::Error) << "no weighted layer";
  options.keep_float = {"a", "b", "y"};
  EXPECT_THROW(quantise_int8(g, calibrate(g, 10), options), base::Error) << "nothing is left";
}

}  // namespace
}  // namespace cradle::compress
