// Time and energy of an inference before it is measured: the roofline of each layer, with an interval.
#pragma once

#include <string>
#include <vector>

#include "cradle/base/statistics.h"
#include "cradle/estimate/device.h"
#include "cradle/graph/graph.h"

namespace cradle::estimate {

/// Of one run of a graph (all images of its batch) in one precision. Everything here is modelled.
struct Estimate {
  std::string precision;
  base::Interval seconds;
  base::Interval joules;
  double compute_share = 0, memory_share = 0, start_share = 0;  ///< what bounds the layers: shares of the time, sum 1
  std::vector<double> layer_s;                                  ///< by node, central values; 0: part of another layer
};

/// The time of a layer is the longer one of its arithmetic and its traffic (Williams, Waterman, Patterson, CACM 52(4),
/// 2009), each at the device's rate times its efficiency, and its start. Layers that engines fuse into the one before
/// (activations, batch norm, the sum of a residual, quantisation) cost nothing centrally, and their own traffic in the
/// high bound. Numbers count with the width of `precision`, whatever the file holds. Power rises with the share of the
/// time that is not start, from idle to full. Shapes must be known. Throws Error if the device has no rate for the
/// precision. Cost linear in the graph.
Estimate estimate(const graph::Graph& graph, const Device& device, const std::string& precision);

}  // namespace cradle::estimate
