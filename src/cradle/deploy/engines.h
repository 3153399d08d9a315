// Which engine runs a model, by name.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "cradle/base/json.h"
#include "cradle/deploy/executor.h"
#include "cradle/deploy/onednn_executor.h"

namespace cradle::deploy {

/// As jobs and commands name it.
struct EngineChoice {
  std::string engine = "onnxruntime";  ///< or "onednn"
  std::string precision = "as-model";  ///< or, in oneDNN, "bf16": of a model in fp32
};

/// Reads "engine" and "precision". Throws base::Error "where: …" for a name that is not one, or a precision that the
/// engine does not have.
EngineChoice engine_from(const base::Json& arguments, std::string_view where);

/// What the choice means to oneDNN.
OneDnnOptions onednn_options(const EngineChoice& choice, int threads);

/// Loads a model into the chosen engine. Throws as open_onnxruntime and open_onednn do.
std::unique_ptr<Executor> open_engine(const std::filesystem::path& model, const EngineChoice& choice, int threads);

/// What must be known beside figures of this engine on this processor; "" if nothing.
std::string engine_note(const EngineChoice& choice);

/// What ran in one inference with `inputs`, by operator: {"Conv+Relu int8": {nodes, microseconds}}. Loads the model
/// anew.
base::Json engine_kernels(const std::filesystem::path& model, const EngineChoice& choice, int threads,
                          std::span<const TensorView> inputs);

}  // namespace cradle::deploy
