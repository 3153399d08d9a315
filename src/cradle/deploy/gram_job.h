// The job "gram": sums of products of what each layer reads, for rounding that looks at the layer's output.
#pragma once

#include <string_view>

#include "cradle/base/json.h"
#include "cradle/deploy/exposed.h"
#include "cradle/graph/gram.h"

namespace cradle::deploy {

/// Layers that multiply more numbers than this are left: one matrix of this side takes 85 MB.
inline constexpr std::size_t kMostGramInputs = 4608;  // a 3×3 convolution of 512 channels
/// All matrices together, in bytes; layers that no longer fit are left.
inline constexpr std::size_t kMostGramBytes = std::size_t{1} << 30;

/// Arguments (docs/FORMATS.md): "model", the float one; "output", a file of graph/gram.h; "images" 64 and where they
/// come from, as of "calibrate"; "positions" 64: rows that are drawn of a layer from each image, all of them if it has
/// fewer; "threads". Memory is bounded by kMostGramBytes and does not grow with the images. Cost: images · positions ·
/// inputs² of each layer.
base::Json gram_job(const base::Json& arguments, std::string_view where);

/// The empty matrices of the layers that can have one, and why others cannot; such are layers of one name (ONNX wants
/// no unique ones, and one without a name goes by that of its output).
graph::Grams grams_for(const std::vector<WeightedLayer>& layers);

/// Adds rows of one value [1, channels, …] to a layer's matrices: `positions` places of the output, drawn by `seed`.
void add_to_gram(graph::LayerGram& gram, const WeightedLayer& layer, const TensorView& input, std::size_t positions,
                 std::uint64_t seed);

}  // namespace cradle::deploy
