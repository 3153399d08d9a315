// What an inference engine must be able to do for cradle: say what a model takes and gives, and run it.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cradle/task/tensor_view.h"

namespace cradle::deploy {

/// An input or output of a model. An extent of -1 is free (usually the batch).
struct Port {
  std::string name;
  std::vector<std::int64_t> shape;
};

/// Which engine runs which model, as messages and records name them.
struct Description {
  std::string engine;          ///< "ONNX Runtime"
  std::string engine_version;  ///< "1.30.0"
  std::string model;           ///< the file
  std::vector<Port> inputs;
  std::vector<Port> outputs;
  std::map<std::string, std::string> metadata = {};  ///< of the file, as far as the engine tells
};

using task::TensorView;

/// A loaded model in one engine. Loading is each engine's own function (onnxruntime_executor.h); whatever comes before
/// the tensors (decoding, scaling) is the caller's. Not to be shared between threads.
class Executor {
 public:
  virtual ~Executor() = default;
  virtual const Description& describe() const = 0;

  /// One inference. `inputs` are matched to the model's by name. The answer has every output in the order of
  /// describe().outputs; it points into the engine's memory and holds until the next run. Outputs of other number
  /// types come as floats. Throws base::Error, naming the model, on an unknown or missing input, a shape that does not
  /// fit, or a failure inside the engine.
  virtual std::span<const TensorView> run(std::span<const TensorView> inputs) = 0;

 protected:
  Executor() = default;
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;
};

/// Index of the port with that name; throws base::Error that names the model and the nearest port.
/// `kind` is "input" or "output".
std::size_t port_named(const Description& description, std::string_view name, std::string_view kind);

/// Throws base::Error unless `inputs` are the model's inputs, each once, with shapes that fit and as many values as the
/// shape says. Every executor calls it first.
void check_inputs(const Description& description, std::span<const TensorView> inputs);

/// True if every extent of `given` is the wanted one, or that one is free.
bool fits(std::span<const std::int64_t> wanted, std::span<const std::int64_t> given);

/// "[N × 1 × 64 × 64]", N for a free extent: for messages.
std::string shape_text(std::span<const std::int64_t> shape);

}  // namespace cradle::deploy
