// Few bits for weights: rounding that looks at what it does to a layer's output.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cradle/graph/gram.h"
#include "cradle/graph/graph.h"

namespace cradle::compress {

/// How weights become codes.
enum class Rounding {
  kNearest,   ///< "nearest"
  kAdaRound,  ///< "adaround": up or down, whichever serves the layer's output
};
Rounding rounding_named(std::string_view name);  ///< throws Error (usage) with suggestion

/// The codes of one output channel, and Δwᵀ·G·Δw of them and of rounding to the nearest, Δw = scale·code − w.
struct RoundedRow {
  std::vector<std::int8_t> codes;
  double error = 0, nearest_error = 0;
};
/// Chooses for each weight the code below or above w/scale, within ±greatest, so that Δwᵀ·G·Δw is small: the expected
/// squared error of the layer's output if G = E[x·xᵀ] (Nagel et al. 2020, "Up or down?", arXiv 2004.10568, equation
/// 13). Coordinate descent from the nearest codes and from codes that pass each error on to the weights after it; in
/// rows of at most 256 weights two at a time where none alone helps. Never worse than the nearest. Cost: inputs² and
/// inputs for each change. `gram` is inputs × inputs, symmetric.
RoundedRow round_row(std::span<const float> weights, double scale, int greatest, std::span<const float> gram);

/// What rounding a layer's weights that way changed; errors are of its output's sum of squares over the gram's rows.
struct RoundedLayer {
  std::string name;
  double nearest_error = 0, error = 0;
};
/// Moves the float weights of a simulated graph (simulate.h) onto the codes that round_row chooses, so that harden and
/// the simulation take just those: of each Conv, Gemm and MatMul that `grams` knows. Layers that share their weights
/// get weights of their own first, since each rounds for its own inputs. Throws Error if a gram does not fit its layer.
std::vector<RoundedLayer> round_adaptively(graph::Graph& simulated, const graph::Grams& grams);

}  // namespace cradle::compress
