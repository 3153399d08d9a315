// The cost of each node: parameters, multiply-accumulates, bytes moved.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "cradle/graph/graph.h"

namespace cradle::graph {

/// Cost of one node for one run; shapes must be known.
struct NodeCost {
  std::size_t node = 0;
  double parameters = 0;  ///< elements of its weights (see below)
  double macs = 0;        ///< multiply-accumulates of Conv, ConvTranspose, Gemm, MatMul; else 0
  double bytes = 0;       ///< inputs + parameters + outputs, each once
};

/// One entry per node, in order. Parameters are what published tables count: weights, biases, and scale and shift of a
/// batch norm; not its running statistics, nor the constants that say how an operator works (shapes, bounds, pads,
/// quantisation scales). Throws Error naming the node if infer_shapes has not been run. Cost linear.
std::vector<NodeCost> costs_of(const Graph& graph);

/// Sums over the graph; an initializer that several nodes share counts once.
struct GraphCost {
  double parameters = 0, macs = 0, bytes = 0;
  double parameter_bytes = 0;  ///< of all initializers, as they lie in the file
};
GraphCost cost_of(const Graph& graph);

/// "fp32", "fp16", "bf16", "int8" by the weights of the convolutions and matrix products (behind a DequantizeLinear or
/// Cast, the stored ones); "mixed" if they differ, "none" without any.
std::string precision_of(const Graph& graph);

}  // namespace cradle::graph
