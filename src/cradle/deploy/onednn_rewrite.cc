// Looks for products of a value with an activation of itself.
#include "cradle/deploy/onednn_rewrite.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>

namespace cradle::deploy::onednn {
namespace {

using graph::Graph;
using graph::Node;

class Rewriter {
 public:
  explicit Rewriter(Graph& graph) : graph_(graph), links_(graph::links_of(graph)) {}

  void run() {
    for (std::size_t i = 0; i < graph_.nodes.size(); ++i) visit(i);
    std::vector<Node> kept;
    for (std::size_t i = 0; i < graph_.nodes.size(); ++i)
      if (!gone_.contains(i)) kept.push_back(std::move(graph_.nodes[i]));
    graph_.nodes = std::move(kept);
  }

 private:
  const Node* maker(const std::string& value, std::string_view op) const {
    const auto found = links_.producer.find(value);
    if (found == links_.producer.end()) return nullptr;
    const Node& node = graph_.nodes[found->second];
    return node.op == op && node.domain.empty() && only_one_reads(value) ? &node : nullptr;
  }
  bool only_one_reads(const std::string& value) const {
    const auto users = links_.consumers.find(value);
    const bool outside = std::ranges::any_of(graph_.outputs, [&](const auto& v) { return v.name == value; });
    return !outside && users != links_.consumers.end() && users->second.size() == 1;
  }
  std::optional<float> constant(const Node& node, std::size_t input) const {
    const graph::Tensor* held =
        node.inputs.size() > input ? graph::initializer_of(graph_, node.inputs[input]) : nullptr;
    if (held == nullptr || held->type != graph::Type::kF32 || held->f32().size() != 1) return std::nullopt;
    return held->f32()[0];
  }
  static bool near(std::optional<float> value, float wanted) {
    return value && std::abs(*value - wanted) <= 1e-6F * std::max(1.0F, std::abs(wanted));
  }
  std::size_t index(const Node& node) const { return static_cast<std::size_t>(&node - graph_.nodes.data()); }

  void become(std::size_t i, const char* op, const std::string& x, std::initializer_list<const Node*> parts) {
    Node& node = graph_.nodes[i];
    for (const Node* part : parts) gone_.insert(index(*part));
    node.op = op;
    node.inputs = {x};
    node.attributes.clear();
  }

  /// The sum x + 3 inside Clip(x + 3, 0, 6); null if it is something else.
  const Node* shifted(const Node& clip, const std::string& x) const {
    const bool by_attributes = clip.inputs.size() == 1;
    const auto low = by_attributes ? std::optional(graph::attribute_float(clip, "min", -1)) : constant(clip, 1);
    const auto high = by_attributes ? std::optional(graph::attribute_float(clip, "max", -1)) : constant(clip, 2);
    const Node* sum = maker(clip.inputs[0], "Add");
    if (sum == nullptr || !near(low, 0) || !near(high, 6)) return nullptr;
    const std::size_t own = sum->inputs[0] == x ? 0 : 1;
    return sum->inputs[own] == x && near(constant(*sum, 1 - own), 3) ? sum : nullptr;
  }

  void visit(std::size_t i) {
    const Node& node = graph_.nodes[i];
    if (!node.domain.empty() || node.inputs.size() != 2) return;
    if (node.op == "Div" || node.op == "Mul") {  // x · Clip(x + 3, 0, 6), then by 6
      const Node* product = maker(node.inputs[0], "Mul");
      const bool by_six = near(constant(node, 1), node.op == "Div" ? 6.0F : 1.0F / 6.0F);
      for (std::size_t own = 0; by_six && product != nullptr && own < 2; ++own)
        if (const Node* clip = maker(product->inputs[1 - own], "Clip"))
          if (const Node* sum = shifted(*clip, product->inputs[own]))
            return become(i, "HardSwish", product->inputs[own], {product, clip, sum});
    }
    if (node.op != "Mul") return;
    for (std::size_t own = 0; own < 2; ++own) {
      const std::string x = node.inputs[own];
      const Node* sigmoid = maker(node.inputs[1 - own], "Sigmoid");
      if (sigmoid != nullptr && sigmoid->inputs[0] == x) return become(i, "Swish", x, {sigmoid});
      const Node* hard = maker(node.inputs[1 - own], "HardSigmoid");
      if (hard != nullptr && hard->inputs[0] == x && near(graph::attribute_float(*hard, "alpha", 0.2F), 1.0F / 6.0F) &&
          near(graph::attribute_float(*hard, "beta", 0.5F), 0.5F))
        return become(i, "HardSwish", x, {hard});
    }
  }

  Graph& graph_;
  graph::Links links_;
  std::set<std::size_t> gone_;
};

}  // namespace

void rewrite(Graph& graph) { Rewriter(graph).run(); }

}  // namespace cradle::deploy::onednn
