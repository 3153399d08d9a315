// The executor on ONNX Runtime, and a look at which kernels its optimised graph runs.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "cradle/deploy/executor.h"

namespace cradle::deploy {

inline constexpr std::size_t kMostThreads = 1024;  ///< a job that asks for more is a slip

/// How a session is set up. Defaults are the setting in which cradle measures.
struct ExecutorOptions {
  int threads = 1;       ///< inside an operator; 1 keeps joules comparable on a busy machine
  bool optimise = true;  ///< all graph optimisations; off shows the graph as the file has it
};

/// Loads an ONNX file into ONNX Runtime's CPU provider. Threads that wait do not spin: a spinning thread burns energy
/// that the model did not ask for. Throws base::Error with the file and ONNX Runtime's reason for a missing, corrupt or
/// unsupported model, and for an input that is not of 32-bit floats. Cost: reads and optimises the whole model.
std::unique_ptr<Executor> open_onnxruntime(const std::filesystem::path& model, const ExecutorOptions& options = {});

/// One kernel of the optimised graph: how many nodes ran it, and their time in one inference.
struct KernelUse {
  int nodes = 0;
  double microseconds = 0;
};

/// One run of a kernel, as the profile tells.
struct KernelRun {
  std::string name;         ///< of the optimised graph's node
  std::string op;           ///< "QLinearConv"
  std::string output_type;  ///< of its first output, "float", "uint8", "int64"; "" if it has none
  double microseconds = 0;
};

/// The kernels of the last of three inferences, in their order. Cost and errors as of kernels_of.
std::vector<KernelRun> kernel_runs_of(const std::filesystem::path& model, const ExecutorOptions& options,
                                      std::span<const TensorView> inputs);

/// What really runs after ONNX Runtime's optimisations, by operator ("QLinearConv"), from its own profile of the last
/// of three inferences with `inputs`. Loads the model a second time; writes and removes a profile in the folder for
/// temporary files. Throws as open_onnxruntime and run do.
std::map<std::string, KernelUse> kernels_of(const std::filesystem::path& model, const ExecutorOptions& options,
                                            std::span<const TensorView> inputs);

}  // namespace cradle::deploy
