// Which initializers of a graph are weights, by the places where nodes read them. No libtorch.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "cradle/graph/graph.h"

namespace cradle::learn {

/// What a trainable initializer is to the nodes that read it.
enum class Role {
  kKernel,  ///< the weights of Conv, ConvTranspose, Gemm and MatMul
  kScale,   ///< γ of a batch norm
  kOther,   ///< biases, β of a batch norm, slopes of PRelu
};

/// The initializers that training changes: those that stand, also behind QuantizeLinear and DequantizeLinear, at a
/// place for weights of Conv, ConvTranspose, Gemm, MatMul, BatchNormalization and PRelu, and the bias that is added to
/// a MatMul. Names of values that are computed may be among them. One that is a kernel anywhere is a kernel.
std::map<std::string, Role, std::less<>> trainable_places(const graph::Graph& graph);

/// The kernel of one node, or of several that share it.
struct Kernel {
  std::size_t node = 0;  ///< the first
  std::string initializer;
  std::size_t place = 0;            ///< the node's input that it is, or behind codings becomes
  std::vector<std::string> biases;  ///< initializers that are the third input of one of its nodes, each once
};
/// The kernels that are initializers, in the order of their nodes; each once.
std::vector<Kernel> kernels_of(const graph::Graph& graph);

/// The graph with its weights as float32 initializers where it keeps them otherwise: in Constant nodes, as some
/// exporters do, or stored as float16 or bfloat16 behind a Cast, as `compress` writes them. The same function; a stored
/// weight then takes four bytes again.
graph::Graph with_float_weights(graph::Graph graph);

/// Throws Error naming the node whose kernel is an initializer, but not of float32: whole numbers (codes behind
/// DequantizeLinear) have no gradient, and floats of another width are not trained. `why` is what cannot be done:
/// "cannot be trained".
void check_float_kernels(const graph::Graph& graph, std::string_view why);

}  // namespace cradle::learn
