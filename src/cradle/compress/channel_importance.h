// How much each channel of each group counts.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cradle/graph/channel_groups.h"
#include "cradle/graph/channel_scores.h"
#include "cradle/graph/graph.h"

namespace cradle::compress {

enum class Importance {
  kL1,         ///< sum of the magnitudes of the filters that make the channel (Li et al. 2017, "Pruning filters")
  kL2,         ///< root of the sum of their squares
  kBatchNorm,  ///< magnitude of γ of its batch norms (Liu et al. 2017, "Network slimming")
  kScores      ///< numbers measured elsewhere
};
std::string_view name_of(Importance importance);
/// "l1", "l2", "bn", "scores"; throws Error with the nearest name.
Importance importance_named(const std::string& name);

/// By group and channel, at least 0: the sum over all layers that make the channel; filters of depthwise convolutions
/// count with those that they follow. Protected groups have zeros. `scores` is read for kScores only; layers without
/// some do not count.
/// Throws Error: naming a group that has no batch norm or no scores, or weights that are not float32 or have another
/// number of scores than channels; naming a layer whose weights are not all finite.
std::vector<std::vector<double>> channel_importance(const graph::Graph& graph, const graph::ChannelGroups& groups,
                                                    Importance importance, const graph::ChannelScores& scores = {});

}  // namespace cradle::compress
