// One node of a graph as a function of libtorch tensors. Internal to the room: included by its .cc files only.
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cradle/graph/graph.h"

namespace cradle::learn {

/// Runs a node: inputs in the node's order (an absent optional input is an undefined tensor) → its first output.
/// `training` chooses between a batch's own statistics and the stored ones, and switches dropout on.
using Operation = std::function<at::Tensor(std::span<const at::Tensor> inputs, bool training)>;

/// The node an operation is made for. `where` is "Conv 'backbone.0'", for messages.
struct Site {
  const graph::Graph& graph;
  const graph::Node& node;
  std::string where;
  std::size_t output = 0;  ///< which of the node's outputs; other than 0 of Split only
};

/// How one operator becomes an operation; reads attributes once. Throws Error for a setting that is not supported.
struct OperatorEntry {
  std::string_view op;
  Operation (*build)(const Site& site);
};

std::span<const OperatorEntry> convolution_operators();  ///< Conv, pooling, batch norm, Gemm, Resize
std::span<const OperatorEntry> elementwise_operators();  ///< activations, arithmetic, quantisation
std::span<const OperatorEntry> shape_operators();        ///< Reshape, Concat, Transpose …

/// The operation that makes an output of a node. Throws Error naming operator and node if there is none.
Operation operation_for(const graph::Graph& graph, std::size_t node, std::size_t output = 0);

/// A constant of the graph as a tensor; half-precision floats become float32, because libtorch does not convolve them
/// on a processor. Throws Error naming `where` for types without numbers.
at::Tensor tensor_of(const graph::Tensor& constant, std::string_view where);

/// The whole numbers in a small constant tensor (shapes, axes, pads).
std::vector<std::int64_t> ints_in(const at::Tensor& tensor);
bool given(std::span<const at::Tensor> inputs, std::size_t index);  ///< present and not empty

}  // namespace cradle::learn
