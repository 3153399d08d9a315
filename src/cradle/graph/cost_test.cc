#include "cradle/graph/cost.h"

#include <gtest/gtest.h>

#include "cradle/base/error.h"
#include "cradle/graph/architectures.h"
#include "cradle/graph/shapes.h"

namespace cradle::graph {
namespace {

Tensor zeros(const Shape& shape) {
  return tensor_f32(shape, std::vector<float>(static_cast<std::size_t>(elements_of(shape)), 0.0F));
}

/// Conv 3→8, 3×3 in one node, then a Clip whose bounds are constants.
Graph small() {
  Graph graph;
  graph.inputs = {{"x", Type::kF32, {2, 3, 10, 10}}};
  graph.outputs = {{"y", Type::kF32, {}, false}};
  graph.initializers["w"] = zeros({8, 3, 3, 3});
  graph.initializers["b"] = zeros({8});
  graph.initializers["low"] = zeros({});
  graph.nodes = {{"conv", "Conv", "", {"x", "w", "b"}, {"c"}, {}}, {"clip", "Clip", "", {"c", "low"}, {"y"}, {}}};
  infer_shapes(graph);
  return graph;
}

TEST(Cost, OfAConvolutionIsCountedByHand) {
  const std::vector<NodeCost> costs = costs_of(small());
  ASSERT_EQ(costs.size(), 2U);
  EXPECT_EQ(costs[0].parameters, 8 * 27 + 8);
  EXPECT_EQ(costs[0].macs, 2.0 * 8 * 8 * 8 * 27) << "two images, 8 channels, 8×8 places, 27 products each";
  EXPECT_EQ(costs[0].bytes, 4.0 * (2 * 3 * 100 + 8 * 27 + 8 + 2 * 8 * 64));
  EXPECT_EQ(costs[1].parameters, 0) << "a bound is not a weight";
  EXPECT_EQ(costs[1].macs, 0);
  EXPECT_EQ(costs[1].bytes, 4.0 * (2 * 8 * 64 * 2 + 1));
}

TEST(Cost, OfTransposedConvolutionsAndProducts) {
  Graph graph;
  graph.inputs = {{"x", Type::kF32, {1, 8, 4, 4}}};
  graph.outputs = {{"y", Type::kF32, {}, false}};
  graph.initializers["w"] = zeros({8, 3, 2, 2});
  graph.initializers["m"] = zeros({5, 192});
  graph.nodes = {{"up", "ConvTranspose", "", {"x", "w"}, {"u"}, {{"strides", std::vector<std::int64_t>{2, 2}}}},
                 {"flat", "Flatten", "", {"u"}, {"f"}, {}},
                 {"fc", "Gemm", "", {"f", "m"}, {"y"}, {{"transB", std::int64_t{1}}}}};
  infer_shapes(graph);
  const std::vector<NodeCost> costs = costs_of(graph);
  EXPECT_EQ(costs[0].macs, 8.0 * 16 * 3 * 4) << "each of 8·16 inputs meets 3·2·2 weights";
  EXPECT_EQ(costs[2].macs, 5.0 * 192);
}

TEST(Cost, SharedWeightsCountOnceInTheSum) {
  Graph graph = small();
  graph.nodes.push_back({"again", "Conv", "", {"x", "w", "b"}, {"z"}, {}});
  infer_shapes(graph);
  EXPECT_EQ(cost_of(graph).parameters, 8 * 27 + 8);
  EXPECT_EQ(cost_of(graph).macs, 2 * costs_of(graph)[0].macs);
  EXPECT_EQ(cost_of(graph).parameter_bytes, 4.0 * (8 * 27 + 8 + 1));
}

TEST(Cost, TheSumIsThatOfTheParts) {
  Graph graph = build_architecture("centernet-dense", 1, 10, 1);
  infer_shapes(graph);
  GraphCost sum;
  for (const NodeCost& cost : costs_of(graph)) {
    sum.parameters += cost.parameters;
    sum.macs += cost.macs;
    sum.bytes += cost.bytes;
  }
  EXPECT_EQ(cost_of(graph).parameters, sum.parameters);
  EXPECT_EQ(cost_of(graph).macs, sum.macs);
  EXPECT_EQ(cost_of(graph).bytes, sum.bytes);
}

TEST(Cost, NeedsShapes) {
  Graph graph = small();
  graph.values.clear();
  EXPECT_THROW(costs_of(graph), base::Error);
}

TEST(Precision, IsThatOfTheStoredWeights) {
  Graph graph = small();
  EXPECT_EQ(precision_of(graph), "fp32");
  graph.initializers["q"] = tensor_i8({8, 3, 3, 3}, std::vector<std::int8_t>(216, 0));
  graph.nodes.insert(graph.nodes.begin(), {"d", "DequantizeLinear", "", {"q", "low"}, {"wd"}, {}});
  graph.nodes[1].inputs[1] = "wd";
  EXPECT_EQ(precision_of(graph), "int8");
  graph.nodes.push_back({"again", "Conv", "", {"x", "w", "b"}, {"z"}, {}});
  EXPECT_EQ(precision_of(graph), "mixed");
  EXPECT_EQ(precision_of(Graph{}), "none");
}

}  // namespace
}  // namespace cradle::graph
