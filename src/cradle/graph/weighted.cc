// Finds the layers of a graph.
#include "cradle/graph/weighted.h"

#include <algorithm>

#include "cradle/base/error.h"

namespace cradle::graph {
namespace {

bool multiplies(const Node& node) {
  const auto ops = {"Conv", "ConvTranspose", "Gemm", "MatMul"};
  return node.domain.empty() && node.inputs.size() > 1 &&
         std::ranges::any_of(ops, [&](const char* op) { return node.op == op; });
}

double fan_in_of(const Node& node, const Shape& weight) {
  const auto extent = [&](std::size_t axis) { return static_cast<double>(weight[axis]); };
  if (node.op == "Gemm") return extent(attribute_int(node, "transB", 0) != 0 ? 1 : 0);
  if (node.op == "MatMul") return extent(weight.size() - 2);
  double taps = 1;
  for (std::size_t axis = 2; axis < weight.size(); ++axis) taps *= extent(axis);
  if (node.op == "Conv") return extent(1) * taps;
  for (const std::int64_t stride : attribute_ints(node, "strides", {})) taps /= static_cast<double>(stride);
  return extent(0) / static_cast<double>(attribute_int(node, "group", 1)) * taps;
}

}  // namespace

std::optional<WeightedNode> weighted_node(const Graph& graph, std::size_t index) {
  const Node& node = graph.nodes[index];
  const Tensor* weight = multiplies(node) ? initializer_of(graph, node.inputs[1]) : nullptr;
  if (weight == nullptr || weight->shape.size() < 2 || elements_of(weight->shape) < 1) return std::nullopt;
  if (weight->type != Type::kF32)
    base::fail("{}: its weights are {}, expected float32; start from the float model", describe(graph, index),
               name_of(weight->type));
  WeightedNode layer{fan_in_of(node, weight->shape), ""};
  if (node.inputs.size() > 2 && initializer_of(graph, node.inputs[2]) != nullptr) layer.bias = node.inputs[2];
  return layer;
}

std::set<std::size_t> last_weighted_nodes(const Graph& graph) {
  const Links links = links_of(graph);
  std::set<std::size_t> seen, last;
  std::vector<std::string> open;
  for (const Value& output : graph.outputs) open.push_back(output.name);
  while (!open.empty()) {
    const auto maker = links.producer.find(open.back());
    open.pop_back();
    if (maker == links.producer.end() || !seen.insert(maker->second).second) continue;
    const Node& node = graph.nodes[maker->second];
    if (multiplies(node) && initializer_of(graph, node.inputs[1]) != nullptr) {
      last.insert(maker->second);
      continue;
    }
    open.insert(open.end(), node.inputs.begin(), node.inputs.end());
  }
  return last;
}

}  // namespace cradle::graph
