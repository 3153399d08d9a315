// Small graphs for this room's tests.
#pragma once

#include <string>
#include <vector>

#include "cradle/base/random.h"
#include "cradle/graph/graph.h"

namespace cradle::compress {

inline graph::Tensor random_tensor(const std::string& name, graph::Shape shape, double deviation) {
  base::Stream stream(5, base::stable_id(name));
  std::vector<float> values(static_cast<std::size_t>(graph::elements_of(shape)));
  for (float& v : values) v = static_cast<float>(stream.normal() * deviation);
  return graph::tensor_f32(std::move(shape), values);
}

/// Adds a node and returns its output's name.
inline std::string add_node(graph::Graph& g, const std::string& op, const std::string& name,
                            std::vector<std::string> inputs, std::map<std::string, graph::Attribute> attributes = {}) {
  g.nodes.push_back({name, op, "", std::move(inputs), {name}, std::move(attributes)});
  return name;
}

/// Adds a 1×1 convolution with random weights and bias.
inline std::string add_conv(graph::Graph& g, const std::string& name, const std::string& x, std::int64_t in,
                            std::int64_t out) {
  g.initializers[name + ".w"] = random_tensor(name + ".w", {out, in, 1, 1}, 0.5);
  g.initializers[name + ".b"] = random_tensor(name + ".b", {out}, 0.2);
  return add_node(g, "Conv", name, {x, name + ".w", name + ".b"});
}

/// x → conv a → relu ra → conv b ─┐
///                    └───────────┴ add → relu rs → conv c → y, four channels on one place.
inline graph::Graph residual_graph() {
  graph::Graph g;
  g.inputs = {{"x", graph::Type::kF32, {-1, 4, 1, 1}}};
  const std::string ra = add_node(g, "Relu", "ra", {add_conv(g, "a", "x", 4, 4)});
  const std::string sum = add_node(g, "Add", "sum", {add_conv(g, "b", ra, 4, 4), ra});
  add_conv(g, "y", add_node(g, "Relu", "rs", {sum}), 4, 4);
  g.outputs = {{"y", graph::Type::kF32, {-1, 4, 1, 1}}};
  return g;
}

}  // namespace cradle::compress
