#include "cradle/graph/opset.h"

#include <gtest/gtest.h>

#include "cradle/base/error.h"
#include "cradle/graph/shapes.h"

namespace cradle::graph {
namespace {

using Ints = std::vector<std::int64_t>;

Graph one(const std::string& op, std::int64_t opset, Shape shape, std::map<std::string, Attribute> attributes) {
  Graph graph;
  graph.opset = opset;
  graph.inputs = {{"x", Type::kF32, std::move(shape)}};
  graph.outputs = {{"y", Type::kF32, {}, false}};
  graph.nodes = {{"it", op, "", {"x"}, {"y"}, std::move(attributes)}};
  return graph;
}

std::string error_of(Graph graph) {
  try {
    raise_to_quantisation_opset(graph);
  } catch (const base::Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(Raising, TurnsBoundsOfClipIntoInputs) {
  Graph graph = one("Clip", 9, {1, 2}, {{"min", 0.0F}, {"max", 6.0F}});
  raise_to_quantisation_opset(graph);
  EXPECT_EQ(graph.opset, 13);
  ASSERT_EQ(graph.nodes[0].inputs.size(), 3U);
  EXPECT_TRUE(graph.nodes[0].attributes.empty());
  EXPECT_EQ(graph.initializers.at(graph.nodes[0].inputs[2]).f32()[0], 6.0F);
  Graph upper = one("Clip", 9, {1, 2}, {{"max", 6.0F}});
  raise_to_quantisation_opset(upper);
  EXPECT_EQ(upper.nodes[0].inputs[1], "") << "no lower bound";
}

TEST(Raising, LeavesShapesAsTheyWere) {
  for (Graph graph :
       {one("Squeeze", 11, {1, 3, 1}, {{"axes", Ints{2}}}), one("Unsqueeze", 11, {3}, {{"axes", Ints{0}}}),
        one("Pad", 10, {2, 2}, {{"pads", Ints{0, 1, 0, 1}}, {"value", 0.5F}}),
        one("Slice", 9, {5, 5}, {{"starts", Ints{1}}, {"ends", Ints{4}}, {"axes", Ints{1}}}),
        one("ReduceSum", 11, {2, 3}, {{"axes", Ints{1}}}), one("Dropout", 10, {2}, {{"ratio", 0.5F}}),
        one("Softmax", 11, {4, 10}, {})}) {
    Graph before = graph;
    infer_shapes(before);
    raise_to_quantisation_opset(graph);
    infer_shapes(graph);
    EXPECT_EQ(graph.outputs[0].shape, before.outputs[0].shape) << graph.nodes[0].op;
  }
}

TEST(Raising, MakesAResizeOfAnUpsample) {
  Graph graph = one("Upsample", 9, {1, 1, 2, 2}, {{"mode", std::string("nearest")}});
  graph.initializers["scales"] = tensor_f32({4}, std::vector<float>{1, 1, 2, 2});
  graph.nodes[0].inputs.push_back("scales");
  raise_to_quantisation_opset(graph);
  const Node& node = graph.nodes[0];
  EXPECT_EQ(node.op, "Resize");
  EXPECT_EQ(node.inputs, (std::vector<std::string>{"x", "", "scales"}));
  EXPECT_EQ(attribute_string(node, "coordinate_transformation_mode", ""), "asymmetric");
  EXPECT_EQ(attribute_string(node, "nearest_mode", ""), "floor");
  infer_shapes(graph);
  EXPECT_EQ(graph.outputs[0].shape, (Shape{1, 1, 4, 4}));
}

TEST(Raising, RefusesWhatWouldChangeItsMeaning) {
  const std::string softmax = error_of(one("Softmax", 11, {1, 3, 4}, {}));
  EXPECT_NE(softmax.find("Softmax 'it'"), std::string::npos) << softmax;
  EXPECT_NE(error_of(one("Scan", 11, {1}, {})).find("Scan 'it'"), std::string::npos);
}

TEST(Raising, LeavesNewerGraphsAlone) {
  Graph graph = one("Softmax", 13, {1, 3, 4}, {});
  raise_to_quantisation_opset(graph);
  EXPECT_EQ(graph.opset, 13);
  EXPECT_TRUE(graph.nodes[0].attributes.empty());
}

}  // namespace
}  // namespace cradle::graph
