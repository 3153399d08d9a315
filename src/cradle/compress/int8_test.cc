#include "cradle/compress/int8.h"

#include <gtest/gtest.h>

#include <cmath>

#include "cradle/base/error.h"
#include "cradle/compress/test_graphs.h"
#include "cradle/graph/architectures.h"
#include "cradle/graph/shapes.h"

namespace cradle::compress {
namespace {

using graph::Graph;
using graph::Node;
using graph::Tensor;
using graph::Type;
using Values = std::vector<double>;

double element(const Tensor& tensor, std::size_t i) {
  switch (tensor.type) {
    case Type::kF32: return static_cast<double>(tensor.f32()[i]);
    case Type::kU8: return tensor.bytes[i];
    case Type::kI8: return static_cast<std::int8_t>(tensor.bytes[i]);
    case Type::kI32: return reinterpret_cast<const std::int32_t*>(tensor.bytes.data())[i];
    default: ADD_FAILURE() << "unexpected type"; return 0;
  }
}

/// Runs the few operators of residual_graph, quantised or not, by their definitions in ONNX's Operators.md.
std::map<std::string, Values> run(const Graph& g, const Values& x) {
  std::map<std::string, Values> values{{"x", x}};
  for (const auto& [name, tensor] : g.initializers)
    for (std::int64_t i = 0; i < graph::elements_of(tensor.shape); ++i)
      values[name].push_back(element(tensor, static_cast<std::size_t>(i)));
  for (const Node& node : g.nodes) {
    const auto in = [&](std::size_t i) -> const Values& { return values.at(node.inputs.at(i)); };
    Values out;
    if (node.op == "Relu") {
      for (const double v : in(0)) out.push_back(std::max(v, 0.0));
    } else if (node.op == "Add") {
      for (std::size_t i = 0; i < in(0).size(); ++i) out.push_back(in(0)[i] + in(1)[i]);
    } else if (node.op == "Conv") {
      for (std::size_t o = 0; o < in(2).size(); ++o) {
        out.push_back(in(2)[o]);
        for (std::size_t i = 0; i < in(0).size(); ++i) out[o] += in(1)[o * in(0).size() + i] * in(0)[i];
      }
    } else if (node.op == "QuantizeLinear") {
      for (const double v : in(0)) out.push_back(std::clamp(std::nearbyint(v / in(1)[0]) + in(2)[0], 0.0, 255.0));
    } else if (node.op == "DequantizeLinear") {  // one scale for all, or one for each slice of axis 0
      const std::size_t slice = in(0).size() / in(1).size();
      for (std::size_t i = 0; i < in(0).size(); ++i) out.push_back((in(0)[i] - in(2)[i / slice]) * in(1)[i / slice]);
    }
    values[node.outputs[0]] = out;
  }
  return values;
}

Values random_input(std::uint64_t index) {
  base::Stream stream(index, base::stable_id("input"));
  Values x(4);
  for (double& v : x) v = stream.normal();
  return x;
}

graph::ActivationStatistics calibrate(const Graph& g, int images) {
  graph::ActivationStatistics statistics;
  for (int i = 0; i < images; ++i) {
    const std::map<std::string, Values> values = run(g, random_input(static_cast<std::uint64_t>(i)));
    for (const std::string& name : values_to_calibrate(g)) {
      const std::vector<float> floats(values.at(name).begin(), values.at(name).end());
      add(statistics.values[name], floats.data(), floats.size());
    }
  }
  statistics.images = images;
  return statistics;
}

const Node& maker_of(const Graph& g, const std::string& value) { return g.nodes.at(links_of(g).producer.at(value)); }

TEST(Int8, ComputesNearlyWhatTheFloatModelComputes) {
  const Graph g = residual_graph();
  const QuantisedGraph q = quantise_int8(g, calibrate(g, 200));
  double signal = 0, noise = 0;
  for (std::uint64_t i = 1000; i < 1200; ++i) {
    const Values expected = run(g, random_input(i)).at("y"), found = run(q.graph, random_input(i)).at("y");
    for (std::size_t c = 0; c < expected.size(); ++c) {
      signal += expected[c] * expected[c];
      noise += (expected[c] - found[c]) * (expected[c] - found[c]);
    }
  }
  const double sqnr = 10 * std::log10(signal / noise);
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
