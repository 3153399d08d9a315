// Shape inference. The cost of each node stands in cost.h, which this header brings along.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "cradle/graph/cost.h"
#include "cradle/graph/graph.h"

namespace cradle::graph {

/// Integers that are known before a run, by the name of the value: short constants, and what follows from shapes.
using KnownIntegers = std::map<std::string, std::vector<std::int64_t>, std::less<>>;

/// Fills graph.values (inputs, intermediates and outputs) and graph.outputs from the input shapes. A first dimension
/// that is not known is taken as `batch`; the declared shapes of inputs stay as they are, and an output's first
/// dimension stays unknown where it follows such an input, so that writing the graph does not freeze its batch.
/// Small integer constants are followed through Shape, Gather, Concat and the like, as exports compute their shapes.
/// Returns those constants, for who runs the graph. Throws Error naming the node for an operator that is not supported,
/// or for shapes that do not fit. Cost linear.
KnownIntegers infer_shapes(Graph& graph, std::int64_t batch = 1);

/// The operators that infer_shapes knows, sorted. What can be trained or quantised is fewer (rooms learn, compress).
std::vector<std::string> supported_operators();

}  // namespace cradle::graph
