// Joins channels that go together, and numbers what comes out.
#include "cradle/graph/channel_groups.h"

#include <algorithm>
#include <cassert>

#include "cradle/base/error.h"
#include "cradle/graph/channel_walk.h"

namespace cradle::graph {
namespace {

const NamedChannelRule* rule_for(const Node& node) {
  if (!node.domain.empty()) return nullptr;
  for (const auto table : {weighted_channel_rules(), moving_channel_rules(), shaping_channel_rules()})
    for (const NamedChannelRule& rule : table)
      if (rule.op == node.op) return &rule;
  return nullptr;
}

// Shapes, scales and bounds are shorter, and infer_shapes reads them.
constexpr std::int64_t kLongestSetting = 64;

int find_root(std::vector<int>& parent, int at) {
  while (parent[static_cast<std::size_t>(at)] != at) {
    int& up = parent[static_cast<std::size_t>(at)];
    up = parent[static_cast<std::size_t>(up)];  // halves the path
    at = up;
  }
  return at;
}

}  // namespace

ChannelWalk::ChannelWalk(const Graph& shaped, const KnownIntegers& known)
    : graph_(shaped), known_(known), links_(links_of(shaped)) {
  for (std::size_t i = 0; i < graph_.nodes.size(); ++i)
    for (std::size_t k = 0; k < graph_.nodes[i].inputs.size(); ++k)
      if (graph_.initializers.contains(graph_.nodes[i].inputs[k])) uses_[graph_.nodes[i].inputs[k]].insert({i, k});
}

const Followed* ChannelWalk::followed(const std::string& value) const {
  const auto it = followed_.find(value);
  return it == followed_.end() ? nullptr : &it->second;
}

const Shape& ChannelWalk::shape(const std::string& value) const { return graph_.values.at(value).shape; }

const Tensor* ChannelWalk::constant(const Node& node, std::size_t input) const {
  return input < node.inputs.size() ? initializer_of(graph_, node.inputs[input]) : nullptr;
}

std::optional<std::vector<std::int64_t>> ChannelWalk::integers(const Node& node, std::string_view attribute,
                                                               std::size_t input) const {
  if (node.attributes.contains(std::string(attribute))) return attribute_ints(node, attribute, {});
  if (input >= node.inputs.size() || node.inputs[input].empty()) return std::nullopt;
  const auto it = known_.find(node.inputs[input]);
  return it == known_.end() ? std::nullopt : std::optional(it->second);
}

int ChannelWalk::root(int atom) { return find_root(parent_, atom); }

void ChannelWalk::follow(const std::string& value, Followed channels) { followed_[value] = std::move(channels); }

std::vector<int> ChannelWalk::begin_channels(std::size_t count) {
  const int dimension = dimensions_++;
  std::vector<int> atoms;
  for (std::size_t i = 0; i < count; ++i) {
    atoms.push_back(static_cast<int>(parent_.size()));
    parent_.push_back(atoms.back());
    dimension_.push_back(dimension);
  }
  return atoms;
}

void ChannelWalk::join(std::span<const int> a, std::span<const int> b) {
  assert(a.size() == b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    const int x = root(a[i]), y = root(b[i]);
    parent_[static_cast<std::size_t>(std::max(x, y))] = std::min(x, y);
  }
}

void ChannelWalk::join_parts(std::span<const int> atoms, std::size_t parts) {
  const std::size_t length = atoms.size() / parts;
  for (std::size_t p = 1; p < parts; ++p) join(atoms.first(length), atoms.subspan(p * length, length));
}

void ChannelWalk::protect(std::span<const int> atoms, const std::string& reason) {
  for (const int atom : atoms) protected_.emplace_back(atom, reason);
}

void ChannelWalk::label(std::size_t node, std::size_t input, std::size_t axis, std::span<const int> atoms,
                        ChannelRole role) {
  const std::string& name = graph_.nodes[node].inputs[input];
  const Shape& shape = graph_.initializers.at(name).shape;
  if (axis >= shape.size() || shape[axis] != static_cast<std::int64_t>(atoms.size()))
    base::fail("{}: its '{}' is {}, expected {} along axis {}: one for each channel", describe(graph_, node), name,
               text_of(shape), atoms.size(), axis);
  Labelled& labelled = axes_[{name, axis}];
  if (labelled.uses.empty()) {
    labelled.atoms.assign(atoms.begin(), atoms.end());
    labelled.role = role;
  } else {
    join(labelled.atoms, atoms);
  }
  labelled.uses.insert({node, input});
}

bool ChannelWalk::label_count(std::size_t node, std::size_t input, std::size_t position, std::span<const int> atoms) {
  const std::string& name = graph_.nodes[node].inputs[input];
  if (graph_.initializers.contains(name)) {
    const auto values = known_.find(name);
    if (values == known_.end() || position >= values->second.size()) return false;
    const std::int64_t value = values->second[position];
    if (value == 0 || value == -1) return true;
    if (value != static_cast<std::int64_t>(atoms.size())) return false;
    Labelled& labelled = counts_[{name, position}];
    if (labelled.uses.empty())
      labelled.atoms.assign(atoms.begin(), atoms.end());
    else
      join(labelled.atoms, atoms);
    labelled.uses.insert({node, input});
    return true;
  }
  const auto maker = links_.producer.find(name);
  if (maker == links_.producer.end()) return false;
  const Node& step = graph_.nodes[maker->second];
  if (step.op == "Concat") {
    for (std::size_t k = 0; k < step.inputs.size(); ++k) {
      const Shape& part = shape(step.inputs[k]);
      const std::size_t length = part.size() == 1 ? static_cast<std::size_t>(part[0]) : 0;
      if (position < length) return label_count(maker->second, k, position, atoms);
      position -= length;
    }
    return false;
  }
  for (const char* keeping : {"Cast", "Identity", "Reshape", "Squeeze", "Unsqueeze"})
    if (step.op == keeping) return label_count(maker->second, 0, position, atoms);
  // Arithmetic on extents follows them; that the result fits is seen when shapes are inferred after a removal.
  for (const char* computed : {"Shape", "Gather", "Slice", "Add", "Sub", "Mul", "Div"})
    if (step.op == computed) return true;
  return false;
}

void ChannelWalk::label_attribute(std::size_t node, const std::string& attribute, std::size_t element,
                                  std::span<const int> atoms) {
  attributes_[{node, {attribute, element}}].assign(atoms.begin(), atoms.end());
}

void ChannelWalk::add_producer(std::size_t node, std::span<const int> atoms) {
  producers_.push_back({node, {atoms.begin(), atoms.end()}});
}

void ChannelWalk::visit(std::size_t node) {
  const NamedChannelRule* rule = rule_for(graph_.nodes[node]);
  const std::string obstacle = rule ? rule->rule(*this, node) : "through which channels are not followed";
  if (obstacle.empty()) return;
  for (const std::string& input : graph_.nodes[node].inputs)
    if (const Followed* x = followed(input))
      protect(x->atoms, fmt::format("it goes into {}, {}", describe(graph_, node), obstacle));
}

/// An initializer that is also used where nothing is removed cannot become smaller.
void ChannelWalk::check_uses() {
  const auto check = [&](const std::string& name, const Labelled& labelled) {
    for (const Use& use : uses_[name])
      if (!labelled.uses.contains(use))
        protect(labelled.atoms,
                fmt::format("{} uses its constant '{}' for something else", describe(graph_, use.first), name));
    if (is_output(graph_, name))
      protect(labelled.atoms, fmt::format("its constant '{}' is an output of the graph", name));
  };
  for (const auto& [key, labelled] : axes_) check(key.first, labelled);
  for (const auto& [key, labelled] : counts_) check(key.first, labelled);
}

/// Joined atoms are one channel; channels that run through the same dimensions are one group. So a dimension consists
/// of whole groups: several where a Concat is joined with it.
void ChannelWalk::number_groups() {
  std::map<int, std::map<int, std::size_t>> dimensions_of;  // by root atom: dimension, atoms in it
  for (std::size_t i = 0; i < parent_.size(); ++i) ++dimensions_of[root(static_cast<int>(i))][dimension_[i]];
  std::map<std::map<int, std::size_t>, int> group_of;
  for (const auto& [node, atoms] : producers_)
    for (const int atom : atoms) {
      const auto [it, fresh] =
          group_of.try_emplace(dimensions_of.at(root(atom)), static_cast<int>(found_.groups.size()));
      if (fresh) {
        found_.groups.emplace_back();
        for (const auto& [dimension, count] : it->first)
          found_.groups.back().span = std::max(found_.groups.back().span, count);
      }
      std::vector<std::size_t>& list = found_.groups[static_cast<std::size_t>(it->second)].producers;
      if (list.empty() || list.back() != node) list.push_back(node);
    }
  for (const auto& [atom, dimensions] : dimensions_of)
    if (const auto group = group_of.find(dimensions); group != group_of.end())
      numbered_[atom] = {group->second,
                         static_cast<int>(found_.groups[static_cast<std::size_t>(group->second)].channels++)};
  for (const auto& [atom, reason] : protected_) {
    const auto ref = numbered_.find(root(atom));
    if (ref == numbered_.end()) continue;
    std::string& why = found_.groups[static_cast<std::size_t>(ref->second.group)].protected_by;
    if (why.empty()) why = reason;
  }
  name_groups();
}

/// By the first layer; where that makes channels of several groups, they are numbered.
void ChannelWalk::name_groups() {
  std::map<std::string, int> times;
  for (ChannelGroup& group : found_.groups) {
    group.name = name_of(graph_.nodes[group.producers.front()]);
    if (const int nth = ++times[group.name]; nth > 1) group.name += fmt::format(" ({})", nth);
  }
}

std::vector<ChannelRef> ChannelWalk::refs_of(std::span<const int> atoms) {
  std::vector<ChannelRef> refs;
  refs.reserve(atoms.size());
  for (const int atom : atoms) {
    const auto it = numbered_.find(root(atom));
    refs.push_back(it == numbered_.end() ? ChannelRef{} : it->second);
  }
  return refs;
}

ChannelGroups ChannelWalk::take() {
  for (const Value& input : graph_.inputs) {
    const Shape& x = shape(input.name);
    if (x.size() < 2) continue;
    Followed channels{1, begin_channels(static_cast<std::size_t>(x[1]))};
    protect(channels.atoms, fmt::format("it is the graph's input '{}'", input.name));
    follow(input.name, std::move(channels));
  }
  for (std::size_t i = 0; i < graph_.nodes.size(); ++i) visit(i);
  for (const Value& output : graph_.outputs)
    if (const Followed* x = followed(output.name))
      protect(x->atoms, fmt::format("it is the graph's output '{}'", output.name));
  check_uses();
  number_groups();
  for (const auto& [key, labelled] : axes_)
    found_.axes.push_back({key.first, key.second, labelled.role, refs_of(labelled.atoms)});
  for (const auto& [key, labelled] : counts_)
    found_.counts.push_back({key.first, 0, "", key.second, refs_of(labelled.atoms)});
  for (const auto& [key, atoms] : attributes_)
    found_.counts.push_back({"", key.first, key.second.first, key.second.second, refs_of(atoms)});
  return std::move(found_);
}

Graph without_weights(const Graph& graph) {
  Graph light;
  light.name = graph.name;
  light.opset = graph.opset;
  light.nodes = graph.nodes;
  light.inputs = graph.inputs;
  light.outputs = graph.outputs;
  light.metadata = graph.metadata;
  for (const auto& [name, tensor] : graph.initializers) {
    Tensor& copy = light.initializers[name];
    copy.type = tensor.type;
    copy.shape = tensor.shape;
    if (elements_of(tensor.shape) <= kLongestSetting) copy.bytes = tensor.bytes;
  }
  return light;
}

ChannelGroups channel_groups(const Graph& graph) {
  Graph shaped = without_weights(graph);
  const KnownIntegers known = infer_shapes(shaped);
  return ChannelWalk(shaped, known).take();
}

}  // namespace cradle::graph
