// Writes weights and biases as integers.
#include "cradle/compress/harden.h"
#include "cradle/compress/graph_names.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "cradle/base/error.h"
#include "cradle/base/text.h"
#include "cradle/compress/dialect.h"

namespace cradle::compress {
namespace {

using graph::Graph;
using graph::Node;
using graph::Tensor;
using graph::Type;

// A bias at scale s_x·s_w must fit int32; half the range leaves room for the sum of products it is added to.
constexpr double kGreatestBiasCode = 1 << 30;

bool is_weighted(const Node& node) {
  return node.domain.empty() && node.inputs.size() > 1 &&
         (node.op == "Conv" || node.op == "Gemm" || node.op == "MatMul");
}

/// What the metadata say, or eight bits as ONNX Runtime has them.
struct Form {
  int bits = 8;
  bool integer_biases = true;
};

Form form_of(const Graph& graph) {
  Form form;
  if (const auto it = graph.metadata.find(kSimulatedDialect); it != graph.metadata.end())
    form.integer_biases = rules_of(dialect_named(it->second)).integer_biases;
  form.bits = simulated_weight_bits(graph);
  return form;
}

bool all_finite(std::span<const float> values) {
  return std::ranges::all_of(values, [](float v) { return std::isfinite(v); });
}

void check_weights(const Tensor* weight, const Node& node, const std::string& where) {
  if (weight == nullptr || weight->type != Type::kF32)
    base::fail("{}: expected constant float32 weights behind QuantizeLinear", where);
  const bool fits = node.op == "Conv" ? weight->shape.size() >= 3 : weight->shape.size() == 2;
  if (!fits || weight->bytes.empty()) base::fail("{}: its weights are {}", where, graph::text_of(weight->shape));
  if (!all_finite(weight->f32())) base::fail("{}: its weights are not all finite numbers; the model is damaged", where);
}

void check_scales(const Tensor* scales, std::size_t channels, const std::string& where) {
  if (scales == nullptr || scales->type != Type::kF32)
    base::fail("{}: expected constant float32 scales of its weights", where);
  const std::span<const float> s = scales->f32();
  if (s.size() != 1 && s.size() != channels)
    base::fail("{}: expected one scale or {} of them, found {}", where, channels, s.size());
  for (const float scale : s)
    if (!(scale > 0) || !std::isfinite(scale))
      base::fail("{}: a scale of its weights is {}, expected a number above 0", where, scale);
}

void check_bias(const Tensor& bias, std::size_t channels, const std::string& where) {
  if (bias.type != Type::kF32 || bias.f32().size() != channels)
    base::fail("{}: its bias is {} of {}, expected {} numbers of float32", where, graph::name_of(bias.type),
               graph::text_of(bias.shape), channels);
  if (!all_finite(bias.f32())) base::fail("{}: its bias is not all finite numbers; the model is damaged", where);
}

class Hardener {
 public:
  explicit Hardener(Graph graph) : graph_(std::move(graph)), names_(graph_), form_(form_of(graph_)) {}

  Graph harden() {
    std::vector<Node> nodes = std::move(graph_.nodes);
    graph_.nodes.clear();
    for (Node& node : nodes) {
      if (is_weighted(node)) harden_node(nodes, node);
      graph_.nodes.push_back(node);
    }
    if (hardened_.empty())
      base::fail("there is nothing to harden: no weights pass through QuantizeLinear and DequantizeLinear");
    std::erase_if(graph_.nodes,
                  [&](const Node& n) { return n.op == "QuantizeLinear" && hardened_.contains(n.outputs[0]); });
    drop_unused(graph_, left_over_);
    graph_.metadata.erase(kSimulatedDialect);
    graph_.metadata.erase(kSimulatedBits);
    graph_.values.clear();
    check(graph_);
    return std::move(graph_);
  }

 private:
  /// The node that makes a value, if it is of this operator.
  const Node* maker(const std::vector<Node>& nodes, const std::string& value, std::string_view op) const {
    const auto it = names_.links().producer.find(value);
    if (it == names_.links().producer.end() || it->second >= nodes.size()) return nullptr;
    const Node& node = nodes[it->second];
    return node.op == op && node.inputs.size() > 1 ? &node : nullptr;
  }

  /// The one scale of a node's input; 0 if it has none.
  double scale_of_input(const std::vector<Node>& nodes, const Node& node) const {
    const Node* decode = maker(nodes, node.inputs[0], "DequantizeLinear");
    const Tensor* scale = decode == nullptr ? nullptr : initializer_of(graph_, decode->inputs[1]);
    if (scale == nullptr || scale->type != Type::kF32 || scale->f32().size() != 1) return 0;
    return std::isfinite(scale->f32()[0]) ? static_cast<double>(scale->f32()[0]) : 0;
  }

  void harden_node(const std::vector<Node>& nodes, Node& node) {
    const Node* decode = maker(nodes, node.inputs[1], "DequantizeLinear");
    const Node* code = decode == nullptr ? nullptr : maker(nodes, decode->inputs[0], "QuantizeLinear");
    if (code == nullptr) return;
    const std::string where = fmt::format("{} '{}'", node.op, graph::name_of(node));
    const Tensor* weight = initializer_of(graph_, code->inputs[0]);
    const Tensor* scales = initializer_of(graph_, code->inputs[1]);
    check_weights(weight, node, where);
    const Channels channels = channels_of(node, *weight);
    check_scales(scales, channels.count, where);
    std::span<float> s = graph_.initializers.at(code->inputs[1]).f32();
    if (hardened_.contains(code->outputs[0])) base::fail("{}: shares its coded weights with another layer", where);

    const double input_scale = form_.integer_biases ? scale_of_input(nodes, node) : 0;
    const Tensor* bias = node.inputs.size() > 2 && input_scale > 0 ? initializer_of(graph_, node.inputs[2]) : nullptr;
    if (bias != nullptr) {
      check_bias(*bias, channels.count, where);
      const std::vector<double> least = least_weight_scales(bias->f32(), input_scale, s.size());
      for (std::size_t c = 0; c < s.size(); ++c)
        s[c] = static_cast<float>(std::max(static_cast<double>(s[c]), least[c]));
    }
    graph_.initializers[code->outputs[0]] = codes_of(*weight, channels, s);
    hardened_.insert(code->outputs[0]);
    left_over_.push_back(code->inputs[0]);
    if (bias != nullptr) harden_bias(node, *bias, s, input_scale);
  }

  Tensor codes_of(const Tensor& weight, const Channels& channels, std::span<const float> scales) const {
    const double greatest = greatest_code(form_.bits), least = form_.bits == 8 ? -128 : -greatest;
    const std::span<const float> w = weight.f32();
    std::vector<std::int8_t> codes(w.size());
    for (std::size_t i = 0; i < w.size(); ++i) {
      const float scale = scales[scales.size() == 1 ? 0 : i / channels.inner % channels.count];
      codes[i] = static_cast<std::int8_t>(
          std::clamp(std::nearbyint(static_cast<double>(w[i]) / static_cast<double>(scale)), least, greatest));
    }
    return graph::tensor_i8(weight.shape, codes);
  }

  void harden_bias(Node& node, const Tensor& bias, std::span<const float> weight_scales, double input_scale) {
    const std::string name = node.inputs[2];
    std::vector<float> scales;
    std::vector<std::int32_t> codes;
    // A product that is too small for a float would divide by zero: at the least one its bias is 0 or nearly so.
    for (const float s : weight_scales)
      scales.push_back(
          std::max(static_cast<float>(input_scale * static_cast<double>(s)), std::numeric_limits<float>::min()));
    for (std::size_t c = 0; c < bias.f32().size(); ++c)
      codes.push_back(static_cast<std::int32_t>(std::nearbyint(
          static_cast<double>(bias.f32()[c]) / static_cast<double>(scales[scales.size() == 1 ? 0 : c]))));
    const graph::Shape shape{static_cast<std::int64_t>(codes.size())};
    const graph::Shape scale_shape = scales.size() == 1 ? graph::Shape{} : shape;
    const std::vector<std::int32_t> zeros(scales.size(), 0);
    const std::string decoded = names_.fresh(name + ".decoded");
    const std::string code_name = names_.keep(name + ".int", graph::tensor_i32(shape, codes));
    const std::string scale_name = names_.keep(name + ".scale", graph::tensor_f32(scale_shape, scales));
    const std::string zero_name = names_.keep(name + ".zero", graph::tensor_i32(scale_shape, zeros));
    graph_.nodes.push_back(
        {decoded, "DequantizeLinear", "", {code_name, scale_name, zero_name}, {decoded}, {{"axis", std::int64_t{0}}}});
    left_over_.push_back(name);
    node.inputs[2] = decoded;
  }

  Graph graph_;
  GraphNames names_;
  const Form form_;
  std::set<std::string> hardened_;  // codes that are initializers now
  std::vector<std::string> left_over_;
};

}  // namespace

int simulated_weight_bits(const Graph& simulated) {
  const auto it = simulated.metadata.find(kSimulatedBits);
  if (it == simulated.metadata.end()) return 8;
  const int bits = it->second.size() == 1 ? it->second[0] - '0' : 0;
  if (bits < 2 || bits > 8) base::fail("the metadata say that weights have '{}' bits; expected 2 to 8", it->second);
  return bits;
}

Channels channels_of(const Node& node, const Tensor& weight) {
  const bool columns = node.op == "MatMul" || (node.op == "Gemm" && graph::attribute_int(node, "transB", 0) == 0);
  const std::int64_t axis = columns ? 1 : 0;
  const auto count = static_cast<std::size_t>(weight.shape.at(static_cast<std::size_t>(axis)));
  return {count, columns ? 1 : weight.f32().size() / count, axis};
}

std::vector<double> least_weight_scales(std::span<const float> bias, double input_scale, std::size_t channels) {
  std::vector<double> least(channels, 0.0);
  for (std::size_t c = 0; c < bias.size(); ++c) {
    double& scale = least[channels == 1 ? 0 : c];
    scale = std::max(scale, std::abs(static_cast<double>(bias[c])) / (input_scale * kGreatestBiasCode));
  }
  return least;
}

Graph harden(const Graph& simulated) { return Hardener(simulated).harden(); }

}  // namespace cradle::compress
