// Tensors, attributes and the structure of a graph: who makes a value, who uses it, in which order nodes can run.
#include "cradle/graph/graph.h"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <queue>
#include <set>

#include "cradle/base/error.h"

namespace cradle::graph {
namespace {

template <class T>
Tensor tensor_of(Type type, Shape shape, std::span<const T> values) {
  assert(elements_of(shape) == static_cast<std::int64_t>(values.size()));
  Tensor tensor{type, std::move(shape), std::vector<std::uint8_t>(values.size_bytes())};
  if (!values.empty()) std::memcpy(tensor.bytes.data(), values.data(), values.size_bytes());
  return tensor;
}

template <class T>
std::span<const T> typed(const Tensor& tensor) {
  return {reinterpret_cast<const T*>(tensor.bytes.data()), tensor.bytes.size() / sizeof(T)};
}

template <class T>
T attribute_or(const Node& node, std::string_view name, T fallback, std::string_view expected) {
  const auto it = node.attributes.find(std::string(name));
  if (it == node.attributes.end()) return fallback;
  const T* value = std::get_if<T>(&it->second);
  if (value == nullptr)
    base::fail("{} '{}': attribute '{}' is not {}, as the operator's definition demands; export the model again",
               node.op, node.name, name, expected);
  return *value;
}

/// The values that graph inputs and initializers bring.
std::set<std::string_view> given_values(const Graph& graph) {
  std::set<std::string_view> given;
  for (const Value& input : graph.inputs) given.insert(input.name);
  for (const auto& [name, tensor] : graph.initializers) given.insert(name);
  return given;
}

}  // namespace

std::string_view name_of(Type type) {
  switch (type) {
    case Type::kUndefined: return "undefined";
    case Type::kF32: return "float32";
    case Type::kU8: return "uint8";
    case Type::kI8: return "int8";
    case Type::kU16: return "uint16";
    case Type::kI16: return "int16";
    case Type::kI32: return "int32";
    case Type::kI64: return "int64";
    case Type::kString: return "string";
    case Type::kBool: return "bool";
    case Type::kF16: return "float16";
    case Type::kF64: return "float64";
    case Type::kU32: return "uint32";
    case Type::kU64: return "uint64";
    case Type::kBf16: return "bfloat16";
  }
  return "of a type that cradle does not know";
}

std::size_t bytes_of(Type type) {
  switch (type) {
    case Type::kU8:
    case Type::kI8:
    case Type::kBool: return 1;
    case Type::kU16:
    case Type::kI16:
    case Type::kF16:
    case Type::kBf16: return 2;
    case Type::kF32:
    case Type::kI32:
    case Type::kU32: return 4;
    case Type::kI64:
    case Type::kF64:
    case Type::kU64: return 8;
    case Type::kUndefined:
    case Type::kString: return 0;
  }
  return 0;
}

std::int64_t elements_of(const Shape& shape) {
  std::int64_t product = 1;
  bool known = true;
  for (const std::int64_t extent : shape) {
    if (extent < 0)
      known = false;
    else if (__builtin_mul_overflow(product, extent, &product) || product >= (std::int64_t{1} << 62))
      base::fail("the shape {} has more elements than any computer can hold; the model file is damaged",
                 text_of(shape));
  }
  return known ? product : -1;
}

std::string text_of(const Shape& shape) {
  if (shape.empty()) return "scalar";
  std::string text;
  for (const std::int64_t extent : shape) {
    if (!text.empty()) text += "×";
    text += extent < 0 ? "?" : std::to_string(extent);
  }
  return text;
}

std::span<const float> Tensor::f32() const {
  assert(type == Type::kF32);
  return typed<float>(*this);
}
std::span<float> Tensor::f32() {
  assert(type == Type::kF32);
  return {reinterpret_cast<float*>(bytes.data()), bytes.size() / sizeof(float)};
}
std::span<const std::int64_t> Tensor::i64() const {
  assert(type == Type::kI64);
  return typed<std::int64_t>(*this);
}

Tensor tensor_f32(Shape shape, std::span<const float> values) {
  return tensor_of(Type::kF32, std::move(shape), values);
}
Tensor tensor_i64(Shape shape, std::span<const std::int64_t> values) {
  return tensor_of(Type::kI64, std::move(shape), values);
}
Tensor tensor_i8(Shape shape, std::span<const std::int8_t> values) {
  return tensor_of(Type::kI8, std::move(shape), values);
}
Tensor tensor_u8(Shape shape, std::span<const std::uint8_t> values) {
  return tensor_of(Type::kU8, std::move(shape), values);
}
Tensor tensor_i32(Shape shape, std::span<const std::int32_t> values) {
  return tensor_of(Type::kI32, std::move(shape), values);
}

std::int64_t attribute_int(const Node& node, std::string_view name, std::int64_t fallback) {
  return attribute_or(node, name, fallback, "one integer");
}
float attribute_float(const Node& node, std::string_view name, float fallback) {
  return attribute_or(node, name, fallback, "one number");
}
std::string attribute_string(const Node& node, std::string_view name, std::string fallback) {
  return attribute_or(node, name, std::move(fallback), "a text");
}
std::vector<std::int64_t> attribute_ints(const Node& node, std::string_view name, std::vector<std::int64_t> fallback) {
  return attribute_or(node, name, std::move(fallback), "a list of integers");
}

std::string describe(const Graph& graph, std::size_t node) {
  assert(node < graph.nodes.size());
  const Node& n = graph.nodes[node];
  const std::string op = n.domain.empty() ? n.op : n.domain + "." + n.op;
  return n.name.empty() ? fmt::format("{} (node {})", op, node) : fmt::format("{} '{}'", op, n.name);
}

const std::string& name_of(const Node& node) { return node.name.empty() ? node.outputs.at(0) : node.name; }

bool is_output(const Graph& graph, std::string_view value) {
  return std::ranges::any_of(graph.outputs, [&](const Value& v) { return v.name == value; });
}

Links links_of(const Graph& graph) {
  Links links;
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    for (const std::string& output : graph.nodes[i].outputs)
      if (!output.empty()) links.producer.emplace(output, i);
    for (const std::string& input : graph.nodes[i].inputs) {
      if (input.empty()) continue;
      std::vector<std::size_t>& users = links.consumers[input];
      if (users.empty() || users.back() != i) users.push_back(i);
    }
  }
  return links;
}

void drop_unused(Graph& graph, std::span<const std::string> names) {
  const Links links = links_of(graph);
  for (const std::string& name : names) {
    if (!is_output(graph, name) && !links.consumers.contains(name)) graph.initializers.erase(name);
  }
}

std::string fresh_name(const Graph& graph, const Links& links, const std::string& wish) {
  const auto taken = [&](const std::string& name) {
    return graph.initializers.contains(name) || links.producer.contains(name) || links.consumers.contains(name) ||
           std::ranges::any_of(graph.inputs, [&](const Value& v) { return v.name == name; }) || is_output(graph, name);
  };
  std::string name = wish;
  for (int i = 2; taken(name); ++i) name = fmt::format("{}_{}", wish, i);
  return name;
}

const Tensor* initializer_of(const Graph& graph, std::string_view name) {
  const auto it = graph.initializers.find(std::string(name));
  return it == graph.initializers.end() ? nullptr : &it->second;
}

void sort_nodes(Graph& graph) {
  const Links links = links_of(graph);
  const std::set<std::string_view> given = given_values(graph);
  const std::size_t n = graph.nodes.size();
  std::vector<std::size_t> waiting(n, 0);  // inputs of a node that are not made yet
  std::vector<std::vector<std::size_t>> users(n);
  for (std::size_t i = 0; i < n; ++i) {
    for (const std::string& input : std::set<std::string>(graph.nodes[i].inputs.begin(), graph.nodes[i].inputs.end())) {
      if (input.empty() || given.contains(input)) continue;
      const auto maker = links.producer.find(input);
      if (maker == links.producer.end())
        base::fail("{}: nothing makes its input '{}'; the model file is incomplete", describe(graph, i), input);
      ++waiting[i];
      users[maker->second].push_back(i);
    }
  }
  // The ready node that stood first goes first: a graph already in order keeps its order.
  std::priority_queue<std::size_t, std::vector<std::size_t>, std::greater<>> ready;
  for (std::size_t i = 0; i < n; ++i)
    if (waiting[i] == 0) ready.push(i);
  std::vector<std::size_t> order;
  while (!ready.empty()) {
    const std::size_t node = ready.top();
    ready.pop();
    order.push_back(node);
    for (const std::size_t user : users[node])
      if (--waiting[user] == 0) ready.push(user);
  }
  if (order.size() < n) {
    const auto stuck = std::ranges::find_if(waiting, [](std::size_t w) { return w > 0; });
    base::fail("{} depends on its own output: the graph has a cycle, which no engine can run",
               describe(graph, static_cast<std::size_t>(stuck - waiting.begin())));
  }
  std::vector<Node> sorted;
  sorted.reserve(n);
  for (const std::size_t node : order) sorted.push_back(std::move(graph.nodes[node]));
  graph.nodes = std::move(sorted);
}

void check(const Graph& graph) {
  std::set<std::string_view> defined;
  for (const Value& input : graph.inputs)
    if (!defined.insert(input.name).second) base::fail("the graph has two inputs named '{}'", input.name);
  for (const auto& [name, tensor] : graph.initializers)
    if (!defined.insert(name).second) base::fail("'{}' is both an input and an initializer of the graph", name);
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    if (graph.nodes[i].outputs.empty()) base::fail("{}: it has no output", describe(graph, i));
    for (const std::string& input : graph.nodes[i].inputs)
      if (!input.empty() && !defined.contains(input))
        base::fail("{}: its input '{}' is not defined before it", describe(graph, i), input);
    for (const std::string& output : graph.nodes[i].outputs)
      if (!output.empty() && !defined.insert(output).second)
        base::fail("{}: its output '{}' is already made elsewhere", describe(graph, i), output);
  }
  std::set<std::string_view> outputs;
  for (const Value& output : graph.outputs) {
    if (!defined.contains(output.name)) base::fail("nothing makes the graph's output '{}'", output.name);
    if (!outputs.insert(output.name).second) base::fail("the graph has two outputs named '{}'", output.name);
  }
}

}  // namespace cradle::graph
