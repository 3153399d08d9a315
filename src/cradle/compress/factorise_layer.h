// One layer as a product of thinner ones: which matrices it is seen as, what ranks cost, and the nodes they make.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cradle/compress/low_rank.h"
#include "cradle/graph/graph.h"

namespace cradle::compress {

/// How a layer is taken apart. k is the kernel, r the rank.
enum class Decomposition {
  kSvd,      ///< a matrix product, or a 1×1 convolution: in → r, r → out
  kChannel,  ///< k×k, in → r, then 1×1, r → out (Denton et al. 2014)
  kSpatial,  ///< k×1, in → r, then 1×k, r → out (Jaderberg et al. 2014, scheme 2)
  kTucker,   ///< 1×1, in → r₁, then k×k, r₁ → r₂, then 1×1, r₂ → out (Kim et al. 2015)
};
std::string_view name_of(Decomposition decomposition);

/// One rank; of kTucker two: of the input channels, of the output channels.
using Ranks = std::vector<std::size_t>;

/// Of one layer and one run of the graph.
struct LayerCost {
  double parameters = 0, macs = 0;
};

/// A convolution or matrix product that can be taken apart, with the spectra that its ranks are chosen by.
struct FactorLayer {
  std::size_t node = 0;
  std::string name;  ///< of the node; its output if it has none
  Decomposition how = Decomposition::kSvd;
  std::size_t in = 0, out = 0;
  std::vector<std::size_t> kernel;       ///< extents; empty for a matrix product
  double places_in = 0, places_out = 0;  ///< elements of input and output a channel (of a product: rows)
  double places_between = 0;             ///< of kSpatial: behind its first convolution
  double bias = 0;                       ///< parameters that stay
  std::vector<Spectrum> spectra;         ///< one for each rank
};

/// Why a Conv, ConvTranspose, Gemm or MatMul cannot be taken apart; empty if it can.
std::string obstacle_to_factors(const graph::Graph& graph, const graph::Links& links, std::size_t node);

/// The layer and its spectra. `wish` holds for convolutions with a kernel of more than one element (kSpatial: of two
/// axes; others by kChannel); products and 1×1 convolutions have kSvd alone. `shapes` is the graph with its shapes
/// inferred. The node must have no obstacle. Cost: low_rank.h.
FactorLayer factor_layer(const graph::Graph& shapes, std::size_t node, Decomposition wish);

/// All ranks that make sense: up to these the function can only become the layer's own.
Ranks full_ranks(const FactorLayer& layer);
LayerCost whole_cost(const FactorLayer& layer);
LayerCost cost_at(const FactorLayer& layer, const Ranks& ranks);
/// Share of the squared weights that is kept; of kTucker the lower bound 1 − Σ lost of both modes (De Lathauwer et al.
/// 2000, property 10), which is negative where so much is lost that it says nothing.
double least_share_kept(const FactorLayer& layer, const Ranks& ranks);

/// What takes the layer's place.
struct LayerFactors {
  std::vector<graph::Node> nodes;  ///< in the order in which they run; the last makes the layer's output
  double share_kept = 1;           ///< of the squared weights, exactly
};

/// Adds the factors' weights to the graph under new names and returns the nodes; the layer's own node and weights are
/// left to the caller. Strides, pads and dilations go with the axes they belong to, the bias to the last factor.
/// `links` learns the new names.
LayerFactors make_factors(graph::Graph& graph, graph::Links& links, const FactorLayer& layer, const Ranks& ranks);

}  // namespace cradle::compress
