// Decides what runs in eight bits.
#include "cradle/compress/int8_plan.h"

#include <algorithm>
#include <array>

#include "cradle/base/error.h"
#include "cradle/base/text.h"
#include "cradle/compress/quantised.h"
#include "cradle/graph/fold.h"

namespace cradle::compress {
namespace {

using graph::Graph;
using graph::Links;
using graph::Node;
using graph::Tensor;
using graph::Type;

template <std::size_t N>
bool among(const std::array<std::string_view, N>& names, const Node& node) {
  return node.domain.empty() && std::ranges::find(names, node.op) != names.end();
}

constexpr std::array<std::string_view, 3> kWeighted{"Conv", "Gemm", "MatMul"};
constexpr std::array<std::string_view, 2> kArithmetic{"Add", "Mul"};
// They move or select values, so that input and output share a code. Linear resizing stays within its inputs' range.
constexpr std::array<std::string_view, 8> kMoving{"MaxPool",   "Resize",  "Flatten",   "Reshape",
                                                  "Transpose", "Squeeze", "Unsqueeze", "Concat"};
// Their result has a range of its own.
constexpr std::array<std::string_view, 2> kAveraging{"GlobalAveragePool", "AveragePool"};
constexpr std::array<std::string_view, 2> kBounding{"Relu", "Clip"};

/// Why a convolution or product cannot run in eight bits; empty if it can.
std::string obstacle(const Graph& graph, const Node& node) {
  const Tensor* weight = node.inputs.size() > 1 ? initializer_of(graph, node.inputs[1]) : nullptr;
  if (weight == nullptr) return "its weights are not constant";
  if (initializer_of(graph, node.inputs[0]) != nullptr) return "its input is constant";
  if (weight->type != Type::kF32) return fmt::format("its weights are {}", graph::name_of(weight->type));
  if (weight->bytes.empty()) return "it has no weights";
  if (node.op == "Conv" ? weight->shape.size() < 3 : weight->shape.size() != 2)
    return fmt::format("its weights have the shape {}", graph::text_of(weight->shape));
  if (node.op == "Gemm" &&
      (graph::attribute_float(node, "alpha", 1) != 1 || graph::attribute_float(node, "beta", 1) != 1 ||
       graph::attribute_int(node, "transA", 0) != 0))
    return "engines run Gemm in eight bits only with alpha 1, beta 1 and its input not transposed";
  if (node.inputs.size() > 2 && !node.inputs[2].empty()) {
    const Tensor* bias = initializer_of(graph, node.inputs[2]);
    const bool columns = node.op == "Gemm" && graph::attribute_int(node, "transB", 0) == 0;
    const std::int64_t channels = weight->shape[columns ? 1 : 0];
    if (bias == nullptr || bias->type != Type::kF32 || graph::elements_of(bias->shape) != channels)
      return "its bias is not one constant number a channel";
  }
  return "";
}

/// The growing plan.
class Planner {
 public:
  Planner(const Graph& graph, const PlanOptions& options) : graph_(graph), options_(options), links_(links_of(graph)) {}

  Int8Plan make() {
    check_kept();
    for (std::size_t i = 0; i < graph_.nodes.size(); ++i) plan_weighted(i);
    if (plan_.nodes.empty())
      base::fail("there is nothing to quantise: no convolution or matrix product with constant float32 weights{}",
                 plan_.left.empty()
                     ? ""
                     : " (" + graph::describe(graph_, plan_.left[0].node) + ": " + plan_.left[0].reason + ")");
    for (std::size_t i = 0; i < graph_.nodes.size(); ++i) {
      if (options_.code_results) {
        plan_follower(i);
      } else {
        plan_sum(i);
      }
    }
    finish();
    return std::move(plan_);
  }

 private:
  bool coded(const std::string& value) const { return coded_.contains(value); }
  bool constant(const std::string& value) const { return value.empty() || initializer_of(graph_, value) != nullptr; }

  /// Where a node's output is coded: after a bounding activation that alone uses it, else directly.
  std::string coding_point(const Node& node) const {
    const std::string& value = node.outputs[0];
    const auto users = links_.consumers.find(value);
    if (users == links_.consumers.end() || users->second.size() != 1 || is_output(graph_, value)) return value;
    const Node& user = graph_.nodes[users->second[0]];
    const bool fixed_bounds =
        std::all_of(user.inputs.begin() + 1, user.inputs.end(), [&](const auto& v) { return constant(v); });
    return among(kBounding, user) && user.inputs[0] == value && fixed_bounds ? user.outputs[0] : value;
  }

  bool kept(const Node& node) const {
    return std::ranges::any_of(options_.keep_float, [&](const std::string& name) {
      return name == node.name || (!node.outputs.empty() && name == node.outputs[0]);
    });
  }

  void check_kept() const {
    for (const std::string& name : options_.keep_float) {
      std::vector<std::string> layers;
      bool found = false;
      for (const Node& node : graph_.nodes) {
        if (!among(kWeighted, node)) continue;
        found = found || node.name == name || node.outputs[0] == name;
        layers.push_back(graph::name_of(node));
      }
      if (!found)
        base::fail("there is no convolution or matrix product '{}' to keep in float{}", name,
                   base::suggestion(name, layers));
    }
  }

  void plan_weighted(std::size_t i) {
    const Node& node = graph_.nodes[i];
    if (!among(kWeighted, node)) return;
    if (std::string reason = kept(node) ? "kept in float: asked" : obstacle(graph_, node); !reason.empty()) {
      plan_.left.push_back({i, std::move(reason)});
      return;
    }
    plan_.nodes.insert(i);
    coded_.insert(node.inputs[0]);
    // Products can leave their sum in float, so theirs is coded only where somebody wants it so.
    if (node.op == "Conv" && options_.code_results) coded_.insert(coding_point(node));
  }

  /// A sum behind a convolution is fused with it if its other summand is coded.
  void plan_sum(std::size_t i) {
    const Node& node = graph_.nodes[i];
    if (node.op != "Add" || !node.domain.empty() || node.inputs.size() != 2) return;
    if (std::ranges::any_of(node.inputs, [&](const auto& v) { return constant(v); })) return;
    const auto convolved = [&](const std::string& value) {
      const auto maker = links_.producer.find(value);
      return maker != links_.producer.end() && graph_.nodes[maker->second].op == "Conv" &&
             plan_.nodes.contains(maker->second);
    };
    const bool first = convolved(node.inputs[0]), second = convolved(node.inputs[1]);
    if (!first && !second) return;
    plan_.nodes.insert(i);
    if (!coded(node.inputs[0]) && !coded(node.inputs[1])) coded_.insert(node.inputs[first ? 1 : 0]);
  }

  void plan_follower(std::size_t i) {
    const Node& node = graph_.nodes[i];
    if (node.inputs.empty() || node.outputs.size() != 1) return;
    if (among(kArithmetic, node)) {
      if (node.inputs.size() != 2 || std::ranges::any_of(node.inputs, [&](const auto& v) { return constant(v); }))
        return;
      if (!coded(node.inputs[0]) && !coded(node.inputs[1])) return;
      plan_.nodes.insert(i);
      coded_.insert({node.inputs[0], node.inputs[1], coding_point(node)});
    } else if (among(kMoving, node)) {
      const std::size_t data = node.op == "Concat" ? node.inputs.size() : 1;
      const std::span<const std::string> inputs(node.inputs.data(), data);
      if (std::ranges::any_of(inputs, [&](const auto& v) { return constant(v); })) return;
      if (std::ranges::none_of(inputs, [&](const auto& v) { return coded(v); })) return;
      if (!keeps_range(node)) return;
      plan_.nodes.insert(i);
      coded_.insert(node.outputs[0]);
      moved_.insert(node.outputs[0]);
      for (const std::string& input : inputs) {
        coded_.insert(input);
        join(input, node.outputs[0]);
      }
    } else if (among(kAveraging, node) && coded(node.inputs[0])) {
      plan_.nodes.insert(i);
      coded_.insert(node.outputs[0]);
    }
  }

  std::string root(std::string value) const {
    for (auto it = parent_.find(value); it != parent_.end(); it = parent_.find(value)) value = it->second;
    return value;
  }
  void join(const std::string& a, const std::string& b) {
    const std::string x = root(a), y = root(b);
    if (x != y) parent_[y] = x;
  }

  void finish() {
    const auto take = [&](const std::string& value) {
      if (!coded(value)) return;
      plan_.values.push_back(value);
      plan_.group[value] = root(value);
      if (!moved_.contains(value)) plan_.measured.insert(value);
    };
    for (const graph::Value& input : graph_.inputs) take(input.name);
    for (const Node& node : graph_.nodes)
      for (const std::string& output : node.outputs) take(output);
  }

  const Graph& graph_;
  const PlanOptions& options_;
  Links links_;
  Int8Plan plan_;
  std::set<std::string> coded_, moved_;
  std::map<std::string, std::string> parent_;
};

}  // namespace

bool keeps_range(const Node& node) {
  return among(kMoving, node) &&
         !(node.op == "Resize" && graph::attribute_string(node, "mode", "nearest") == "cubic");  // it overshoots
}

Int8Plan plan_int8(const Graph& graph, const PlanOptions& options) {
  graph::refuse_control_flow(graph);
  refuse_quantised(graph);
  return Planner(graph, options).make();
}

}  // namespace cradle::compress
