// Whether two graphs are the same to the bit: one number for all that a graph computes with.
#pragma once

#include <string>

#include "cradle/graph/graph.h"

namespace cradle::graph {

/// SHA-256 (64 hexadecimal digits) over nodes with their attributes, inputs, outputs and initializers; names of the
/// graph, metadata and known shapes of intermediates are not in it. Cost linear in the bytes of the weights.
std::string digest_of(const Graph& graph);

}  // namespace cradle::graph
