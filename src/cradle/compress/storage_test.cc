#include "cradle/compress/storage.h"

#include <gtest/gtest.h>

#include <cmath>

#include "cradle/base/error.h"
#include "cradle/base/fault_test.h"
#include "cradle/compress/test_graphs.h"
#include "cradle/graph/architectures.h"
#include "cradle/graph/cost.h"
#include "cradle/graph/fold.h"
#include "cradle/graph/half.h"
#include "cradle/graph/shapes.h"

namespace cradle::compress {
namespace {

using graph::Graph;
using graph::Node;
using graph::Type;

std::size_t initializer_bytes(const Graph& g) {
  std::size_t sum = 0;
  for (const auto& [name, tensor] : g.initializers) sum += tensor.bytes.size();
  return sum;
}

const Node& node_of(const Graph& g, const std::string& output) { return g.nodes.at(links_of(g).producer.at(output)); }

/// x → Mul with 128 numbers w → y.
Graph product_graph(float first) {
  Graph g;
  g.inputs = {{"x", Type::kF32, {-1, 128}}};
  g.outputs = {{"y", Type::kF32, {-1, 128}}};
  g.initializers["w"] = random_tensor("w", {128}, 1);
  g.initializers["w"].f32()[0] = first;
  add_node(g, "Mul", "y", {"x", "w"});
  return g;
}

TEST(Storing, HalvesTheWeightsAndRoundsEachOnce) {
  const Graph g = graph::build_architecture("lenet5", 1.0, 10, 1);
  for (const Type type : {Type::kF16, Type::kBf16}) {
    const NarrowGraph stored = store_as(g, type);
    EXPECT_LT(static_cast<double>(initializer_bytes(stored.graph)), 0.505 * static_cast<double>(initializer_bytes(g)));
    EXPECT_EQ(graph::precision_of(stored.graph), type == Type::kF16 ? "fp16" : "bf16");
    Graph back = stored.graph;
    graph::casts_to_initializers(back);
    EXPECT_EQ(back.nodes.size(), g.nodes.size());
    std::int64_t numbers = 0;
    for (const auto& [name, tensor] : g.initializers) {
      if (tensor.type != Type::kF32) continue;
      const std::span<const float> before = tensor.f32(), after = back.initializers.at(name).f32();
      const bool small = before.size() < 128 && !name.ends_with(".weight");
      if (!small) numbers += static_cast<std::int64_t>(before.size());
      for (std::size_t i = 0; i < before.size(); ++i) {
        const float expected = small                ? before[i]
                               : type == Type::kF16 ? graph::float_of_half(graph::half_of(before[i]))
                                                    : graph::float_of_bfloat16(graph::bfloat16_of(before[i]));
        ASSERT_EQ(after[i], expected) << name;
        ASSERT_NEAR(after[i], before[i], std::abs(before[i]) * (type == Type::kF16 ? 0x1p-11F : 0x1p-8F) + 0x1p-25F);
      }
    }
    EXPECT_EQ(stored.numbers, numbers);
  }
}

TEST(Storing, KeepsParametersAndMultiplyAccumulates) {
  Graph before = graph::build_architecture("resnet-small", 0.5, 10, 1), after = store_as(before, Type::kF16).graph;
  graph::infer_shapes(before);
  graph::infer_shapes(after);
  EXPECT_EQ(graph::cost_of(after).macs, graph::cost_of(before).macs);
}

TEST(Storing, RefusesWhatOverflowsOrCutsItAndSaysSo) {
  const Graph g = product_graph(-70000);
  const std::string message = base::fault_of([&] { store_as(g, Type::kF16); });
  EXPECT_NE(message.find("'w' holds 70000, which float16 cannot: its greatest number is 65504"), std::string::npos)
      << message;
  StorageOptions options;
  options.overflow = Overflow::kSaturate;
  const NarrowGraph cut = store_as(g, Type::kF16, options);
  ASSERT_EQ(cut.saturated.size(), 1u);
  EXPECT_EQ(cut.saturated[0].name, "w");
  EXPECT_EQ(cut.saturated[0].numbers, 1);
  EXPECT_EQ(cut.saturated[0].greatest, 70000);
  EXPECT_EQ(graph::widened(cut.graph.initializers.at("w.float16")).f32()[0], -65504);
  EXPECT_EQ(store_as(g, Type::kBf16).saturated.size(), 0u) << "bfloat16 reaches as far as float32";
  const Graph infinite = product_graph(INFINITY);
  EXPECT_TRUE(std::isinf(graph::widened(store_as(infinite, Type::kF16).graph.initializers.at("w.float16")).f32()[0]));
}

TEST(Storing, RaisesTheOperatorSetForBfloat16Alone) {
  Graph g = product_graph(1);
  g.opset = 9;
  EXPECT_EQ(store_as(g, Type::kF16).graph.opset, 9);
  EXPECT_EQ(store_as(g, Type::kBf16).graph.opset, 13);
}

TEST(Storing, RefusesQuantisedModelsOtherTypesAndModelsWithoutWeights) {
  Graph g = product_graph(1);
  EXPECT_THROW(store_as(g, Type::kI8), base::Error);
  StorageOptions options;
  options.least_elements = 129;
  EXPECT_NE(base::fault_of([&] { store_as(g, Type::kF16, options); }).find("nothing to store"), std::string::npos);
  g.nodes[0].op = "QLinearMul";
  EXPECT_NE(base::fault_of([&] { store_as(g, Type::kF16); }).find("quantised already"), std::string::npos);
  EXPECT_NE(base::fault_of([&] { compute_in_float16(g); }).find("quantised already"), std::string::npos);
}

TEST(ComputingInHalves, GivesEveryWeightAndActivationTheTypeAndKeepsTheOutside) {
  for (const graph::Architecture& a : graph::architectures()) {
    const Graph g = graph::build_architecture(a.name, 0.25, 10, 1);
    Graph half = compute_in_float16(g).graph;
    EXPECT_EQ(graph::precision_of(half), "fp16") << a.name;
    graph::infer_shapes(half);
    for (const graph::Value& input : half.inputs) EXPECT_EQ(input.type, Type::kF32);
    for (const graph::Value& output : half.outputs) EXPECT_EQ(half.values.at(output.name).type, Type::kF32) << a.name;
    for (const Node& node : half.nodes)
      if (node.op == "Conv" || node.op == "Gemm" || node.op == "Relu" || node.op == "Add") {
        for (const std::string& input : node.inputs) EXPECT_EQ(half.values.at(input).type, Type::kF16) << node.name;
      }
  }
}

TEST(ComputingInHalves, KeepsInFloatWhatNeedsIt) {
  Graph g;
  g.inputs = {{"x", Type::kF32, {1, 4, 2, 2}}};
  g.outputs = {{"y", Type::kF32, {1, 4, 4, 4}}, {"p", Type::kF32, {1, 4, 2, 2}}};
  g.initializers["bound"] = graph::tensor_f32({}, std::vector<float>{3.4e38F});
  g.initializers["scales"] = graph::tensor_f32({4}, std::vector<float>{1, 1, 2, 2});
  for (const char* name : {"s", "b", "m", "v"})
    g.initializers[name] = graph::tensor_f32({4}, std::vector<float>{1, 1, 1, 1e-9F});
  add_node(g, "BatchNormalization", "n", {"x", "s", "b", "m", "v"});
  add_node(g, "Clip", "c", {"n", "", "bound"});
  add_node(g, "Softmax", "p", {"c"});
  add_node(g, "Resize", "y", {"c", "", "scales"});
  const NarrowGraph half = compute_in_float16(g);
  EXPECT_EQ(half.kept_in_float, (std::vector<std::string>{"BatchNormalization 'n'", "Softmax 'p'"}));
  Graph shaped = half.graph;
  graph::infer_shapes(shaped);
  EXPECT_EQ(node_of(shaped, "n").inputs[4], "v") << "a variance that float16 would round to nothing";
  const Node& resize = node_of(shaped, node_of(shaped, "y").inputs[0]);
  EXPECT_EQ(resize.op, "Resize");
  EXPECT_EQ(shaped.values.at(resize.inputs[0]).type, Type::kF16);
  EXPECT_EQ(resize.inputs[2], "scales");
  const std::string bound = node_of(shaped, "c").inputs[2];
  EXPECT_EQ(graph::widened(shaped.initializers.at(bound)).f32()[0], 65504);
  EXPECT_EQ(node_of(shaped, "p").op, "Softmax") << "an output that stays float needs no Cast";
}

TEST(ComputingInHalves, FollowsAnImageOfEightBitsThroughItsCast) {
  Graph g;
  g.inputs = {{"x", Type::kU8, {1, 4, 1, 1}}};
  g.outputs = {{"y", Type::kF32, {1, 4, 1, 1}}};
  add_node(g, "Cast", "floats", {"x"}, {{"to", std::int64_t{1}}});
  add_conv(g, "y", "floats", 4, 4);
  Graph half = compute_in_float16(g).graph;
  EXPECT_EQ(graph::precision_of(half), "fp16");
  EXPECT_EQ(half.inputs[0].type, Type::kU8);
  EXPECT_EQ(graph::attribute_int(node_of(half, "floats"), "to", 0), static_cast<std::int64_t>(Type::kF16));
  Graph none;
  none.inputs = {{"x", Type::kF32, {1, 4}}};
  none.outputs = {{"y", Type::kF32, {1, 4}}};
  add_node(none, "Softmax", "y", {"x"});
  EXPECT_NE(base::fault_of([&] { compute_in_float16(none); }).find("nothing to compute in float16"), std::string::npos);
}

TEST(ComputingInHalves, KeepsTheScalesOfUpsampleInFloat) {
  Graph g;
  g.opset = 9;
  g.inputs = {{"x", Type::kF32, {1, 4, 2, 2}}};
  g.outputs = {{"y", Type::kF32, {1, 4, 4, 4}}};
  g.initializers["scales"] = graph::tensor_f32({4}, std::vector<float>{1, 1, 2, 2});
  add_node(g, "Upsample", "y", {"x", "scales"});
  Graph half = compute_in_float16(g).graph;
  const Node& upsample = node_of(half, node_of(half, "y").inputs[0]);
  EXPECT_EQ(upsample.inputs[1], "scales");
  graph::infer_shapes(half);
  EXPECT_EQ(half.outputs[0].shape, (graph::Shape{1, 4, 4, 4}));
}

/// x ÷ max(|x|, 1e-12): zero for zero, unless the bound becomes 0.
TEST(ComputingInHalves, LetNoBoundVanish) {
  Graph g;
  g.inputs = {{"x", Type::kF32, {1, 4}}};
  g.outputs = {{"y", Type::kF32, {1, 4}}};
  for (const auto& [name, bound] : {std::pair{"least", 1e-12F}, {"most", -1e-12F}})
    g.initializers[name] = graph::tensor_f32({}, std::vector<float>{bound});
  add_node(g, "Div", "y", {"x", add_node(g, "Clip", "c", {add_node(g, "Abs", "a", {"x"}), "least"})});
  add_node(g, "Mul", "z", {"y", "most"});
  g.initializers["w"] = graph::tensor_f32({4, 1}, std::vector<float>{1e-12F, 1, 1, 1});
  add_node(g, "MatMul", "p", {"z", "w"});
  g.outputs.push_back({"p", Type::kF32, {1, 1}});
  const Graph half = compute_in_float16(g).graph;
  const auto first = [&](const char* name) { return graph::widened(half.initializers.at(name)).f32()[0]; };
  EXPECT_EQ(first("least.float16"), 0x1p-24F);
  EXPECT_EQ(first("most.float16"), -0x1p-24F);
  EXPECT_EQ(first("w.float16"), 0.0F) << "weights are rounded to the nearest";
}

TEST(ComputingInHalves, LeavesFloatsThatDoNotFollowFromTheInputsAlone) {
  Graph g;  // an export that computes an extent in floats
  g.inputs = {{"x", Type::kF32, {1, 4, 2, 2}}};
  g.outputs = {{"y", Type::kF32, {1, 4, 2, 2}}, {"extents", Type::kI64, {4}}};
  g.initializers["factor"] = graph::tensor_f32({}, std::vector<float>{2049});
  add_node(g, "Shape", "shape", {"x"});
  add_node(g, "Cast", "floats", {"shape"}, {{"to", std::int64_t{1}}});
  add_node(g, "Mul", "larger", {"floats", "factor"});
  add_node(g, "Cast", "extents", {"larger"}, {{"to", std::int64_t{7}}});
  add_node(g, "Relu", "y", {"x"});
  const Graph half = compute_in_float16(g).graph;
  EXPECT_EQ(node_of(half, "larger").inputs, (std::vector<std::string>{"floats", "factor"}));
  EXPECT_EQ(graph::attribute_int(node_of(half, "floats"), "to", 0), 1);
}

}  // namespace
}  // namespace cradle::compress
