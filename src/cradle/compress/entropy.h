// Calibration by entropy: where to cut a histogram so that few levels tell least otherwise than it does.
#pragma once

#include <vector>

#include "cradle/graph/activation_statistics.h"

namespace cradle::compress {

/// The width of a bin of magnitudes: that of the statistics' bins, but so wide that no more bins than theirs are
/// needed.
double magnitude_width(const graph::ValueStatistics& statistics);
/// The histogram of |x| in bins of that width, so many that the last one holds the greatest magnitude; counts of a bin
/// that zero or an edge cuts are shared out by length.
std::vector<double> magnitudes(const graph::ValueStatistics& statistics);

/// How many of the first bins to keep (all others are clipped into the last kept one): that number from `levels` on
/// with the least Kullback-Leibler divergence Σ P·log(P/Q), where P is the clipped histogram and Q the kept bins merged
/// into `levels` equal levels and spread again over the bins that are not empty in P. Of equals the greatest number.
/// Source: Migacz, "8-bit inference with TensorRT", GTC 2017. Cost: bins · levels.
std::size_t bins_to_keep(const std::vector<double>& bins, std::size_t levels);

/// The magnitude at which to cut, with TensorRT's 128 levels, whatever the code; never above the greatest seen.
double entropy_magnitude(const graph::ValueStatistics& statistics);

}  // namespace cradle::compress
