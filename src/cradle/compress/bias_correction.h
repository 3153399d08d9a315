// Bias correction: rounding a layer's weights must not shift the mean of its output.
#pragma once

#include <string>
#include <vector>

#include "cradle/graph/activation_statistics.h"
#include "cradle/graph/graph.h"

namespace cradle::compress {

/// The values whose channel means correct_biases takes: inputs and outputs of each Conv and Gemm with constant float
/// weights, by their names in the simplified graph; a quantised graph has them too.
std::vector<std::string> values_to_correct(const graph::Graph& graph);

/// Subtracts from the bias of each such layer what its own rounding adds to its mean output. Of the shift that is seen
/// in the quantised model, E_q[y] − E_f[y], a part only came in with the input: Σ W·(E_q[x] − E_f[x]), with W summed
/// over the kernel (as if there were no padding); that part is what layers before must correct, so it is left. A layer
/// without a bias gets one. `graph` is the float model, whose biases are quantised again afterwards. Layers whose
/// channel means are missing in either statistics are left. Throws Error naming a layer whose means are of another
/// number of channels: they are of another model. Returns how many were corrected. After Nagel et al. 2019
/// (arXiv 1906.04721), section 4.2 and its appendix on empirical correction; in one pass instead of layer by layer.
int correct_biases(graph::Graph& graph, const graph::ActivationStatistics& of_float,
                   const graph::ActivationStatistics& of_quantised);

}  // namespace cradle::compress
