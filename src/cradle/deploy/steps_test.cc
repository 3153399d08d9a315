// Kernels back to nodes, and islands in floats, by hand.
#include "cradle/deploy/steps.h"

#include <gtest/gtest.h>

namespace cradle::deploy {
namespace {

using Lists = std::vector<std::vector<std::size_t>>;

/// conv → norm → relu → pool.
graph::Graph chain() {
  graph::Graph g;
  g.inputs = {{"x", graph::Type::kF32, {1, 1, 4, 4}}};
  g.outputs = {{"y", graph::Type::kF32, {1, 1, 2, 2}}};
  g.nodes = {{"conv", "Conv", "", {"x", "w"}, {"c"}, {}},
             {"norm", "BatchNormalization", "", {"c", "a", "b", "m", "v"}, {"n"}, {}},
             {"relu", "Relu", "", {"n"}, {"r"}, {}},
             {"pool", "MaxPool", "", {"r"}, {"y"}, {}}};
  return g;
}

TEST(NodesByKernel, GoByTheNameOfTheValueThatAKernelMakes) {
  const std::vector<std::string> kernels = {"r_nchwc", "ReorderOutput_token_3", "pool"};
  EXPECT_EQ(nodes_by_kernel(chain(), kernels), (Lists{{0, 1, 2}, {}, {3}}));
}

TEST(NodesByKernel, GoByTheNodesNameAndWhatFollowsIt) {
  const std::vector<std::string> kernels = {"conv_token_1", "pool_token_12"};
  EXPECT_EQ(nodes_by_kernel(chain(), kernels), (Lists{{0, 1, 2}, {3}}));
}

TEST(NodesByKernel, GiveADecodingToTheKernelThatReadsIt) {
  graph::Graph g;
  g.inputs = {{"x", graph::Type::kU8, {1, 4}}};
  g.outputs = {{"y", graph::Type::kU8, {1, 4}}};
  g.nodes = {{"decode", "DequantizeLinear", "", {"x", "s", "z"}, {"d"}, {}},
             {"weight", "DequantizeLinear", "", {"wq", "ws", "wz"}, {"w"}, {}},
             {"conv", "Conv", "", {"d", "w"}, {"c"}, {}},
             {"relu", "Relu", "", {"c"}, {"r"}, {}},
             {"code", "QuantizeLinear", "", {"r", "s", "z"}, {"y"}, {}}};
  const std::vector<std::string> kernels = {"conv_token_9"};
  EXPECT_EQ(nodes_by_kernel(g, kernels), (Lists{{0, 1, 2, 3, 4}}));
}

CompiledStep step(std::string work, std::string precision, double us, std::vector<std::string> nodes = {}) {
  return {std::move(nodes), std::move(work), std::move(precision), "", us};
}

TEST(Islands, AreStretchesOfFloatsBetweenCodings) {
  const std::vector<CompiledStep> steps = {
      step("QuantizeLinear", "int8", 1),   step("QLinearConv", "int8", 10),
      step("DequantizeLinear", "fp32", 2), step("HardSwish", "fp32", 5, {"HardSwish 'act'"}),
      step("QuantizeLinear", "int8", 3),   step("QLinearConv", "int8", 10),
      step("Transpose", "int8", 4),        step("QGemm", "int8", 4),
      step("DequantizeLinear", "fp32", 1),
  };
  const auto islands = float_islands(steps);
  ASSERT_EQ(islands.size(), 1u);
  EXPECT_EQ(islands[0].steps, (std::vector<std::size_t>{2, 3, 4}));
  EXPECT_EQ(islands[0].operators, "HardSwish");
  EXPECT_DOUBLE_EQ(islands[0].microseconds, 10);
  EXPECT_DOUBLE_EQ(islands[0].share, 0.25);
  EXPECT_NE(islands[0].cure.find("Relu or Clip"), std::string::npos);
}

TEST(Islands, AreNoneInAFloatModelNorAtTheBordersOfACodedOne) {
  EXPECT_TRUE(float_islands(std::vector{step("Conv", "fp32", 1)}).empty());
  EXPECT_TRUE(float_islands(std::vector{step("QuantizeLinear", "int8", 1), step("Conv+Relu", "int8", 9),
                                        step("to fp32 row-major", "", 1)})
                  .empty());
}

TEST(Islands, NameTheNodesThatOneStepCovers) {
  const std::vector<CompiledStep> steps = {
      step("QLinearConv", "int8", 1),
      step("FusedConv", "fp32", 1, {"DequantizeLinear 'd'", "Conv 'head'", "Relu 'r'"}),
  };
  const auto islands = float_islands(steps);
  ASSERT_EQ(islands.size(), 1u);
  EXPECT_EQ(islands[0].operators, "Conv, Relu");
  EXPECT_NE(islands[0].cure.find("was the layer left out"), std::string::npos);
}

}  // namespace
}  // namespace cradle::deploy
