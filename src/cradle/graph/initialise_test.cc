#include "cradle/graph/initialise.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <string>

#include "cradle/base/error.h"
#include "cradle/graph/architectures.h"
#include "cradle/graph/fold.h"
#include "cradle/graph/weighted.h"

namespace cradle::graph {
namespace {

double deviation(const Tensor& tensor) {
  double squares = 0;
  for (const float w : tensor.f32()) squares += static_cast<double>(w) * static_cast<double>(w);
  return std::sqrt(squares / static_cast<double>(tensor.f32().size()));
}

TEST(Reinitialise, GivesBackTheFirstWeightsOfAnArchitecture) {
  for (const char* name : {"resnet-small", "mobilenet-small", "lenet5", "mlp"}) {
    const Graph built = build_architecture(name, 1, 10, 5);
    Graph other = build_architecture(name, 1, 10, 6);
    std::set<std::string> of_outputs;  // their biases stay
    for (const std::size_t last : last_weighted_nodes(other))
      for (const std::string& input : other.nodes[last].inputs) of_outputs.insert(input);
    for (auto& [key, tensor] : other.initializers)
      if (tensor.shape.size() == 1 && !key.starts_with("scale") && !of_outputs.contains(key))
        for (float& v : tensor.f32()) v = 3.0F;
    const Graph again = reinitialise(other, 5);
    for (const auto& [key, tensor] : built.initializers)
      EXPECT_EQ(again.initializers.at(key).bytes, tensor.bytes) << name << ": " << key;
  }
}

TEST(Reinitialise, LeavesADetectorItsPrior) {
  const Graph built = build_architecture("centernet-dense", 1, 10, 5);
  const Graph again = reinitialise(build_architecture("centernet-dense", 1, 10, 6), 7);
  EXPECT_EQ(again.initializers.at("heatmap.bias").bytes, built.initializers.at("heatmap.bias").bytes);
  EXPECT_LT(again.initializers.at("heatmap.bias").f32()[0], -4);
}

TEST(Reinitialise, DrawsByFanIn) {
  Graph graph;
  const auto weights = [&](const char* name, const Shape& shape) {
    graph.initializers[name] = random_weights(name, shape, 9, 1);
  };
  weights("conv", {32, 16, 3, 3});
  weights("depthwise", {4096, 1, 3, 3});
  weights("transposed", {64, 32, 2, 2});
  weights("product", {200, 100});
  graph.inputs = {{"x", Type::kF32, {1, 16, 8, 8}}};
  graph.nodes = {
      {"a", "Conv", "", {"x", "conv"}, {"1"}, {}},
      {"a.relu", "Relu", "", {"1"}, {"1r"}, {}},
      {"b", "Conv", "", {"1r", "depthwise"}, {"2"}, {{"group", std::int64_t{4096}}}},
      {"b.relu", "Relu", "", {"2"}, {"2r"}, {}},
      {"c", "ConvTranspose", "", {"2r", "transposed"}, {"3"}, {{"strides", std::vector<std::int64_t>{2, 2}}}},
      {"c.relu", "Relu", "", {"3"}, {"3r"}, {}},
      {"d", "MatMul", "", {"3r", "product"}, {"4"}, {}}};
  graph.outputs = {{"4", Type::kF32, {}, false}};
  const Graph fresh = reinitialise(graph, 2);
  EXPECT_NEAR(deviation(fresh.initializers.at("conv")), std::sqrt(2.0 / (16 * 9)), 0.005);
  EXPECT_NEAR(deviation(fresh.initializers.at("depthwise")), std::sqrt(2.0 / 9), 0.01);
  EXPECT_NEAR(deviation(fresh.initializers.at("transposed")), std::sqrt(2.0 / 64), 0.01) << "one tap an output pixel";
  EXPECT_NEAR(deviation(fresh.initializers.at("product")), std::sqrt(1.0 / 200), 0.005) << "no ReLU after the last";
}

TEST(Reinitialise, CountsOneReluForAFactorisedLayer) {
  Graph graph;
  for (const char* name : {"first", "second", "third"})
    graph.initializers[name] = random_weights(name, {200, 200}, 9, 1);
  graph.inputs = {{"x", Type::kF32, {1, 200}}};
  graph.nodes = {{"a", "MatMul", "", {"x", "first"}, {"1"}, {}},
                 {"b", "MatMul", "", {"1", "second"}, {"2"}, {}},
                 {"relu", "Relu", "", {"2"}, {"3"}, {}},
                 {"c", "MatMul", "", {"3", "third"}, {"4"}, {}}};
  graph.outputs = {{"4", Type::kF32, {}, false}};
  const Graph fresh = reinitialise(graph, 2);
  EXPECT_NEAR(deviation(fresh.initializers.at("first")), std::sqrt(1.0 / 200), 0.002) << "goes only into a layer";
  EXPECT_NEAR(deviation(fresh.initializers.at("second")), std::sqrt(2.0 / 200), 0.002);
  graph.outputs.push_back({"1", Type::kF32, {}, false});
  graph.nodes.push_back({"side", "Relu", "", {"1"}, {"5"}, {}});
  EXPECT_NEAR(deviation(reinitialise(graph, 2).initializers.at("first")), std::sqrt(1.0 / 200), 0.002) << "an output";
  graph.outputs.pop_back();
  EXPECT_NEAR(deviation(reinitialise(graph, 2).initializers.at("first")), std::sqrt(2.0 / 200), 0.002) << "into a ReLU";
}

TEST(Reinitialise, KeepsZeros) {
  Graph graph = build_architecture("lenet5", 1, 10, 5);
  Tensor& weight = graph.initializers.at("conv2.weight");
  for (std::size_t i = 0; i < weight.f32().size(); i += 3) weight.f32()[i] = 0.0F;
  const Graph kept = reinitialise(graph, 8, true), all = reinitialise(graph, 8, false);
  const auto a = kept.initializers.at("conv2.weight").f32(), b = all.initializers.at("conv2.weight").f32();
  for (std::size_t i = 0; i < a.size(); ++i) ASSERT_EQ(a[i], i % 3 == 0 ? 0.0F : b[i]);
  EXPECT_EQ(std::ranges::count(b, 0.0F), 0);
}

TEST(Reinitialise, RefusesAModelWithoutFloatWeights) {
  EXPECT_THROW(reinitialise(Graph{}, 1), base::Error);
  Graph half = build_architecture("lenet5", 1, 10, 5);
  half.initializers.at("conv2.weight").type = Type::kF16;
  EXPECT_THROW(reinitialise(half, 1), base::Error);
}

TEST(LastWeightedNodes, StandBeforeEachOutput) {
  const Graph detector = build_architecture("centernet-dense", 1, 10, 1);
  std::vector<std::string> names;
  for (const std::size_t node : last_weighted_nodes(detector)) names.push_back(detector.nodes[node].name);
  EXPECT_EQ(names, (std::vector<std::string>{"heatmap", "box"}));
}

}  // namespace
}  // namespace cradle::graph
