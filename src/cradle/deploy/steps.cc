// Steps from ONNX Runtime's profile, and from oneDNN's compiled program.
#include "cradle/deploy/steps.h"

#include "cradle/deploy/onnxruntime_executor.h"
#include "cradle/onnx/model_file.h"

namespace cradle::deploy {
namespace {

/// The type a kernel computes in, by its name and by what it makes.
std::string precision_of(const KernelRun& run) {
  const auto begins = [&](std::string_view start) { return run.op.starts_with(start); };
  if (begins("QLinear") || begins("QGemm") || begins("ConvInteger") || begins("MatMulInteger") ||
      begins("DynamicQuant"))
    return "int8";
  if (run.output_type == "float") return "fp32";
  if (run.output_type == "float16") return "fp16";
  if (run.output_type == "bfloat16") return "bf16";
  if (run.output_type == "uint8" || run.output_type == "int8") return "int8";
  return "";
}

std::vector<CompiledStep> onnxruntime_steps(const std::filesystem::path& model, int threads,
                                            std::span<const TensorView> inputs) {
  const std::vector<KernelRun> runs = kernel_runs_of(model, {.threads = threads}, inputs);
  const graph::Graph graph = onnx::read_onnx(model);
  std::vector<std::string> names;
  for (const KernelRun& run : runs) names.push_back(run.name);
  const auto nodes = nodes_by_kernel(graph, names);
  std::vector<CompiledStep> steps;
  for (std::size_t k = 0; k < runs.size(); ++k) {
    CompiledStep step{{}, runs[k].op, precision_of(runs[k]), "", runs[k].microseconds};
    for (const std::size_t node : nodes[k]) step.nodes.push_back(graph::describe(graph, node));
    steps.push_back(std::move(step));
  }
  return steps;
}

}  // namespace

std::vector<CompiledStep> steps_of(const std::filesystem::path& model, const EngineChoice& choice, int threads,
                                   std::span<const TensorView> inputs) {
  if (choice.engine == "onednn") return onednn_steps(model, onednn_options(choice, threads), inputs);
  return onnxruntime_steps(model, threads, inputs);
}

}  // namespace cradle::deploy
