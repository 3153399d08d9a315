// Folds constants, casts of constants, identities and batch norms.
#include "cradle/graph/fold.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "cradle/base/error.h"
#include "cradle/graph/half.h"

namespace cradle::graph {
namespace {

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

std::optional<Affine> affine_of_norm(const Graph& graph, const Node& norm) {
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

/// One number for each channel, or one for all of them, of a constant that is spread over maps [n, channels, …] of so
/// many axes; empty if it is neither.
std::vector<double> numbers_by_channel(const Tensor& constant, std::size_t channels, std::size_t axes) {
  if (constant.type != Type::kF32 || constant.bytes.empty() || constant.shape.size() > axes) return {};
  const std::span<const float> values = constant.f32();
  if (values.size() == 1) return std::vector<double>(channels, static_cast<double>(values[0]));
  // Aligned at the last axis, all extents are 1 but that of the channels.
  const std::size_t behind = axes - 2;
  if (values.size() != channels || constant.shape.size() <= behind) return {};
  if (constant.shape[constant.shape.size() - 1 - behind] != static_cast<std::int64_t>(channels)) return {};
  return {values.begin(), values.end()};
}

/// Of a sum, difference, product or quotient with a constant, if `data` is what is computed with.
std::optional<Affine> affine_of_arithmetic(const Graph& graph, const Node& node, std::size_t data, std::size_t channels,
                                           std::size_t axes) {
  if (node.inputs.size() != 2) return std::nullopt;
  const bool either_way = node.op == "Add" || node.op == "Mul";
  const Tensor* constant = initializer_of(graph, node.inputs[1 - data]);
  if (constant == nullptr || (data != 0 && !either_way)) return std::nullopt;
  const std::vector<double> numbers = numbers_by_channel(*constant, channels, axes);
  if (numbers.empty()) return std::nullopt;
  Affine affine{std::vector<double>(channels, 1), std::vector<double>(channels, 0)};
  for (std::size_t c = 0; c < channels; ++c) {
    if (node.op == "Div" && numbers[c] == 0) return std::nullopt;
    if (node.op == "Mul") affine.scale[c] = numbers[c];
    if (node.op == "Div") affine.scale[c] = 1 / numbers[c];
    if (node.op == "Add") affine.shift[c] = numbers[c];
    if (node.op == "Sub") affine.shift[c] = -numbers[c];
  }
  return affine;
}

bool is_arithmetic(const Node& node) {
  return node.op == "Add" || node.op == "Sub" || node.op == "Mul" || node.op == "Div";
}

/// Which input of a node comes from a convolution; nullopt if it is not to be folded into one.
std::optional<std::size_t> data_input(const Graph& graph, const Node& node) {
  if (!node.domain.empty() || node.outputs.size() != 1 || node.inputs.empty()) return std::nullopt;
  if (node.op == "BatchNormalization") return 0;
  if (!is_arithmetic(node) || node.inputs.size() != 2) return std::nullopt;
  return initializer_of(graph, node.inputs[0]) != nullptr ? 1 : 0;
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

/// Folds one batch norm, or arithmetic with a constant, into the convolution before it; false if it cannot be done.
/// What the folding leaves without a user goes to `left_over`.
bool fold_one(Graph& graph, const Links& links, std::size_t norm_index, std::vector<std::string>& left_over) {
  const Node& norm = graph.nodes[norm_index];
  const std::optional<std::size_t> data = data_input(graph, norm);
  if (!data) return false;
  const std::string& made = norm.inputs[*data];
  const auto maker = links.producer.find(made);
  if (maker == links.producer.end() || links.consumers.find(made)->second.size() != 1) return false;
  Node& conv = graph.nodes[maker->second];
  if ((conv.op != "Conv" && conv.op != "ConvTranspose") || !conv.domain.empty() || conv.inputs.size() < 2) return false;
  if (conv.outputs[0] != made || is_output(graph, made)) return false;
  const Tensor* weight = initializer_of(graph, conv.inputs[1]);
  if (weight == nullptr || weight->type != Type::kF32 || weight->shape.size() < 3 || weight->bytes.empty())
    return false;
  const std::int64_t group = attribute_int(conv, "group", 1);
  if (group < 1 || weight->shape[0] % group != 0) return false;
  const std::size_t channels = channels_of(conv, *weight);
  const std::optional<Affine> affine = is_arithmetic(norm)
                                           ? affine_of_arithmetic(graph, norm, *data, channels, weight->shape.size())
                                           : affine_of_norm(graph, norm);
  if (!affine || channels != affine->scale.size()) return false;

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
  for (std::size_t i = 0; i < norm.inputs.size(); ++i)
    if (i != *data) left_over.push_back(norm.inputs[i]);
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

int fold_affine(Graph& graph) {
  refuse_control_flow(graph);
  int folded = 0;
  // Folding one makes the convolution the neighbour of what stood behind it: again until nothing is left.
  for (bool more = true; more;) {
    std::set<std::size_t> gone;
    std::vector<std::string> left_over;
    const Links links = links_of(graph);
    for (std::size_t i = 0; i < graph.nodes.size(); ++i)
      if (fold_one(graph, links, i, left_over)) gone.insert(i);
    remove_nodes(graph, gone);
    drop_unused(graph, left_over);
    folded += static_cast<int>(gone.size());
    more = !gone.empty();
  }
  graph.values.clear();
  return folded;
}

void simplify(Graph& graph) {
  refuse_control_flow(graph);
  constants_to_initializers(graph);
  casts_to_initializers(graph);
  drop_identities(graph);
  fold_affine(graph);
}

}  // namespace cradle::graph
