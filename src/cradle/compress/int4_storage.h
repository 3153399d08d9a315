// Four bits in ONNX's own type: half the file of int8, for engines that know operator set 21.
#pragma once

#include <cstdint>
#include <span>

#include "cradle/graph/graph.h"

namespace cradle::compress {

/// ONNX's number of INT4 (TensorProto.DataType since ONNX 1.16). Graph knows no such elements; the tensors' bytes are
/// the file's own encoding (graph.h).
inline constexpr std::int32_t kOnnxInt4 = 22;

/// Turns the int8 codes in −8 … 7 that a DequantizeLinear decodes, and their zero points, into INT4, and raises the
/// operator set to 21. Returns how many weights. Throws Error naming the node whose operator means something else in 21
/// than in the graph's own set, or if nothing has so few bits. The result is to be written; cradle itself computes
/// nothing with it.
int store_in_four_bits(graph::Graph& graph);

/// The bytes of a TensorProto without a name: codes packed two to a byte, the first in the low half.
graph::Tensor int4_tensor(const graph::Shape& shape, std::span<const std::int8_t> codes);

}  // namespace cradle::compress
