// Folds constants, casts of constants, identities and batch norms.
#include "cradle/graph/fold.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "cradle/base/error.h"
#include "cradle/graph/half.h"

namespace cradle::graph {
namespace {

bool is_output(const Graph& graph, std::string_view name) {
  return std::ranges::any_of(graph.outputs, [&](const Value& v) { return v.name == name; });
}

/// The tensor of a Constant node, if it is one that cradle can hold.
std::optional<Tensor> tensor_of_constant(const Node& node) {
  if (node.attributes.size() != 1) return std::nullopt;
  const Attribute& value = node.attributes.begin()->second;
  if (const auto* tensor = std::get_if<Tensor>(&value)) return *tensor;
  if (const auto* x = std::get_if<float>(&value)) return tensor_f32({}, {x, 1});
  if (const auto* x = std::get_if<std::int64_t>(&value)) return tensor_i64({}, {x, 1});
  if (const auto* x = std::get_if<std::vector<float>>(&value))
    return tensor_f32({static_cast<std::int64_t>(x->size())}, *x);
  if (const auto* x = std::get_if<std::vector<std::int64_t>>(&value))
    return tensor_i64({static_cast<std::int64_t>(x->size())}, *x);
  return std::nullopt;
}

void remove_nodes(Graph& graph, const std::set<std::size_t>& gone) {
  std::vector<Node> kept;
  for (std::size_t i = 0; i < graph.nodes.size(); ++i)
    if (!gone.contains(i)) kept.push_back(std::move(graph.nodes[i]));
  graph.nodes = std::move(kept);
}

/// γ/√(σ²+ε) and the shift that goes with it, per channel.
struct Affine {
  std::vector<double> scale, shift;
};

std::optional<Affine> affine_of(const Graph& graph, const Node& norm) {
  if (norm.inputs.size() != 5 || attribute_int(norm, "training_mode", 0) != 0) return std::nullopt;
  std::span<const float> parts[4];
  for (std::size_t i = 0; i < 4; ++i) {
    const Tensor* tensor = initializer_of(graph, norm.inputs[i + 1]);
    if (tensor == nullptr || tensor->type != Type::kF32) return std::nullopt;
    parts[i] = tensor->f32();
    if (parts[i].size() != parts[0].size() || parts[i].empty()) return std::nullopt;
  }
  const double epsilon = static_cast<double>(attribute_float(norm, "epsilon", 1e-5F));
  Affine affine;
  for (std::size_t c = 0; c < parts[0].size(); ++c) {
    const double variance = static_cast<double>(parts[3][c]) + epsilon;
    if (!(variance > 0)) return std::nullopt;
    const double scale = static_cast<double>(parts[0][c]) / std::sqrt(variance);
    affine.scale.push_back(scale);
    affine.shift.push_back(static_cast<double>(parts[1][c]) - scale * static_cast<double>(parts[2][c]));
  }
  return affine;
}

/// Output channels of a convolution: axis 0 of Conv's weights; of ConvTranspose's, group by group, axis 1.
std::size_t channels_of(const Node& conv, const Tensor& weight) {
  if (conv.op == "Conv") return static_cast<std::size_t>(weight.shape[0]);
  return static_cast<std::size_t>(weight.shape[1] * attribute_int(conv, "group", 1));
}

/// Weights with each output channel multiplied by its scale.
Tensor scaled_weights(const Node& conv, const Tensor& weight, const std::vector<double>& scale) {
  Tensor out = weight;
  const std::span<float> values = out.f32();
  const auto rows = static_cast<std::size_t>(weight.shape[0]), columns = static_cast<std::size_t>(weight.shape[1]);
  const std::size_t kernel = values.size() / (rows * columns);
  const auto group = static_cast<std::size_t>(attribute_int(conv, "group", 1));
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::size_t row = i / (kernel * columns), column = i / kernel % columns;
    const std::size_t channel = conv.op == "Conv" ? row : row / (rows / group) * columns + column;
    values[i] = static_cast<float>(static_cast<double>(values[i]) * scale[channel]);
  }
  return out;
}

/// Stores a tensor for one input of a convolution: in place if that convolution alone uses it, else under a new name.
std::string stored(Graph& graph, const Links& links, const std::string& name, const std::string& wish, Tensor tensor) {
  const auto users = links.consumers.find(name);
  const bool own =
      !name.empty() && users != links.consumers.end() && users->second.size() == 1 && !is_output(graph, name);
  const std::string target = own ? name : fresh_name(graph, links, wish);
  graph.initializers[target] = std::move(tensor);
  return target;
}

/// Folds one batch norm into the convolution before it; false if it cannot be done.
/// What the folding leaves without a user goes to `left_over`.
bool fold_one(Graph& graph, const Links& links, std::size_t norm_index, std::vector<std::string>& left_over) {
  const Node& norm = graph.nodes[norm_index];
  if (norm.op != "BatchNormalization" || !norm.domain.empty() || norm.outputs.size() != 1) return false;
  const auto maker = links.producer.find(norm.inputs[0]);
  if (maker == links.producer.end() || links.consumers.find(norm.inputs[0])->second.size() != 1) return false;
  Node& conv = graph.nodes[maker->second];
  if ((conv.op != "Conv" && conv.op != "ConvTranspose") || !conv.domain.empty() || conv.inputs.size() < 2) return false;
  if (is_output(graph, norm.inputs[0])) return false;
  const Tensor* weight = initializer_of(graph, conv.inputs[1]);
  const std::optional<Affine> affine = affine_of(graph, norm);
  if (!affine || weight == nullptr || weight->type != Type::kF32 || weight->shape.size() < 3) return false;
  const std::size_t channels = channels_of(conv, *weight);
  const std::int64_t group = attribute_int(conv, "group", 1);
  if (channels != affine->scale.size() || weight->bytes.empty() || group < 1 || weight->shape[0] % group != 0)
    return false;

  std::vector<float> bias(channels, 0.0F);
  const std::string bias_name = conv.inputs.size() > 2 ? conv.inputs[2] : "";
  if (!bias_name.empty()) {
    const Tensor* old = initializer_of(graph, bias_name);
    if (old == nullptr || old->type != Type::kF32 || old->f32().size() != channels) return false;
    bias.assign(old->f32().begin(), old->f32().end());
  }
  for (std::size_t c = 0; c < channels; ++c)
    bias[c] = static_cast<float>(static_cast<double>(bias[c]) * affine->scale[c] + affine->shift[c]);
  Tensor weights = scaled_weights(conv, *weight, affine->scale);
  const std::string stem = conv.name.empty() ? norm.outputs[0] : conv.name;
  left_over.insert(left_over.end(), norm.inputs.begin() + 1, norm.inputs.end());
  left_over.insert(left_over.end(), {conv.inputs[1], bias_name});
  conv.inputs.resize(3);
  conv.inputs[1] = stored(graph, links, conv.inputs[1], stem + ".weight", std::move(weights));
  conv.inputs[2] =
      stored(graph, links, bias_name, stem + ".bias", tensor_f32({static_cast<std::int64_t>(channels)}, bias));
  conv.outputs[0] = norm.outputs[0];
  return true;
}

}  // namespace

void refuse_control_flow(const Graph& graph) {
  for (std::size_t i = 0; i < graph.nodes.size(); ++i)
    for (const char* op : {"If", "Loop", "Scan"})
      if (graph.nodes[i].op == op && graph.nodes[i].domain.empty())
        base::fail("{}: control flow is not supported; export the model with fixed shapes and without branches",
                   describe(graph, i));
}

void constants_to_initializers(Graph& graph) {
  std::set<std::size_t> gone;
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const Node& node = graph.nodes[i];
    if (node.op != "Constant" || !node.domain.empty() || node.outputs.size() != 1 || is_output(graph, node.outputs[0]))
      continue;
    if (std::optional<Tensor> tensor = tensor_of_constant(node)) {
      graph.initializers[node.outputs[0]] = *std::move(tensor);
      gone.insert(i);
    }
  }
  remove_nodes(graph, gone);
}

void casts_to_initializers(Graph& graph) {
  std::set<std::size_t> gone;
  std::vector<std::string> left_over;
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const Node& node = graph.nodes[i];
    if (node.op != "Cast" || !node.domain.empty() || node.inputs.size() != 1 || node.outputs.size() != 1 ||
        attribute_int(node, "to", 0) != static_cast<std::int64_t>(Type::kF32) || is_output(graph, node.outputs[0]))
      continue;
    const Tensor* stored = initializer_of(graph, node.inputs[0]);
    if (stored == nullptr || (stored->type != Type::kF16 && stored->type != Type::kBf16)) continue;
    graph.initializers[node.outputs[0]] = widened(*stored);
    left_over.push_back(node.inputs[0]);
    gone.insert(i);
  }
  remove_nodes(graph, gone);
  drop_unused(graph, left_over);
}

void drop_identities(Graph& graph) {
  std::set<std::size_t> gone;
  std::map<std::string, std::string> renamed;
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    Node& node = graph.nodes[i];
    for (std::string& input : node.inputs)
      if (const auto it = renamed.find(input); it != renamed.end()) input = it->second;
    const bool identity = node.op == "Identity" || (node.op == "Dropout" && node.inputs.size() < 3);
    if (!identity || !node.domain.empty() || node.inputs.empty() || node.outputs.size() != 1 ||
        is_output(graph, node.outputs[0]))
      continue;
    renamed[node.outputs[0]] = node.inputs[0];
    gone.insert(i);
  }
  remove_nodes(graph, gone);
}

int fold_batch_norm(Graph& graph) {
  refuse_control_flow(graph);
  std::set<std::size_t> gone;
  std::vector<std::string> left_over;
  const Links links = links_of(graph);
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    if (fold_one(graph, links, i, left_over)) gone.insert(i);
  }
  remove_nodes(graph, gone);
  drop_unused(graph, left_over);
  graph.values.clear();
  return static_cast<int>(gone.size());
}

void simplify(Graph& graph) {
  refuse_control_flow(graph);
  constants_to_initializers(graph);
  casts_to_initializers(graph);
  drop_identities(graph);
  fold_batch_norm(graph);
}

}  // namespace cradle::graph
