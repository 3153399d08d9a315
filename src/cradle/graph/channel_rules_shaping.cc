// How channels run through the nodes that lay axes out anew: Concat, Split, Flatten, Reshape, Transpose.
#include <algorithm>
#include <numeric>

#include "cradle/base/error.h"
#include "cradle/graph/channel_walk.h"

namespace cradle::graph {
namespace {

std::int64_t product(const Shape& shape, std::size_t first, std::size_t last) {
  return std::accumulate(shape.begin() + static_cast<std::ptrdiff_t>(first),
                         shape.begin() + static_cast<std::ptrdiff_t>(last), std::int64_t{1}, std::multiplies<>());
}

/// Where the channel axis of `in` comes to lie in `out`, which has the same elements in the same order: an axis that
/// begins at the same stride and holds the channels whole, each `times` in a row.
struct Place {
  std::size_t axis = 0, times = 1;
};
std::optional<Place> place_in(const Shape& in, std::size_t axis, const Shape& out) {
  const std::int64_t before = product(in, 0, axis), count = in[axis];
  for (std::size_t j = 0; j < out.size(); ++j)
    if (product(out, 0, j) == before && out[j] % count == 0 && out[j] > 1)
      return Place{j, static_cast<std::size_t>(out[j] / count)};
  return std::nullopt;
}

std::string reshape(ChannelWalk& walk, std::size_t index) {
  const Node& node = walk.graph().nodes[index];
  const Followed* x = walk.followed(node.inputs[0]);
  if (x == nullptr) return "";
  if (x->atoms.size() == 1) return "in whose shape a single channel cannot be told from other axes";
  const std::optional<Place> place = place_in(walk.shape(node.inputs[0]), x->axis, walk.shape(node.outputs[0]));
  if (!place) return "which takes its channels apart or mixes them with another axis";
  std::vector<int> atoms;
  for (const int atom : x->atoms) atoms.insert(atoms.end(), place->times, atom);
  if (node.op == "Reshape" && !walk.label_count(index, 1, place->axis, atoms))
    return "whose shape is computed in a way not followed";
  walk.follow(node.outputs[0], {place->axis, std::move(atoms)});
  return "";
}

std::string transpose(ChannelWalk& walk, std::size_t index) {
  const Node& node = walk.graph().nodes[index];
  const Followed* x = walk.followed(node.inputs[0]);
  if (x == nullptr) return "";
  std::vector<std::int64_t> order(walk.shape(node.inputs[0]).size());
  std::iota(order.rbegin(), order.rend(), 0);
  order = attribute_ints(node, "perm", order);
  const auto at = std::ranges::find(order, static_cast<std::int64_t>(x->axis));
  walk.follow(node.outputs[0], {static_cast<std::size_t>(at - order.begin()), x->atoms});
  return "";
}

std::size_t axis_of(const ChannelWalk& walk, const Node& node) {
  const std::int64_t axis = attribute_int(node, "axis", 0);
  return static_cast<std::size_t>(axis < 0 ? axis + static_cast<std::int64_t>(walk.shape(node.inputs[0]).size())
                                           : axis);
}

std::string concat(ChannelWalk& walk, std::size_t index) {
  const Node& node = walk.graph().nodes[index];
  const std::size_t along = axis_of(walk, node);
  const Followed* first = nullptr;
  for (const std::string& input : node.inputs) {
    const Followed* x = walk.followed(input);
    if (x != nullptr && first != nullptr && x->axis != first->axis) return "which joins channels of different axes";
    if (x != nullptr) first = x;
  }
  if (first == nullptr) return "";
  std::vector<int> atoms;
  if (along != first->axis) {
    atoms = first->atoms;
    for (std::size_t k = 0; k < node.inputs.size(); ++k) {
      if (const Followed* x = walk.followed(node.inputs[k]))
        walk.join(atoms, x->atoms);
      else if (walk.constant(node, k) != nullptr)
        walk.label(index, k, first->axis, atoms, ChannelRole::kAccompanies);
      else
        return "which joins it with values whose channels are not followed";
    }
    walk.follow(node.outputs[0], {first->axis, std::move(atoms)});
    return "";
  }
  for (const std::string& input : node.inputs) {
    const Followed* x = walk.followed(input);
    std::vector<int> part = x ? x->atoms : walk.begin_channels(static_cast<std::size_t>(walk.shape(input)[along]));
    if (x == nullptr)
      walk.protect(part, fmt::format("{} joins it with '{}', whose channels are not followed",
                                     describe(walk.graph(), index), input));
    atoms.insert(atoms.end(), part.begin(), part.end());
  }
  walk.follow(node.outputs[0], {along, std::move(atoms)});
  return "";
}

/// Equal parts stay equal: the k-th channel of every part goes together.
std::string split(ChannelWalk& walk, std::size_t index) {
  const Node& node = walk.graph().nodes[index];
  const Followed* x = walk.followed(node.inputs[0]);
  if (x == nullptr) return "";
  const std::vector<int> atoms = x->atoms;
  const std::size_t along = x->axis, parts = node.outputs.size();
  if (axis_of(walk, node) != along) {
    for (const std::string& output : node.outputs)
      if (!output.empty()) walk.follow(output, {along, atoms});
    return "";
  }
  const std::size_t length = atoms.size() / parts;
  for (const std::string& output : node.outputs)
    if (output.empty() || walk.shape(output)[along] != static_cast<std::int64_t>(length))
      return "which splits the channels into unequal parts";
  walk.join_parts(atoms, parts);
  for (std::size_t p = 0; p < parts; ++p) {
    const auto begin = atoms.begin() + static_cast<std::ptrdiff_t>(p * length);
    const std::vector<int> part(begin, begin + static_cast<std::ptrdiff_t>(length));
    if (node.attributes.contains("split"))
      walk.label_attribute(index, "split", p, part);
    else if (node.inputs.size() > 1 && !node.inputs[1].empty() && !walk.label_count(index, 1, p, part))
      return "whose parts are computed in a way not followed";
    walk.follow(node.outputs[p], {along, part});
  }
  return "";
}

constexpr NamedChannelRule kShaping[] = {
    {"Concat", concat},   {"Flatten", reshape},     {"Reshape", reshape},   {"Split", split},
    {"Squeeze", reshape}, {"Transpose", transpose}, {"Unsqueeze", reshape},
};

}  // namespace

std::span<const NamedChannelRule> shaping_channel_rules() { return kShaping; }

}  // namespace cradle::graph
