// Plain loops for what oneDNN has no primitive for: repeating operands, picking along an axis, weighing along an axis.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "cradle/graph/graph.h"

namespace cradle::deploy::onednn {

using Pointers = std::span<std::byte* const>;

/// Extents and strides of two operands over a result whose numbers lie one behind the other; slowest axis first.
struct Broadcast {
  std::vector<std::int64_t> extents, a, b;
};
/// `axes` is the order of the result's axes in memory; a stride becomes 0 where an operand is repeated.
Broadcast broadcast_of(const graph::Shape& result, const graph::Shape& a, const std::int64_t* a_strides,
                       const graph::Shape& b, const std::int64_t* b_strides, const std::vector<std::size_t>& axes);
/// numpy's rule; the shapes must fit.
graph::Shape broadcast_shape(const graph::Shape& a, const graph::Shape& b);
/// pointers: a, b, result, of floats.
void run_broadcast(const Broadcast& plan, float (*function)(float, float), Pointers pointers);

/// pointers: from, to, of floats.
void run_function(float (*function)(float), std::size_t count, Pointers pointers);

/// Picks slices along one axis: result[o, i, …] = from[o, indices[i], …]; an index of -1 gives `fill`.
struct Take {
  std::size_t outer = 1, from_extent = 1;
  std::size_t inner_bytes = 1;  ///< of one slice
  std::vector<std::int64_t> indices;
  std::vector<std::byte> fill;  ///< bytes of one number
};
/// pointers: from, to.
void run_take(const Take& plan, Pointers pointers);

/// Weighs slices of floats along one axis: result[o, i, …] = Σ weight · from[o, index, …].
struct Weigh {
  struct Tap {
    std::int64_t index;
    float weight;
  };
  std::size_t outer = 1, from_extent = 1, inner = 1;
  std::vector<std::vector<Tap>> taps;  ///< per slice of the result
};
/// pointers: from, to.
void run_weigh(const Weigh& plan, Pointers pointers);

}  // namespace cradle::deploy::onednn
