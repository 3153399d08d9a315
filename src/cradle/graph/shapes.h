// Shape inference. The cost of each node stands in cost.h, which this header brings along.
#pragma once

#include <string>
#include <vector>

#include "cradle/graph/cost.h"
#include "cradle/graph/graph.h"

namespace cradle::graph {

/// Fills graph.values (inputs, intermediates and outputs) and graph.outputs from the input shapes. A first dimension
/// that is not known is taken as `batch`; the declared shapes of inputs stay as they are, and an output's first
/// dimension stays unknown where it follows such an input, so that writing the graph does not freeze its batch.
/// Small integer constants are followed through Shape, Gather, Concat and the like, as exports compute their shapes.
/// Throws Error naming the node for an operator that is not supported, or for shapes that do not fit. Cost linear.
void infer_shapes(Graph& graph, std::int64_t batch = 1);

/// The operators that infer_shapes knows, sorted. What can be trained or quantised is fewer (rooms learn, compress).
std::vector<std::string> supported_operators();

}  // namespace cradle::graph
