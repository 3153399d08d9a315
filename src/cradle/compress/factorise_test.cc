#include "cradle/compress/factorise.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cmath>

#include "cradle/base/error.h"
#include "cradle/compress/slow_run_test.h"
#include "cradle/compress/test_graphs.h"
#include "cradle/graph/architectures.h"
#include "cradle/graph/shapes.h"

namespace cradle::compress {
namespace {

using graph::Graph;
using graph::Type;

/// One convolution "c" from "x" to "y".
Graph conv_graph(const graph::Shape& input, const graph::Shape& weights,
                 std::map<std::string, graph::Attribute> attributes, bool bias = true) {
  Graph g;
  g.inputs = {{"x", Type::kF32, input}};
  g.outputs = {{"y", Type::kF32, {}, false}};
  g.initializers["w"] = random_tensor("w", weights, 0.3);
  std::vector<std::string> inputs{"x", "w"};
  if (bias) {
    g.initializers["b"] = random_tensor("b", {weights[0]}, 0.3);
    inputs.push_back("b");
  }
  g.nodes.push_back({"c", "Conv", "", inputs, {"y"}, std::move(attributes)});
  return g;
}

/// The graph with its node `index` replaced by its factors at these ranks, or at full rank.
Graph replaced(Graph g, Decomposition how, Ranks ranks = {}, std::size_t index = 0) {
  Graph shapes = g;
  graph::infer_shapes(shapes);
  const FactorLayer layer = factor_layer(shapes, index, how);
  graph::Links links = links_of(g);
  LayerFactors factors = make_factors(g, links, layer, ranks.empty() ? full_ranks(layer) : ranks);
  g.nodes.erase(g.nodes.begin() + static_cast<std::ptrdiff_t>(index));
  g.nodes.insert(g.nodes.begin() + static_cast<std::ptrdiff_t>(index), factors.nodes.begin(), factors.nodes.end());
  check(g);
  return g;
}

double greatest_difference(const Graph& a, const Graph& b, const Dense& x, const std::string& value) {
  const Dense p = slow_run(a, x).at(value), q = slow_run(b, x).at(value);
  EXPECT_EQ(p.shape, q.shape);
  double greatest = 0, size = 0;
  for (std::size_t i = 0; i < std::min(p.values.size(), q.values.size()); ++i) {
    greatest = std::max(greatest, std::abs(p.values[i] - q.values[i]));
    size = std::max(size, std::abs(p.values[i]));
  }
  return greatest / size;
}

constexpr double kFloat = 3e-6;  // weights are rounded to float twice or thrice: 2⁻²⁴ each, times a sum's growth

TEST(Factors, AtFullRankAreTheConvolutionWhateverItsShape) {
  const bool same = rc::check("factors at full rank compute what the convolution does", [] {
    const auto any = [](std::int64_t low, std::int64_t high) { return *rc::gen::inRange(low, high + 1); };
    const graph::Shape kernel{any(1, 4), any(1, 4)};
    const graph::Shape weights{any(1, 5), any(1, 5), kernel[0], kernel[1]};
    std::map<std::string, graph::Attribute> attributes{{"strides", std::vector<std::int64_t>{any(1, 3), any(1, 3)}},
                                                       {"dilations", std::vector<std::int64_t>{any(1, 2), any(1, 2)}}};
    if (any(0, 3) == 0)
      attributes["auto_pad"] = std::string("SAME_UPPER");
    else
      attributes["pads"] = std::vector<std::int64_t>{any(0, 3), any(0, 3), any(0, 3), any(0, 3)};
    if (any(0, 1) == 0) attributes["kernel_shape"] = kernel;
    const graph::Shape input{any(1, 2), weights[1], any(8, 11), any(8, 11)};
    const Graph g = conv_graph(input, weights, attributes, any(0, 1) == 0);
    const Dense x = random_dense(input, static_cast<std::uint64_t>(any(0, 1000)));
    for (const Decomposition how : {Decomposition::kSpatial, Decomposition::kChannel, Decomposition::kTucker})
      RC_ASSERT(greatest_difference(g, replaced(g, how), x, "y") < kFloat);
  });
  EXPECT_TRUE(same);
}

TEST(Factors, OfOneAxisOrThreeGoByChannels) {
  const Graph one = conv_graph({1, 3, 20}, {4, 3, 5}, {{"strides", std::vector<std::int64_t>{2}}});
  EXPECT_LT(greatest_difference(one, replaced(one, Decomposition::kSpatial), random_dense({1, 3, 20}, 1), "y"), kFloat);
  const Graph three = conv_graph({1, 2, 4, 5, 6}, {3, 2, 2, 3, 2}, {});
  const Dense x = random_dense({1, 2, 4, 5, 6}, 1);
  EXPECT_LT(greatest_difference(three, replaced(three, Decomposition::kSpatial), x, "y"), kFloat);
  EXPECT_LT(greatest_difference(three, replaced(three, Decomposition::kTucker), x, "y"), kFloat);
}

TEST(Factors, AtFullRankAreTheMatrixProduct) {
  for (const bool turned : {false, true}) {
    Graph g;
    g.inputs = {{"x", Type::kF32, {3, 7}}};
    g.outputs = {{"y", Type::kF32, {3, 5}}};
    g.initializers["w"] = random_tensor("w", turned ? graph::Shape{5, 7} : graph::Shape{7, 5}, 0.4);
    g.initializers["b"] = random_tensor("b", {5}, 0.4);
    add_node(g, "Gemm", "y", {"x", "w", "b"}, {{"transB", std::int64_t{turned}}, {"alpha", 0.5F}, {"beta", 2.0F}});
    EXPECT_LT(greatest_difference(g, replaced(g, Decomposition::kSpatial), random_dense({3, 7}, 1), "y"), kFloat);
  }
  Graph g;
  g.inputs = {{"x", Type::kF32, {2, 3, 7}}};
  g.outputs = {{"y", Type::kF32, {2, 3, 5}}};
  g.initializers["w"] = random_tensor("w", {7, 5}, 0.4);
  add_node(g, "MatMul", "y", {"x", "w"});
  EXPECT_LT(greatest_difference(g, replaced(g, Decomposition::kSpatial), random_dense({2, 3, 7}, 1), "y"), kFloat);
}

TEST(Factors, CostWhatTheGraphOfThemCosts) {
  const Graph g =
      conv_graph({1, 6, 13, 11}, {10, 6, 3, 5},
                 {{"strides", std::vector<std::int64_t>{2, 3}}, {"pads", std::vector<std::int64_t>{1, 0, 0, 2}}});
  for (const auto& [how, ranks] : std::vector<std::pair<Decomposition, Ranks>>{
           {Decomposition::kSpatial, {4}}, {Decomposition::kChannel, {3}}, {Decomposition::kTucker, {3, 5}}}) {
    Graph shapes = g;
    graph::infer_shapes(shapes);
    const FactorLayer layer = factor_layer(shapes, 0, how);
    Graph after = replaced(g, how, ranks);
    after.initializers.erase("w");
    graph::infer_shapes(after);
    EXPECT_EQ(graph::cost_of(after).parameters, cost_at(layer, ranks).parameters) << name_of(how);
    EXPECT_EQ(graph::cost_of(after).macs, cost_at(layer, ranks).macs) << name_of(how);
    EXPECT_EQ(graph::cost_of(shapes).macs, whole_cost(layer).macs);
    EXPECT_EQ(graph::cost_of(shapes).parameters, whole_cost(layer).parameters);
  }
}

/// The weights that factors stand for, seen through impulses: as many inputs as weights of a column.
TEST(Factors, KeepTheShareOfTheWeightsThatTheyReport) {
  const Graph g = conv_graph({1, 4, 3, 3}, {6, 4, 3, 3}, {}, false);
  const std::span<const float> w = g.initializers.at("w").f32();
  for (const auto& [how, ranks] : std::vector<std::pair<Decomposition, Ranks>>{
           {Decomposition::kSpatial, {4}}, {Decomposition::kChannel, {3}}, {Decomposition::kTucker, {2, 3}}}) {
    Graph shapes = g, made = g;
    graph::infer_shapes(shapes);
    const FactorLayer layer = factor_layer(shapes, 0, how);
    graph::Links links = links_of(made);
    const double share = make_factors(made, links, layer, ranks).share_kept;
    const Graph after = replaced(g, how, ranks);
    double lost = 0, all = 0;
    for (std::size_t i = 0; i < 36; ++i) {
      Dense impulse{{1, 4, 3, 3}, std::vector<double>(36, 0.0)};
      impulse.values[i] = 1;
      const Dense y = slow_run(after, impulse).at("y");
      for (std::size_t o = 0; o < 6; ++o) {
        const double own = static_cast<double>(w[o * 36 + i]);
        lost += (own - y.values[o]) * (own - y.values[o]);
        all += own * own;
      }
    }
    EXPECT_NEAR(1 - lost / all, share, 1e-6) << name_of(how);
    EXPECT_GE(share, least_share_kept(layer, ranks) - 1e-12);
  }
}

FactoriseOptions energy(double share, FactoriseMethod method = FactoriseMethod::kAuto) {
  FactoriseOptions options;
  options.method = method;
  options.ranks.amount = share;
  return options;
}

TEST(Factorise, FindsALayerThatHasLowRankAndKeepsItsFunction) {
  Graph g = conv_graph({1, 16, 6, 6}, {16, 16, 3, 3}, {{"pads", std::vector<std::int64_t>{1, 1, 1, 1}}});
  const Graph thin = replaced(g, Decomposition::kChannel, {2});
  // The weights of rank 2: the product of the two factors.
  const std::span<const float> first = thin.initializers.at("c.reduce.weight").f32();
  const std::span<const float> second = thin.initializers.at("c.expand.weight").f32();
  const std::span<float> w = g.initializers.at("w").f32();
  for (std::size_t o = 0; o < 16; ++o)
    for (std::size_t i = 0; i < 144; ++i)
      w[o * 144 + i] = second[o * 2] * first[i] + second[o * 2 + 1] * first[144 + i];
  const FactorisedGraph f = factorise(g, energy(0.999999, FactoriseMethod::kChannel));
  ASSERT_EQ(f.layers.size(), 1u);
  EXPECT_TRUE(f.layers[0].factorised) << f.layers[0].reason;
  EXPECT_EQ(f.layers[0].ranks, Ranks{2});
  EXPECT_EQ(f.layers[0].full, Ranks{16});
  EXPECT_EQ(f.layers[0].nodes, (std::vector<std::string>{"c.reduce", "c.expand"}));
  EXPECT_EQ(f.layers[0].after.parameters, f.after.parameters);
  EXPECT_EQ(f.layers[0].before.macs, f.before.macs);
  EXPECT_FALSE(f.graph.initializers.contains("w")) << "nobody uses it any more";
  EXPECT_LT(greatest_difference(g, f.graph, random_dense({1, 16, 6, 6}, 3), "y"), kFloat);
}

TEST(Factorise, LeavesALayerOfWhichNoRankSaves) {
  const Graph g = conv_graph({1, 16, 6, 6}, {16, 16, 3, 3}, {});
  const FactorisedGraph f = factorise(g, energy(0.9999));
  EXPECT_FALSE(f.layers[0].factorised);
  EXPECT_NE(f.layers[0].reason.find("has no fewer parameters than the layer itself"), std::string::npos);
  EXPECT_EQ(f.graph.nodes.size(), 1u);
  EXPECT_EQ(f.graph.nodes[0].name, "c");
}

TEST(Factorise, SaysWhyALayerIsLeft) {
  Graph g = conv_graph({1, 16, 8, 8}, {16, 16, 3, 3}, {});
  g.nodes[0].outputs = {"c"};
  const auto conv = [&](const std::string& name, const std::string& x, const graph::Shape& weights,
                        std::int64_t group) {
    g.initializers[name + ".w"] = random_tensor(name + ".w", weights, 0.3);
    return add_node(g, "Conv", name, {x, name + ".w"}, {{"group", group}});
  };
  conv("depthwise", "c", {16, 1, 1, 1}, 16);
  conv("grouped", "depthwise", {16, 4, 1, 1}, 4);
  g.initializers["zero"] = graph::tensor_f32({16, 16, 1, 1}, std::vector<float>(256, 0.0F));
  add_node(g, "Conv", "dead", {"grouped", "zero"});
  g.initializers["up.w"] = random_tensor("up.w", {16, 16, 2, 2}, 0.3);
  add_node(g, "ConvTranspose", "up", {"dead", "up.w"});
  g.initializers["twice.w"] = random_tensor("twice.w", {16, 16, 1, 1}, 0.3);
  add_node(g, "Conv", "one", {"up", "twice.w"});
  add_node(g, "Conv", "y", {"one", "twice.w"});
  const FactorisedGraph f = factorise(g, energy(0.5));
  std::map<std::string, std::string> reasons;
  for (const FactorisedLayer& layer : f.layers) reasons[layer.name] = layer.reason;
  EXPECT_EQ(reasons.at("c"), "");
  EXPECT_EQ(reasons.at("depthwise"), "a depthwise convolution has no channels to combine");
  EXPECT_EQ(reasons.at("grouped"), "its 4 groups are small convolutions of their own");
  EXPECT_EQ(reasons.at("dead"), "its weights are all zero");
  EXPECT_EQ(reasons.at("up"), "transposed convolutions are not factorised");
  EXPECT_EQ(reasons.at("one"), "other nodes use its weights too");
}

TEST(Factorise, FoldsBatchNormsFirstAndKeepsInputsAndOutputs) {
  const Graph g = graph::build_architecture("resnet-small", 0.5, 10, 1);
  const FactorisedGraph f = factorise(g, energy(0.7));
  for (const graph::Node& node : f.graph.nodes) EXPECT_NE(node.op, "BatchNormalization");
  EXPECT_EQ(f.graph.inputs[0].name, g.inputs[0].name);
  EXPECT_EQ(f.graph.inputs[0].shape, g.inputs[0].shape) << "the batch stays free";
  EXPECT_EQ(f.graph.outputs[0].name, g.outputs[0].name);
  double saved = 0;
  for (const FactorisedLayer& layer : f.layers) saved += layer.before.macs - layer.after.macs;
  EXPECT_GT(saved, 0);
  EXPECT_NEAR(f.before.macs - f.after.macs, saved, 1e-6 * saved);
}

TEST(Factorise, RefusesQuantisedModelsAndThoseWithoutLayers) {
  Graph g = conv_graph({1, 4, 4, 4}, {4, 4, 1, 1}, {});
  g.nodes[0].op = "QLinearConv";
  EXPECT_THROW(factorise(g, energy(0.5)), base::Error);
  Graph empty;
  empty.inputs = {{"x", Type::kF32, {1, 4}}};
  empty.outputs = {{"y", Type::kF32, {1, 4}}};
  add_node(empty, "Relu", "y", {"x"});
  EXPECT_THROW(factorise(empty, energy(0.5)), base::Error);
}

}  // namespace
}  // namespace cradle::compress
