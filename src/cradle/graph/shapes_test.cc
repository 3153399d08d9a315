#include "cradle/graph/shapes.h"

#include <gtest/gtest.h>

#include "cradle/base/error.h"

namespace cradle::graph {
namespace {

using Ints = std::vector<std::int64_t>;

/// One node on inputs x, y, … of the given shapes; constants by name.
struct Case {
  std::string op;
  std::vector<Shape> inputs;
  std::map<std::string, Attribute> attributes = {};
  std::map<std::size_t, Tensor> constants = {};  ///< position → tensor, instead of an input
};

Graph graph_of(const Case& c, std::size_t outputs = 1) {
  Graph graph;
  Node node{"it", c.op, "", {}, {}, c.attributes};
  std::size_t next = 0;
  for (std::size_t i = 0; i < c.inputs.size() + c.constants.size(); ++i) {
    const std::string name = "in" + std::to_string(i);
    node.inputs.push_back(name);
    if (const auto it = c.constants.find(i); it != c.constants.end())
      graph.initializers[name] = it->second;
    else
      graph.inputs.push_back({name, Type::kF32, c.inputs.at(next++)});
  }
  for (std::size_t i = 0; i < outputs; ++i) {
    node.outputs.push_back("out" + std::to_string(i));
    graph.outputs.push_back({node.outputs.back(), Type::kF32, {}, false});
  }
  graph.nodes = {node};
  return graph;
}

Shape shape_after(const Case& c) {
  Graph graph = graph_of(c);
  infer_shapes(graph);
  return graph.outputs[0].shape;
}

std::string error_of(Graph graph) {
  try {
    infer_shapes(graph);
  } catch (const base::Error& error) {
    return error.what();
  }
  return "no error";
}

Tensor ints(const Ints& values) { return tensor_i64({static_cast<std::int64_t>(values.size())}, values); }

TEST(ConvShapes, FollowStridePadAndDilation) {
  // floor((224 + 3+3 − 7)/2) + 1 = 112: the first layer of every ResNet.
  EXPECT_EQ(
      shape_after({"Conv", {{1, 3, 224, 224}, {64, 3, 7, 7}}, {{"strides", Ints{2, 2}}, {"pads", Ints{3, 3, 3, 3}}}}),
      (Shape{1, 64, 112, 112}));
  // A 3-kernel with dilation 2 reaches over 5: 16 − 5 + 1 = 12.
  EXPECT_EQ(shape_after({"Conv", {{2, 8, 16, 16}, {4, 8, 3, 3}}, {{"dilations", Ints{2, 2}}}}), (Shape{2, 4, 12, 12}));
  EXPECT_EQ(shape_after({"Conv", {{1, 8, 9, 9}, {8, 1, 3, 3}}, {{"group", std::int64_t{8}}}}), (Shape{1, 8, 7, 7}));
  EXPECT_EQ(
      shape_after(
          {"Conv", {{1, 1, 5, 5}, {1, 1, 3, 3}}, {{"auto_pad", std::string("SAME_UPPER")}, {"strides", Ints{2, 2}}}}),
      (Shape{1, 1, 3, 3}));
  EXPECT_EQ(shape_after({"ConvTranspose", {{1, 8, 16, 16}, {8, 4, 2, 2}}, {{"strides", Ints{2, 2}}}}),
            (Shape{1, 4, 32, 32}));
}

TEST(ConvShapes, MisfitsNameTheNodeAndBothShapes) {
  const std::string message = error_of(graph_of({"Conv", {{1, 3, 8, 8}, {4, 5, 3, 3}}}));
  EXPECT_NE(message.find("Conv 'it'"), std::string::npos) << message;
  EXPECT_NE(message.find("4×5×3×3"), std::string::npos) << message;
  EXPECT_NE(error_of(graph_of({"Conv", {{1, 3, 2, 2}, {4, 3, 3, 3}}})).find("larger than"), std::string::npos);
  EXPECT_NE(error_of(graph_of({"Conv", {{1, 3, 8, 8}, {4, 3, 3, 3}}, {{"strides", Ints{0, 1}}}})).find("at least 1"),
            std::string::npos);
  EXPECT_NE(error_of(graph_of({"Conv", {{1, 3, 8, 8}, {4, 3, 3, 3}, {5}}})).find("bias"), std::string::npos);
}

TEST(NormShapes, AskForVectorsOfTheChannels) {
  EXPECT_EQ(shape_after({"InstanceNormalization", {{1, 8, 4, 4}, {8}, {8}}}), (Shape{1, 8, 4, 4}));
  EXPECT_NE(
      error_of(graph_of({"InstanceNormalization", {{1, 8, 4, 4}, {3}, {8}}})).find("'in1' has shape 3, expected 8"),
      std::string::npos);
  EXPECT_NE(error_of(graph_of({"InstanceNormalization", {{1, 8, 4, 4}, {8}, {8, 1}}})).find("'in2' has shape 8×1"),
            std::string::npos);
  EXPECT_NE(error_of(graph_of({"InstanceNormalization", {{8, 4}, {4}, {4}}})).find("expected an input N×C×…"),
            std::string::npos);
}

TEST(SlopeShapes, AreSpreadOverTheInputAndNotTheOtherWayRound) {
  for (const Shape& slope : {Shape{8, 1, 1}, Shape{1}, Shape{}, Shape{1, 8, 4, 4}})
    EXPECT_EQ(shape_after({"PRelu", {{1, 8, 4, 4}, slope}}), (Shape{1, 8, 4, 4}));
  EXPECT_NE(error_of(graph_of({"PRelu", {{1, 8, 4, 4}, {3, 1, 1}}})), "no error");
  EXPECT_NE(error_of(graph_of({"PRelu", {{1, 1, 4, 4}, {8, 1, 1}}})).find("its slope 8×1×1 does not fit"),
            std::string::npos);
}

TEST(PoolShapes, RoundDownOrUp) {
  const std::map<std::string, Attribute> down{{"kernel_shape", Ints{2, 2}}, {"strides", Ints{2, 2}}};
  auto up = down;
  up["ceil_mode"] = std::int64_t{1};
  EXPECT_EQ(shape_after({"MaxPool", {{1, 4, 5, 5}}, down}), (Shape{1, 4, 2, 2}));
  EXPECT_EQ(shape_after({"MaxPool", {{1, 4, 5, 5}}, up}), (Shape{1, 4, 3, 3}));
  // ceil((1 + 1+1 − 1)/2) + 1 = 2, but the second window would lie wholly in the padding.
  EXPECT_EQ(shape_after({"MaxPool",
                         {{1, 1, 1, 1}},
                         {{"kernel_shape", Ints{1, 1}},
                          {"strides", Ints{2, 2}},
                          {"pads", Ints{0, 0, 1, 1}},
                          {"ceil_mode", std::int64_t{1}}}}),
            (Shape{1, 1, 1, 1}));
  EXPECT_EQ(shape_after({"GlobalAveragePool", {{2, 64, 7, 5}}}), (Shape{2, 64, 1, 1}));
}

TEST(MatrixShapes, MultiplyAndTranspose) {
  EXPECT_EQ(shape_after({"Gemm", {{8, 64}, {10, 64}}, {{"transB", std::int64_t{1}}}}), (Shape{8, 10}));
  EXPECT_NE(error_of(graph_of({"Gemm", {{8, 64}, {10, 64}}})).find("cannot be multiplied"), std::string::npos);
  EXPECT_EQ(shape_after({"MatMul", {{2, 5, 3, 4}, {4, 6}}}), (Shape{2, 5, 3, 6}));
  EXPECT_EQ(shape_after({"MatMul", {{4}, {4, 6}}}), (Shape{6}));
}

TEST(MovingShapes, AreAsTheOperatorsDefine) {
  EXPECT_EQ(shape_after({"Flatten", {{2, 3, 4, 5}}}), (Shape{2, 60}));
  EXPECT_EQ(shape_after({"Reshape", {{2, 3, 4}}, {}, {{1, ints({0, -1})}}}), (Shape{2, 12}));
  EXPECT_EQ(shape_after({"Concat", {{1, 3, 4}, {1, 5, 4}}, {{"axis", std::int64_t{1}}}}), (Shape{1, 8, 4}));
  EXPECT_EQ(shape_after({"Transpose", {{1, 2, 3}}, {{"perm", Ints{2, 0, 1}}}}), (Shape{3, 1, 2}));
  EXPECT_EQ(shape_after({"Transpose", {{1, 2, 3}}}), (Shape{3, 2, 1}));
  EXPECT_EQ(shape_after({"Slice", {{10, 4}}, {}, {{1, ints({-3})}, {2, ints({INT64_MAX})}, {3, ints({0})}}}),
            (Shape{3, 4}));
  EXPECT_EQ(shape_after({"Unsqueeze", {{3, 4}}, {}, {{1, ints({0, -1})}}}), (Shape{1, 3, 4, 1}));
  EXPECT_EQ(shape_after({"Pad", {{1, 3}}, {}, {{1, ints({0, 2, 0, 1})}}}), (Shape{1, 6}));
  EXPECT_EQ(shape_after({"ReduceMean", {{2, 3, 4}}, {{"axes", Ints{-1}}, {"keepdims", std::int64_t{0}}}}),
            (Shape{2, 3}));
  EXPECT_EQ(shape_after({"Add", {{2, 1, 4}, {3, 1}}}), (Shape{2, 3, 4}));
  EXPECT_NE(error_of(graph_of({"Add", {{2, 3}, {2, 4}}})).find("broadcast"), std::string::npos);
  EXPECT_NE(error_of(graph_of({"Reshape", {{2, 3}}, {}, {{1, ints({4, 2})}}})).find("cannot reshape 2×3 into 4×2"),
            std::string::npos);
}

TEST(Shapes, ThatNoOperatorCanTakeAreRefusedBeforeTheyOverflow) {
  const std::int64_t huge = std::int64_t{1} << 61;
  EXPECT_NE(error_of(graph_of({"Conv", {{1, 3, 8, 8}, {1, huge, 1, 1}}})).find("no such"), std::string::npos);
  EXPECT_NE(
      error_of(graph_of({"ConvTranspose", {{1, 1, huge, 1}, {1, 1, 2, 2}}, {{"strides", Ints{9, 9}}}})).find("no such"),
      std::string::npos);
  EXPECT_NE(error_of(graph_of({"Transpose", {{1, 2}}, {{"perm", Ints{0, 7}}}})).find("'perm'"), std::string::npos);
  EXPECT_NE(error_of(graph_of({"Slice", {{4}}, {}, {{1, ints({0})}, {2, ints({4})}, {3, ints({0})}, {4, ints({0})}}}))
                .find("step 0"),
            std::string::npos);
}

TEST(ResizeShapes, ComeFromScalesOrSizes) {
  Graph graph = graph_of({"Resize", {{1, 8, 5, 5}}, {}, {{1, tensor_f32({4}, std::vector<float>{1, 1, 2, 2.5F})}}});
  graph.nodes[0].inputs = {"in0", "", "in1"};
  infer_shapes(graph);
  EXPECT_EQ(graph.outputs[0].shape, (Shape{1, 8, 10, 12})) << "floor(5 · 2.5) = 12";
  Graph sized = graph_of({"Resize", {{1, 8, 5, 5}}, {}, {{1, ints({1, 8, 7, 9})}}});
  sized.nodes[0].inputs = {"in0", "", "", "in1"};
  infer_shapes(sized);
  EXPECT_EQ(sized.outputs[0].shape, (Shape{1, 8, 7, 9}));
}

TEST(Types, FollowCastAndQuantisation) {
  Graph graph =
      graph_of({"QuantizeLinear",
                {{1, 2}},
                {},
                {{1, tensor_f32({}, std::vector<float>{1})}, {2, tensor_i8({}, std::vector<std::int8_t>{0})}}});
  infer_shapes(graph);
  EXPECT_EQ(graph.outputs[0].type, Type::kI8);
  Graph cast = graph_of({"Cast", {{3}}, {{"to", std::int64_t{10}}}});
  infer_shapes(cast);
  EXPECT_EQ(cast.outputs[0].type, Type::kF16);
}

TEST(Inference, FollowsShapesThatAnExportComputes) {
  // What PyTorch writes for x.view(x.size(0), -1): Shape → Gather 0 → Unsqueeze → Concat with −1 → Reshape.
  Graph graph;
  graph.inputs = {{"x", Type::kF32, {-1, 3, 4}}};
  graph.outputs = {{"y", Type::kF32, {}, false}};
  graph.initializers["zero"] = tensor_i64({}, Ints{0});
  graph.initializers["axes"] = ints({0});
  graph.initializers["rest"] = ints({-1});
  graph.nodes = {{"s", "Shape", "", {"x"}, {"shape"}, {}},
                 {"g", "Gather", "", {"shape", "zero"}, {"n"}, {}},
                 {"u", "Unsqueeze", "", {"n", "axes"}, {"n1"}, {}},
                 {"c", "Concat", "", {"n1", "rest"}, {"new"}, {{"axis", std::int64_t{0}}}},
                 {"r", "Reshape", "", {"x", "new"}, {"y"}, {}}};
  const KnownIntegers integers = infer_shapes(graph, 5);
  EXPECT_EQ(graph.values.at("y").shape, (Shape{5, 12}));
  EXPECT_EQ(integers.at("new"), (Ints{5, -1})) << "an engine need not run what computes a shape";
  EXPECT_FALSE(integers.contains("y"));
  EXPECT_EQ(graph.inputs[0].shape, (Shape{-1, 3, 4})) << "the model's own declaration stays";
  EXPECT_EQ(graph.outputs[0].shape, (Shape{-1, 12})) << "a batch that was open stays open";
}

// As PyTorch exports x.expand(batch, -1, …): a shape whose −1 are replaced by ones before Expand.
TEST(Inference, FollowsShapesThroughTheChoicesOfAnExpansion) {
  Graph graph;
  graph.inputs = {{"x", Type::kF32, {1, 3, 1}}};
  graph.outputs = {{"y", Type::kF32, {}, false}};
  graph.initializers["wish"] = ints({2, -1, 5});
  graph.initializers["rank"] = ints({3});
  graph.initializers["minus"] = ints({-1});
  graph.nodes = {{"ones", "ConstantOfShape", "", {"rank"}, {"o"}, {{"value", ints({1})}}},
                 {"same", "Equal", "", {"wish", "minus"}, {"e"}, {}},
                 {"pick", "Where", "", {"e", "o", "wish"}, {"w"}, {}},
                 {"it", "Expand", "", {"x", "w"}, {"y"}, {}}};
  infer_shapes(graph);
  EXPECT_EQ(graph.values.at("y").shape, (Shape{2, 3, 5}));
}

TEST(Inference, CountsARange) {
  const auto scalar = [](std::int64_t n) { return tensor_i64({}, Ints{n}); };
  EXPECT_EQ(shape_after({"Range", {}, {}, {{0, scalar(10)}, {1, scalar(0)}, {2, scalar(-3)}}}), (Shape{4}));
  EXPECT_EQ(shape_after({"Range", {}, {}, {{0, scalar(3)}, {1, scalar(3)}, {2, scalar(1)}}}), (Shape{0}));
  EXPECT_NE(error_of(graph_of({"Range", {}, {}, {{0, scalar(0)}, {1, scalar(3)}, {2, scalar(0)}}})).find("steps of 0"),
            std::string::npos);
}

TEST(Inference, RefusesControlFlowAndWhatDependsOnData) {
  EXPECT_NE(error_of(graph_of({"If", {{1}}})).find("If 'it': control flow is not supported"), std::string::npos);
  EXPECT_NE(error_of(graph_of({"NonMaxSuppression", {{1, 2, 4}, {1, 1, 2}}})).find("depends on the data"),
            std::string::npos);
}

TEST(Inference, NamesAnOperatorThatIsNotSupported) {
  const std::string message = error_of(graph_of({"Convv", {{1, 2}}}));
  EXPECT_NE(message.find("Convv 'it'"), std::string::npos) << message;
  EXPECT_NE(message.find("not supported"), std::string::npos);
  EXPECT_NE(message.find("did you mean 'Conv'"), std::string::npos);
  Graph foreign = graph_of({"Relu", {{1, 2}}});
  foreign.nodes[0].domain = "com.example";
  EXPECT_NE(error_of(foreign).find("com.example"), std::string::npos);
}

TEST(Inference, AsksForShapesThatAreNotKnown) {
  EXPECT_NE(error_of(graph_of({"Relu", {{1, 3, -1, 8}}})).find("--input-shape"), std::string::npos);
  Graph graph = graph_of({"Relu", {{1}}});
  graph.inputs[0].ranked = false;
  EXPECT_NE(error_of(graph).find("--input-shape"), std::string::npos);
}

TEST(Inference, RefusesOperatorSetsItWasNotWrittenFor) {
  for (const std::int64_t opset : {8, 24}) {
    Graph graph = graph_of({"Relu", {{1}}});
    graph.opset = opset;
    EXPECT_NE(error_of(graph).find("operator set " + std::to_string(opset)), std::string::npos);
  }
}

TEST(Operators, AreListedSortedAndOnce) {
  const std::vector<std::string> names = supported_operators();
  EXPECT_GE(names.size(), 60U);
  for (std::size_t i = 1; i < names.size(); ++i) EXPECT_LT(names[i - 1], names[i]);
}

}  // namespace
}  // namespace cradle::graph
