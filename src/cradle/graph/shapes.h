// Shape inference and the cost of each node: parameters, multiply-accumulates, bytes moved.
#pragma once

#include <string>
#include <vector>

#include "cradle/graph/graph.h"

namespace cradle::graph {

/// Fills graph.values (and output shapes) from the input shapes. A first dimension that is not known is taken as
/// `batch`. Throws Error naming the node for an operator that is not supported or shapes that do not fit.
void infer_shapes(Graph& graph, std::int64_t batch = 1);

/// The operators that infer_shapes, train and quantise know, sorted.
std::vector<std::string> supported_operators();

/// Cost of one node for one run; shapes must be known.
struct NodeCost {
  std::size_t node = 0;
  double parameters = 0;     ///< elements of its initializers
  double macs = 0;           ///< multiply-accumulates of Conv, ConvTranspose, Gemm, MatMul; else 0
  double bytes = 0;          ///< inputs + parameters + outputs, each once
};
std::vector<NodeCost> costs_of(const Graph& graph);

/// Sums over the graph.
struct GraphCost {
  double parameters = 0, macs = 0, bytes = 0, parameter_bytes = 0;
};
GraphCost cost_of(const Graph& graph);

}  // namespace cradle::graph
