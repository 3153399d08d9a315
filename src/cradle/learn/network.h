// Runs and differentiates a graph in double precision: the reference for engines, and the gradients for compression.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "cradle/graph/graph.h"

namespace cradle::learn {

/// Numbers in row-major order.
struct Array {
  graph::Shape shape;
  std::vector<double> values;
};
using Arrays = std::map<std::string, Array>;  ///< by value name

/// Outputs of the graph for these inputs, with float32 weights widened to double and stored batch statistics. Throws
/// Error for an operator that cannot be interpreted, or an input that is missing. Cost: one run on one thread.
Arrays run(const graph::Graph& graph, const Arrays& inputs);

/// How Σ weight · output changes with each graph input and each trainable initializer; `weights` has an array of the
/// output's shape for each output that counts.
struct Gradients {
  double value = 0;
  Arrays of;
};
/// `training`: batch norm uses the statistics of this batch (and its gradient goes through them).
Gradients gradients_of(const graph::Graph& graph, const Arrays& inputs, const Arrays& weights, bool training = false);

}  // namespace cradle::learn
