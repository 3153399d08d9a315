// Post-training quantisation to eight bits: a graph with QuantizeLinear and DequantizeLinear (QDQ) that engines fuse.
#pragma once

#include <string>
#include <vector>

#include "cradle/compress/dialect.h"
#include "cradle/compress/ranges.h"
#include "cradle/graph/activation_statistics.h"
#include "cradle/graph/graph.h"

namespace cradle::compress {

struct Int8Options {
  Calibration calibration = Calibration::kMinMax;
  double percentile = 99.99;  ///< for Calibration::kPercentile
  Dialect dialect = Dialect::kOnnxRuntimeX86;
  bool per_channel = true;                   ///< one scale for each output channel of the weights; else one for all
  int weight_bits = 8;                       ///< 2 to 8; the dialect may want fewer than asked
  std::vector<std::string> keep_float = {};  ///< layers that stay in float, by the names that QuantisedLayer has
};

/// What became of one convolution or matrix product.
struct QuantisedLayer {
  std::string name;  ///< of the node; its output if it has none
  std::string op;
  bool quantised = false;
  std::string reason;         ///< why it stayed in float
  double weight_sqnr_db = 0;  ///< infinite if the weights are exact in eight bits
  std::string output;         ///< the coded value behind it; empty if its result stays in float
  double scale = 0;           ///< of that value
  int zero_point = 0;
};

struct QuantisedGraph {
  graph::Graph graph;
  std::vector<QuantisedLayer> layers;
};

/// The values whose statistics quantise_int8 needs: names in the simplified graph, which keeps the names of the file.
/// Graph inputs may be among them. Throws Error as quantise_int8 does.
/// They are those of every dialect and of any layers kept in float, so that one calibration serves several files.
std::vector<std::string> values_to_calibrate(const graph::Graph& graph);

/// The simplified graph with `names` as additional outputs, for a calibration run. Names that are inputs or outputs
/// already are left: whoever runs the model sees those anyway. Throws Error for a name that the graph does not make.
graph::Graph add_outputs(const graph::Graph& graph, const std::vector<std::string>& names);

/// Activations uint8 asymmetric with one code each, weights int8 symmetric per output channel, biases int32 (of other
/// engines as `options.dialect` says), the graph's inputs and outputs float as before; operator set at least 13. The
/// rules stand in docs/METHODS.md; which nodes they choose, in int8_plan.h. The same as harden(simulate_int8(…)). The
/// range of a graph output is that of all values seen, whatever the calibration: clipping it would make the best scores
/// equal. Throws Error: already quantised, nothing to quantise, control flow, statistics missing (naming the value), a
/// layer to keep in float that is none.
QuantisedGraph quantise_int8(const graph::Graph& graph, const graph::ActivationStatistics& statistics,
                             const Int8Options& options = {});

}  // namespace cradle::compress
