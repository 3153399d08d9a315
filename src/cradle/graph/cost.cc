// Counts parameters, multiply-accumulates and bytes per node.
#include "cradle/graph/cost.h"

#include <algorithm>
#include <set>

#include "cradle/base/error.h"

namespace cradle::graph {
namespace {

const Value& value_of(const Graph& graph, std::size_t node, const std::string& name) {
  const auto it = graph.values.find(name);
  if (it == graph.values.end())
    base::fail("{}: the shape of '{}' is not known; infer shapes first", describe(graph, node), name);
  return it->second;
}

double elements(const Value& value) { return static_cast<double>(elements_of(value.shape)); }

/// How many of a node's inputs, from the first, can be weights. What follows them says how the operator works.
std::size_t weight_inputs(const Node& node) {
  const std::string& op = node.op;
  if (op == "BatchNormalization") return 3;  // input, scale, shift; then the running mean and variance
  if (op == "QuantizeLinear" || op == "DequantizeLinear") return 1;
  for (const char* shaped : {"Clip", "Reshape", "Resize", "Upsample", "Pad", "Slice", "Squeeze", "Unsqueeze", "Split",
                             "ReduceMean", "ReduceSum", "ReduceMax", "ReduceMin", "Dropout"})
    if (op == shaped) return 1;
  return node.inputs.size();
}

bool is_weight(const Graph& graph, const Node& node, std::size_t input) {
  const Tensor* tensor = initializer_of(graph, node.inputs[input]);
  if (tensor == nullptr || input >= weight_inputs(node)) return false;
  return tensor->type != Type::kI64 && tensor->type != Type::kBool;  // indices and shapes
}

/// Multiply-accumulates: each output element of a convolution sums over the kernel and the channels of its group.
double macs_of(const Graph& graph, std::size_t index) {
  const Node& node = graph.nodes[index];
  const auto extent = [&](std::size_t input) -> const Value& { return value_of(graph, index, node.inputs.at(input)); };
  if (node.op == "Conv") {
    const Value& w = extent(1);
    return elements(value_of(graph, index, node.outputs[0])) * elements(w) / static_cast<double>(w.shape[0]);
  }
  if (node.op ==
      "ConvTranspose") {  // each input element is spread over the kernel and the output channels of its group
    const Value& w = extent(1);
    return elements(extent(0)) * elements(w) / static_cast<double>(w.shape[0]);
  }
  if (node.op == "Gemm") {
    const bool transposed = attribute_int(node, "transA", 0) != 0;
    return elements(value_of(graph, index, node.outputs[0])) * static_cast<double>(extent(0).shape[transposed ? 0 : 1]);
  }
  if (node.op == "MatMul")
    return elements(value_of(graph, index, node.outputs[0])) * static_cast<double>(extent(0).shape.back());
  return 0;
}

}  // namespace

std::vector<NodeCost> costs_of(const Graph& graph) {
  std::vector<NodeCost> costs;
  costs.reserve(graph.nodes.size());
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const Node& node = graph.nodes[i];
    NodeCost cost{i, 0, macs_of(graph, i), 0};
    std::set<std::string_view> seen;
    const auto touch = [&](const std::string& name) {
      if (name.empty() || !seen.insert(name).second) return;
      const Value& value = value_of(graph, i, name);
      cost.bytes += elements(value) * static_cast<double>(bytes_of(value.type));
    };
    for (std::size_t k = 0; k < node.inputs.size(); ++k) {
      if (!node.inputs[k].empty() && !seen.contains(node.inputs[k]) && is_weight(graph, node, k))
        cost.parameters += elements(value_of(graph, i, node.inputs[k]));
      touch(node.inputs[k]);
    }
    for (const std::string& output : node.outputs) touch(output);
    costs.push_back(cost);
  }
  return costs;
}

GraphCost cost_of(const Graph& graph) {
  GraphCost sum;
  for (const NodeCost& cost : costs_of(graph)) {
    sum.macs += cost.macs;
    sum.bytes += cost.bytes;
  }
  std::set<std::string_view> counted;
  for (const Node& node : graph.nodes)
    for (std::size_t k = 0; k < node.inputs.size(); ++k)
      if (is_weight(graph, node, k) && counted.insert(node.inputs[k]).second)
        sum.parameters += static_cast<double>(elements_of(graph.initializers.at(node.inputs[k]).shape));
  for (const auto& [name, tensor] : graph.initializers) sum.parameter_bytes += static_cast<double>(tensor.bytes.size());
  return sum;
}

namespace {

std::string precision_of(Type type) {
  switch (type) {
    case Type::kF32: return "fp32";
    case Type::kF16: return "fp16";
    case Type::kBf16: return "bf16";
    case Type::kI8:
    case Type::kU8: return "int8";
    default: return std::string(name_of(type));
  }
}

}  // namespace

std::string precision_of(const Graph& graph) {
  const Links links = links_of(graph);
  std::set<std::string> found;
  for (const Node& node : graph.nodes) {
    const bool weighted = node.op == "Conv" || node.op == "ConvTranspose" || node.op == "Gemm" || node.op == "MatMul";
    if (!weighted || node.inputs.size() < 2) continue;
    std::string stored = node.inputs[1];
    for (auto maker = links.producer.find(stored); maker != links.producer.end(); maker = links.producer.find(stored)) {
      const Node& decoder = graph.nodes[maker->second];
      if ((decoder.op != "DequantizeLinear" && decoder.op != "Cast") || decoder.inputs.empty()) break;
      stored = decoder.inputs[0];
    }
    if (const Tensor* weight = initializer_of(graph, stored)) found.insert(precision_of(weight->type));
  }
  if (found.empty()) return "none";
  return found.size() == 1 ? *found.begin() : "mixed";
}

}  // namespace cradle::graph
