// Which nodes of a graph become one step, and what can follow a product inside one primitive.
#pragma once

#include <oneapi/dnnl/dnnl.hpp>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "cradle/graph/graph.h"
#include "cradle/graph/shapes.h"

namespace cradle::deploy::onednn {

/// Nodes that run together, the first one's work first. The last one makes the group's value.
struct Group {
  std::vector<std::size_t> nodes;
};

/// The values that a group takes from elsewhere.
std::set<std::string> values_read_by(const graph::Graph& graph, const Group& group);

/// Nodes whose results are not known before a run, in groups, in an order that can be run: a group stands where its
/// last node stood, so that everything it takes is there. A product (Conv, ConvTranspose, Gemm, MatMul) takes with it
/// the activations, one sum with a value and the QuantizeLinear that follow it alone. In a model with QuantizeLinear
/// the coding between a product and its sum is left out: the sum is made before rounding.
std::vector<Group> fuse(const graph::Graph& graph, const graph::KnownIntegers& integers);

/// One of oneDNN's functions of one number.
struct Unary {
  dnnl::algorithm algorithm;
  float alpha = 0, beta = 0;
};

/// A node as one or two such functions, one after the other; nullopt if oneDNN has none for it, or a parameter is not
/// constant.
std::optional<std::vector<Unary>> unary_of(const graph::Graph& graph, const graph::Node& node);

}  // namespace cradle::deploy::onednn
