// Eight bits played through in floats: the graph that quantisation-aware training trains.
#pragma once

#include "cradle/compress/int8.h"

namespace cradle::compress {

/// The graph as quantise_int8 writes it, but for its parameters: weights are float32 initializers of their old names
/// that pass through QuantizeLinear and DequantizeLinear (int8, initializers for scale and zero, one a channel along
/// "axis", or scalars), biases are float. Metadata keep what harden (harden.h) must know. Arguments and errors as
/// quantise_int8.
QuantisedGraph simulate_int8(const graph::Graph& graph, const graph::ActivationStatistics& statistics,
                             const Int8Options& options = {});

}  // namespace cradle::compress
