// Exports write some activations as several nodes; here they become one again.
#pragma once

#include "cradle/graph/graph.h"

namespace cradle::deploy::onednn {

/// x · Sigmoid(x) becomes "Swish" (a word of this engine only); x · HardSigmoid(x) with α = 1/6, β = 1/2, and
/// x · Clip(x + 3, 0, 6) / 6 become HardSwish. Only where nobody else reads what lies between.
void rewrite(graph::Graph& graph);

}  // namespace cradle::deploy::onednn
