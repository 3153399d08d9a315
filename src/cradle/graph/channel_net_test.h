// For tests of channel groups: a graph that grows node by node, and what is found in it.
#pragma once

#include <algorithm>
#include <numeric>
#include <stdexcept>
#include <string>
#include <vector>

#include "cradle/graph/channel_groups.h"

namespace cradle::graph::testing {

using Names = std::vector<std::string>;
using Attributes = std::map<std::string, Attribute>;
using Ints = std::vector<std::int64_t>;

/// A graph that grows node by node; each value is named after its node.
struct Net {
  Graph graph;

  explicit Net(Shape input = {1, 3, 8, 8}) { graph.inputs = {{"x", Type::kF32, std::move(input)}}; }

  void floats(const std::string& name, Shape shape) {
    const std::vector<float> values(static_cast<std::size_t>(elements_of(shape)), 0.5F);
    graph.initializers[name] = tensor_f32(std::move(shape), values);
  }
  void ints(const std::string& name, const Ints& values) {
    graph.initializers[name] = tensor_i64({static_cast<std::int64_t>(values.size())}, values);
  }
  std::string node(const std::string& op, const std::string& name, Names inputs, Attributes attributes = {}) {
    graph.nodes.push_back({name, op, "", std::move(inputs), {name}, std::move(attributes)});
    return name;
  }
  std::string conv(const std::string& name, const std::string& x, std::int64_t in, std::int64_t out,
                   std::int64_t group = 1) {
    floats(name + ".w", {out, in / group, 1, 1});
    floats(name + ".b", {out});
    return node("Conv", name, {x, name + ".w", name + ".b"}, {{"group", group}});
  }
  /// A last layer, whose channels are the graph's output.
  ChannelGroups groups(const std::string& x, std::int64_t channels) {
    conv("last", x, channels, 2);
    return groups_of("last");
  }
  ChannelGroups groups_of(const std::string& output) {
    graph.outputs = {{output, Type::kF32, {}, false}};
    return channel_groups(graph);
  }
};

inline const ChannelGroup& group_of(const ChannelGroups& groups, const std::string& name) {
  const auto it = std::ranges::find(groups.groups, name, &ChannelGroup::name);
  if (it == groups.groups.end()) throw std::runtime_error("no group " + name);
  return *it;
}

/// The channel at each index of an axis, −1 where it is of another group; empty if the axis has no channels.
inline std::vector<int> channels_on(const ChannelGroups& groups, const std::string& initializer, std::size_t axis,
                                    const std::string& group) {
  const auto index = static_cast<int>(&group_of(groups, group) - groups.groups.data());
  for (const ChannelAxis& a : groups.axes)
    if (a.initializer == initializer && a.axis == axis) {
      std::vector<int> channels;
      for (const ChannelRef& ref : a.at) channels.push_back(ref.group == index ? ref.channel : -1);
      return channels;
    }
  return {};
}

inline std::vector<int> counting(int n) {
  std::vector<int> all(static_cast<std::size_t>(n));
  std::iota(all.begin(), all.end(), 0);
  return all;
}

inline Names layers_of(const Net& net, const ChannelGroup& group) {
  Names names;
  for (const std::size_t node : group.producers) names.push_back(net.graph.nodes[node].name);
  return names;
}

}  // namespace cradle::graph::testing
