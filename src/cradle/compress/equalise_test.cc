#include "cradle/compress/equalise.h"

#include <gtest/gtest.h>

#include "cradle/base/error.h"
#include "cradle/base/fault_test.h"
#include "cradle/compress/bias_correction.h"
#include "cradle/compress/test_graphs.h"
#include "cradle/compress/test_runs.h"

namespace cradle::compress {
namespace {

using graph::Graph;

/// x → 1×1 conv → relu → depthwise → relu → 1×1 conv → y, whose depthwise channels are very unlike, as trained nets'
/// are.
Graph depthwise_graph(double unlike) {
  Graph g;
  g.inputs = {{"x", graph::Type::kF32, {-1, 4, 1, 1}}};
  const std::string ra = add_node(g, "Relu", "ra", {add_conv(g, "a", "x", 4, 4)});
  g.initializers["d.w"] = random_tensor("d.w", {4, 1, 1, 1}, 1);
  g.initializers["d.b"] = random_tensor("d.b", {4}, 0.2);
  const std::string rd =
      add_node(g, "Relu", "rd", {add_node(g, "Conv", "d", {ra, "d.w", "d.b"}, {{"group", std::int64_t{4}}})});
  add_conv(g, "y", rd, 4, 4);
  g.outputs = {{"y", graph::Type::kF32, {-1, 4, 1, 1}}};
  // The same function, with channels that one scale cannot serve: channel c of d is divided and y's input multiplied.
  double factor = 1;
  for (std::size_t c = 0; c < 4; ++c, factor *= unlike) {
    float& w = g.initializers["d.w"].f32()[c];
    w = std::copysign(std::max(std::abs(w), 0.3F), w) / static_cast<float>(factor);
    g.initializers["d.b"].f32()[c] /= static_cast<float>(factor);
    for (std::size_t o = 0; o < 4; ++o) g.initializers["y.w"].f32()[o * 4 + c] *= static_cast<float>(factor);
  }
  return g;
}

double per_tensor_sqnr(const Graph& g, const Graph& against) {
  Int8Options options;
  options.per_channel = false;
  return output_sqnr(against, quantise_int8(g, calibrate(g, 300), options).graph, "y");
}

TEST(Equalising, KeepsTheFunction) {
  const Graph g = depthwise_graph(10);
  Graph e = g;
  EXPECT_EQ(equalise(e), 2) << "1×1 with depthwise, depthwise with 1×1";
  EXPECT_GT(output_sqnr(g, e, "y"), 110) << "but for rounding in 24 bits";
  Graph residual = residual_graph();
  EXPECT_EQ(equalise(residual), 0) << "a sum needs both summands at one scale";
  EXPECT_EQ(residual.initializers.at("a.w").bytes, residual_graph().initializers.at("a.w").bytes);
}

TEST(Equalising, BringsBackADepthwiseNetThatOneScalePerTensorDestroys) {
  const Graph g = depthwise_graph(10);
  Graph e = g;
  equalise(e);
  EXPECT_LT(per_tensor_sqnr(g, g), 15);
  EXPECT_GT(per_tensor_sqnr(e, g), 25);
}

TEST(Equalising, MakesTheGreatestWeightsOfAPairAlike) {
  Graph e = depthwise_graph(10);
  equalise(e);
  const auto a = e.initializers.at("a.w").f32(), d = e.initializers.at("d.w").f32(), y = e.initializers.at("y.w").f32();
  for (std::size_t c = 0; c < 4; ++c) {
    float row = 0, column = 0;
    for (std::size_t i = 0; i < 4; ++i) {
      row = std::max(row, std::abs(a[c * 4 + i]));
      column = std::max(column, std::abs(y[i * 4 + c]));
    }
    EXPECT_NEAR(std::abs(d[c]) / row, 1, 1e-3);
    EXPECT_NEAR(std::abs(d[c]) / column, 1, 1e-3);
  }
}

TEST(Equalising, LeavesWhatScalingDoesNotPass) {
  Graph clipped = depthwise_graph(10);
  clipped.initializers["zero"] = graph::tensor_f32({}, std::vector<float>{0});
  clipped.initializers["six"] = graph::tensor_f32({}, std::vector<float>{6});
  for (graph::Node& node : clipped.nodes)
    if (node.op == "Relu") {
      node.op = "Clip";
      node.inputs.insert(node.inputs.end(), {"zero", "six"});
    }
  EXPECT_EQ(equalise(clipped), 0) << "ReLU6";
  EXPECT_FALSE(clipped.metadata.contains(kEqualised));
  Graph seen = depthwise_graph(10);
  seen.outputs.push_back({"ra", graph::Type::kF32, {}, false});
  EXPECT_EQ(equalise(seen), 1) << "an output must keep its scale";
  Graph shared = depthwise_graph(10);
  add_conv(shared, "z", "rd", 4, 4);
  shared.outputs.push_back({"z", graph::Type::kF32, {}, false});
  EXPECT_EQ(equalise(shared), 1) << "two layers read rd";
}

TEST(Equalising, SurvivesDeadChannels) {
  Graph g = depthwise_graph(10);
  g.initializers["d.w"].f32()[1] = 0;
  Graph e = g;
  equalise(e);
  EXPECT_GT(output_sqnr(g, e, "y"), 110);
}

/// A dead filter with a bias would be scaled until its bias takes the codes of all other channels.
TEST(Equalising, LeavesNearlyDeadChannelsTheirPlace) {
  Graph g;
  g.inputs = {{"x", graph::Type::kF32, {-1, 4, 1, 1}}};
  add_conv(g, "y", add_node(g, "Relu", "ra", {add_conv(g, "a", "x", 4, 4)}), 4, 4);
  g.outputs = {{"y", graph::Type::kF32, {-1, 4, 1, 1}}};
  for (std::size_t i = 4; i < 8; ++i) g.initializers["a.w"].f32()[i] = 1e-13F;
  g.initializers["a.b"].f32()[1] = 0.5F;
  const double before = per_tensor_sqnr(g, g);
  Graph e = g;
  EXPECT_EQ(equalise(e), 1);
  EXPECT_GT(output_sqnr(g, e, "y"), 110);
  EXPECT_LT(std::abs(e.initializers.at("a.b").f32()[1]), 3) << "the greatest weight and bias of the layer together";
  EXPECT_GT(per_tensor_sqnr(e, g), before - 3);
  for (std::size_t i = 0; i < 4; ++i) g.initializers["y.w"].f32()[4 * i + 1] = 1e-30F;
  Graph far = g;
  equalise(far);
  for (std::size_t i = 0; i < 4; ++i) EXPECT_LE(far.initializers.at("y.w").f32()[4 * i + 1], 4.1e-27F) << "2¹²";
}

TEST(Equalising, IsWantedPerTensorOrOfUnlikeDepthwiseChannels) {
  EXPECT_TRUE(wants_equalising(residual_graph(), false));
  EXPECT_FALSE(wants_equalising(residual_graph(), true));
  EXPECT_TRUE(wants_equalising(depthwise_graph(10), true));
  EXPECT_EQ(equalise_named("off"), Equalise::kOff);
  EXPECT_THROW(equalise_named("maybe"), base::Error);
}

/// Statistics with channel means of the values that bias correction takes, in a graph of the same names.
graph::ActivationStatistics means_of(const Graph& g, const std::vector<std::string>& names) {
  graph::ActivationStatistics statistics;
  for (std::uint64_t i = 0; i < 300; ++i) {
    const std::map<std::string, Values> values = run(g, random_input(i));
    for (const std::string& name : names) {
      const std::vector<float> floats(values.at(name).begin(), values.at(name).end());
      add(statistics.values[name], floats.data(), floats.size());
      add_channel_means(statistics.values[name], floats, std::vector<std::int64_t>{1, 4, 1, 1});
    }
  }
  return statistics;
}

double greatest_shift(const Graph& g, const Graph& q) {
  const auto f = means_of(g, {"y"}), s = means_of(q, {"y"});
  double greatest = 0;
  for (std::size_t c = 0; c < 4; ++c)
    greatest = std::max(greatest, std::abs(f.values.at("y").channel_means[c] - s.values.at("y").channel_means[c]));
  return greatest;
}

TEST(BiasCorrection, MovesTheMeansOfTheOutputBack) {
  const Graph g = residual_graph();
  Int8Options coarse;
  coarse.weight_bits = 3;  // so that the shifts stand out
  const auto statistics = calibrate(g, 300);
  const Graph before = quantise_int8(g, statistics, coarse).graph;
  const std::vector<std::string> names = values_to_correct(g);
  EXPECT_EQ(names, (std::vector<std::string>{"x", "a", "ra", "b", "rs", "y"}));
  Graph corrected = g;
  EXPECT_EQ(correct_biases(corrected, means_of(g, names), means_of(before, names)), 3);
  const Graph after = quantise_int8(corrected, statistics, coarse).graph;
  EXPECT_LT(greatest_shift(g, after), 0.35 * greatest_shift(g, before));
  EXPECT_GT(output_sqnr(g, after, "y"), output_sqnr(g, before, "y"));
}

TEST(BiasCorrection, LeavesAShiftThatCameInWithTheInput) {
  for (const std::int64_t group : {1, 4}) {
    Graph g;
    g.inputs = {{"x", graph::Type::kF32, {-1, 4, 1, 1}}};
    add_conv(g, "a", "x", 4, 4);
    g.initializers["y.w"] = random_tensor("y.w", {4, 4 / group, 1, 1}, 1);
    g.initializers["y.b"] = random_tensor("y.b", {4}, 1);
    add_node(g, "Conv", "y", {"a", "y.w", "y.b"}, {{"group", group}});
    g.outputs = {{"y", graph::Type::kF32, {-1, 4, 1, 1}}};
    // Convolution a shifts its channels by 1, 2, 3, 4; y rounds nothing and passes on just that.
    const auto before = run(g, {0, 0, 0, 0});
    graph::ActivationStatistics f, q;
    for (const char* value : {"x", "a", "y"}) f.values[value].channel_means = before.at(value);
    q = f;
    Graph shifted = g;
    for (std::size_t c = 0; c < 4; ++c) {
      q.values["a"].channel_means[c] += static_cast<double>(c + 1);
      shifted.initializers["a.b"].f32()[c] += static_cast<float>(c + 1);
    }
    q.values["y"].channel_means = run(shifted, {0, 0, 0, 0}).at("y");
    Graph corrected = g;
    EXPECT_EQ(correct_biases(corrected, f, q), 2);
    for (std::size_t c = 0; c < 4; ++c) {
      EXPECT_NEAR(element(corrected.initializers.at("a.corrected_bias"), c),
                  element(g.initializers.at("a.b"), c) - static_cast<double>(c + 1), 1e-5);
      EXPECT_NEAR(element(corrected.initializers.at("y.corrected_bias"), c), element(g.initializers.at("y.b"), c),
                  1e-5);
    }
  }
}

TEST(BiasCorrection, RefusesMeansOfAnotherModel) {
  for (const std::int64_t group : {1, 4})
    for (const std::size_t odd : {3U, 5U, 64U}) {
      Graph g;
      g.inputs = {{"x", graph::Type::kF32, {-1, 4, 1, 1}}};
      g.initializers["y.w"] = random_tensor("y.w", {4, 4 / group, 1, 1}, 1);
      add_node(g, "Conv", "y", {"x", "y.w"}, {{"group", group}});
      g.outputs = {{"y", graph::Type::kF32, {-1, 4, 1, 1}}};
      graph::ActivationStatistics f;
      f.values["x"].channel_means = Values(odd, 1);
      f.values["y"].channel_means = Values(4, 1);
      EXPECT_NE(base::fault_of([&] {
                  correct_biases(g, f, f);
                }).find(fmt::format("Conv 'y': the statistics have {} channel means of 'x', which has 4", odd)),
                std::string::npos);
    }
  Graph empty = residual_graph();
  empty.initializers["a.w"] = graph::tensor_f32({0, 4, 1, 1}, std::vector<float>{});
  EXPECT_EQ(correct_biases(empty, {}, {}), 0);
}

TEST(BiasCorrection, LeavesWhatHasNoMeans) {
  Graph g = residual_graph();
  EXPECT_EQ(correct_biases(g, {}, {}), 0);
  EXPECT_TRUE(g.initializers.contains("a.b"));
}

}  // namespace
}  // namespace cradle::compress
