// Sixteen-bit floats: IEEE 754 binary16 ("float16") and bfloat16, to and from float32.
#pragma once

#include <cstdint>

#include "cradle/graph/graph.h"

namespace cradle::graph {

/// The nearest float16, ties to the one with an even last bit (IEEE 754-2019, sections 3.6 and 4.3.1): 5 bits of
/// exponent, 10 of fraction, subnormals down to 2⁻²⁴. From 65520 on the nearest is infinity. A NaN stays one.
std::uint16_t half_of(float value);
float float_of_half(std::uint16_t bits);  ///< exact

/// The nearest bfloat16, ties to even: the upper half of a float32. A NaN stays one.
std::uint16_t bfloat16_of(float value);
float float_of_bfloat16(std::uint16_t bits);  ///< exact

/// A float32 tensor of the same shape with the values of a float16 or bfloat16 tensor; asserts its type.
Tensor widened(const Tensor& tensor);

}  // namespace cradle::graph
