// What must hold of a compression whatever the net: on random nets, in double precision.
#include <gtest/gtest.h>

#include <algorithm>

#include "cradle/compress/int8.h"
#include "cradle/compress/sparsify.h"
#include "cradle/compress/storage.h"
#include "cradle/graph/fold.h"
#include "cradle/graph/shapes.h"
#include "full_rank.h"
#include "interpreted.h"
#include "random_nets.h"

namespace cradle::test {
namespace {

constexpr std::uint64_t kNets = 60;

/// Calls `f` with each net, noise for it and what it makes of that.
template <class F>
void for_each_net(F f) {
  for (std::uint64_t seed = 1; seed <= kNets; ++seed) {
    SCOPED_TRACE(seed);
    const graph::Graph net = random_net(seed);
    const learn::Array noise = noise_for(net, 4, seed);
    f(net, noise, outputs_of(net, noise));
  }
}

std::size_t count(const graph::Graph& graph, std::string_view op) {
  return static_cast<std::size_t>(std::ranges::count(graph.nodes, op, &graph::Node::op));
}

TEST(RandomNets, HaveEveryOperatorThatTheirTestsAreFor) {
  std::map<std::string, std::size_t> found;
  for (std::uint64_t seed = 1; seed <= kNets; ++seed)
    for (const graph::Node& node : random_net(seed).nodes) ++found[node.op];
  for (const char* op : {"Conv", "ConvTranspose", "BatchNormalization", "MatMul", "Gemm", "Concat", "Split", "Resize",
                         "Transpose", "Mul", "Add", "MaxPool", "AveragePool", "GlobalAveragePool"})
    EXPECT_GT(found[op], 10U) << op;
}

TEST(Folding, KeepsTheOutputsOfRandomNets) {
  std::size_t norms = 0, left = 0;
  for_each_net([&](const graph::Graph& net, const learn::Array& noise, const learn::Arrays& outputs) {
    graph::Graph folded = net;
    graph::simplify(folded);
    norms += count(net, "BatchNormalization");
    left += count(folded, "BatchNormalization");
    EXPECT_LT(difference(outputs, outputs_of(folded, noise)), 1e-5);  // weights are rounded to float32 once more
  });
  EXPECT_LT(left, norms) << "some stood behind a convolution";
}

TEST(Factorisation, AtFullRankKeepsTheOutputsOfRandomNets) {
  for (const auto how :
       {compress::Decomposition::kSpatial, compress::Decomposition::kChannel, compress::Decomposition::kTucker})
    for_each_net([&](const graph::Graph& net, const learn::Array& noise, const learn::Arrays& outputs) {
      const FullRank full = at_full_rank(net, how);
      EXPECT_GE(full.layers, 3) << "the first convolution and two products";
      EXPECT_LT(difference(outputs, outputs_of(full.graph, noise)), 1e-4);
    });
}

TEST(Int8, RoundsTheOutputsOfRandomNets) {
  double least = 1e9, sum = 0;
  for_each_net([&](const graph::Graph& net, const learn::Array& noise, const learn::Arrays& outputs) {
    graph::ActivationStatistics statistics;
    graph::Graph simple = net;
    graph::simplify(simple);
    const std::vector<std::string> names = compress::values_to_calibrate(net);
    const learn::Arrays seen = values_of(simple, names, noise);
    for (const std::string& name : names) {
      const std::vector<float> floats(seen.at(name).values.begin(), seen.at(name).values.end());
      graph::add(statistics.values[name], floats.data(), floats.size());
    }
    graph::Graph quantised = compress::quantise_int8(net, statistics).graph;
    const double decibels = sqnr(outputs, outputs_of(quantised, noise));
    EXPECT_GT(decibels, 8);
    EXPECT_LT(decibels, 70) << "something was rounded";
    least = std::min(least, decibels);
    sum += decibels;
    graph::infer_shapes(quantised);  // complains of types and shapes that do not fit
  });
  EXPECT_GT(sum / kNets, 20) << "on average; the least is " << least;
}

TEST(Storage, InSixteenBitsKeepsTheOutputsOfRandomNetsWithinRounding) {
  for (const auto& [type, most] : {std::pair{graph::Type::kF16, 5e-3}, {graph::Type::kBf16, 4e-2}})
    for_each_net([&](const graph::Graph& net, const learn::Array& noise, const learn::Arrays& outputs) {
      graph::Graph stored = compress::store_as(net, type).graph;
      graph::casts_to_initializers(stored);
      const double d = difference(outputs, outputs_of(stored, noise));
      EXPECT_LT(d, most);
      EXPECT_GT(d, 0) << "something was rounded";
    });
}

TEST(Sparsify, OfAllWeightsIsTheIdentityOnRandomNets) {
  for_each_net([&](const graph::Graph& net, const learn::Array& noise, const learn::Arrays& outputs) {
    for (const auto scope : {compress::SparsifyScope::kGlobal, compress::SparsifyScope::kLayer})
      for (const bool gentle : {false, true}) {
        const compress::SparseGraph sparse = compress::sparsify(net, {1, scope, gentle});
        for (const auto& [name, tensor] : net.initializers)
          EXPECT_EQ(sparse.graph.initializers.at(name).bytes, tensor.bytes) << name;
        EXPECT_EQ(difference(outputs, outputs_of(sparse.graph, noise)), 0);
      }
  });
}

}  // namespace
}  // namespace cradle::test
