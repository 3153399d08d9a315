// Cuts indices out of the axes of weights.
#include "cradle/compress/remove_channels.h"

#include <algorithm>
#include <cassert>
#include <cstring>

#include "cradle/base/error.h"
#include "cradle/graph/shapes.h"

namespace cradle::compress {
namespace {

using graph::ChannelAxis;
using graph::ChannelCount;
using graph::ChannelRef;
using graph::Graph;
using graph::Tensor;

bool goes(const RemovedChannels& removed, const ChannelRef& ref) {
  return ref.group >= 0 && removed[static_cast<std::size_t>(ref.group)][static_cast<std::size_t>(ref.channel)];
}

void refuse_impossible(const graph::ChannelGroups& groups, const RemovedChannels& removed) {
  assert(removed.size() == groups.groups.size());
  for (std::size_t g = 0; g < removed.size(); ++g) {
    const graph::ChannelGroup& group = groups.groups[g];
    assert(removed[g].size() == group.channels);
    const auto gone = static_cast<std::size_t>(std::ranges::count(removed[g], true));
    if (gone == 0) continue;
    if (!group.protected_by.empty())
      base::fail("the channels of '{}' cannot be removed: {}", group.name, group.protected_by);
    if (gone == group.channels)
      base::fail("this would remove all {} channels of '{}', the whole layer; leave at least one", gone, group.name);
  }
}

/// The tensor with only the indices along `axis` for which `stays`.
void cut(Tensor& tensor, std::size_t axis, const std::vector<bool>& stays, const std::string& name) {
  const std::size_t bytes = graph::bytes_of(tensor.type), extent = stays.size();
  if (bytes == 0) base::fail("'{}' is of type {}, which cannot be cut", name, graph::name_of(tensor.type));
  const auto kept = std::ranges::count(stays, true);
  std::size_t outer = 1, inner = bytes;
  for (std::size_t a = 0; a < tensor.shape.size(); ++a) {
    if (a < axis) outer *= static_cast<std::size_t>(tensor.shape[a]);
    if (a > axis) inner *= static_cast<std::size_t>(tensor.shape[a]);
  }
  tensor.shape[axis] = kept;
  if (tensor.bytes.empty()) return;  // a graph without weights
  std::vector<std::uint8_t> left;
  left.reserve(outer * static_cast<std::size_t>(kept) * inner);
  for (std::size_t o = 0; o < outer; ++o)
    for (std::size_t i = 0; i < extent; ++i) {
      if (!stays[i]) continue;
      const auto from = tensor.bytes.begin() + static_cast<std::ptrdiff_t>((o * extent + i) * inner);
      left.insert(left.end(), from, from + static_cast<std::ptrdiff_t>(inner));
    }
  tensor.bytes = std::move(left);
}

void recount(Graph& graph, const ChannelCount& count, std::int64_t left) {
  if (count.initializer.empty()) {
    graph::Attribute& attribute = graph.nodes[count.node].attributes[count.attribute];
    if (auto* list = std::get_if<std::vector<std::int64_t>>(&attribute))
      list->at(count.element) = left;
    else
      attribute = left;
    return;
  }
  Tensor& tensor = graph.initializers.at(count.initializer);
  const std::size_t bytes = graph::bytes_of(tensor.type);
  std::uint8_t* at = tensor.bytes.data() + count.element * bytes;
  const auto narrow = static_cast<std::int32_t>(left);
  if (tensor.type == graph::Type::kI64)
    std::memcpy(at, &left, bytes);
  else
    std::memcpy(at, &narrow, bytes);
}

/// Shapes must fit all the way through, and the outputs must not have changed.
void verify(const Graph& before, const Graph& after) {
  graph::check(after);
  Graph old = graph::without_weights(before), fresh = graph::without_weights(after);
  graph::infer_shapes(old);
  graph::infer_shapes(fresh);
  for (std::size_t i = 0; i < old.outputs.size(); ++i)
    if (old.outputs[i].shape != fresh.outputs[i].shape)
      base::fail(
          "removing channels would change the output '{}' from {} to {}; the model uses numbers of channels in "
          "a way that cradle does not follow",
          old.outputs[i].name, graph::text_of(old.outputs[i].shape), graph::text_of(fresh.outputs[i].shape));
}

}  // namespace

RemovedChannels none_removed(const graph::ChannelGroups& groups) {
  RemovedChannels none;
  for (const graph::ChannelGroup& group : groups.groups) none.emplace_back(group.channels, false);
  return none;
}

Graph remove_channels(const Graph& graph, const graph::ChannelGroups& groups, const RemovedChannels& removed) {
  refuse_impossible(groups, removed);
  Graph smaller = graph;
  for (const ChannelAxis& axis : groups.axes) {
    std::vector<bool> stays;
    for (const ChannelRef& ref : axis.at) stays.push_back(!goes(removed, ref));
    if (std::ranges::find(stays, false) == stays.end()) continue;
    cut(smaller.initializers.at(axis.initializer), axis.axis, stays, axis.initializer);
  }
  for (const ChannelCount& count : groups.counts) {
    const auto left = std::ranges::count_if(count.at, [&](const ChannelRef& ref) { return !goes(removed, ref); });
    if (static_cast<std::size_t>(left) != count.at.size()) recount(smaller, count, left);
  }
  smaller.values.clear();
  verify(graph, smaller);
  return smaller;
}

}  // namespace cradle::compress
