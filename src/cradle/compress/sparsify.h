// Unstructured pruning: weights of small magnitude become 0, in place.
#pragma once

#include <string>
#include <vector>

#include "cradle/graph/graph.h"

namespace cradle::compress {

enum class SparsifyScope {
  kGlobal,  ///< the smallest of all layers
  kLayer    ///< the same share of each layer
};
SparsifyScope sparsify_scope_named(const std::string& name);  ///< "global", "layer"; throws Error

struct SparsifyOptions {
  double keep = 1;  ///< share of all weights that stay, (0, 1]; those that are 0 already do not
  SparsifyScope scope = SparsifyScope::kGlobal;
  /// The layers that make the graph's outputs are pruned at half the rate of the others (Frankle and Carbin 2019,
  /// section 2: 10 % where the others lose 20 %), on their own. The rate is that of this call: 1 − k/b, where k is the
  /// share of the others that stays and b the share of them that is not 0 yet. With n others, N weights in all and g of
  /// the output layers that are not 0 yet, k·n + (1 − (1 − k/b)/2)·g = keep·N: the others lose what the outputs do not.
  bool gentle_output = false;
};

/// A Conv, ConvTranspose, Gemm or MatMul; weights that several share are counted with the first.
struct SparseLayer {
  std::string name;
  std::string op;
  double weights = 0, kept = 0;  ///< kept: not 0
  double before = 0;             ///< that were not 0 before
};

struct SparseGraph {
  graph::Graph graph;
  std::vector<SparseLayer> layers;
};

/// Sets the weights of smallest magnitude to 0; of equal ones, those that stand later go. Biases and norms stay, and
/// so do shapes: no dense engine runs the result faster. Magnitudes of different layers are compared as they are, so
/// that with kGlobal a layer can lose all of its weights (SparseLayer says so); with kLayer one stays at least.
/// Constants become initializers. Throws Error: quantised already, `keep` out of range or, with `gentle_output`, so low
/// that what the output layers keep is more than that; no layers, a layer (by name) whose weights are not float32 or
/// not finite. Cost linear.
SparseGraph sparsify(const graph::Graph& graph, const SparsifyOptions& options);

/// The weights of `graph`, 0 wherever those of `mask_of` are. Throws Error naming the first layer that `graph` lacks
/// or has in another shape.
SparseGraph apply_mask(const graph::Graph& graph, const graph::Graph& mask_of);

}  // namespace cradle::compress
