// Narrows initializers and puts Casts where types meet.
#include "cradle/compress/storage.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

#include "cradle/base/error.h"
#include "cradle/compress/graph_names.h"
#include "cradle/compress/quantised.h"
#include "cradle/graph/fold.h"
#include "cradle/graph/half.h"
#include "cradle/graph/opset.h"
#include "cradle/graph/shapes.h"

namespace cradle::compress {
namespace {

using graph::Graph;
using graph::Node;
using graph::Tensor;
using graph::Type;

constexpr std::int64_t kFloat = static_cast<std::int64_t>(Type::kF32), kHalf = static_cast<std::int64_t>(Type::kF16);

bool multiplies(const Node& node) {
  return node.op == "Conv" || node.op == "ConvTranspose" || node.op == "Gemm" || node.op == "MatMul";
}

/// What convolutions and products multiply with and add, and nobody else uses: of these, small numbers may become 0.
std::set<std::string> weights_of(const Graph& graph) {
  std::set<std::string> weights;
  for (const Node& node : graph.nodes)
    if (multiplies(node) && node.inputs.size() > 1) weights.insert(node.inputs.begin() + 1, node.inputs.end());
  for (const Node& node : graph.nodes)
    if (!multiplies(node))
      for (const std::string& input : node.inputs) weights.erase(input);
  return weights;
}

/// How a tensor's numbers may change.
struct Narrowing {
  Type type = Type::kF16;
  Overflow overflow = Overflow::kRefuse;
  bool to_zero = true;  ///< what is too small becomes 0; else the least number above it
};

/// The tensor in sixteen bits. What overflows is refused, or cut and added to `saturated`.
Tensor narrowed(const std::string& name, const Tensor& tensor, const Narrowing& how,
                std::vector<Saturated>& saturated) {
  const Type type = how.type;
  const float greatest = type == Type::kF16 ? 65504.0F : graph::float_of_bfloat16(0x7f7f);
  Tensor out{type, tensor.shape, {}};
  out.bytes.reserve(tensor.bytes.size() / 2);
  Saturated cut{name, 0, 0};
  for (float value : tensor.f32()) {
    const auto bits_of = [&] { return type == Type::kF16 ? graph::half_of(value) : graph::bfloat16_of(value); };
    std::uint16_t bits = bits_of();
    const std::uint16_t infinity = type == Type::kF16 ? 0x7c00 : 0x7f80;
    if ((bits & 0x7fff) == infinity && std::isfinite(value)) {
      ++cut.numbers;
      cut.greatest = std::max(cut.greatest, std::abs(value));
      value = std::copysign(greatest, value);
      bits = bits_of();
    }
    if ((bits & 0x7fff) == 0 && value != 0.0F && !how.to_zero) ++bits;  // the least number of its sign
    out.bytes.push_back(static_cast<std::uint8_t>(bits & 0xff));
    out.bytes.push_back(static_cast<std::uint8_t>(bits >> 8));
  }
  if (cut.numbers > 0 && how.overflow == Overflow::kRefuse)
    base::fail(
        "the initializer '{}' holds {}, which {} cannot: its greatest number is {}; let such numbers be cut to it, or "
        "keep the model in float32",
        name, cut.greatest, graph::name_of(type), greatest);
  if (cut.numbers > 0) saturated.push_back(cut);
  return out;
}

// The list "CUDA Ops that can autocast to float32" of PyTorch's documentation of automatic mixed precision, in ONNX's
// names; batch and instance norm (storage.h); Celu and Range, which ONNX defines for float32 but not for float16.
constexpr std::array<std::string_view, 19> kFloatOps{"BatchNormalization",
                                                     "InstanceNormalization",
                                                     "LayerNormalization",
                                                     "LpNormalization",
                                                     "LRN",
                                                     "CumSum",
                                                     "Exp",
                                                     "Log",
                                                     "LogSoftmax",
                                                     "Pow",
                                                     "Reciprocal",
                                                     "ReduceL1",
                                                     "ReduceL2",
                                                     "ReduceProd",
                                                     "ReduceSum",
                                                     "Softmax",
                                                     "Softplus",
                                                     "Celu",
                                                     "Range"};

/// Whether input `i` of a node that computes in float16 stays float32.
bool stays_float(const Node& node, std::size_t i) {
  return i > 0 && (node.op == "Resize" || node.op == "Upsample" || node.op == "Dropout");
}

/// float16 holds all of its numbers: images come as such, and are cast to floats by the graph.
bool is_narrow(Type type) { return type == Type::kU8 || type == Type::kI8; }

/// Writes the graph in float16 node by node. A value that a float16 node makes has that type under its own name.
class HalfWriter {
 public:
  HalfWriter(Graph graph, const StorageOptions& options)
      : options_(options), result_{std::move(graph), 0, 0, {}, {}}, names_(result_.graph) {
    Graph shaped = result_.graph;
    graph::infer_shapes(shaped);
    for (const auto& [name, value] : shaped.values) {
      if (value.type == Type::kF32) floats_.insert(name);
      if (is_narrow(value.type)) narrow_.insert(name);
    }
    for (const graph::Value& input : shaped.inputs)
      if (is_float(input.name) || is_narrow(input.type)) following_.insert(input.name);
    weights_ = weights_of(result_.graph);
  }

  NarrowGraph write() {
    std::vector<Node> nodes = std::move(result_.graph.nodes);
    result_.graph.nodes.clear();
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      const bool follows = follows_inputs(nodes[i]);
      if (follows)
        for (const std::string& output : nodes[i].outputs)
          if (is_float(output) || narrow_.contains(output)) following_.insert(output);
      if (follows && nodes[i].domain.empty() && std::ranges::find(kFloatOps, nodes[i].op) == kFloatOps.end())
        write_half(std::move(nodes[i]));
      else
        write_float(std::move(nodes[i]), i, follows);
    }
    if (halves_.empty())
      base::fail("there is nothing to compute in float16: no node takes floats that follow from the graph's inputs");
    drop_unused(result_.graph, left_over_);
    result_.graph.values.clear();
    check(result_.graph);
    Graph shaped = result_.graph;
    graph::infer_shapes(shaped);  // complains where an input has a type that its operator does not take
    return std::move(result_);
  }

 private:
  bool is_float(const std::string& value) const { return floats_.contains(value); }

  /// Whether one of its inputs is a float that follows from the graph's inputs. What does not (extents that an export
  /// computes as floats) stays float32: integers above 2048 have no float16 of their own.
  bool follows_inputs(const Node& node) const {
    return std::ranges::any_of(node.inputs, [&](const auto& v) { return following_.contains(v); });
  }

  std::string cast(const std::string& from, const std::string& to, std::int64_t type) {
    result_.graph.nodes.push_back({to + ".cast", "Cast", "", {from}, {to}, {{"to", type}}});
    return to;
  }

  /// The float16 form of a float value; made when first asked for.
  std::string in_half(const std::string& value, Overflow overflow) {
    if (const auto it = halves_.find(value); it != halves_.end()) return it->second;
    const Tensor* constant = initializer_of(result_.graph, value);
    if (constant == nullptr) return halves_[value] = cast(value, names_.fresh(value + ".float16"), kHalf);
    const std::string name =
        names_.keep(value + ".float16",
                    narrowed(value, *constant, {Type::kF16, overflow, weights_.contains(value)}, result_.saturated));
    ++result_.tensors;
    result_.numbers += static_cast<std::int64_t>(constant->f32().size());
    left_over_.push_back(value);
    return halves_[value] = name;
  }

  /// The float32 form of a value: its own name, unless a float16 node makes it.
  std::string in_float(const std::string& value) {
    const auto it = made_in_half_.find(value);
    if (it == made_in_half_.end()) return value;
    if (it->second.empty()) it->second = cast(halves_.at(value), names_.fresh(value + ".float32"), kFloat);
    return it->second;
  }

  void write_half(Node node) {
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
      const std::string value = node.inputs[i];
      if (!is_float(value)) continue;
      const bool bound = node.op == "Clip" && i > 0;  // no number of float16 is beyond the greatest one
      node.inputs[i] =
          stays_float(node, i) ? in_float(value) : in_half(value, bound ? Overflow::kSaturate : options_.overflow);
    }
    if (node.op == "Cast" && is_float(node.outputs[0])) node.attributes["to"] = kHalf;
    std::vector<std::string> outside;
    for (std::string& output : node.outputs) {
      if (!is_float(output)) continue;
      if (is_output(result_.graph, output)) {  // the Cast takes over the name that the outside knows
        outside.push_back(output);
        halves_[output] = names_.fresh(output + ".float16");
        made_in_half_[output] = output;
        output = halves_[output];
      } else {
        halves_[output] = output;
        made_in_half_[output] = "";
      }
    }
    result_.graph.nodes.push_back(std::move(node));
    for (const std::string& output : outside) cast(halves_.at(output), output, kFloat);
  }

  void write_float(Node node, std::size_t index, bool follows) {
    for (std::string& input : node.inputs)
      if (is_float(input)) input = in_float(input);
    if (follows)
      result_.kept_in_float.push_back(
          node.op + (node.name.empty() ? fmt::format(" (node {})", index) : fmt::format(" '{}'", node.name)));
    result_.graph.nodes.push_back(std::move(node));
  }

  const StorageOptions& options_;
  NarrowGraph result_;
  GraphNames names_;
  std::set<std::string> floats_, narrow_, following_, weights_;
  std::map<std::string, std::string> halves_;        // float value → its float16 form
  std::map<std::string, std::string> made_in_half_;  // value of a float16 node → its float32 form, once there is one
  std::vector<std::string> left_over_;
};

}  // namespace

NarrowGraph store_as(const Graph& graph, Type type, const StorageOptions& options) {
  if (type != Type::kF16 && type != Type::kBf16)
    base::fail("models are stored as float16 or bfloat16, not as {}", graph::name_of(type));
  refuse_quantised(graph);
  NarrowGraph result;
  result.graph = graph;
  graph::constants_to_initializers(result.graph);
  if (type == Type::kBf16) raise_to_quantisation_opset(result.graph);
  graph::Links links = links_of(result.graph);
  std::set<std::string> weights;
  for (const Node& node : result.graph.nodes)
    if (multiplies(node) && node.inputs.size() > 1) weights.insert(node.inputs[1]);
  const std::set<std::string> may_vanish = weights_of(result.graph);
  std::vector<std::string> names;
  for (const auto& [name, tensor] : result.graph.initializers)
    if (tensor.type == Type::kF32 &&
        (graph::elements_of(tensor.shape) >= options.least_elements || weights.contains(name)) &&
        !is_output(result.graph, name))
      names.push_back(name);
  if (names.empty())
    base::fail("there is nothing to store as {}: no float32 initializer has {} numbers or more", graph::name_of(type),
               options.least_elements);
  std::vector<Node> casts;
  for (const std::string& name : names) {
    Tensor narrow = narrowed(name, result.graph.initializers.at(name),
                             {type, options.overflow, may_vanish.contains(name)}, result.saturated);
    result.graph.initializers.erase(name);
    const std::string stored = fresh_name(result.graph, links, name + (type == Type::kF16 ? ".float16" : ".bfloat16"));
    result.numbers += graph::elements_of(narrow.shape);
    result.graph.initializers[stored] = std::move(narrow);
    casts.push_back({stored + ".cast", "Cast", "", {stored}, {name}, {{"to", kFloat}}});
  }
  result.tensors = static_cast<std::int64_t>(names.size());
  result.graph.nodes.insert(result.graph.nodes.begin(), std::make_move_iterator(casts.begin()),
                            std::make_move_iterator(casts.end()));
  check(result.graph);
  return result;
}

NarrowGraph compute_in_float16(const Graph& graph, const StorageOptions& options) {
  refuse_quantised(graph);
  Graph copy = graph;
  graph::simplify(copy);
  return HalfWriter(std::move(copy), options).write();
}

}  // namespace cradle::compress
