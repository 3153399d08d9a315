// Models that are quantised already, which passes over float weights refuse.
#pragma once

#include "cradle/graph/graph.h"

namespace cradle::compress {

/// Throws Error naming the node if the graph holds an operator of quantised models.
void refuse_quantised(const graph::Graph& graph);

}  // namespace cradle::compress
