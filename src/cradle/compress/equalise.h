// Cross-layer equalisation: the same function with channels that one scale for a whole tensor can serve.
#pragma once

#include <string_view>

#include "cradle/graph/graph.h"

namespace cradle::compress {

enum class Equalise { kAuto, kOn, kOff };
Equalise equalise_named(std::string_view name);  ///< "auto", "on", "off"; throws Error (usage) with suggestion

using graph::kEqualised;  ///< the key of a graph's metadata that says that it was equalised

/// Simplifies the graph (graph/fold.h) and divides output channel c of a convolution and its bias by s_c, multiplies
/// input channel c of the next by s_c = √(r1_c/r2_c), so that the greatest weights r1 and r2 of both become √(r1·r2).
/// Pairs are convolutions with nothing but Relu, LeakyRelu or pooling between them, for which f(x/s) = f(x)/s with s >
/// 0; a Clip's upper bound breaks that, and such pairs are left. Repeated over all pairs until nothing moves, so that
/// chains (1×1, depthwise, 1×1) settle. Source: Nagel et al. 2019 (arXiv 1906.04721), equation 11. Two bounds on s that
/// are cradle's own, for channels that are nearly dead: no bias may grow beyond the greatest |b| + r1 of its layer, or
/// its activations would take the codes of all others; and s stays within 2⁻¹² and 2¹², beyond which r1 and r2 are
/// further apart than the 24 bits of a float32. Exact but for float rounding. Returns the number of pairs; 0 leaves the
/// graph's function and numbers alone.
int equalise(graph::Graph& graph);

/// What "auto" does: true per tensor, or if a depthwise convolution's channels differ in their greatest weights by more
/// than a factor of 8 (assumed: three of eight bits). Of a graph with batch norms, as they are folded.
bool wants_equalising(const graph::Graph& graph, bool per_channel);

}  // namespace cradle::compress
