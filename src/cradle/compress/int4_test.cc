#include "cradle/compress/int4.h"

#include <gtest/gtest.h>

#include <cmath>

#include "cradle/base/error.h"
#include "cradle/compress/harden.h"
#include "cradle/compress/simulate.h"
#include "cradle/compress/test_graphs.h"
#include "cradle/compress/test_runs.h"

namespace cradle::compress {
namespace {

using graph::Graph;

struct Problem {
  std::vector<float> weights, gram;
  double scale = 0;
};

/// Weights in 4 bits, and inputs that go together, as neighbours in an image do.
Problem problem(std::uint64_t seed, std::size_t n) {
  base::Stream stream(seed, base::stable_id("rounding"));
  Problem p;
  float greatest = 0;
  for (std::size_t i = 0; i < n; ++i) {
    p.weights.push_back(static_cast<float>(stream.normal()));
    greatest = std::max(greatest, std::abs(p.weights.back()));
  }
  p.scale = static_cast<double>(greatest) / 7;
  graph::LayerGram gram{1, n, 0, std::vector<float>(n * n, 0.0F)};
  for (int row = 0; row < 200; ++row) {
    const double common = stream.normal();
    std::vector<float> x;
    for (std::size_t i = 0; i < n; ++i) x.push_back(static_cast<float>(std::max(0.0, common + 0.5 * stream.normal())));
    add_rows(gram, 0, x.data(), 1);
  }
  p.gram = gram.sums;
  return p;
}

/// Δwᵀ·G·Δw by the definition.
double error_of(const Problem& p, const std::vector<double>& codes) {
  double sum = 0;
  const std::size_t n = p.weights.size();
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t k = 0; k < n; ++k)
      sum += (p.scale * codes[i] - static_cast<double>(p.weights[i])) * static_cast<double>(p.gram[i * n + k]) *
             (p.scale * codes[k] - static_cast<double>(p.weights[k]));
  return sum;
}

double exhaustive(const Problem& p) {
  const std::size_t n = p.weights.size();
  double least = INFINITY;
  for (std::size_t choice = 0; choice < std::size_t{1} << n; ++choice) {
    std::vector<double> codes;
    for (std::size_t i = 0; i < n; ++i) {
      const double code = static_cast<double>(p.weights[i]) / p.scale;
      codes.push_back((choice >> i & 1) != 0 ? std::ceil(code) : std::floor(code));
    }
    least = std::min(least, error_of(p, codes));
  }
  return least;
}

TEST(Rounding, IsNeverWorseThanTheNearestAndCountsItsErrorRight) {
  double gained = 0;
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    const Problem p = problem(seed, 5 + seed);
    const RoundedRow row = round_row(p.weights, p.scale, 7, p.gram);
    EXPECT_LE(row.error, row.nearest_error * (1 + 1e-9));
    EXPECT_NEAR(row.error, error_of(p, {row.codes.begin(), row.codes.end()}), 1e-6 * row.nearest_error);
    std::vector<double> nearest;
    for (const float w : p.weights) nearest.push_back(std::nearbyint(static_cast<double>(w) / p.scale));
    EXPECT_NEAR(row.nearest_error, error_of(p, nearest), 1e-6 * row.nearest_error);
    for (std::size_t i = 0; i < row.codes.size(); ++i) {
      EXPECT_LT(std::abs(row.codes[i] - static_cast<double>(p.weights[i]) / p.scale), 1 + 1e-6) << "up or down";
      EXPECT_LE(std::abs(row.codes[i]), 7);
    }
    gained += row.error / row.nearest_error / 30;
  }
  EXPECT_LT(gained, 0.5) << "inputs that go together let errors cancel";
}

TEST(Rounding, FindsOnSmallRowsWhatTryingAllFinds) {
  double found = 0, best = 0;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    const Problem p = problem(seed, 8);
    found += round_row(p.weights, p.scale, 7, p.gram).error;
    best += exhaustive(p);
  }
  EXPECT_GE(found, best * (1 - 1e-6));
  EXPECT_LE(found, best * 1.01);
}

TEST(Rounding, OfIndependentInputsIsTheNearest) {
  Problem p = problem(3, 20);
  for (std::size_t i = 0; i < 20; ++i)
    for (std::size_t k = 0; k < 20; ++k) p.gram[i * 20 + k] = i == k ? 5.0F : 0.0F;
  const RoundedRow row = round_row(p.weights, p.scale, 7, p.gram);
  for (std::size_t i = 0; i < 20; ++i)
    EXPECT_EQ(row.codes[i], std::nearbyint(static_cast<double>(p.weights[i]) / p.scale));
}

graph::Grams grams_of(const Graph& g) {
  graph::Grams grams;
  for (const char* layer : {"a", "b", "y"}) grams.layers[layer] = {1, 4, 0, std::vector<float>(16, 0.0F)};
  for (std::uint64_t i = 0; i < 300; ++i) {
    const std::map<std::string, Values> values = run(g, random_input(i));
    for (const auto& [layer, input] : {std::pair{"a", "x"}, {"b", "ra"}, {"y", "rs"}}) {
      const std::vector<float> row(values.at(input).begin(), values.at(input).end());
      add_rows(grams.layers.at(layer), 0, row.data(), 1);
    }
  }
  return grams;
}

TEST(Rounding, MovesASimulatedGraphsWeightsOntoTheirCodes) {
  const Graph g = residual_graph();
  Int8Options options;
  options.weight_bits = 4;
  const Graph nearest = simulate_int8(g, calibrate(g, 300), options).graph;
  Graph adapted = nearest;
  const std::vector<RoundedLayer> layers = round_adaptively(adapted, grams_of(g));
  ASSERT_EQ(layers.size(), 3U);
  for (const RoundedLayer& layer : layers) EXPECT_LE(layer.error, layer.nearest_error) << layer.name;
  const Graph hard = harden(adapted);
  for (const char* name : {"a.w", "b.w", "y.w"}) {
    for (std::size_t i = 0; i < 16; ++i) {
      const double code = element(hard.initializers.at(std::string(name) + ".int"), i);
      EXPECT_LE(std::abs(code), 7) << "four bits in the storage of eight";
      const double scale = element(hard.initializers.at(std::string(name) + ".scale"), i / 4);
      EXPECT_NEAR(code * scale, element(adapted.initializers.at(name), i), 1e-6) << "what it was moved onto";
    }
  }
  EXPECT_GT(output_sqnr(g, hard, "y"), output_sqnr(g, harden(nearest), "y"));
}

/// Each layer rounds for its own inputs, as if the other did not have the same weights.
TEST(Rounding, GivesLayersThatShareTheirWeightsTheirOwn) {
  Graph shared = residual_graph(), own = shared;
  own.initializers["b.w"] = own.initializers.at("a.w");
  ASSERT_EQ(shared.nodes[2].name, "b");
  shared.nodes[2].inputs[1] = "a.w";
  const graph::ActivationStatistics statistics = calibrate(own, 100);
  const graph::Grams grams = grams_of(own);
  Int8Options options;
  options.weight_bits = 4;
  Graph s = simulate_int8(shared, statistics, options).graph, o = simulate_int8(own, statistics, options).graph;
  const std::vector<RoundedLayer> rounded = round_adaptively(s, grams), expected = round_adaptively(o, grams);
  ASSERT_EQ(rounded.size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_DOUBLE_EQ(rounded[i].error, expected[i].error) << rounded[i].name;
  const Graph sh = harden(s), oh = harden(o);
  EXPECT_EQ(sh.initializers.at("a.w.int_2").bytes, oh.initializers.at("b.w.int").bytes);
  EXPECT_NE(sh.initializers.at("a.w.int_2").bytes, sh.initializers.at("a.w.int").bytes);
}

TEST(Rounding, KnowsALastLayerWithoutAName) {
  Graph g = residual_graph();
  for (graph::Node& node : g.nodes) node.name.clear();
  Int8Options options;
  options.weight_bits = 4;
  Graph s = simulate_int8(g, calibrate(g, 50), options).graph;
  EXPECT_EQ(round_adaptively(s, grams_of(residual_graph())).size(), 3U) << "by the names of their outputs";
}

TEST(Rounding, RefusesSumsOfAnotherLayer) {
  const Graph g = residual_graph();
  Graph s = simulate_int8(g, calibrate(g, 20)).graph;
  graph::Grams grams;
  grams.layers["a"] = {1, 3, 0, std::vector<float>(9, 0.0F)};
  EXPECT_THROW(round_adaptively(s, grams), base::Error);
  EXPECT_EQ(rounding_named("adaround"), Rounding::kAdaRound);
  EXPECT_THROW(rounding_named("random"), base::Error);
}

}  // namespace
}  // namespace cradle::compress
