// Checks every operator's gradient against finite differences, through the interpreter in double precision.
#include <gtest/gtest.h>

#include <cmath>
#include <optional>
#include <set>

#include "cradle/base/error.h"
#include "cradle/base/random.h"
#include "cradle/learn/network.h"
#include "cradle/learn/train.h"

namespace cradle::learn {
namespace {

using graph::Attribute;
using graph::Shape;
using Ints = std::vector<std::int64_t>;

/// One node under test: shapes of its inputs; those from the second on are initializers if `weights`.
struct Case {
  std::string name;
  std::string op;
  std::vector<Shape> shapes;
  std::map<std::string, Attribute> attributes = {};
  std::vector<std::pair<std::size_t, graph::Tensor>> constants = {};  // further inputs, at their places
  bool weights = true;
  bool training = false;
  bool positive = false;  // draw numbers above 0
  std::int64_t opset = 17;
};

Array random_array(const Shape& shape, const std::string& name, bool positive) {
  base::Stream stream(11, base::stable_id("test.gradient/" + name));
  Array array{shape, std::vector<double>(static_cast<std::size_t>(graph::elements_of(shape)))};
  for (double& v : array.values) v = positive ? 0.5 + stream.uniform() : stream.normal();
  // Values that float32 holds, because initializers are float32.
  for (double& v : array.values) v = static_cast<double>(static_cast<float>(v));
  return array;
}

graph::Tensor tensor_from(const Array& array) {
  return graph::tensor_f32(array.shape, std::vector<float>(array.values.begin(), array.values.end()));
}

struct Built {
  graph::Graph graph;
  Arrays inputs;
};

Built build(const Case& c) {
  Built b;
  b.graph.opset = c.opset;
  graph::Node node{"tested", c.op, "", {}, {"y"}, c.attributes};
  for (std::size_t i = 0; i < c.shapes.size(); ++i) {
    const std::string name = "x" + std::to_string(i);
    node.inputs.push_back(name);
    const bool variance = c.op == "BatchNormalization" && i == 4;
    const Array array = random_array(c.shapes[i], name, c.positive || variance);
    if (i > 0 && c.weights) {
      b.graph.initializers[name] = tensor_from(array);
    } else {
      b.graph.inputs.push_back({name, graph::Type::kF32, c.shapes[i]});
      b.inputs[name] = array;
    }
  }
  for (const auto& [place, tensor] : c.constants) {
    const std::string name = "constant" + std::to_string(place);
    while (node.inputs.size() < place) node.inputs.emplace_back();
    node.inputs.push_back(name);
    b.graph.initializers[name] = tensor;
  }
  b.graph.nodes = {node};
  b.graph.outputs = {{"y", graph::Type::kF32, {}}};
  return b;
}

/// Σ weight · y as a function of one number of one array.
double value_at(Built b, const Arrays& weights, bool training, const std::string& name, std::size_t i, double step) {
  // Initializers are float32: put the shifted one in as an input instead.
  if (b.graph.initializers.contains(name)) {
    const graph::Tensor tensor = b.graph.initializers.at(name);
    Array array{tensor.shape, {tensor.f32().begin(), tensor.f32().end()}};
    b.graph.initializers.erase(name);
    b.graph.inputs.push_back({name, graph::Type::kF32, array.shape});
    b.inputs[name] = array;
  }
  b.inputs.at(name).values[i] += step;
  return gradients_of(b.graph, b.inputs, weights, training).value;
}

void check_gradients(const Case& c) {
  const Built b = build(c);
  const Arrays outputs = run(b.graph, b.inputs);
  Arrays weights;
  weights["y"] = random_array(outputs.at("y").shape, "weights", false);
  const Gradients gradients = gradients_of(b.graph, b.inputs, weights, c.training);
  std::size_t checked = 0;
  for (const auto& [name, gradient] : gradients.of) {
    if (c.op == "BatchNormalization" && (name == "x3" || name == "x4")) continue;
    const std::size_t stride = std::max<std::size_t>(1, gradient.values.size() / 12);
    for (std::size_t i = 0; i < gradient.values.size(); i += stride) {
      const double h = 1e-5;
      const double up = value_at(b, weights, c.training, name, i, h),
                   down = value_at(b, weights, c.training, name, i, -h);
      ASSERT_NEAR(gradient.values[i], (up - down) / (2 * h), 1e-6 * std::max(1.0, std::abs(gradient.values[i])))
          << c.name << ": " << name << "[" << i << "]";
      ++checked;
    }
  }
  EXPECT_GE(checked, 4u) << c.name;
}

graph::Tensor ints(const Ints& values) { return graph::tensor_i64({static_cast<std::int64_t>(values.size())}, values); }
graph::Tensor scalar(float value) { return graph::tensor_f32({}, std::vector<float>{value}); }
graph::Tensor floats(const std::vector<float>& values) {
  return graph::tensor_f32({static_cast<std::int64_t>(values.size())}, values);
}
const Shape kMap = {2, 4, 5, 6};

std::vector<Case> convolution_cases() {
  return {
      {"plain", "Conv", {kMap, {3, 4, 3, 3}, {3}}, {{"pads", Ints{1, 1, 1, 1}}}},
      {"strided, dilated, padded on one side",
       "Conv",
       {kMap, {2, 4, 2, 3}},
       {{"pads", Ints{0, 1, 2, 0}}, {"strides", Ints{2, 1}}, {"dilations", Ints{2, 1}}}},
      {"depthwise",
       "Conv",
       {kMap, {4, 1, 3, 3}, {4}},
       {{"group", std::int64_t{4}}, {"auto_pad", std::string("SAME_UPPER")}}},
      {"plain", "ConvTranspose", {kMap, {4, 3, 2, 2}, {3}}, {{"strides", Ints{2, 2}}}},
      {"padded, grouped",
       "ConvTranspose",
       {kMap, {4, 2, 3, 3}},
       {{"strides", Ints{2, 2}},
        {"pads", Ints{1, 1, 1, 1}},
        {"output_padding", Ints{1, 0}},
        {"group", std::int64_t{2}}}},
      {"stored statistics", "BatchNormalization", {kMap, {4}, {4}, {4}, {4}}},
      {"batch statistics", "BatchNormalization", {kMap, {4}, {4}, {4}, {4}}, {}, {}, true, true},
      {"plain", "MaxPool", {kMap}, {{"kernel_shape", Ints{2, 2}}, {"strides", Ints{2, 2}}}},
      {"padded", "MaxPool", {kMap}, {{"kernel_shape", Ints{3, 3}}, {"pads", Ints{0, 1, 1, 0}}}},
      {"plain", "AveragePool", {kMap}, {{"kernel_shape", Ints{3, 3}}, {"pads", Ints{1, 1, 1, 1}}}},
      {"counting pads",
       "AveragePool",
       {kMap},
       {{"kernel_shape", Ints{2, 2}}, {"pads", Ints{0, 0, 1, 1}}, {"count_include_pad", std::int64_t{1}}}},
      {"plain", "GlobalAveragePool", {kMap}},
      {"plain", "Gemm", {{3, 4}, {4, 5}, {5}}},
      {"transposed, scaled",
       "Gemm",
       {{4, 3}, {5, 4}, {3, 5}},
       {{"transA", std::int64_t{1}}, {"transB", std::int64_t{1}}, {"alpha", 0.5f}, {"beta", 2.0f}}},
      {"plain", "MatMul", {{2, 3, 4}, {4, 5}}},
      {"nearest", "Resize", {kMap}, {{"mode", std::string("nearest")}}, {{2, floats({1, 1, 2, 2})}}},
      {"linear", "Resize", {kMap}, {{"mode", std::string("linear")}}, {{3, ints({2, 4, 10, 9})}}},
      {"plain",
       "Upsample",
       {kMap},
       {{"mode", std::string("nearest")}},
       {{1, floats({1, 1, 2, 3})}},
       true,
       false,
       false,
       9},
  };
}

std::vector<Case> elementwise_cases() {
  std::vector<Case> cases;
  for (const char* op : {"Relu", "Sigmoid", "Tanh", "Exp", "HardSwish", "LeakyRelu", "Softmax", "Identity", "Dropout"})
    cases.push_back({"plain", op, {kMap}});
  cases.push_back({"plain", "HardSigmoid", {kMap}, {{"alpha", 0.3f}}});
  cases.push_back({"old axis", "Softmax", {{2, 3, 4}}, {{"axis", std::int64_t{1}}}, {}, true, false, false, 11});
  cases.push_back({"plain", "Sqrt", {kMap}, {}, {}, true, false, true});
  cases.push_back({"channels", "PRelu", {kMap, {4, 1, 1}}});
  cases.push_back({"inputs", "Clip", {kMap}, {}, {{1, scalar(-0.4f)}, {2, scalar(0.7f)}}});
  cases.push_back({"upper bound only", "Clip", {kMap}, {}, {{2, scalar(0.3f)}}});
  cases.push_back({"attributes", "Clip", {kMap}, {{"min", 0.0f}, {"max", 6.0f}}, {}, true, false, false, 6});
  cases.push_back({"cubed", "Pow", {kMap}, {}, {{1, scalar(3)}}});
  for (const char* op : {"Add", "Sub", "Mul"}) cases.push_back({"broadcast", op, {kMap, {4, 1, 1}}, {}, {}, false});
  cases.push_back({"broadcast", "Div", {kMap, {4, 1, 1}}, {}, {}, false, false, true});
  return cases;
}

std::vector<Case> shape_cases() {
  return {
      {"plain", "Flatten", {kMap}},
      {"plain", "Reshape", {kMap}, {}, {{1, ints({0, -1, 10})}}},
      {"plain", "Transpose", {kMap}, {{"perm", Ints{0, 2, 3, 1}}}},
      {"plain", "Concat", {{2, 3, 2}, {2, 1, 2}}, {{"axis", std::int64_t{1}}}, {}, false},
      {"plain", "Squeeze", {{2, 1, 3, 1}}, {}, {{1, ints({1, 3})}}},
      {"plain", "Unsqueeze", {{2, 3}}, {}, {{1, ints({0, -1})}}},
      {"plain", "Pad", {kMap}, {}, {{1, ints({0, 0, 1, 0, 0, 0, 2, 1})}, {2, scalar(0.5f)}}},
      {"plain", "ReduceMean", {kMap}, {{"axes", Ints{2, 3}}}},
      {"plain", "ReduceSum", {kMap}, {}, {{1, ints({1, -1})}}},
      {"plain", "Expand", {{2, 1, 3}}, {}, {{1, ints({4, 1, 5, 1})}}},
      {"one part", "Split", {kMap}, {{"axis", std::int64_t{1}}}},
      {"plain", "Slice", {kMap}, {}, {{1, ints({1, 0})}, {2, ints({5, 4})}, {3, ints({3, 1})}, {4, ints({2, 1})}}},
      {"plain", "Gather", {kMap}, {{"axis", std::int64_t{1}}}, {{1, ints({2, -1})}}},
  };
}

TEST(Gradients, OfConvolutionsAgreeWithFiniteDifferences) {
  for (const Case& c : convolution_cases()) check_gradients(c);
}
TEST(Gradients, OfElementwiseOperatorsAgreeWithFiniteDifferences) {
  for (const Case& c : elementwise_cases()) check_gradients(c);
}
TEST(Gradients, OfShapeOperatorsAgreeWithFiniteDifferences) {
  for (const Case& c : shape_cases()) check_gradients(c);
}

TEST(Gradients, AreCheckedForEveryOperatorThatHasOne) {
  std::set<std::string> checked;
  for (const auto& cases : {convolution_cases(), elementwise_cases(), shape_cases()})
    for (const Case& c : cases) checked.insert(c.op);
  // Whole numbers and constants have no gradient; that of codes is no slope (quantised_training_test.cc).
  const std::set<std::string> without = {"Cast", "Constant", "DequantizeLinear", "QuantizeLinear", "Shape"};
  for (const std::string& op : interpreted_operators()) EXPECT_TRUE(checked.contains(op) != without.contains(op)) << op;
}

TEST(Gradients, PassThroughAWholeNet) {
  // Conv → BatchNormalization (batch statistics) → Relu → Add with the input → MaxPool.
  graph::Graph g;
  const auto weight = [&](const std::string& name, const Shape& shape, bool positive = false) {
    g.initializers[name] = tensor_from(random_array(shape, name, positive));
  };
  weight("w", {4, 4, 3, 3});
  weight("scale", {4}, true);
  weight("shift", {4});
  weight("mean", {4});
  weight("variance", {4}, true);
  g.inputs = {{"x", graph::Type::kF32, kMap}};
  g.nodes = {{"a", "Conv", "", {"x", "w"}, {"a"}, {{"pads", Ints{1, 1, 1, 1}}}},
             {"b", "BatchNormalization", "", {"a", "scale", "shift", "mean", "variance"}, {"b"}, {}},
             {"c", "Relu", "", {"b"}, {"c"}, {}},
             {"d", "Add", "", {"c", "x"}, {"d"}, {}},
             {"e", "MaxPool", "", {"d"}, {"y"}, {{"kernel_shape", Ints{2, 2}}}}};
  g.outputs = {{"y", graph::Type::kF32, {}}};
  Built b{g, {{"x", random_array(kMap, "x", false)}}};
  const Arrays weights = {{"y", random_array(run(g, b.inputs).at("y").shape, "weights", false)}};
  const Gradients gradients = gradients_of(g, b.inputs, weights, true);
  EXPECT_EQ(gradients.of.size(), 4u);  // x, w, scale, shift; not the statistics
  for (const auto& [name, gradient] : gradients.of)
    for (std::size_t i = 0; i < gradient.values.size(); i += 7) {
      const double h = 1e-5;
      const double slope = (value_at(b, weights, true, name, i, h) - value_at(b, weights, true, name, i, -h)) / (2 * h);
      ASSERT_NEAR(gradient.values[i], slope, 1e-6 * std::max(1.0, std::abs(slope))) << name << "[" << i << "]";
    }
}

}  // namespace
}  // namespace cradle::learn
