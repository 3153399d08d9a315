// Checks what operators compute against their definitions in ONNX, written out as loops.
#include "cradle/learn/network.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "cradle/base/error.h"
#include "cradle/base/random.h"

namespace cradle::learn {
namespace {

using graph::Attribute;
using graph::Shape;
using Ints = std::vector<std::int64_t>;
using Attributes = std::map<std::string, Attribute>;

Array counting(const Shape& shape) {
  Array a{shape, std::vector<double>(static_cast<std::size_t>(graph::elements_of(shape)))};
  for (std::size_t i = 0; i < a.values.size(); ++i) a.values[i] = static_cast<double>(i * 7 % 23) - 11;
  return a;
}
graph::Tensor ints(const Ints& values) { return graph::tensor_i64({static_cast<std::int64_t>(values.size())}, values); }
graph::Tensor floats(const std::vector<float>& values) {
  return graph::tensor_f32({static_cast<std::int64_t>(values.size())}, values);
}
graph::Tensor floats(const Array& a) {
  return graph::tensor_f32(a.shape, std::vector<float>(a.values.begin(), a.values.end()));
}

/// Runs one node: its first input is x, the further ones are constants ("" for none).
Array run_node(const std::string& op, const Array& x, const std::vector<graph::Tensor>& constants,
               Attributes attributes, std::int64_t opset = 17) {
  graph::Graph g;
  g.opset = opset;
  g.inputs = {{"x", graph::Type::kF32, x.shape}};
  graph::Node node{"n", op, "", {"x"}, {"y"}, std::move(attributes)};
  for (const graph::Tensor& t : constants) {
    const std::string name = t.type == graph::Type::kUndefined ? "" : "c" + std::to_string(node.inputs.size());
    node.inputs.push_back(name);
    if (!name.empty()) g.initializers[name] = t;
  }
  g.nodes = {node};
  g.outputs = {{"y", graph::Type::kF32, {}}};
  return run(g, {{"x", x}}).at("y");
}

double at(const Array& a, Ints i) {
  std::size_t index = 0;
  for (std::size_t d = 0; d < i.size(); ++d) {
    if (i[d] < 0 || i[d] >= a.shape[d]) return 0;
    index = index * static_cast<std::size_t>(a.shape[d]) + static_cast<std::size_t>(i[d]);
  }
  return a.values[index];
}

/// Conv by its definition, with the pads top and left; the output's size is that of `y`.
void expect_conv(const Array& y, const Array& x, const Array& w, Ints stride, Ints dilation, Ints pad,
                 std::int64_t groups) {
  const std::int64_t in = w.shape[1], out_per_group = w.shape[0] / groups;
  for (std::int64_t n = 0; n < y.shape[0]; ++n)
    for (std::int64_t o = 0; o < y.shape[1]; ++o)
      for (std::int64_t r = 0; r < y.shape[2]; ++r)
        for (std::int64_t c = 0; c < y.shape[3]; ++c) {
          double sum = 0;
          for (std::int64_t i = 0; i < in; ++i)
            for (std::int64_t u = 0; u < w.shape[2]; ++u)
              for (std::int64_t v = 0; v < w.shape[3]; ++v)
                sum += at(w, {o, i, u, v}) *
                       at(x, {n, o / out_per_group * in + i, r * stride[0] + u * dilation[0] - pad[0],
                              c * stride[1] + v * dilation[1] - pad[1]});
          ASSERT_NEAR(at(y, {n, o, r, c}), sum, 1e-9);
        }
}

TEST(Network, ConvolvesWithStrideDilationGroupsAndUnequalPads) {
  const Array x = counting({2, 4, 7, 6}), w = counting({6, 2, 3, 2});
  const Array y = run_node(
      "Conv", x, {floats(w)},
      {{"strides", Ints{2, 1}}, {"dilations", Ints{1, 2}}, {"pads", Ints{1, 0, 2, 1}}, {"group", std::int64_t{2}}});
  EXPECT_EQ(y.shape, (Shape{2, 6, 4, 5}));
  expect_conv(y, x, w, {2, 1}, {1, 2}, {1, 0}, 2);
}

TEST(Network, PadsToTheSameSizeAboveOrBelow) {
  const Array x = counting({1, 1, 6, 5}), w = counting({1, 1, 3, 2});
  // Stride 2: 6 rows → 3, total padding (3−1)·2+3−6 = 1; 5 columns → 3, (3−1)·2+2−5 = 1.
  const Array upper =
      run_node("Conv", x, {floats(w)}, {{"strides", Ints{2, 2}}, {"auto_pad", std::string("SAME_UPPER")}});
  const Array lower =
      run_node("Conv", x, {floats(w)}, {{"strides", Ints{2, 2}}, {"auto_pad", std::string("SAME_LOWER")}});
  EXPECT_EQ(upper.shape, (Shape{1, 1, 3, 3}));
  expect_conv(upper, x, w, {2, 2}, {1, 1}, {0, 0}, 1);
  expect_conv(lower, x, w, {2, 2}, {1, 1}, {1, 1}, 1);
}

TEST(Network, NormalisesByStoredStatistics) {
  const Array x = counting({2, 2, 1, 3});
  const Array y = run_node("BatchNormalization", x,
                           {floats({2, 3}), floats({1, -1}), floats({0.5, 0.25}), floats({4, 9})}, {{"epsilon", 0.0f}});
  for (std::int64_t n = 0; n < 2; ++n)
    for (std::int64_t i = 0; i < 3; ++i) {
      EXPECT_NEAR(at(y, {n, 0, 0, i}), (at(x, {n, 0, 0, i}) - 0.5) / 2 * 2 + 1, 1e-12);
      EXPECT_NEAR(at(y, {n, 1, 0, i}), (at(x, {n, 1, 0, i}) - 0.25) / 3 * 3 - 1, 1e-12);
    }
}

TEST(Network, PoolsWithPadsThatDoNotCount) {
  Array x = counting({1, 1, 4, 4});
  for (double& v : x.values) v = -std::abs(v) - 1;  // zeros of a wrong padding would win the maximum
  const Array most = run_node("MaxPool", x, {}, {{"kernel_shape", Ints{3, 3}}, {"pads", Ints{0, 1, 2, 0}}});
  const Array mean = run_node("AveragePool", x, {}, {{"kernel_shape", Ints{3, 3}}, {"pads", Ints{1, 1, 1, 1}}});
  EXPECT_EQ(most.shape, (Shape{1, 1, 4, 3}));
  for (std::int64_t r = 0; r < 4; ++r)
    for (std::int64_t c = 0; c < 3; ++c) {
      double greatest = -1e9, sum = 0, count = 0;
      for (std::int64_t u = 0; u < 3; ++u)
        for (std::int64_t v = 0; v < 3; ++v) {
          if (r + u < 4 && c + v - 1 >= 0 && c + v - 1 < 4)
            greatest = std::max(greatest, at(x, {0, 0, r + u, c + v - 1}));
          const std::int64_t y0 = r + u - 1, x0 = c + v - 1;
          if (y0 < 0 || y0 > 3 || x0 < 0 || x0 > 3) continue;
          sum += at(x, {0, 0, y0, x0});
          ++count;
        }
      EXPECT_DOUBLE_EQ(at(most, {0, 0, r, c}), greatest);
      EXPECT_NEAR(at(mean, {0, 0, r, c}), sum / count, 1e-12);
    }
}

// ONNX: x_in = (x_out + 0.5)/scale − 0.5, rounded half down; and asymmetric: floor(x_out/scale).
TEST(Network, ResizesToTheNearestAsDefined) {
  const Array x = counting({1, 1, 3, 4});
  for (const std::int64_t scale : {2, 3, 4}) {
    const auto s = static_cast<float>(scale);
    const Array half = run_node("Resize", x, {{}, floats({1, 1, s, s})}, {{"mode", std::string("nearest")}});
    const Array corner = run_node("Resize", x, {{}, floats({1, 1, s, s})},
                                  {{"mode", std::string("nearest")},
                                   {"nearest_mode", std::string("floor")},
                                   {"coordinate_transformation_mode", std::string("asymmetric")}});
    ASSERT_EQ(half.shape, (Shape{1, 1, 3 * scale, 4 * scale}));
    for (std::int64_t r = 0; r < 3 * scale; ++r)
      for (std::int64_t c = 0; c < 4 * scale; ++c) {
        const auto half_down = [&](std::int64_t i, std::int64_t n) {
          const double from = (static_cast<double>(i) + 0.5) / static_cast<double>(scale) - 0.5;
          return std::clamp<std::int64_t>(static_cast<std::int64_t>(std::ceil(from - 0.5)), 0, n - 1);
        };
        EXPECT_EQ(at(half, {0, 0, r, c}), at(x, {0, 0, half_down(r, 3), half_down(c, 4)}));
        EXPECT_EQ(at(corner, {0, 0, r, c}), at(x, {0, 0, r / scale, c / scale}));
      }
  }
}

TEST(Network, ResizesLinearlyAsDefined) {
  const Array x = counting({1, 1, 3, 4});
  const Array y = run_node("Resize", x, {{}, {}, ints({1, 1, 6, 8})}, {{"mode", std::string("linear")}});
  const auto sample = [&](double r, double c) {
    r = std::clamp(r, 0.0, 2.0);
    c = std::clamp(c, 0.0, 3.0);
    const auto r0 = static_cast<std::int64_t>(r), c0 = static_cast<std::int64_t>(c);
    const double v = r - static_cast<double>(r0), h = c - static_cast<double>(c0);
    return (1 - v) * ((1 - h) * at(x, {0, 0, r0, c0}) + h * at(x, {0, 0, r0, c0 + 1})) +
           v * ((1 - h) * at(x, {0, 0, r0 + 1, c0}) + h * at(x, {0, 0, r0 + 1, c0 + 1}));
  };
  for (std::int64_t r = 0; r < 6; ++r)
    for (std::int64_t c = 0; c < 8; ++c)
      EXPECT_NEAR(at(y, {0, 0, r, c}),
                  sample((static_cast<double>(r) + 0.5) / 2 - 0.5, (static_cast<double>(c) + 0.5) / 2 - 0.5), 1e-6);
}

TEST(Network, SoftmaxIsOverOneAxisSinceOpset13AndOverAllThatFollowBefore) {
  const Array x = counting({1, 2, 3});
  const Array now = run_node("Softmax", x, {}, {{"axis", std::int64_t{1}}}, 13);
  const Array then = run_node("Softmax", x, {}, {{"axis", std::int64_t{1}}}, 12);
  for (std::int64_t i = 0; i < 3; ++i) EXPECT_NEAR(at(now, {0, 0, i}) + at(now, {0, 1, i}), 1, 1e-12);
  double sum = 0;
  for (const double v : then.values) sum += v;
  EXPECT_NEAR(sum, 1, 1e-12);
}

TEST(Network, QuantisesByRoundingHalfToEvenAndSaturating) {
  const Array x{{7}, {-10, 0, 0.25, 0.75, 1.25, 3, 1000}};
  const graph::Tensor scale = graph::tensor_f32({}, std::vector<float>{0.5f});
  const graph::Tensor zero = graph::tensor_u8({}, std::vector<std::uint8_t>{3});
  const Array levels = run_node("QuantizeLinear", x, {scale, zero}, {});
  EXPECT_EQ(levels.values, (std::vector<double>{0, 3, 3, 5, 5, 9, 255}));
  const Array back = run_node("DequantizeLinear", levels, {scale, zero}, {});
  EXPECT_EQ(back.values, (std::vector<double>{-1.5, 0, 0, 1, 1, 3, 126}));
}

TEST(Network, DequantisesWeightsByChannel) {
  graph::Graph g;
  g.inputs = {{"x", graph::Type::kF32, {1, 1}}};
  g.initializers["w"] = graph::tensor_i8({1, 3}, std::vector<std::int8_t>{-128, 5, 127});
  g.initializers["s"] = floats({1, 2, 0.5f});
  g.nodes = {{"d", "DequantizeLinear", "", {"w", "s"}, {"v"}, {{"axis", std::int64_t{1}}}},
             {"m", "MatMul", "", {"x", "v"}, {"y"}, {}}};
  g.outputs = {{"y", graph::Type::kF32, {}}};
  EXPECT_EQ(run(g, {{"x", {{1, 1}, {2}}}}).at("y").values, (std::vector<double>{-256, 20, 127}));
}

// What exporters write for x.view(x.shape[0], -1).
TEST(Network, FollowsShapesThatAreComputed) {
  graph::Graph g;
  g.inputs = {{"x", graph::Type::kF32, {2, 3, 4}}};
  g.initializers = {{"zero", ints({0})}, {"minus", ints({-1})}};
  g.nodes = {{"s", "Shape", "", {"x"}, {"s"}, {}},
             {"g", "Gather", "", {"s", "zero"}, {"n"}, {}},
             {"c", "Concat", "", {"n", "minus"}, {"to"}, {{"axis", std::int64_t{0}}}},
             {"r", "Reshape", "", {"x", "to"}, {"y"}, {}}};
  g.outputs = {{"y", graph::Type::kF32, {}}};
  const Array x = counting({2, 3, 4}), y = run(g, {{"x", x}}).at("y");
  EXPECT_EQ(y.shape, (Shape{2, 12}));
  EXPECT_EQ(y.values, x.values);
}

std::string error_of(const graph::Graph& g, const Arrays& inputs) {
  try {
    run(g, inputs);
  } catch (const base::Error& error) {
    return error.what();
  }
  return "";
}

TEST(Network, SplitsIntoAllItsOutputs) {
  graph::Graph g;
  g.inputs = {{"x", graph::Type::kF32, {1, 5}}};
  g.outputs = {{"y", graph::Type::kF32, {1, 4}}, {"c", graph::Type::kF32, {1, 1}}};
  g.nodes = {{"parts", "Split", "", {"x"}, {"a", "b", "c"}, {{"axis", std::int64_t{1}}}},  // 2, 2 and what is left
             {"swapped", "Concat", "", {"b", "a"}, {"y"}, {{"axis", std::int64_t{1}}}}};
  const Array x = counting({1, 5});
  const Arrays out = run(g, {{"x", x}});
  EXPECT_EQ(out.at("y").values, (std::vector<double>{x.values[2], x.values[3], x.values[0], x.values[1]}));
  EXPECT_EQ(out.at("c").values, (std::vector<double>{x.values[4]}));
}

TEST(Network, NamesTheNodeItCannotRun) {
  graph::Graph g;
  g.inputs = {{"x", graph::Type::kF32, {1, 2}}};
  g.nodes = {{"odd one", "LSTM", "", {"x"}, {"y"}, {}}};
  g.outputs = {{"y", graph::Type::kF32, {}}};
  const std::string unknown = error_of(g, {{"x", counting({1, 2})}});
  EXPECT_NE(unknown.find("LSTM"), std::string::npos) << unknown;
  EXPECT_NE(unknown.find("odd one"), std::string::npos) << unknown;
  g.nodes[0].op = "Relu";
  g.nodes[0].domain = "com.example";
  EXPECT_NE(error_of(g, {{"x", counting({1, 2})}}).find("com.example"), std::string::npos);
}

TEST(Network, NamesTheNodeWhoseShapesDoNotFit) {
  graph::Graph g;
  g.inputs = {{"x", graph::Type::kF32, {1, 2, 3, 3}}};
  g.initializers["w"] = floats(counting({1, 5, 1, 1}));
  g.nodes = {{"narrow", "Conv", "", {"x", "w"}, {"y"}, {}}};
  g.outputs = {{"y", graph::Type::kF32, {}}};
  EXPECT_NE(error_of(g, {{"x", counting({1, 2, 3, 3})}}).find("narrow"), std::string::npos);
  EXPECT_NE(error_of(g, {}).find("'x'"), std::string::npos);
}

}  // namespace
}  // namespace cradle::learn
