// From names to engines.
#include "cradle/deploy/engines.h"

#include "cradle/base/error.h"
#include "cradle/base/json.h"
#include "cradle/base/text.h"
#include "cradle/deploy/onnxruntime_executor.h"

namespace cradle::deploy {
namespace {

void check_name(std::string_view key, const std::string& name, const std::vector<std::string>& known,
                std::string_view where) {
  if (std::ranges::find(known, name) != known.end()) return;
  base::fail("{}: '{}' is '{}'; expected {}{}", where, key, name, fmt::join(known, " or "),
             base::suggestion(name, known));
}

}  // namespace

EngineChoice engine_from(const base::Json& arguments, std::string_view where) {
  EngineChoice choice;
  choice.engine = base::json_string_or(arguments, "engine", choice.engine, where);
  choice.precision = base::json_string_or(arguments, "precision", choice.precision, where);
  check_name("engine", choice.engine, {"onnxruntime", "onednn"}, where);
  check_name("precision", choice.precision, {"as-model", "bf16"}, where);
  if (choice.precision == "bf16" && choice.engine != "onednn")
    base::fail("{}: ONNX Runtime has no bf16 convolutions on this kind of processor; ask for the engine onednn", where);
  return choice;
}

OneDnnOptions onednn_options(const EngineChoice& choice, int threads) {
  return {threads, choice.precision == "bf16" ? Precision::kBf16 : Precision::kAsModel};
}

std::unique_ptr<Executor> open_engine(const std::filesystem::path& model, const EngineChoice& choice, int threads) {
  if (choice.engine == "onednn") return open_onednn(model, onednn_options(choice, threads));
  return open_onnxruntime(model, {.threads = threads});
}

std::string engine_note(const EngineChoice& choice) {
  if (choice.engine != "onednn" || has_native_int8()) return "";
  return fmt::format(
      "this processor multiplies eight-bit numbers without an instruction of its own (oneDNN uses {}): int8 "
      "is slower here than elsewhere, and sums of products may saturate",
      onednn_instructions());
}

base::Json engine_kernels(const std::filesystem::path& model, const EngineChoice& choice, int threads,
                          std::span<const TensorView> inputs) {
  std::map<std::string, KernelUse> uses;
  if (choice.engine == "onednn") {
    for (const CompiledStep& step : onednn_steps(model, onednn_options(choice, threads), inputs)) {
      KernelUse& use = uses[step.nodes.empty() ? step.work : step.work + " " + step.precision];
      ++use.nodes;
      use.microseconds += step.microseconds;
    }
  } else {
    uses = kernels_of(model, {.threads = threads}, inputs);
  }
  base::Json kernels = base::Json::object();
  for (const auto& [op, use] : uses) kernels[op] = {{"nodes", use.nodes}, {"microseconds", use.microseconds}};
  return kernels;
}

}  // namespace cradle::deploy
