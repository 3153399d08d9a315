// The executor on oneDNN: a graph compiled by cradle itself into oneDNN's primitives, in fp32, bf16 or int8.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cradle/deploy/executor.h"

namespace cradle::deploy {

/// In what a float model computes. A model that cradle has quantised (QDQ) computes in int8 where the graph is coded,
/// whatever this says, and in fp32 elsewhere.
enum class Precision { kAsModel, kBf16 };

struct OneDnnOptions {
  int threads = 1;  ///< OpenMP's, for the whole process
  Precision precision = Precision::kAsModel;
};

/// Reads an ONNX file and compiles it for each shape of its inputs when that first comes; the last four are kept.
/// Batch norms are folded, weights packed, activations joined to what they follow, and images kept with their channels
/// innermost throughout. In int8 a sum that follows a convolution alone is added before rounding, where ONNX Runtime
/// rounds twice. A model whose input shapes are fixed is compiled here, others at the first run.
/// Throws base::Error with the file: what read_onnx refuses; an operator, attribute or type that the engine does not
/// run (naming the node); bf16 on a processor that has no such instructions, or for a quantised model.
std::unique_ptr<Executor> open_onednn(const std::filesystem::path& model, const OneDnnOptions& options = {});

/// One step of a compiled model.
struct CompiledStep {
  std::vector<std::string> nodes;  ///< "Conv 'stem'", those that run in it; none for a change of layout or type
  std::string work;                ///< "Conv+Relu", "to fp32 row-major"
  std::string precision;           ///< "fp32", "bf16", "int8"
  std::string kernel;              ///< oneDNN's implementation ("brgconv:avx512_core"), or "loops"
  double microseconds = 0;         ///< of one inference
};

/// What really runs for these inputs, from the last of three inferences. Compiles the model anew.
std::vector<CompiledStep> onednn_steps(const std::filesystem::path& model, const OneDnnOptions& options,
                                       std::span<const TensorView> inputs);

/// The operators that the engine runs, sorted; of some, not every attribute (docs/ENGINES.md).
std::vector<std::string> onednn_operators();

/// "AVX-512 with BF16" and the like: the instructions that oneDNN uses here.
std::string onednn_instructions();
bool has_native_bf16();
/// Whether products of eight-bit numbers have an instruction of their own (VNNI).
bool has_native_int8();

}  // namespace cradle::deploy
