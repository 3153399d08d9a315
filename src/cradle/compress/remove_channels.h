// Takes channels out of a graph: smaller weights, the same graph.
#pragma once

#include <cstddef>
#include <vector>

#include "cradle/graph/channel_groups.h"
#include "cradle/graph/graph.h"

namespace cradle::compress {

/// For each group, for each of its channels: whether it goes.
using RemovedChannels = std::vector<std::vector<bool>>;

/// None of them.
RemovedChannels none_removed(const graph::ChannelGroups& groups);

/// The graph without these channels: what stands for them on every axis of `groups` is cut out, the numbers that count
/// them follow, and shapes of values are forgotten. `groups` must be those of `graph` (channel_groups). The result has
/// been checked and its shapes inferred. If the removed channels were zero all along, its outputs are the same.
/// Throws Error: a protected group, all channels of a group (naming the layer), or a graph whose shapes no longer fit.
graph::Graph remove_channels(const graph::Graph& graph, const graph::ChannelGroups& groups,
                             const RemovedChannels& removed);

}  // namespace cradle::compress
