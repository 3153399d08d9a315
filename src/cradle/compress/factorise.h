// Low-rank factorisation of a graph: convolutions and matrix products become pairs or triples of thinner ones.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cradle/compress/factorise_ranks.h"
#include "cradle/graph/cost.h"
#include "cradle/graph/graph.h"

namespace cradle::compress {

enum class FactoriseMethod {
  kAuto,     ///< kSpatial: of the three it lost least accuracy for the same parameters (docs/METHODS.md)
  kSpatial,  ///< convolutions with a kernel by kSpatial, products and 1×1 convolutions by kSvd
  kChannel,
  kTucker,
};
FactoriseMethod factorise_method_named(std::string_view name);  ///< throws Error listing the names
std::string_view name_of(FactoriseMethod method);

struct FactoriseOptions {
  FactoriseMethod method = FactoriseMethod::kAuto;
  RankOptions ranks;
};

/// What became of one convolution or matrix product.
struct FactorisedLayer {
  std::string name;  ///< of the node; its output if it has none
  std::string op;
  std::string method;  ///< name_of(Decomposition); empty if nothing could be tried
  bool factorised = false;
  std::string reason;  ///< why it was left
  Ranks ranks, full;   ///< of how many
  LayerCost before, after;
  double share_kept = 1;           ///< of the squared weights
  std::vector<std::string> nodes;  ///< the factors' names
};

struct FactorisedGraph {
  graph::Graph graph;
  std::vector<FactorisedLayer> layers;
  graph::GraphCost before, after;  ///< of the whole graph as it was given and as it is now
  double share = 0;                ///< RankChoice::kBudget: the common threshold
};

/// Simplifies the graph (batch norms are folded first), then factorises. Layers of which no rank saves anything,
/// grouped, depthwise and transposed convolutions, and weights that are shared or not constant float32 stay, with the
/// reason. Every extent but the first of the inputs must be known, or follow.
/// Throws Error: quantised already, control flow, nothing to factorise (with the first reason), what choose_ranks
/// throws. Cost: low_rank.h for each layer.
FactorisedGraph factorise(const graph::Graph& graph, const FactoriseOptions& options);

}  // namespace cradle::compress
