// What an engine really ran: steps that cover nodes of the graph, and the float islands in a quantised model.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "cradle/deploy/engines.h"
#include "cradle/deploy/onednn_executor.h"
#include "cradle/graph/graph.h"

namespace cradle::deploy {

/// Each step of either engine in the order of execution (of ONNX Runtime `work` is the kernel's operator,
/// "QLinearConv", and `kernel` its domain where it is not ONNX's), from the last of three inferences with `inputs`.
/// Loads the model anew. Throws as open_engine and run do.
std::vector<CompiledStep> steps_of(const std::filesystem::path& model, const EngineChoice& choice, int threads,
                                   std::span<const TensorView> inputs);

/// The nodes that each kernel of an optimised graph covers, by the names of the kernels: ONNX Runtime calls a kernel
/// like a node of the file or like the value it makes, with "_nchwc" or "_token_7" behind. Nodes without a kernel of
/// their own belong to the one that they were fused into: what follows a kernel's node (activation, batch norm, coding)
/// to that, what comes before it (decoding, convolution before a named activation) to the next. Pure; cost linear.
std::vector<std::vector<std::size_t>> nodes_by_kernel(const graph::Graph& graph, std::span<const std::string> kernels);

/// Steps in floats inside a model that computes in eight bits, with the changes of type around them.
struct Island {
  std::vector<std::size_t> steps;  ///< indices, ascending and without gaps
  std::string operators;           ///< "HardSwish", "Resize, Add"
  double microseconds = 0;
  double share = 0;  ///< of all steps' time
  std::string cure;  ///< what would make it eight bits, a sentence
};

/// None in a model without a step in int8. Codings at the model's own borders (its first input, its last output) are no
/// islands: somebody must do them.
std::vector<Island> float_islands(std::span<const CompiledStep> steps);

}  // namespace cradle::deploy
