#include "cradle/compress/int8.h"

#include <gtest/gtest.h>

#include <cmath>

#include "cradle/base/error.h"
#include "cradle/compress/test_graphs.h"
#include "cradle/compress/test_runs.h"
#include "cradle/graph/architectures.h"
#include "cradle/graph/shapes.h"

namespace cradle::compress {
namespace {

using graph::Graph;
using graph::Node;
using graph::Tensor;
using graph::Type;

TEST(Int8, ComputesNearlyWhatTheFloatModelComputes) {
  const Graph g = residual_graph();
  const QuantisedGraph q = quantise_int8(g, calibrate(g, 200));
  const double sqnr = output_sqnr(g, q.graph, "y");
  EXPECT_GT(sqnr, 28) << "eight bits through three layers";
  EXPECT_LT(sqnr, 60) << "something was really rounded";
}

TEST(Int8, PlacesItsPairsByTheRules) {
  const Graph g = residual_graph();
  const Graph q = quantise_int8(g, calibrate(g, 50)).graph;
  check(q);
  int convolutions = 0;
  for (const Node& node : q.nodes) {
    if (node.op == "Relu") {
      EXPECT_TRUE(maker_of(q, node.inputs[0]).op == "Conv" || maker_of(q, node.inputs[0]).op == "Add");
      EXPECT_EQ(links_of(q).consumers.at(node.outputs[0]).size(), 1U) << "only the QuantizeLinear behind it";
    }
    if (node.op == "Add") {
      for (const std::string& input : node.inputs) EXPECT_EQ(maker_of(q, input).op, "DequantizeLinear");
    }
    if (node.op != "Conv") continue;
    ++convolutions;
    for (const std::string& input : node.inputs) EXPECT_EQ(maker_of(q, input).op, "DequantizeLinear");
    const Node& weights = maker_of(q, node.inputs[1]);
    EXPECT_EQ(q.initializers.at(weights.inputs[0]).type, Type::kI8);
    EXPECT_EQ(graph::attribute_int(weights, "axis", -9), 0);
    EXPECT_EQ(q.initializers.at(weights.inputs[1]).shape, (graph::Shape{4})) << "one scale a channel";
  }
  EXPECT_EQ(convolutions, 3);
  EXPECT_EQ(maker_of(q, "y").op, "DequantizeLinear") << "the output is float under its old name";
  EXPECT_EQ(q.inputs[0].type, Type::kF32);
  EXPECT_FALSE(q.initializers.contains("a.w")) << "the float weights are gone";
}

TEST(Int8, ScalesABiasByInputAndWeightScale) {
  const Graph g = residual_graph();
  const Graph q = quantise_int8(g, calibrate(g, 50)).graph;
  for (const Node& node : q.nodes) {
    if (node.op != "Conv") continue;
    const Node &x = maker_of(q, node.inputs[0]), &w = maker_of(q, node.inputs[1]), &b = maker_of(q, node.inputs[2]);
    EXPECT_EQ(q.initializers.at(b.inputs[0]).type, Type::kI32);
    for (std::size_t c = 0; c < 4; ++c) {
      const double scale = element(q.initializers.at(b.inputs[1]), c);
      EXPECT_FLOAT_EQ(static_cast<float>(scale), static_cast<float>(element(q.initializers.at(x.inputs[1]), 0) *
                                                                    element(q.initializers.at(w.inputs[1]), c)));
      const double original = element(g.initializers.at(node.name + ".b"), c);
      EXPECT_NEAR(element(q.initializers.at(b.inputs[0]), c) * scale, original, scale / 2 * 1.001);
    }
  }
}

TEST(Int8, CodesReluFromZeroSoThatItCanBeDropped) {
  const Graph g = residual_graph();
  for (const Calibration c : {Calibration::kMinMax, Calibration::kPercentile, Calibration::kMse}) {
    const Graph q = quantise_int8(g, calibrate(g, 50), {c, 99.0}).graph;
    EXPECT_EQ(q.initializers.at("ra.zero").bytes[0], 0) << name_of(c);
    EXPECT_GT(q.initializers.at("x.zero").bytes[0], 0) << "the input has negative values";
  }
}

TEST(Int8, NeverClipsAGraphOutput) {
  const Graph g = residual_graph();
  const auto statistics = calibrate(g, 100);
  const auto scale = [&](Calibration c, const char* value) {
    return element(quantise_int8(g, statistics, {c, 80.0}).graph.initializers.at(value), 0);
  };
  EXPECT_EQ(scale(Calibration::kPercentile, "y.scale"), scale(Calibration::kMinMax, "y.scale"));
  EXPECT_LT(scale(Calibration::kPercentile, "ra.scale"), scale(Calibration::kMinMax, "ra.scale"));
}

TEST(Int8, NeverClipsAGraphOutputBehindWhatOnlyMovesIt) {
  Graph g = residual_graph();
  g.initializers["two.w"] = random_tensor("two.w", {4, 4, 1, 1}, 0.5);
  g.initializers["two.b"] = random_tensor("two.b", {4}, 0.2);
  add_node(g, "Conv", "two", {"rs", "two.w", "two.b"});
  add_node(g, "Flatten", "f", {add_node(g, "Concat", "joined", {"y", "two"}, {{"axis", std::int64_t{1}}})});
  g.outputs = {{"f", Type::kF32, {-1, 8}}};
  graph::ActivationStatistics statistics;
  base::Stream stream(4, 0);
  for (const std::string& name : values_to_calibrate(g)) {
    std::vector<float> values(1000);
    for (float& v : values) v = static_cast<float>(stream.normal());
    add(statistics.values[name], values.data(), values.size());
  }
  for (const Calibration c : {Calibration::kPercentile, Calibration::kMse, Calibration::kEntropy}) {
    const Graph cut = quantise_int8(g, statistics, {c, 80.0}).graph, whole = quantise_int8(g, statistics).graph;
    for (const char* value : {"y.scale", "two.scale", "joined.scale", "f.scale"})
      EXPECT_EQ(element(cut.initializers.at(value), 0), element(whole.initializers.at(value), 0)) << value;
    EXPECT_LT(element(cut.initializers.at("ra.scale"), 0), element(whole.initializers.at("ra.scale"), 0));
  }
}

TEST(Int8, WidensTheScaleOfAChannelWhoseBiasWouldOverflow) {
  Graph g = residual_graph();
  for (std::size_t i = 0; i < 4; ++i) g.initializers["a.w"].f32()[i] = 0;       // channel 0 is dead
  for (std::size_t i = 4; i < 8; ++i) g.initializers["a.w"].f32()[i] = 1e-20F;  // channel 1 nearly so
  g.initializers["a.b"].f32()[0] = g.initializers["a.b"].f32()[1] = 5;
  const Graph q = quantise_int8(g, calibrate(g, 50)).graph;
  const Values expected = run(g, random_input(3)).at("y"), found = run(q, random_input(3)).at("y");
  for (std::size_t c = 0; c < 4; ++c) EXPECT_NEAR(found[c], expected[c], 0.1 * (1 + std::abs(expected[c])));
}

TEST(Int8, ReportsEveryWeightedLayer) {
  const Graph g = residual_graph();
  const std::vector<QuantisedLayer> layers = quantise_int8(g, calibrate(g, 50)).layers;
  ASSERT_EQ(layers.size(), 3U);
  EXPECT_EQ(layers[0].name, "a");
  EXPECT_EQ(layers[0].output, "ra") << "coded behind its ReLU";
  EXPECT_EQ(layers[1].output, "b");
  EXPECT_EQ(layers[2].output, "y");
  for (const QuantisedLayer& layer : layers) {
    EXPECT_TRUE(layer.quantised);
    EXPECT_GT(layer.weight_sqnr_db, 35);
    EXPECT_GT(layer.scale, 0);
  }
}

TEST(Int8, RaisesTheOperatorSet) {
  Graph g = residual_graph();
  g.opset = 11;
  EXPECT_EQ(quantise_int8(g, calibrate(g, 10)).graph.opset, 13);
}

TEST(Int8, NamesTheValueWhoseStatisticsAreMissing) {
  const Graph g = residual_graph();
  graph::ActivationStatistics statistics = calibrate(g, 10);
  statistics.values.erase("rs");
  try {
    quantise_int8(g, statistics);
    FAIL();
  } catch (const base::Error& error) {
    EXPECT_NE(std::string(error.what()).find("'rs'"), std::string::npos) << error.what();
  }
  EXPECT_THROW(quantise_int8(quantise_int8(g, calibrate(g, 10)).graph, statistics), base::Error) << "twice";
}

TEST(Instrumenting, AddsTheMeasuredValuesAsOutputs) {
  const Graph g = residual_graph();
  const Graph instrumented = add_outputs(g, values_to_calibrate(g));
  std::vector<std::string> names;
  for (const graph::Value& output : instrumented.outputs) names.push_back(output.name);
  EXPECT_EQ(names, (std::vector<std::string>{"y", "ra", "b", "rs"})) << "the input is known to whoever feeds it";
  EXPECT_THROW(add_outputs(g, {"ghost"}), base::Error);
}

TEST(Instrumenting, WorksOnEveryBuiltInNet) {
  for (const graph::Architecture& a : graph::architectures()) {
    const Graph net = graph::build_architecture(a.name, 0.5, 5, 1);
    Graph instrumented = add_outputs(net, values_to_calibrate(net));
    graph::infer_shapes(instrumented);
    graph::ActivationStatistics statistics;
    const float range[] = {-1, 2};
    for (const std::string& value : values_to_calibrate(net)) add(statistics.values[value], range, 2);
    QuantisedGraph q = quantise_int8(net, statistics);
    graph::infer_shapes(q.graph);
    EXPECT_EQ(graph::precision_of(q.graph), "int8") << a.name;
    for (const QuantisedLayer& layer : q.layers) EXPECT_TRUE(layer.quantised) << a.name << " " << layer.name;
  }
}

}  // namespace
}  // namespace cradle::compress
