// Which channels of a graph have to be removed together, and where each of them stands in its weights.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "cradle/graph/graph.h"

namespace cradle::graph {

/// One channel of a group; group −1: what stands here belongs to no group, and stays.
struct ChannelRef {
  int group = -1;
  int channel = -1;
  bool operator==(const ChannelRef&) const = default;
};

/// What an axis of weights has to do with its channels.
enum class ChannelRole {
  kProduces,    ///< filters: index i of the axis makes the channel
  kConsumes,    ///< index i of the axis is multiplied with the channel
  kScales,      ///< γ of a batch norm
  kAccompanies  ///< biases, other vectors of a norm, slopes and constants with one entry a channel
};

/// An axis of an initializer and the channel that each index along it belongs to. A Concat before a convolution makes
/// channels of several groups stand on one axis; a Flatten makes one channel stand on it height × width times.
struct ChannelAxis {
  std::string initializer;
  std::size_t axis = 0;
  ChannelRole role = ChannelRole::kAccompanies;
  std::vector<ChannelRef> at;  ///< one per index
};

/// A number of channels that the graph writes down: an element of an integer initializer, or an integer of a node's
/// attribute (`element` of a list). It must become the number of those channels in `at` that remain.
struct ChannelCount {
  std::string initializer;  ///< empty: the attribute
  std::size_t node = 0;
  std::string attribute;
  std::size_t element = 0;
  std::vector<ChannelRef> at;
};

/// Channels that run through the same layers, of which each can be removed from all of them without touching the
/// others. A layer whose channels are joined with those of a Concat makes channels of several groups.
struct ChannelGroup {
  std::string name;                    ///< of the first node that makes them; numbered where it makes several groups
  std::vector<std::size_t> producers;  ///< nodes whose weights make these channels, in order
  std::size_t channels = 0;
  /// How many channels of a layer one channel of this group stands for: the k-th channel of each part goes together
  /// where a convolution is grouped or a Split gives equal parts. Else 1.
  std::size_t span = 1;
  std::string protected_by;  ///< why none may be removed ("it is the graph's output 'logits'"); empty if they may
};

struct ChannelGroups {
  std::vector<ChannelGroup> groups;  ///< in the order of their first producers
  std::vector<ChannelAxis> axes;     ///< by name of initializer and axis
  std::vector<ChannelCount> counts;
};

/// The groups of a graph, found by following the channel axis of each value through the nodes: convolutions and
/// matrix products begin new channels, sums and products of two values join theirs, Concat strings them together, and
/// whatever cannot be followed protects the channels that go into it, with a reason that names the node. Weights that
/// several nodes share join the channels of all. Nodes must be in order and constants must be initializers
/// (constants_to_initializers); batch norms may be folded or not. Shapes are inferred from the inputs' declared ones,
/// for which infer_shapes throws its Errors. Cost linear but for the union-find; no weights are copied.
ChannelGroups channel_groups(const Graph& graph);

/// The graph with its large float initializers emptied: same names and shapes, hence same costs, at no memory. For
/// counting, not for writing.
Graph without_weights(const Graph& graph);

}  // namespace cradle::graph
