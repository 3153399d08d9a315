// For tests: channels whose weights are all zero, so that removing them must change nothing.
#pragma once

#include <algorithm>

#include "cradle/base/random.h"
#include "cradle/compress/remove_channels.h"

namespace cradle::compress::testing {

/// About `share` of the channels of each group that may lose some, at least one and not all where it has two.
inline RemovedChannels random_channels(const graph::ChannelGroups& groups, double share, std::uint64_t seed) {
  RemovedChannels removed = none_removed(groups);
  base::Stream stream(seed, 0);
  for (std::size_t g = 0; g < removed.size(); ++g) {
    if (!groups.groups[g].protected_by.empty() || removed[g].size() < 2) continue;
    for (std::size_t c = 0; c < removed[g].size(); ++c) removed[g][c] = stream.uniform() < share;
    removed[g][stream.below(removed[g].size())] = true;
    if (std::ranges::find(removed[g], false) == removed[g].end()) removed[g][stream.below(removed[g].size())] = false;
  }
  return removed;
}

/// Sets to zero what makes these channels: filters, biases, norms. Divisors stay, as 0 ÷ 0 is no number. `consumers`:
/// also the weights that they are multiplied with, for nets that add a constant to channels on their way.
inline void kill(graph::Graph& graph, const graph::ChannelGroups& groups, const RemovedChannels& removed,
                 bool consumers = false) {
  for (const graph::ChannelAxis& axis : groups.axes) {
    if (axis.role == graph::ChannelRole::kConsumes && !consumers) continue;
    if (std::ranges::any_of(graph.nodes, [&](const graph::Node& node) {
          return node.op == "Div" && node.inputs[1] == axis.initializer;
        }))
      continue;
    graph::Tensor& tensor = graph.initializers.at(axis.initializer);
    std::size_t inner = 1;
    for (std::size_t a = axis.axis + 1; a < tensor.shape.size(); ++a)
      inner *= static_cast<std::size_t>(tensor.shape[a]);
    const std::span<float> values = tensor.f32();
    for (std::size_t i = 0; i < values.size(); ++i) {
      const graph::ChannelRef& ref = axis.at[i / inner % axis.at.size()];
      if (ref.group >= 0 && removed[static_cast<std::size_t>(ref.group)][static_cast<std::size_t>(ref.channel)])
        values[i] = 0.0F;
    }
  }
}

/// Numbers for biases and norms that are not those of a fresh net, so that a channel taken for another shows.
inline void scramble_vectors(graph::Graph& graph, std::uint64_t seed) {
  for (auto& [name, tensor] : graph.initializers) {
    if (tensor.type != graph::Type::kF32 || tensor.shape.size() != 1 || name.starts_with("scale")) continue;
    base::Stream stream(seed, base::stable_id(name));
    for (float& value : tensor.f32()) value = static_cast<float>(0.5 + stream.uniform());
  }
}

}  // namespace cradle::compress::testing
