// Weights by their place.
#include "cradle/learn/weight_places.h"

#include <algorithm>
#include <set>
#include <vector>

#include "cradle/base/error.h"
#include "cradle/graph/fold.h"

namespace cradle::learn {

namespace {

struct WeightPlace {
  std::string_view op;
  std::size_t place;
  Role role;
};

constexpr WeightPlace kPlaces[] = {
    {"Conv", 1, Role::kKernel},
    {"Conv", 2, Role::kOther},
    {"ConvTranspose", 1, Role::kKernel},
    {"ConvTranspose", 2, Role::kOther},
    {"Gemm", 1, Role::kKernel},
    {"Gemm", 2, Role::kOther},
    {"MatMul", 0, Role::kKernel},
    {"MatMul", 1, Role::kKernel},
    {"BatchNormalization", 1, Role::kScale},
    {"BatchNormalization", 2, Role::kOther},
    {"PRelu", 1, Role::kOther},
};

/// The value that is coded and decoded on the way to `name`, or `name` itself.
const std::string& before_coding(const graph::Graph& graph, const graph::Links& links, const std::string& name) {
  const std::string* value = &name;
  for (auto it = links.producer.find(*value); it != links.producer.end(); it = links.producer.find(*value)) {
    const graph::Node& node = graph.nodes[it->second];
    if ((node.op != "QuantizeLinear" && node.op != "DequantizeLinear") || node.inputs.empty()) break;
    value = &node.inputs[0];
  }
  return *value;
}

bool is_float(graph::Type type) {
  return type == graph::Type::kF32 || type == graph::Type::kF16 || type == graph::Type::kBf16 ||
         type == graph::Type::kF64;
}

}  // namespace

std::map<std::string, Role, std::less<>> trainable_places(const graph::Graph& graph) {
  const graph::Links links = graph::links_of(graph);
  std::map<std::string, Role, std::less<>> places;
  std::set<std::string, std::less<>> products;
  const auto add = [&](const std::string& name, Role role) {
    const auto [it, is_new] = places.emplace(before_coding(graph, links, name), role);
    if (!is_new) it->second = std::min(it->second, role);
  };
  for (const graph::Node& node : graph.nodes) {
    for (const WeightPlace& entry : kPlaces)
      if (node.op == entry.op && entry.place < node.inputs.size()) add(node.inputs[entry.place], entry.role);
    if (node.op == "MatMul") products.insert(node.outputs.at(0));
    if (node.op == "Add" && node.inputs.size() == 2)
      for (std::size_t i = 0; i < 2; ++i)
        if (products.contains(before_coding(graph, links, node.inputs[1 - i]))) add(node.inputs[i], Role::kOther);
  }
  return places;
}

std::vector<Kernel> kernels_of(const graph::Graph& graph) {
  const graph::Links links = graph::links_of(graph);
  std::vector<Kernel> kernels;
  std::map<std::string, std::size_t, std::less<>> at;
  for (std::size_t i = 0; i < graph.nodes.size(); ++i)
    for (const WeightPlace& entry : kPlaces) {
      const graph::Node& node = graph.nodes[i];
      if (node.op != entry.op || entry.role != Role::kKernel || entry.place >= node.inputs.size()) continue;
      const std::string& name = before_coding(graph, links, node.inputs[entry.place]);
      if (!graph.initializers.contains(name)) continue;
      const auto [found, is_new] = at.emplace(name, kernels.size());
      if (is_new) kernels.push_back({i, name, entry.place, {}});
      if (node.op == "MatMul" || node.inputs.size() < 3) continue;
      std::vector<std::string>& biases = kernels[found->second].biases;
      const std::string& bias = before_coding(graph, links, node.inputs[2]);
      if (graph.initializers.contains(bias) && std::find(biases.begin(), biases.end(), bias) == biases.end())
        biases.push_back(bias);
    }
  return kernels;
}

graph::Graph with_float_weights(graph::Graph graph) {
  graph::constants_to_initializers(graph);
  graph::casts_to_initializers(graph);
  return graph;
}

void check_float_kernels(const graph::Graph& graph, std::string_view why) {
  for (const Kernel& kernel : kernels_of(graph)) {
    const graph::Type type = graph.initializers.at(kernel.initializer).type;
    if (type == graph::Type::kF32) continue;
    if (is_float(type))
      base::fail("{}: its weights '{}' are {} and {}; take the model in float32", graph::describe(graph, kernel.node),
                 kernel.initializer, graph::name_of(type), why);
    base::fail(
        "{}: its weights '{}' are whole numbers (codes) and {}; take the float model, or one with float32 weights "
        "behind QuantizeLinear and DequantizeLinear",
        graph::describe(graph, kernel.node), kernel.initializer, why);
  }
}

}  // namespace cradle::learn
