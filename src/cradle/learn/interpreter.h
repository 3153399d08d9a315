// A graph that libtorch runs and differentiates, node by node. Internal to the room: included by its .cc files only.
#pragma once

#include <ATen/core/Tensor.h>

#include <map>
#include <span>
#include <string>
#include <vector>

#include "cradle/graph/graph.h"
#include "cradle/learn/operators.h"
#include "cradle/learn/weight_places.h"

namespace cradle::learn {

/// A trainable initializer. `decays`: weight decay applies (weights do, biases and batch norm do not).
struct Parameter {
  std::string name;
  at::Tensor value;
  bool decays = false;
  Role role = Role::kOther;
};

/// Which mode a run is in.
enum class Mode {
  kTrain,   ///< batch statistics, dropout, gradients recorded
  kFrozen,  ///< stored statistics, gradients recorded (gradient checks, importance of channels)
  kInfer,   ///< stored statistics, no gradients; intermediates are let go after their last use
};

/// What float32 weights are computed with.
enum class Precision {
  kFloat,
  kDouble,  ///< widened: for gradient checks and as a reference
  kBf16,  ///< in Mode::kTrain convolutions and products take and give bfloat16; weights, statistics and outputs float32
};

class Interpreter {
 public:
  /// Copies the initializers. Throws Error naming operator and node for what cannot be interpreted.
  explicit Interpreter(const graph::Graph& graph, Precision precision = Precision::kFloat);

  /// Outputs in the graph's order. Throws Error naming the node whose operation libtorch refused.
  std::vector<at::Tensor> run(std::span<const at::Tensor> inputs, Mode mode);

  /// Float32 initializers that are weights by their place (weight_places.h). Constants of formulas (a mean that is
  /// subtracted, say) are not, nor are scales and zero points of codes.
  const std::vector<Parameter>& parameters() const { return parameters_; }

  /// A running mean or variance of a batch norm, which training changes though it is no parameter.
  struct Stored {
    std::string name;
    at::Tensor value;
  };
  const std::vector<Stored>& statistics() const { return statistics_; }

  /// Writes parameters and running statistics into the initializers of `graph`, which has those of the constructor.
  void write_back(graph::Graph& graph) const;

 private:
  struct Step {
    Operation run;
    std::string where;
    std::vector<int> inputs;  // slots; -1: absent
    int output = -1;
    std::vector<int> last_uses;  // slots that nobody reads after this step
  };

  int slot_of(const std::string& name) const;
  void load_initializers(const graph::Graph& graph);
  void build_steps(const graph::Graph& graph);
  void find_last_uses();

  std::map<std::string, int, std::less<>> slots_;
  std::vector<at::Tensor> constants_;  // by slot; undefined for values that are computed
  std::vector<Step> steps_;
  std::vector<int> inputs_, outputs_;
  std::vector<Parameter> parameters_;
  std::vector<Stored> statistics_;
  Precision precision_;
};

}  // namespace cradle::learn
