// Vectors that several nodes share: a copy for each, so that what is done to one leaves the others alone.
#pragma once

#include <map>
#include <string>

#include "cradle/graph/graph.h"

namespace cradle::compress {

/// Gives every use of a shared vector (biases, vectors of norms, shapes: at most one axis longer than 1) a copy of its
/// own. Exporters merge equal vectors of layers that have nothing to do with each other; their channels would otherwise
/// be tied together. Matrices and kernels stay shared: those are one layer used twice. Returns the original of each
/// copy.
std::map<std::string, std::string> own_vectors(graph::Graph& graph);

/// Merges those copies again that are equal, under the original's name as far as one equals it still.
void share_vectors(graph::Graph& graph, const std::map<std::string, std::string>& original_of);

}  // namespace cradle::compress
