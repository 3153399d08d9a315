#include "cradle/compress/sparsify.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <limits>

#include "cradle/base/error.h"
#include "cradle/base/fault_test.h"
#include "cradle/compress/test_graphs.h"
#include "cradle/compress/test_runs.h"
#include "cradle/graph/architectures.h"

namespace cradle::compress {
namespace {

using graph::Graph;
using Floats = std::vector<float>;

Floats values_of(const Graph& g, const std::string& name) {
  const auto values = g.initializers.at(name).f32();
  return {values.begin(), values.end()};
}

/// x → product a (2×4) → product y (4×2).
Graph two_layers(const Floats& a, const Floats& y) {
  Graph g;
  g.inputs = {{"x", graph::Type::kF32, {1, 2}}};
  g.initializers["a.w"] = graph::tensor_f32({2, 4}, a);
  g.initializers["y.w"] = graph::tensor_f32({4, 2}, y);
  g.initializers["y.b"] = graph::tensor_f32({2}, Floats{0.001F, 0.002F});
  add_node(g, "Gemm", "y", {add_node(g, "MatMul", "a", {"x", "a.w"}), "y.w", "y.b"});
  g.outputs = {{"y", graph::Type::kF32, {1, 2}}};
  return g;
}

SparsifyOptions keeping(double keep, SparsifyScope scope = SparsifyScope::kGlobal, bool gentle = false) {
  return {keep, scope, gentle};
}

TEST(Sparsify, TakesTheSmallestOfAllLayers) {
  const SparseGraph sparse =
      sparsify(two_layers({1, -2, 3, -4, 5, -6, 7, -8}, {10, 20, 30, 40, 50, 60, 70, 80}), keeping(0.75));
  EXPECT_EQ(values_of(sparse.graph, "a.w"), (Floats{0, 0, 0, 0, 5, -6, 7, -8}));
  EXPECT_EQ(values_of(sparse.graph, "y.w"), (Floats{10, 20, 30, 40, 50, 60, 70, 80}));
  EXPECT_EQ(values_of(sparse.graph, "y.b"), (Floats{0.001F, 0.002F})) << "biases stay";
  ASSERT_EQ(sparse.layers.size(), 2U);
  EXPECT_EQ(sparse.layers[0].kept, 4);
  EXPECT_EQ(sparse.layers[0].weights, 8);
  EXPECT_EQ(sparse.layers[1].kept, 8);
}

TEST(Sparsify, TakesTheSameShareOfEachLayer) {
  const SparseGraph sparse = sparsify(two_layers({1, -2, 3, -4, 5, -6, 7, -8}, {10, 20, 30, 40, 50, 60, 70, 80}),
                                      keeping(0.75, SparsifyScope::kLayer));
  EXPECT_EQ(values_of(sparse.graph, "a.w"), (Floats{0, 0, 3, -4, 5, -6, 7, -8}));
  EXPECT_EQ(values_of(sparse.graph, "y.w"), (Floats{0, 0, 30, 40, 50, 60, 70, 80}));
}

TEST(Sparsify, OfEqualWeightsKeepsTheFirst) {
  const SparseGraph sparse = sparsify(two_layers({1, -1, 1, 1, 1, 1, 1, 1}, {1, 1, 1, 1, 1, 1, 1, -1}), keeping(0.25));
  EXPECT_EQ(values_of(sparse.graph, "a.w"), (Floats{1, -1, 1, 1, 0, 0, 0, 0}));
  EXPECT_EQ(sparse.layers[1].kept, 0);
}

TEST(Sparsify, CountsZerosAsPrunedAlready) {
  const Graph g = two_layers({0, 0, 0, 0, 5, -6, 7, -8}, {0, 0, 0, 0, 50, 60, 70, 80});
  EXPECT_EQ(values_of(sparsify(g, keeping(0.5)).graph, "a.w"), values_of(g, "a.w"));
  EXPECT_EQ(values_of(sparsify(g, keeping(0.25)).graph, "a.w"), Floats(8, 0));
}

TEST(Sparsify, PrunesTheOutputLayerAtHalfTheRateAndKeepsWhatWasAskedOfAllWeights) {
  for (const SparsifyScope scope : {SparsifyScope::kGlobal, SparsifyScope::kLayer}) {
    Graph g = graph::build_architecture("mlp", 0.25, 10, 3);
    double keep = 1;
    for (int round = 1; round <= 5; ++round) {
      keep *= 0.8;
      const SparseGraph sparse = sparsify(g, keeping(keep, scope, true));
      double kept = 0, all = 0;
      for (const SparseLayer& layer : sparse.layers) {
        kept += layer.kept;
        all += layer.weights;
      }
      EXPECT_LE(kept, keep * all) << "a ticket of a fifth has no more";
      EXPECT_GT(kept, keep * all - 4) << "nor fewer, but for rounding in each layer";
      const SparseLayer &first = sparse.layers[0], &second = sparse.layers[1], &last = sparse.layers[2];
      const double lost = 1 - (first.kept + second.kept) / (first.before + second.before);
      EXPECT_NEAR(1 - last.kept / last.before, lost / 2, 1.5 / last.before) << "round " << round;
      EXPECT_GT(lost, 0.2) << "the others make up for the outputs";
      g = sparse.graph;
    }
  }
}

/// By hand: N = 16, others 8 of which 8 stand, outputs 8: keep 0.5 → r = (8 − 4)/(8 + 4) = 1/3 of the others stays and
/// 1 − (1 − 1/3)/2 = 2/3 of the outputs; rounded down, 5 and then 3 of the others.
TEST(Sparsify, SharesTheLossAsItsEquationSays) {
  const Graph g = two_layers({1, -2, 3, -4, 5, -6, 7, -8}, {10, 20, 30, 40, 50, 60, 70, 80});
  const SparseGraph sparse = sparsify(g, keeping(0.5, SparsifyScope::kGlobal, true));
  EXPECT_EQ(values_of(sparse.graph, "y.w"), (Floats{0, 0, 0, 40, 50, 60, 70, 80}));
  EXPECT_EQ(values_of(sparse.graph, "a.w"), (Floats{0, 0, 0, 0, 0, -6, 7, -8}));
  EXPECT_EQ(values_of(sparsify(g, keeping(1, SparsifyScope::kGlobal, true)).graph, "a.w"), values_of(g, "a.w"));
  const std::string fault = base::fault_of([&] { sparsify(g, keeping(0.25, SparsifyScope::kGlobal, true)); });
  EXPECT_NE(fault.find("25 % of the weights cannot be kept"), std::string::npos) << fault;
}

TEST(Sparsify, LeavesEveryLayerAWeightWhereEachHasItsShare) {
  const Graph g = two_layers({1, 2, 3, 4, 5, 6, 7, 8}, Floats(8, 9));
  for (const SparseLayer& layer : sparsify(g, keeping(0.01, SparsifyScope::kLayer)).layers) {
    EXPECT_EQ(layer.kept, 1);
    EXPECT_EQ(layer.before, 8);
  }
  EXPECT_EQ(sparsify(g, keeping(0.5)).layers[0].kept, 0) << "of all layers together one can lose everything";
}

TEST(Sparsify, RefusesAModelThatIsQuantisedAlready) {
  const Graph g = residual_graph();
  const Graph q = quantise_int8(g, calibrate(g, 10)).graph;
  EXPECT_NE(base::fault_of([&] { sparsify(q, keeping(0.5)); }).find("the model is quantised already: it holds Q"),
            std::string::npos);
}

TEST(Sparsify, RefusesWhatItCannotDo) {
  const Graph g = two_layers(Floats(8, 1), Floats(8, 1));
  for (const double keep : {0.0, -1.0, 1.1, std::nan("")}) EXPECT_THROW(sparsify(g, keeping(keep)), base::Error);
  EXPECT_THROW(sparsify(Graph{}, keeping(0.5)), base::Error);
  EXPECT_NE(base::fault_of([] {
              sparsify(two_layers(Floats(8, 1), Floats(8, std::numeric_limits<float>::infinity())), keeping(0.5));
            }).find("Gemm 'y': its weights are not all finite"),
            std::string::npos);
}

TEST(ApplyMask, SetsToZeroWhatTheMaskHasZero) {
  const Graph mask = two_layers({0, 1, 0, 1, 0, 1, 0, 1}, Floats(8, 1));
  const SparseGraph masked = apply_mask(two_layers({1, 2, 3, 4, 5, 6, 7, 8}, Floats(8, 2)), mask);
  EXPECT_EQ(values_of(masked.graph, "a.w"), (Floats{0, 2, 0, 4, 0, 6, 0, 8}));
  EXPECT_EQ(values_of(masked.graph, "y.w"), Floats(8, 2));
  EXPECT_EQ(masked.layers[0].kept, 4);
}

TEST(ApplyMask, RefusesAnotherModel) {
  const Graph mask = two_layers(Floats(8, 1), Floats(8, 1));
  Graph other = mask;
  other.initializers.at("y.w").shape = {2, 4};
  EXPECT_NE(base::fault_of([&] { apply_mask(other, mask); }).find("'y.w' of 4×2, which the model has in another shape"),
            std::string::npos);
  other.initializers.erase("y.w");
  EXPECT_NE(base::fault_of([&] { apply_mask(other, mask); }).find("'y.w' of 4×2, which the model lacks"),
            std::string::npos);
}

/// For any weights: as many stay as asked, and none that went was greater than one that stayed.
RC_GTEST_PROP(Sparsify, KeepsTheGreatest, ()) {
  const auto drawn = [] {
    return *rc::gen::container<Floats>(8, rc::gen::map(rc::gen::inRange(-5, 6), [](int n) { return float(n); }));
  };
  const Graph g = two_layers(drawn(), drawn());
  const double keep = *rc::gen::inRange(1, 17) / 16.0;
  const SparseGraph sparse = sparsify(g, keeping(keep));
  float least_kept = 100, most_gone = 0;
  double kept = 0;
  double alive = 0;
  for (const char* name : {"a.w", "y.w"}) {
    const Floats before = values_of(g, name), after = values_of(sparse.graph, name);
    for (std::size_t i = 0; i < before.size(); ++i) {
      alive += before[i] != 0 ? 1 : 0;
      RC_ASSERT(after[i] == before[i] || after[i] == 0.0F);
      if (after[i] != 0.0F)
        ++kept, least_kept = std::min(least_kept, std::abs(after[i]));
      else
        most_gone = std::max(most_gone, std::abs(before[i]));
    }
  }
  RC_ASSERT(kept == std::min(alive, std::round(keep * 16)));
  RC_ASSERT(most_gone <= least_kept);
}

}  // namespace
}  // namespace cradle::compress
