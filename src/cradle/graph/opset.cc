// Rewrites nodes of operator sets 9 to 12 for 13.
#include "cradle/graph/opset.h"

#include <algorithm>
#include <vector>

#include "cradle/base/error.h"
#include "cradle/graph/shapes.h"

namespace cradle::graph {
namespace {

/// Makes a constant input at position `at` of a node, with absent inputs in between.
void set_input(Graph& graph, const Links& links, Node& node, std::size_t at, const std::string& what, Tensor tensor) {
  const std::string name = fresh_name(graph, links, node.outputs.at(0) + "." + what);
  graph.initializers[name] = std::move(tensor);
  if (node.inputs.size() <= at) node.inputs.resize(at + 1);
  node.inputs[at] = name;
}

/// An attribute with integers becomes input `at`.
void ints_to_input(Graph& graph, const Links& links, Node& node, const char* attribute, std::size_t at) {
  if (!node.attributes.contains(attribute)) return;
  const std::vector<std::int64_t> values = attribute_ints(node, attribute, {});
  node.attributes.erase(attribute);
  set_input(graph, links, node, at, attribute, tensor_i64({static_cast<std::int64_t>(values.size())}, values));
}

void float_to_input(Graph& graph, const Links& links, Node& node, const char* attribute, std::size_t at) {
  if (!node.attributes.contains(attribute)) return;
  const float value = attribute_float(node, attribute, 0);
  node.attributes.erase(attribute);
  set_input(graph, links, node, at, attribute, tensor_f32({}, {&value, 1}));
}

/// Upsample (7 to 9) and Resize (10) took coordinates "asymmetric" and rounded down; both had scales as input 1.
void raise_resize(Node& node) {
  if (node.inputs.size() < 2) base::fail("{} '{}': needs its scales as an input", node.op, node.name);
  node.op = "Resize";
  node.inputs = {node.inputs[0], "", node.inputs[1]};
  node.attributes["coordinate_transformation_mode"] = std::string("asymmetric");
  if (attribute_string(node, "mode", "nearest") == "nearest") node.attributes["nearest_mode"] = std::string("floor");
}

/// Before 13, Softmax worked on a matrix cut at `axis`; that is the same only if the axis is the last.
void raise_softmax(const Graph& shaped, std::size_t index, Node& node) {
  const auto rank = static_cast<std::int64_t>(shaped.values.at(node.inputs.at(0)).shape.size());
  const std::int64_t axis = attribute_int(node, "axis", 1);
  if (axis != -1 && axis != rank - 1)
    base::fail(
        "{}: its axis {} of {} means something else since operator set 13; export the model again with 13 or newer",
        describe(shaped, index), axis, rank);
  node.attributes["axis"] = std::int64_t{-1};
}

// Unchanged in meaning between 9 and 13 (types were added, axes may be negative).
constexpr const char* kUnchanged[] = {"Abs",           "Add",           "AveragePool", "BatchNormalization",
                                      "Cast",          "Ceil",          "Concat",      "Constant",
                                      "Conv",          "ConvTranspose", "Div",         "Elu",
                                      "Equal",         "Erf",           "Exp",         "Flatten",
                                      "Floor",         "Gather",        "Gemm",        "GlobalAveragePool",
                                      "GlobalMaxPool", "HardSigmoid",   "Identity",    "LRN",
                                      "LeakyRelu",     "Log",           "MatMul",      "Max",
                                      "MaxPool",       "Min",           "Mul",         "Neg",
                                      "PRelu",         "Pow",           "Reciprocal",  "ReduceMax",
                                      "ReduceMean",    "ReduceMin",     "Relu",        "Reshape",
                                      "Shape",         "Sigmoid",       "Softplus",    "Sqrt",
                                      "Sub",           "Sum",           "Tanh",        "Transpose"};

void raise_node(Graph& graph, const Links& links, const Graph& shaped, std::size_t index) {
  Node& node = graph.nodes[index];
  const std::string& op = node.op;
  if (op == "Clip") {
    float_to_input(graph, links, node, "min", 1);
    float_to_input(graph, links, node, "max", 2);
  } else if (op == "Pad") {
    ints_to_input(graph, links, node, "pads", 1);
    float_to_input(graph, links, node, "value", 2);
  } else if (op == "Slice") {
    ints_to_input(graph, links, node, "starts", 1);
    ints_to_input(graph, links, node, "ends", 2);
    ints_to_input(graph, links, node, "axes", 3);
  } else if (op == "Squeeze" || op == "Unsqueeze" || op == "ReduceSum") {
    ints_to_input(graph, links, node, "axes", 1);
  } else if (op == "Split") {
    ints_to_input(graph, links, node, "split", 1);
  } else if (op == "Dropout") {
    node.attributes.erase("ratio");  // of training; nothing at inference
  } else if (op == "Upsample" || (op == "Resize" && graph.opset == 10)) {
    raise_resize(node);
  } else if (op == "Softmax" || op == "LogSoftmax") {
    raise_softmax(shaped, index, node);
  } else if (op != "Resize" && std::ranges::find(kUnchanged, op) == std::end(kUnchanged)) {
    base::fail("{}: cradle cannot raise it from operator set {} to {}; export the model again with {} or newer",
               describe(graph, index), graph.opset, kQuantisationOpset, kQuantisationOpset);
  }
}

}  // namespace

void raise_to_quantisation_opset(Graph& graph) {
  if (graph.opset >= kQuantisationOpset) return;
  const bool softmax = std::ranges::any_of(graph.nodes, [](const Node& n) { return n.op.ends_with("oftmax"); });
  Graph shaped;  // only Softmax needs to know ranks
  if (softmax) {
    shaped = graph;
    infer_shapes(shaped);
  }
  const Links links = links_of(graph);
  for (std::size_t i = 0; i < graph.nodes.size(); ++i)
    if (graph.nodes[i].domain.empty()) raise_node(graph, links, shaped, i);
  graph.opset = kQuantisationOpset;
  graph.values.clear();
}

}  // namespace cradle::graph
