// The layers of a graph: nodes that multiply what comes in with constant weights.
#pragma once

#include <cstddef>
#include <optional>
#include <set>
#include <string>

#include "cradle/graph/graph.h"

namespace cradle::graph {

/// What pruning and initialisation ask of a Conv, ConvTranspose, Gemm or MatMul; its weights are input 1.
struct WeightedNode {
  double fan_in = 1;  ///< weights that add up to one output number; of ConvTranspose on average, at its stride
  std::string bias;   ///< initializer; empty if there is none
};

/// Node `index` if it is a layer with constant weights. Throws Error naming it if they are not float32.
std::optional<WeightedNode> weighted_node(const Graph& graph, std::size_t index);

/// The layers between which and a graph output stands no other layer.
std::set<std::size_t> last_weighted_nodes(const Graph& graph);

}  // namespace cradle::graph
