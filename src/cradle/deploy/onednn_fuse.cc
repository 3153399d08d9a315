// Walks the graph once and joins nodes into steps.
#include "cradle/deploy/onednn_fuse.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace cradle::deploy::onednn {
namespace {

using dnnl::algorithm;
using graph::Node;

bool is(const Node& node, std::string_view op) { return node.op == op && node.domain.empty(); }

/// A constant scalar input, or the fall-back if the input is absent; nullopt if it is not constant.
std::optional<float> scalar(const graph::Graph& graph, const Node& node, std::size_t input, float fallback) {
  if (node.inputs.size() <= input || node.inputs[input].empty()) return fallback;
  const graph::Tensor* tensor = graph::initializer_of(graph, node.inputs[input]);
  if (tensor == nullptr || tensor->type != graph::Type::kF32 || tensor->f32().size() != 1) return std::nullopt;
  return tensor->f32()[0];
}

std::optional<std::vector<Unary>> clip_of(const graph::Graph& graph, const Node& node) {
  constexpr float kLeast = std::numeric_limits<float>::lowest(), kMost = std::numeric_limits<float>::max();
  const auto low = scalar(graph, node, 1, graph::attribute_float(node, "min", kLeast));
  const auto high = scalar(graph, node, 2, graph::attribute_float(node, "max", kMost));
  // numpy's clip, and so ONNX's, gives the upper bound where the bounds cross.
  if (!low || !high) return std::nullopt;
  return std::vector<Unary>{{algorithm::eltwise_clip, std::min(*low, *high), *high}};
}

struct Plain {
  std::string_view op;
  Unary unary;
};
constexpr std::array kPlain = {
    Plain{"Relu", {algorithm::eltwise_relu}},
    Plain{"Sigmoid", {algorithm::eltwise_logistic}},
    Plain{"HardSwish", {algorithm::eltwise_hardswish}},
    Plain{"Tanh", {algorithm::eltwise_tanh}},
    Plain{"Abs", {algorithm::eltwise_abs}},
    Plain{"Exp", {algorithm::eltwise_exp}},
    Plain{"Log", {algorithm::eltwise_log}},
    Plain{"Sqrt", {algorithm::eltwise_sqrt}},
    Plain{"Neg", {algorithm::eltwise_linear, -1, 0}},
    Plain{"Reciprocal", {algorithm::eltwise_pow, 1, -1}},
    Plain{"Softplus", {algorithm::eltwise_soft_relu}},
    Plain{"Round", {algorithm::eltwise_round}},
    Plain{"Swish", {algorithm::eltwise_swish, 1, 0}},  // made by rewrite()
};

class Fuser {
 public:
  Fuser(const graph::Graph& graph, const graph::KnownIntegers& integers)
      : graph_(graph), links_(graph::links_of(graph)), integers_(integers), group_of_(graph.nodes.size(), kNone) {}

  std::vector<Group> fuse() {
    for (std::size_t i = 0; i < graph_.nodes.size(); ++i) {
      const Node& node = graph_.nodes[i];
      const bool known = !node.outputs.empty() && integers_.contains(node.outputs[0]);
      if (known || extends(i)) continue;
      group_of_[i] = groups_.size();
      groups_.push_back({{i}});
      summed_.push_back(false);
    }
    std::erase_if(groups_, [](const Group& group) { return group.nodes.empty(); });
    std::ranges::stable_sort(groups_, {}, [](const Group& group) { return group.nodes.back(); });
    return std::move(groups_);
  }

 private:
  static constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();

  bool is_output(const std::string& value) const {
    return std::ranges::any_of(graph_.outputs, [&](const graph::Value& v) { return v.name == value; });
  }

  /// The one node that reads a value, once; kNone if there are more, or the world outside reads it.
  std::size_t only_reader(const std::string& value) const {
    const auto users = links_.consumers.find(value);
    if (users == links_.consumers.end() || users->second.size() != 1 || is_output(value)) return kNone;
    const Node& reader = graph_.nodes[users->second[0]];
    return std::ranges::count(reader.inputs, value) == 1 ? users->second[0] : kNone;
  }

  std::size_t maker(const std::string& value) const {
    const auto found = links_.producer.find(value);
    return found == links_.producer.end() ? kNone : found->second;
  }

  /// The group whose last node makes a value that only node i reads.
  std::size_t group_before(const std::string& value, std::size_t i) const {
    const std::size_t made_by = maker(value);
    if (made_by == kNone || group_of_[made_by] == kNone || only_reader(value) != i) return kNone;
    const std::size_t group = group_of_[made_by];
    return !groups_[group].nodes.empty() && groups_[group].nodes.back() == made_by ? group : kNone;
  }

  bool ends_coded(std::size_t group) const { return is(graph_.nodes[groups_[group].nodes.back()], "QuantizeLinear"); }
  const Node& head(std::size_t group) const { return graph_.nodes[groups_[group].nodes[0]]; }

  static bool is_product(const Node& node) {
    return is(node, "Conv") || is(node, "ConvTranspose") || is(node, "Gemm") || is(node, "MatMul");
  }
  static bool takes_activations(const Node& node) {
    return is_product(node) || is(node, "Add") || is(node, "Sub") || is(node, "Mul") || is(node, "Div") ||
           is(node, "BatchNormalization");
  }
  bool takes_code(const Node& node) const {
    return takes_activations(node) || is(node, "AveragePool") || is(node, "GlobalAveragePool") ||
           unary_of(graph_, node).has_value();
  }

  void append(std::size_t group, std::size_t i) {
    groups_[group].nodes.push_back(i);
    group_of_[i] = group;
  }

  bool extends(std::size_t i) {
    const Node& node = graph_.nodes[i];
    if (!node.domain.empty() || node.inputs.empty()) return false;
    if (is(node, "Add") && (extends_by_sum(i) || extends_by_coded_sum(i))) return true;
    const bool code = is(node, "QuantizeLinear");
    if (!code && !unary_of(graph_, node)) return false;
    const std::size_t group = group_before(node.inputs[0], i);
    if (group == kNone || ends_coded(group)) return false;
    if (code ? !takes_code(head(group)) : !takes_activations(head(group)) || repeats(group, node)) return false;
    append(group, i);
    return true;
  }

  /// oneDNN 2.6 computes a chain wrongly in which one function stands twice with different parameters (both get the
  /// first one's), so a function joins a chain once.
  bool repeats(std::size_t group, const Node& node) const {
    const std::vector<Unary> own = *unary_of(graph_, node);
    for (const std::size_t i : groups_[group].nodes)
      for (const Unary& there : unary_of(graph_, graph_.nodes[i]).value_or(std::vector<Unary>{}))
        if (std::ranges::find(own, there.algorithm, &Unary::algorithm) != own.end()) return true;
    return false;
  }

  bool same_shapes(const Node& sum) const {
    return sum.inputs.size() == 2 && sum.inputs[0] != sum.inputs[1] &&
           graph_.values.at(sum.inputs[0]).shape == graph_.values.at(sum.inputs[1]).shape &&
           !graph_.initializers.contains(sum.inputs[0]) && !graph_.initializers.contains(sum.inputs[1]);
  }

  /// The later of two groups, so that what the earlier one made can be added to.
  std::size_t later(std::size_t a, std::size_t b) const {
    if (a == kNone || b == kNone) return a == kNone ? b : a;
    return groups_[a].nodes[0] > groups_[b].nodes[0] ? a : b;
  }

  bool extends_by_sum(std::size_t i) {
    const Node& node = graph_.nodes[i];
    if (!same_shapes(node)) return false;
    std::size_t found = kNone;
    for (const std::string& input : node.inputs) {
      const std::size_t group = group_before(input, i);
      if (group != kNone && is(head(group), "Conv") && !summed_[group] && !ends_coded(group))
        found = later(found, group);
    }
    if (found == kNone) return false;
    append(found, i);
    summed_[found] = true;
    return true;
  }

  bool is_decoding(std::size_t i) const { return i != kNone && is(graph_.nodes[i], "DequantizeLinear"); }

  /// The group of a coded convolution whose decoded result only node i reads.
  std::size_t coded_group_before(const std::string& value, std::size_t i) const {
    const std::size_t decoding = maker(value);
    if (!is_decoding(decoding) || only_reader(value) != i) return kNone;
    const Node& decode = graph_.nodes[decoding];
    const std::size_t group = group_before(decode.inputs[0], decoding);
    if (group == kNone || !ends_coded(group) || summed_[group] || !is(head(group), "Conv")) return kNone;
    const Node& code = graph_.nodes[groups_[group].nodes.back()];
    return std::equal(code.inputs.begin() + 1, code.inputs.end(), decode.inputs.begin() + 1, decode.inputs.end())
               ? group
               : kNone;
  }

  /// True if the result of node i is coded, perhaps behind one activation.
  bool will_be_coded(std::size_t i) const {
    std::size_t reader = only_reader(graph_.nodes[i].outputs[0]);
    if (reader != kNone && (is(graph_.nodes[reader], "Relu") || is(graph_.nodes[reader], "Clip")))
      reader = only_reader(graph_.nodes[reader].outputs[0]);
    return reader != kNone && is(graph_.nodes[reader], "QuantizeLinear");
  }

  bool extends_by_coded_sum(std::size_t i) {
    const Node& node = graph_.nodes[i];
    if (!same_shapes(node) || !will_be_coded(i)) return false;
    if (!is_decoding(maker(node.inputs[0])) || !is_decoding(maker(node.inputs[1]))) return false;
    const std::size_t found = later(coded_group_before(node.inputs[0], i), coded_group_before(node.inputs[1], i));
    if (found == kNone) return false;
    for (const std::string& input : node.inputs) {
      const std::size_t decoding = maker(input);
      if (graph_.nodes[decoding].inputs[0] != graph_.nodes[groups_[found].nodes.back()].outputs[0]) continue;
      groups_[group_of_[decoding]].nodes.clear();
      append(found, decoding);
      break;
    }
    append(found, i);
    summed_[found] = true;
    return true;
  }

  const graph::Graph& graph_;
  graph::Links links_;
  const graph::KnownIntegers& integers_;
  std::vector<std::size_t> group_of_;
  std::vector<Group> groups_;
  std::vector<bool> summed_;
};

}  // namespace

std::optional<std::vector<Unary>> unary_of(const graph::Graph& graph, const Node& node) {
  if (!node.domain.empty()) return std::nullopt;
  for (const Plain& plain : kPlain)
    if (plain.op == node.op) return std::vector<Unary>{plain.unary};
  if (node.op == "Clip") return clip_of(graph, node);
  if (node.op == "LeakyRelu")
    return std::vector<Unary>{{algorithm::eltwise_relu, graph::attribute_float(node, "alpha", 0.01F), 0}};
  if (node.op == "Elu")
    return std::vector<Unary>{{algorithm::eltwise_elu, graph::attribute_float(node, "alpha", 1), 0}};
  if (node.op == "HardSigmoid")
    return std::vector<Unary>{{algorithm::eltwise_linear, graph::attribute_float(node, "alpha", 0.2F),
                               graph::attribute_float(node, "beta", 0.5F)},
                              {algorithm::eltwise_clip, 0, 1}};
  if (node.op == "Pow" && node.inputs.size() == 2) {
    const auto exponent = scalar(graph, node, 1, 1);
    if (exponent) return std::vector<Unary>{{algorithm::eltwise_pow, 1, *exponent}};
  }
  return std::nullopt;
}

std::set<std::string> values_read_by(const graph::Graph& graph, const Group& group) {
  std::set<std::string> read, made;
  for (const std::size_t i : group.nodes) {
    for (const std::string& input : graph.nodes[i].inputs)
      if (!input.empty() && !made.contains(input)) read.insert(input);
    made.insert(graph.nodes[i].outputs.begin(), graph.nodes[i].outputs.end());
  }
  return read;
}

std::vector<Group> fuse(const graph::Graph& graph, const graph::KnownIntegers& integers) {
  return Fuser(graph, integers).fuse();
}

}  // namespace cradle::deploy::onednn
