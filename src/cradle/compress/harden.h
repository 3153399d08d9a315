// From weights that pass through their codes to the codes themselves: the standard quantised file.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "cradle/graph/graph.h"

namespace cradle::compress {

/// The keys of a simulated graph's metadata: its dialect's name, and the bits of its weights.
inline constexpr const char* kSimulatedDialect = "cradle.simulated.dialect";
inline constexpr const char* kSimulatedBits = "cradle.simulated.weight_bits";

/// Turns the float weights behind QuantizeLinear and DequantizeLinear of each Conv, Gemm and MatMul into int8
/// initializers: round(w/s), as QuantizeLinear rounds; with fewer than eight bits (kSimulatedBits) clipped to
/// ±(2^(bits−1) − 1), which QuantizeLinear does not: whoever trains a simulated graph must clip its weights there too.
/// Biases become int32 at s_x·s_w behind a DequantizeLinear, unless the dialect leaves them in float; where such a code
/// would pass 2³⁰ the channel's s_w is widened first. Throws Error if there are no such weights, if they are not
/// constant, or (naming the layer) if weights, scales or bias are of no use: none, not float32, of another number, not
/// finite, scales not above 0.
graph::Graph harden(const graph::Graph& simulated);

/// The bits of a simulated graph's weights: what the metadata say, else 8. Throws Error unless they are 2 to 8.
int simulated_weight_bits(const graph::Graph& simulated);

/// Output channels of a weighted node: how many, along which axis, and how many neighbouring weights are of the same
/// one.
struct Channels {
  std::size_t count = 0, inner = 0;
  std::int64_t axis = 0;
};
Channels channels_of(const graph::Node& node, const graph::Tensor& weight);

/// The least scale of each channel's weights (one for all if `channels` is 1) at which no bias passes 2³⁰ in int32.
std::vector<double> least_weight_scales(std::span<const float> bias, double input_scale, std::size_t channels);

inline int greatest_code(int bits) { return (1 << (bits - 1)) - 1; }

}  // namespace cradle::compress
