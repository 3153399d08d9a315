// Which nodes of a graph run in eight bits, which values are coded, and which values share one code.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "cradle/graph/graph.h"

namespace cradle::compress {

/// A convolution or matrix product that stays in float, and why.
struct LeftInFloat {
  std::size_t node = 0;
  std::string reason;
};

struct Int8Plan {
  std::set<std::size_t> nodes;               ///< run in eight bits
  std::vector<std::string> values;           ///< coded, in the order in which they are made
  std::map<std::string, std::string> group;  ///< coded value → the value whose code it shares (often itself)
  std::set<std::string> measured;            ///< coded values whose statistics are needed
  std::vector<LeftInFloat> left;
};

struct PlanOptions {
  /// Code results and what follows them; else only what weighted layers read, and the residual of a sum: the second
  /// summand, or the one that no convolution makes.
  bool code_results = true;
  std::vector<std::string> keep_float = {};  ///< names of weighted nodes, or of their outputs
};

/// Rules for ONNX Runtime on x86 (docs/METHODS.md, "Eight bits"). The graph must be simplified (graph/fold.h):
/// - Conv, Gemm and MatMul with constant float weights run in eight bits; their activations are coded;
/// - the code is placed after a ReLU or Clip that alone follows such a node, never between the two;
/// - an Add or Mul of two activations is coded on both inputs and on the output as soon as one input is;
/// - pooling, resizing and reshaping of coded values stay coded; what only moves or selects shares the code;
/// - the inputs of a Concat share one code.
/// Throws Error if the graph is quantised already (naming the node), nothing can be quantised, or a layer to keep is
/// none.
Int8Plan plan_int8(const graph::Graph& graph, const PlanOptions& options = {});

/// Whether every value that a node makes is among its data inputs, or between them: the range of those will do.
bool keeps_range(const graph::Node& node);

}  // namespace cradle::compress
