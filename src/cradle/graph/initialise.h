// First weights: random ones by fan-in, for a graph whose own are not wanted.
#pragma once

#include <cstdint>
#include <string_view>

#include "cradle/graph/graph.h"

namespace cradle::graph {

/// Normal numbers with this deviation, from a stream of the tensor's own name, so that a change elsewhere in the graph
/// leaves them alone.
Tensor random_weights(std::string_view name, const Shape& shape, double deviation, std::uint64_t seed);

/// Draws the weights of each Conv, ConvTranspose, Gemm and MatMul anew: normal with deviation √(2/n), n inputs to each
/// output (He et al. 2015, equation 10), or √(1/n) for the layers that no ReLU follows: those that make a graph output,
/// and those that only feed further layers, as the first of the two that a factorisation leaves.
/// Biases become 0, but for those of the layers that make an output: a detector's say how rare objects are (Lin et al.
/// 2017, RetinaNet, section 4.1), without which it hardly learns. Batch norms get scale 1, shift 0, mean 0 and
/// variance 1. With `keep_zeros`, what is 0 in the weights stays 0, so that a pruned net keeps its structure under
/// other weights (the control of the lottery ticket: Frankle and Carbin 2019, section 1). The result depends on the
/// seed, names and shapes only. Other constants stay. Throws Error if there are no such weights, or naming the layer
/// whose weights are not float32.
Graph reinitialise(const Graph& graph, std::uint64_t seed, bool keep_zeros = false);

}  // namespace cradle::graph
