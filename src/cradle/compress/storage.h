// Models in sixteen-bit floats: only stored in them, or computed in them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cradle/graph/graph.h"

namespace cradle::compress {

/// What happens to a number that the narrow type cannot hold (float16: from 65520 on).
enum class Overflow {
  kRefuse,    ///< Error naming the initializer
  kSaturate,  ///< the greatest finite number, and a report
};

struct StorageOptions {
  Overflow overflow = Overflow::kRefuse;
  /// Smaller initializers stay float32, but for the weights of convolutions and products, by which a model's precision
  /// is known: a Cast node takes 100 to 200 bytes of the file itself (its names), as much as so many numbers save.
  std::int64_t least_elements = 128;
};

/// An initializer of which some numbers were cut to the greatest that the type holds.
struct Saturated {
  std::string name;
  std::int64_t numbers = 0;
  float greatest = 0;  ///< magnitude, before
};

/// A graph with narrower initializers.
struct NarrowGraph {
  graph::Graph graph;
  std::int64_t tensors = 0, numbers = 0;  ///< initializers that became narrower, and their elements
  std::vector<Saturated> saturated;
  std::vector<std::string> kept_in_float;  ///< of compute_in: nodes between casts ("Softmax 'head'")
};

/// float32 initializers become float16 or bfloat16, each followed by a Cast to float32 under its old name. Engines fold
/// the Cast when they load the model: half the file, the same time, arithmetic in float32 with weights rounded once, to
/// the nearest; of numbers that are no weights, none becomes 0 that was not (the least of float16 is 2⁻²⁴), so that
/// nothing is divided by it. Nothing else is touched; for bfloat16 the operator set is raised to 13, the first whose
/// Cast knows it. Throws Error: quantised already, a number that overflows, another type, nothing to store.
NarrowGraph store_as(const graph::Graph& graph, graph::Type type, const StorageOptions& options = {});

/// The whole graph in float16: simplified (graph/fold.h), weights and activations float16, inputs and outputs float32
/// as before behind Casts. Kept in float32, between Casts: batch norms that no convolution takes in (their variance and
/// epsilon can vanish in float16), other norms, sums, products, powers, exponentials, logarithms, softmax and
/// reciprocals, as in PyTorch's autocast, what ONNX does not define for float16, and floats that do not follow from the
/// graph's inputs, which may be images in eight bits. Scales of Resize and Upsample stay float32, as ONNX wants them;
/// bounds of Clip beyond float16 are cut. Shapes must follow from the inputs. Throws Error as store_as does, for
/// control flow, and where nothing would be computed in float16.
NarrowGraph compute_in_float16(const graph::Graph& graph, const StorageOptions& options = {});

}  // namespace cradle::compress
