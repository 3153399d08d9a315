#include "cradle/graph/fold.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cmath>

#include "cradle/base/error.h"
#include "cradle/base/random.h"
#include "cradle/graph/architectures.h"

namespace cradle::graph {
namespace {

std::vector<float> random_values(std::uint64_t seed, const std::string& what, std::int64_t n, double low, double high) {
  base::Stream stream(seed, base::stable_id(what));
  std::vector<float> values(static_cast<std::size_t>(n));
  for (float& v : values) v = static_cast<float>(low + (high - low) * stream.uniform());
  return values;
}

/// A convolution and a batch norm behind it, with random weights.
struct Sample {
  std::string op = "Conv";
  std::int64_t in = 4, out = 6, group = 1, kernel = 2;
  bool bias = true;
  std::uint64_t seed = 1;
};

Graph graph_of(const Sample& s) {
  Graph graph;
  graph.inputs = {{"x", Type::kF32, {1, s.in, s.kernel, s.kernel}}};
  graph.outputs = {{"y", Type::kF32, {}, false}};
  const Shape shape = s.op == "Conv" ? Shape{s.out, s.in / s.group, s.kernel, s.kernel}
                                     : Shape{s.in, s.out / s.group, s.kernel, s.kernel};
  graph.initializers["w"] = tensor_f32(shape, random_values(s.seed, "w", elements_of(shape), -1, 1));
  graph.initializers["b"] = tensor_f32({s.out}, random_values(s.seed, "b", s.out, -1, 1));
  for (const char* name : {"scale", "shift", "mean"})
    graph.initializers[name] = tensor_f32({s.out}, random_values(s.seed, name, s.out, -2, 2));
  graph.initializers["variance"] = tensor_f32({s.out}, random_values(s.seed, "variance", s.out, 0.01, 4));
  graph.nodes = {
      {"conv", s.op, "", {"x", "w"}, {"c"}, {{"group", s.group}}},
      {"norm", "BatchNormalization", "", {"c", "scale", "shift", "mean", "variance"}, {"y"}, {{"epsilon", 1e-3F}}}};
  if (s.bias)
    graph.nodes[0].inputs.push_back("b");
  else
    graph.initializers.erase("b");
  return graph;
}

/// The result at one output place, straight from the operators' definitions: the input is as large as the kernel, so a
/// Conv has one place, and a ConvTranspose's place (0, 0) sees only input (0, 0).
std::vector<double> evaluate(const Graph& graph, const Sample& s, const std::vector<float>& x) {
  const Node& conv = graph.nodes[0];
  const auto weight = graph.initializers.at(conv.inputs[1]).f32();
  const std::int64_t k2 = s.kernel * s.kernel, in_group = s.in / s.group, out_group = s.out / s.group;
  std::vector<double> y(static_cast<std::size_t>(s.out), 0.0);
  for (std::int64_t o = 0; o < s.out; ++o) {
    double sum =
        conv.inputs.size() > 2 ? graph.initializers.at(conv.inputs[2]).f32()[static_cast<std::size_t>(o)] : 0.0F;
    for (std::int64_t i = 0; i < in_group; ++i) {
      const std::int64_t channel = o / out_group * in_group + i;
      if (s.op == "Conv") {
        for (std::int64_t p = 0; p < k2; ++p)
          sum += static_cast<double>(weight[static_cast<std::size_t>((o * in_group + i) * k2 + p)]) *
                 static_cast<double>(x[static_cast<std::size_t>(channel * k2 + p)]);
      } else {
        sum += static_cast<double>(weight[static_cast<std::size_t>((channel * out_group + o % out_group) * k2)]) *
               static_cast<double>(x[static_cast<std::size_t>(channel * k2)]);
      }
    }
    y[static_cast<std::size_t>(o)] = sum;
  }
  if (graph.nodes.size() < 2) return y;
  const auto part = [&](std::size_t i, std::size_t c) {
    return static_cast<double>(graph.initializers.at(graph.nodes[1].inputs[i]).f32()[c]);
  };
  for (std::size_t c = 0; c < y.size(); ++c)
    y[c] = (y[c] - part(3, c)) / std::sqrt(part(4, c) + 1e-3) * part(1, c) + part(2, c);
  return y;
}

TEST(BatchNormFolding, LeavesTheFunctionAsItWas) {
  EXPECT_TRUE(rc::check("the folded convolution equals convolution and batch norm", [] {
    Sample s;
    s.op = *rc::gen::element<std::string>("Conv", "ConvTranspose");
    s.group = *rc::gen::inRange<std::int64_t>(1, 4);
    s.in = s.group * *rc::gen::inRange<std::int64_t>(1, 4);
    s.out = s.group * *rc::gen::inRange<std::int64_t>(1, 4);
    s.kernel = *rc::gen::inRange<std::int64_t>(1, 4);
    s.bias = *rc::gen::arbitrary<bool>();
    s.seed = *rc::gen::arbitrary<std::uint64_t>();
    const Graph before = graph_of(s);
    Graph after = before;
    RC_ASSERT(fold_affine(after) == 1);
    RC_ASSERT(after.nodes.size() == 1U);
    RC_ASSERT(after.nodes[0].outputs[0] == "y");
    RC_ASSERT(after.initializers.size() == 2U);
    const std::vector<float> x = random_values(s.seed, "x", s.in * s.kernel * s.kernel, -1, 1);
    const std::vector<double> expected = evaluate(before, s, x), found = evaluate(after, s, x);
    for (std::size_t c = 0; c < expected.size(); ++c)
      RC_ASSERT(std::abs(expected[c] - found[c]) < 1e-4 * (1 + std::abs(expected[c])));
  }));
}

TEST(BatchNormFolding, KeepsANormWhoseInputIsUsedElsewhere) {
  Graph graph = graph_of({});
  graph.nodes.push_back({"other", "Relu", "", {"c"}, {"z"}, {}});
  EXPECT_EQ(fold_affine(graph), 0);
  Graph output = graph_of({});
  output.outputs.push_back({"c", Type::kF32, {}, false});
  EXPECT_EQ(fold_affine(output), 0);
  Graph training = graph_of({});
  training.nodes[1].attributes["training_mode"] = std::int64_t{1};
  EXPECT_EQ(fold_affine(training), 0);
  Graph damaged = graph_of({});
  damaged.initializers["variance"].f32()[2] = -5;
  EXPECT_EQ(fold_affine(damaged), 0) << "no real number has that root";
}

TEST(BatchNormFolding, CopiesWeightsThatAreShared) {
  const Sample s;
  const Graph before = graph_of(s);
  Graph graph = before;
  graph.nodes.push_back({"second", "Conv", "", {"x", "w", "b"}, {"z"}, {}});
  graph.outputs.push_back({"z", Type::kF32, {}, false});
  EXPECT_EQ(fold_affine(graph), 1);
  EXPECT_EQ(graph.nodes[1].inputs, (std::vector<std::string>{"x", "w", "b"}));
  EXPECT_EQ(graph.initializers.at("w").bytes, before.initializers.at("w").bytes) << "the second user's weights";
  EXPECT_NE(graph.nodes[0].inputs[1], "w");
  check(graph);
}

/// A convolution of 6 channels and arithmetic with constants behind it, in this order.
struct Arithmetic {
  std::string op;
  Shape shape;  ///< of the constant
  bool constant_first = false;
};
Graph followed_by(const std::vector<Arithmetic>& chain, const Sample& s) {
  Graph graph = graph_of(s);
  graph.nodes.pop_back();
  for (const char* name : {"scale", "shift", "mean", "variance"}) graph.initializers.erase(name);
  for (const Arithmetic& a : chain) {
    const std::string before = graph.nodes.back().outputs[0], name = "k" + std::to_string(graph.nodes.size());
    graph.initializers[name] = tensor_f32(a.shape, random_values(s.seed, name, elements_of(a.shape), 0.5, 2));
    std::vector<std::string> inputs{before, name};
    if (a.constant_first) std::swap(inputs[0], inputs[1]);
    graph.nodes.push_back({"", a.op, "", inputs, {"v" + name}, {}});
  }
  graph.nodes.back().outputs[0] = "y";
  return graph;
}

TEST(ArithmeticFolding, LeavesTheFunctionOfAChainAsItWas) {
  for (const char* op : {"Conv", "ConvTranspose"}) {
    Sample s;
    s.op = op;
    const std::vector<Arithmetic> chain = {
        {"Mul", {}}, {"Add", {6, 1, 1}}, {"Div", {1, 6, 1, 1}}, {"Sub", {1}}, {"Mul", {1, 6, 1, 1}, true}};
    Graph before = followed_by(chain, s), after = before;
    EXPECT_EQ(fold_affine(after), 5);
    ASSERT_EQ(after.nodes.size(), 1u);
    EXPECT_EQ(after.nodes[0].outputs[0], "y");
    EXPECT_EQ(after.initializers.size(), 2u);
    const std::vector<float> x = random_values(s.seed, "x", s.in * s.kernel * s.kernel, -1, 1);
    const auto at = [&](const char* name, std::size_t c) {
      const auto values = before.initializers.at(name).f32();
      return static_cast<double>(values[values.size() == 1 ? 0 : c]);
    };
    Graph convolution = before;
    convolution.nodes.resize(1);
    std::vector<double> expected = evaluate(convolution, s, x);
    for (std::size_t c = 0; c < expected.size(); ++c)
      expected[c] = ((expected[c] * at("k1", c) + at("k2", c)) / at("k3", c) - at("k4", c)) * at("k5", c);
    const std::vector<double> found = evaluate(after, s, x);
    for (std::size_t c = 0; c < expected.size(); ++c) EXPECT_NEAR(found[c], expected[c], 1e-5) << op << c;
  }
}

TEST(ArithmeticFolding, LeavesWhatIsNoScaleOfTheChannels) {
  EXPECT_EQ(([] {
              Graph g = followed_by({{"Mul", {6}}}, {});
              return fold_affine(g);
            }()),
            0)
      << "spread over the columns";
  EXPECT_EQ(([] {
              Graph g = followed_by({{"Sub", {1}, true}}, {});
              return fold_affine(g);
            }()),
            0)
      << "c - x";
  EXPECT_EQ(([] {
              Graph g = followed_by({{"Div", {1}, true}}, {});
              return fold_affine(g);
            }()),
            0)
      << "c / x";
  EXPECT_EQ(([] {
              Graph g = followed_by({{"Add", {1, 1, 2, 2}}}, {});
              return fold_affine(g);
            }()),
            0)
      << "by place";
  EXPECT_EQ(([] {
              Graph g = followed_by({{"Add", {1, 1, 1, 1, 6, 1, 1}}}, {});
              return fold_affine(g);
            }()),
            0)
      << "more axes than the map";
  Graph zero = followed_by({{"Div", {1}}}, {});
  zero.initializers["k1"].f32()[0] = 0;
  EXPECT_EQ(fold_affine(zero), 0) << "infinite on purpose or not, it stays so";
}

TEST(Simplifying, MakesInitializersOfConstantsAndDropsWhatDoesNothing) {
  Graph graph;
  graph.inputs = {{"x", Type::kF32, {1, 2}}};
  graph.outputs = {{"y", Type::kF32, {1, 2}}, {"k2", Type::kF32, {}}};
  graph.nodes = {{"", "Constant", "", {}, {"k"}, {{"value", tensor_f32({2}, std::vector<float>{1, 2})}}},
                 {"", "Constant", "", {}, {"k2"}, {{"value_float", 3.0F}}},
                 {"", "Identity", "", {"x"}, {"i"}, {}},
                 {"", "Dropout", "", {"i"}, {"d"}, {}},
                 {"", "Add", "", {"d", "k"}, {"s"}, {}},
                 {"", "Identity", "", {"s"}, {"y"}, {}}};
  simplify(graph);
  check(graph);
  ASSERT_EQ(graph.nodes.size(), 3U) << "the constant that is an output, the Add, and the Identity that makes an output";
  EXPECT_EQ(graph.nodes[1].inputs, (std::vector<std::string>{"x", "k"}));
  EXPECT_EQ(graph.initializers.at("k").f32()[1], 2.0F);
}

TEST(Simplifying, RefusesControlFlowByName) {
  Graph graph = graph_of({});
  graph.nodes.push_back({"branch", "If", "", {"c"}, {"z"}, {}});
  try {
    simplify(graph);
    FAIL();
  } catch (const base::Error& error) {
    EXPECT_NE(std::string(error.what()).find("If 'branch'"), std::string::npos) << error.what();
  }
}

TEST(Simplifying, FoldsEveryNormOfTheBuiltInNets) {
  for (const Architecture& a : architectures()) {
    Graph graph = build_architecture(a.name, 1, 10, 1);
    simplify(graph);
    for (const Node& node : graph.nodes) EXPECT_NE(node.op, "BatchNormalization") << a.name;
    check(graph);
  }
}

TEST(Fold, CastsOfStoredHalvesBecomeFloats) {
  for (const Type type : {Type::kF16, Type::kBf16}) {
    Graph g;
    g.inputs = {{"x", Type::kF32, {2}}};
    g.outputs = {{"y", Type::kF32, {2}}};
    g.initializers["w.stored"] = {
        type, {2}, {0x00, 0x3c, 0x80, 0xbf}};  // as float16 1 and -1.875; as bfloat16 2⁻⁷ and -1
    g.nodes = {{"c", "Cast", "", {"w.stored"}, {"w"}, {{"to", std::int64_t{1}}}},
               {"m", "Mul", "", {"x", "w"}, {"y"}, {}}};
    simplify(g);
    ASSERT_EQ(g.nodes.size(), 1u);
    EXPECT_FALSE(g.initializers.contains("w.stored"));
    const std::span<const float> w = g.initializers.at("w").f32();
    EXPECT_EQ(w[0], type == Type::kF16 ? 1.0F : 0x1p-7F);
    EXPECT_EQ(w[1], type == Type::kF16 ? -1.875F : -1.0F);
  }
}

}  // namespace
}  // namespace cradle::graph
