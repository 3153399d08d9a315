// Moves biases by the difference of channel means.
#include "cradle/compress/bias_correction.h"

#include <algorithm>

#include "cradle/base/error.h"
#include "cradle/graph/fold.h"

namespace cradle::compress {
namespace {

using graph::Graph;
using graph::Node;
using graph::Tensor;

bool is_layer(const Graph& graph, const Node& node) {
  if (!node.domain.empty() || node.inputs.size() < 2 || (node.op != "Conv" && node.op != "Gemm")) return false;
  const Tensor* weight = initializer_of(graph, node.inputs[1]);
  if (weight == nullptr || weight->type != graph::Type::kF32 || weight->shape.size() < 2 || weight->bytes.empty())
    return false;
  if (node.op == "Gemm")
    return graph::attribute_float(node, "alpha", 1) == 1 && graph::attribute_float(node, "beta", 1) == 1 &&
           graph::attribute_int(node, "transA", 0) == 0;
  const std::int64_t group = graph::attribute_int(node, "group", 1);
  return weight->shape.size() > 2 && group > 0 && weight->shape[0] % group == 0;
}

/// Output channels, and how many numbers come in.
struct Sides {
  std::size_t outputs = 0, inputs = 0;
};
Sides sides_of(const Node& node, const Tensor& weight) {
  const auto extent = [&](std::size_t axis) { return static_cast<std::size_t>(weight.shape[axis]); };
  if (node.op == "Conv")
    return {extent(0), extent(1) * static_cast<std::size_t>(graph::attribute_int(node, "group", 1))};
  return graph::attribute_int(node, "transB", 0) == 0 ? Sides{extent(1), extent(0)} : Sides{extent(0), extent(1)};
}

/// E_q − E_f of each of a value's channels; empty if either is not known.
std::vector<double> shift_of(const Node& node, const std::string& value, std::size_t channels,
                             const graph::ActivationStatistics& of_float,
                             const graph::ActivationStatistics& of_quantised) {
  const auto f = of_float.values.find(value), q = of_quantised.values.find(value);
  if (f == of_float.values.end() || q == of_quantised.values.end()) return {};
  const std::vector<double>&a = f->second.channel_means, &b = q->second.channel_means;
  if (a.empty() || b.empty()) return {};
  for (const std::vector<double>* means : {&a, &b})
    if (means->size() != channels)
      base::fail(
          "{} '{}': the statistics have {} channel means of '{}', which has {} channels; they are of another model",
          node.op, graph::name_of(node), means->size(), value, channels);
  std::vector<double> shift;
  for (std::size_t c = 0; c < channels; ++c) shift.push_back(b[c] - a[c]);
  return shift;
}

/// Σ W·x for each output channel, x one number a channel of the input.
std::vector<double> product(const Node& node, const Tensor& weight, std::size_t outputs, const std::vector<double>& x) {
  const std::span<const float> w = weight.f32();
  std::vector<double> y(outputs, 0.0);
  if (node.op == "Gemm" && graph::attribute_int(node, "transB", 0) == 0) {
    for (std::size_t i = 0; i < w.size(); ++i) y[i % outputs] += static_cast<double>(w[i]) * x[i / outputs];
    return y;
  }
  const std::size_t columns = static_cast<std::size_t>(weight.shape[1]), kernel = w.size() / (outputs * columns);
  const std::size_t groups = x.size() / columns, rows = outputs / groups;
  for (std::size_t i = 0; i < w.size(); ++i) {
    const std::size_t o = i / (columns * kernel), column = i / kernel % columns;
    y[o] += static_cast<double>(w[i]) * x[o / rows * columns + column];
  }
  return y;
}

}  // namespace

std::vector<std::string> values_to_correct(const Graph& graph) {
  Graph simple = graph;
  graph::simplify(simple);
  std::vector<std::string> values;
  const auto take = [&](const std::string& value) {
    if (std::ranges::find(values, value) == values.end()) values.push_back(value);
  };
  for (const Node& node : simple.nodes)
    if (is_layer(simple, node)) {
      take(node.inputs[0]);
      take(node.outputs[0]);
    }
  return values;
}

int correct_biases(Graph& graph, const graph::ActivationStatistics& of_float,
                   const graph::ActivationStatistics& of_quantised) {
  graph::simplify(graph);
  const graph::Links links = links_of(graph);
  std::vector<std::string> left_over;
  int corrected = 0;
  for (Node& node : graph.nodes) {
    if (!is_layer(graph, node)) continue;
    const Tensor& weight = graph.initializers.at(node.inputs[1]);
    const auto [outputs, inputs] = sides_of(node, weight);
    const std::vector<double> shift = shift_of(node, node.outputs[0], outputs, of_float, of_quantised);
    const std::vector<double> came_in = shift_of(node, node.inputs[0], inputs, of_float, of_quantised);
    if (shift.empty() || came_in.empty()) continue;
    const bool has_bias = node.inputs.size() > 2 && !node.inputs[2].empty();
    std::vector<float> bias(outputs, 0.0F);
    if (has_bias) {
      const Tensor* old = initializer_of(graph, node.inputs[2]);
      if (old == nullptr || old->type != graph::Type::kF32 || old->f32().size() != outputs) continue;
      bias.assign(old->f32().begin(), old->f32().end());
      left_over.push_back(node.inputs[2]);
    }
    const std::vector<double> passed_on = product(node, weight, outputs, came_in);
    for (std::size_t c = 0; c < outputs; ++c)
      bias[c] = static_cast<float>(static_cast<double>(bias[c]) - (shift[c] - passed_on[c]));
    const std::string name = fresh_name(graph, links, node.outputs[0] + ".corrected_bias");
    graph.initializers[name] = graph::tensor_f32({static_cast<std::int64_t>(outputs)}, bias);
    node.inputs.resize(3);
    node.inputs[2] = name;
    ++corrected;
  }
  drop_unused(graph, left_over);
  return corrected;
}

}  // namespace cradle::compress
