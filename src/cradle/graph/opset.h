// From older operator sets to 13, the first that can say "quantised per channel".
#pragma once

#include "cradle/graph/graph.h"

namespace cradle::graph {

inline constexpr std::int64_t kQuantisationOpset = 13;

/// Rewrites what changed between operator sets 9 and 13 (attributes that became inputs: Clip, Pad, Slice, Squeeze,
/// Unsqueeze, Split, ReduceSum, Dropout; Upsample and the old Resize; the axis of Softmax), so that the graph computes
/// the same under
/// 13. A graph of 13 or newer is left alone. Throws Error naming the node whose operator has no rule. Source: the
/// version history of each operator in ONNX's Operators.md. Clears graph.values.
void raise_to_quantisation_opset(Graph& graph);

}  // namespace cradle::graph
