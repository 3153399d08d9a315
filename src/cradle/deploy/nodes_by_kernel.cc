// Brings the kernels of an optimised graph back to the nodes of the file.
#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "cradle/deploy/steps.h"

namespace cradle::deploy {
namespace {

/// Without "_token_12" and "_nchwc", which ONNX Runtime's transformers append.
std::string plain_name(std::string name) {
  for (const std::string_view mark : {"_token_"}) {
    const std::size_t at = name.rfind(mark);
    if (at != name.npos && at + mark.size() < name.size() &&
        name.find_first_not_of("0123456789", at + mark.size()) == name.npos)
      name.resize(at);
  }
  if (name.ends_with("_nchwc")) name.resize(name.size() - 6);
  return name;
}

/// Operators that engines put into the kernel before them.
bool follows(const std::string& op) {
  static const std::set<std::string, std::less<>> kFollowing = {"Relu",
                                                                "Clip",
                                                                "LeakyRelu",
                                                                "Sigmoid",
                                                                "HardSigmoid",
                                                                "HardSwish",
                                                                "Tanh",
                                                                "Elu",
                                                                "PRelu",
                                                                "Identity",
                                                                "BatchNormalization",
                                                                "QuantizeLinear",
                                                                "Dropout",
                                                                "Flatten",
                                                                "Mul",
                                                                "Add",
                                                                "Reshape",
                                                                "Unsqueeze",
                                                                "Squeeze",
                                                                "Softplus",
                                                                "Div",
                                                                "Sub"};
  return kFollowing.contains(op);
}

using Owner = std::vector<std::optional<std::size_t>>;  // of each node: its kernel

}  // namespace

std::vector<std::vector<std::size_t>> nodes_by_kernel(const graph::Graph& graph, std::span<const std::string> kernels) {
  const graph::Links links = graph::links_of(graph);
  std::map<std::string, std::size_t, std::less<>> by_name;
  for (std::size_t i = 0; i < graph.nodes.size(); ++i)
    if (!graph.nodes[i].name.empty()) by_name.emplace(graph.nodes[i].name, i);
  Owner owner(graph.nodes.size());
  for (std::size_t k = 0; k < kernels.size(); ++k) {
    const std::string name = plain_name(kernels[k]);
    if (const auto node = by_name.find(name); node != by_name.end())
      owner[node->second] = k;
    else if (const auto maker = links.producer.find(name); maker != links.producer.end())
      owner[maker->second] = k;
  }
  // Backwards from the end: what comes before a kernel belongs to it, if nobody else reads it.
  const auto next_owner = [&](std::size_t i) -> std::optional<std::size_t> {
    std::optional<std::size_t> found;
    for (const std::string& output : graph.nodes[i].outputs) {
      const auto readers = links.consumers.find(output);
      if (readers == links.consumers.end()) continue;
      for (const std::size_t reader : readers->second) {
        if (!owner[reader] || (found && found != owner[reader])) return std::nullopt;
        found = owner[reader];
      }
    }
    return found;
  };
  // Forwards first, so that an activation goes with its convolution and not with the next one.
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const graph::Node& node = graph.nodes[i];
    if (owner[i] || !follows(node.op)) continue;
    for (const std::string& input : node.inputs) {
      const auto maker = links.producer.find(input);
      if (maker != links.producer.end() && owner[maker->second] && !owner[i]) owner[i] = owner[maker->second];
    }
  }
  for (std::size_t i = graph.nodes.size(); i-- > 0;)
    if (!owner[i]) owner[i] = next_owner(i);
  std::vector<std::vector<std::size_t>> nodes(kernels.size());
  for (std::size_t i = 0; i < owner.size(); ++i)
    if (owner[i]) nodes[*owner[i]].push_back(i);
  return nodes;
}

}  // namespace cradle::deploy
