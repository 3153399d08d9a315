// Walks the graph once and applies each operator's shape rule.
#include "cradle/graph/shapes.h"

#include <algorithm>
#include <cstring>

#include "cradle/base/error.h"
#include "cradle/base/text.h"
#include "cradle/graph/fold.h"
#include "cradle/graph/operators.h"

namespace cradle::graph {
namespace {

// Longer integer tensors are data, not shapes in the making.
constexpr std::int64_t kLongestConstant = 64;

const Operator* find_operator(std::string_view name) {
  for (const std::span<const Operator> table : {plain_operators(), rearranging_operators(), spatial_operators()})
    for (const Operator& op : table)
      if (op.name == name) return &op;
  return nullptr;
}

/// The walk's state: what is known so far.
struct Walk {
  Graph& graph;
  KnownIntegers constants;                                    // small integers, followed through the graph
  std::map<std::string, const Tensor*, std::less<>> tensors;  // initializers and what Constant nodes hold
};

void keep_constant(Walk& walk, const std::string& name, const Tensor& tensor) {
  if (tensor.type != Type::kI64 && tensor.type != Type::kI32) return;
  if (elements_of(tensor.shape) > kLongestConstant) return;
  std::vector<std::int64_t> values;
  if (tensor.type == Type::kI64) {
    values.assign(tensor.i64().begin(), tensor.i64().end());
  } else {
    for (std::size_t at = 0; at + sizeof(std::int32_t) <= tensor.bytes.size(); at += sizeof(std::int32_t)) {
      std::int32_t value = 0;
      std::memcpy(&value, tensor.bytes.data() + at, sizeof value);
      values.push_back(value);
    }
  }
  walk.constants[name] = std::move(values);
}

void begin(Walk& walk, std::int64_t batch) {
  Graph& graph = walk.graph;
  graph.values.clear();
  for (const auto& [name, tensor] : graph.initializers) {
    graph.values[name] = {name, tensor.type, tensor.shape};
    keep_constant(walk, name, tensor);
    walk.tensors[name] = &tensor;
  }
  for (const Node& node : graph.nodes) {
    const auto value = node.attributes.find("value");
    if (node.op != "Constant" || value == node.attributes.end() || node.outputs.empty()) continue;
    if (const auto* tensor = std::get_if<Tensor>(&value->second)) walk.tensors[node.outputs[0]] = tensor;
  }
  for (const Value& input : graph.inputs) {
    Value value = input;
    if (!value.ranked) base::fail("input '{}' has no declared shape; give one with --input-shape", input.name);
    for (std::size_t i = 0; i < value.shape.size(); ++i) {
      if (i == 0 && value.shape[i] < 0) value.shape[i] = batch;
      if (value.shape[i] < 1)
        base::fail(
            "input '{}' has shape {}, in which axis {} is not known; give it with --input-shape (cradle graph), or "
            "--size and --channels",
            input.name, text_of(input.shape), i);
    }
    elements_of(value.shape);  // refuses what no computer can hold
    graph.values[input.name] = std::move(value);
  }
}

Call call_of(const Walk& walk, std::size_t index) {
  const Node& node = walk.graph.nodes[index];
  Call call{walk.graph, index, node, {}, {}, {}};
  for (const std::string& name : node.inputs) {
    const auto value = walk.graph.values.find(name);
    if (!name.empty() && value == walk.graph.values.end())
      base::fail("{}: its input '{}' is not defined before it", describe(walk.graph, index), name);
    const auto constant = walk.constants.find(name);
    call.inputs.push_back(name.empty() ? nullptr : &value->second);
    call.constants.push_back(constant == walk.constants.end() ? nullptr : &constant->second);
    const auto tensor = walk.tensors.find(name);
    call.tensors.push_back(tensor == walk.tensors.end() ? nullptr : tensor->second);
  }
  return call;
}

void infer_node(Walk& walk, std::size_t index) {
  const Node& node = walk.graph.nodes[index];
  const Operator* op = node.domain.empty() ? find_operator(node.op) : nullptr;
  if (op == nullptr && node.domain.empty() && (node.op == "NonMaxSuppression" || node.op == "NonZero"))
    base::fail(
        "{}: how many elements it gives depends on the data, and nothing behind it can be costed; export the "
        "model without this step: its raw outputs are what counts",
        describe(walk.graph, index));
  if (op == nullptr)
    base::fail("{}: the operator '{}'{} is not supported{}", describe(walk.graph, index), node.op,
               node.domain.empty() ? "" : " of domain '" + node.domain + "'",
               node.domain.empty() ? base::suggestion(node.op, supported_operators()) : "");
  const Call call = call_of(walk, index);
  std::vector<Value> outputs = op->rule(call);
  if (outputs.size() < node.outputs.size())
    base::fail("{}: it has {} outputs, cradle knows {}", describe(walk.graph, index), node.outputs.size(),
               outputs.size());
  for (std::size_t i = 0; i < node.outputs.size(); ++i) {
    if (node.outputs[i].empty()) continue;
    Value& value = outputs[i];
    value.name = node.outputs[i];
    if (elements_of(value.shape) <= kLongestConstant) {
      std::vector<std::int64_t> integers = i == 0 ? known_integers(call, value) : std::vector<std::int64_t>{};
      if (!integers.empty()) walk.constants[value.name] = std::move(integers);
    }
    walk.graph.values[value.name] = std::move(value);
  }
}

void finish_outputs(Graph& graph) {
  const bool open =
      std::ranges::any_of(graph.inputs, [](const Value& v) { return !v.shape.empty() && v.shape[0] < 0; });
  for (Value& output : graph.outputs) {
    const auto value = graph.values.find(output.name);
    if (value == graph.values.end()) base::fail("nothing makes the graph's output '{}'", output.name);
    const bool declared_open = output.ranked && !output.shape.empty() && output.shape[0] < 0;
    const bool undeclared = !output.ranked || output.shape.empty();
    output = value->second;
    if (open && !output.shape.empty() && (declared_open || undeclared)) output.shape[0] = -1;
  }
}

}  // namespace

KnownIntegers infer_shapes(Graph& graph, std::int64_t batch) {
  refuse_control_flow(graph);
  if (graph.opset < kOldestOpset || graph.opset > kNewestOpset)
    base::fail("the model uses operator set {}; cradle interprets {} to {}; export it again with one of these",
               graph.opset, kOldestOpset, kNewestOpset);
  if (batch < 1) base::fail_usage("the batch must be at least 1, found {}", batch);
  Walk walk{graph, {}, {}};
  begin(walk, batch);
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) infer_node(walk, i);
  finish_outputs(graph);
  return std::move(walk.constants);
}

std::vector<std::string> supported_operators() {
  std::vector<std::string> names;
  for (const std::span<const Operator> table : {plain_operators(), rearranging_operators(), spatial_operators()})
    for (const Operator& op : table) names.emplace_back(op.name);
  std::ranges::sort(names);
  return names;
}

}  // namespace cradle::graph
