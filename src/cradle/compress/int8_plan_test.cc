#include "cradle/compress/int8_plan.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "cradle/base/error.h"
#include "cradle/base/fault_test.h"
#include "cradle/compress/test_graphs.h"

namespace cradle::compress {
namespace {

using graph::Graph;
using Names = std::vector<std::string>;

bool codes(const Int8Plan& plan, const std::string& value) {
  return std::ranges::find(plan.values, value) != plan.values.end();
}

Graph one_conv() {
  Graph g;
  g.inputs = {{"x", graph::Type::kF32, {1, 4, 1, 1}}};
  add_conv(g, "c", "x", 4, 4);
  g.outputs = {{"c", graph::Type::kF32, {}, false}};
  return g;
}

TEST(Plan, CodesAfterTheActivationAndOnBothSidesOfAnAdd) {
  const Int8Plan plan = plan_int8(residual_graph());
  EXPECT_EQ(plan.values, (Names{"x", "ra", "b", "rs", "y"}));
  EXPECT_FALSE(codes(plan, "a")) << "between a convolution and its ReLU nothing is coded";
  EXPECT_FALSE(codes(plan, "sum")) << "nor between an Add and its ReLU";
  EXPECT_EQ(plan.measured.size(), 5U);
  EXPECT_EQ(plan.nodes.size(), 4U) << "three convolutions and the Add; the ReLUs vanish in them";
}

TEST(Plan, CodesBeforeTheActivationIfAnotherNodeUsesThatValue) {
  Graph g = one_conv();
  add_node(g, "Relu", "r", {"c"});
  add_conv(g, "d", "r", 4, 4);
  g.outputs = {{"c", graph::Type::kF32, {}, false}, {"d", graph::Type::kF32, {}, false}};
  const Int8Plan plan = plan_int8(g);
  EXPECT_TRUE(codes(plan, "c"));
  EXPECT_TRUE(codes(plan, "r"));
}

TEST(Plan, SharesOneCodeThroughWhatOnlyMovesValues) {
  Graph g = one_conv();
  add_node(g, "MaxPool", "p", {"c"}, {{"kernel_shape", std::vector<std::int64_t>{1, 1}}});
  add_node(g, "Flatten", "f", {"p"});
  g.outputs = {{"f", graph::Type::kF32, {}, false}};
  const Int8Plan plan = plan_int8(g);
  EXPECT_EQ(plan.group.at("f"), plan.group.at("c"));
  EXPECT_EQ(plan.group.at("p"), plan.group.at("c"));
  EXPECT_NE(plan.group.at("x"), plan.group.at("c"));
  EXPECT_EQ(plan.measured, (std::set<std::string>{"c", "x"})) << "what is moved needs no statistics of its own";
}

TEST(Plan, GivesTheInputsOfAConcatOneCode) {
  Graph g = one_conv();
  add_conv(g, "d", "x", 4, 4);
  add_node(g, "Concat", "joined", {"c", "d"}, {{"axis", std::int64_t{1}}});
  add_conv(g, "e", "joined", 8, 2);
  g.outputs = {{"e", graph::Type::kF32, {}, false}};
  const Int8Plan plan = plan_int8(g);
  EXPECT_EQ(plan.group.at("c"), plan.group.at("d"));
  EXPECT_EQ(plan.group.at("c"), plan.group.at("joined"));
  EXPECT_TRUE(plan.measured.contains("c") && plan.measured.contains("d"));
  EXPECT_FALSE(plan.measured.contains("joined"));
}

TEST(Plan, AveragesHaveTheirOwnCode) {
  Graph g = one_conv();
  add_node(g, "GlobalAveragePool", "mean", {"c"});
  g.outputs = {{"mean", graph::Type::kF32, {}, false}};
  const Int8Plan plan = plan_int8(g);
  EXPECT_NE(plan.group.at("mean"), plan.group.at("c"));
  EXPECT_TRUE(plan.measured.contains("mean"));
}

TEST(Plan, LeavesTheResultOfALastProductInFloat) {
  Graph g = one_conv();
  add_node(g, "Flatten", "f", {"c"});
  g.initializers["fc.w"] = random_tensor("fc.w", {10, 4}, 1);
  add_node(g, "Gemm", "fc", {"f", "fc.w"}, {{"transB", std::int64_t{1}}});
  g.outputs = {{"fc", graph::Type::kF32, {}, false}};
  const Int8Plan plan = plan_int8(g);
  EXPECT_TRUE(plan.nodes.contains(2));
  EXPECT_FALSE(codes(plan, "fc"));
}

TEST(Plan, LeavesFloatIslandsAlone) {
  Graph g = one_conv();
  add_node(g, "HardSwish", "h", {"c"});
  add_node(g, "Tanh", "t", {"h"});
  g.initializers["three"] = graph::tensor_f32({}, std::vector<float>{3});
  add_node(g, "Add", "plus", {"t", "three"});
  g.outputs = {{"plus", graph::Type::kF32, {}, false}};
  const Int8Plan plan = plan_int8(g);
  EXPECT_EQ(plan.values, (Names{"x", "c"}));
  EXPECT_EQ(plan.nodes, (std::set<std::size_t>{0}));
}

TEST(Plan, SaysWhyAConvolutionStaysInFloat) {
  Graph g = one_conv();
  g.inputs.push_back({"w2", graph::Type::kF32, {4, 4, 1, 1}});
  add_node(g, "Conv", "dynamic", {"c", "w2"});
  g.outputs = {{"dynamic", graph::Type::kF32, {}, false}};
  const Int8Plan plan = plan_int8(g);
  ASSERT_EQ(plan.left.size(), 1U);
  EXPECT_EQ(plan.left[0].node, 1U);
  EXPECT_EQ(plan.left[0].reason, "its weights are not constant");
}

TEST(Plan, AClipWithMovingBoundsIsNotPartOfTheConvolution) {
  Graph g = one_conv();
  g.inputs.push_back({"bound", graph::Type::kF32, {}});
  add_node(g, "Clip", "k", {"c", "bound"});
  g.outputs = {{"k", graph::Type::kF32, {}, false}};
  EXPECT_TRUE(codes(plan_int8(g), "c"));
  EXPECT_FALSE(codes(plan_int8(g), "k"));
}

TEST(Plan, RefusesWhatIsQuantisedOrHasNothingToQuantise) {
  Graph quantised = one_conv();
  add_node(quantised, "QuantizeLinear", "q", {"c", "c.b"});
  EXPECT_NE(base::fault_of([&] { plan_int8(quantised); }).find("quantised already: it holds QuantizeLinear 'q'"),
            std::string::npos);
  Graph empty;
  empty.inputs = {{"x", graph::Type::kF32, {1}}};
  add_node(empty, "Relu", "r", {"x"});
  EXPECT_NE(base::fault_of([&] { plan_int8(empty); }).find("nothing to quantise"), std::string::npos);
  Graph half = one_conv();
  half.initializers["c.w"].type = graph::Type::kF16;
  EXPECT_NE(base::fault_of([&] { plan_int8(half); }).find("Conv 'c': its weights are float16"), std::string::npos);
}

}  // namespace
}  // namespace cradle::compress
