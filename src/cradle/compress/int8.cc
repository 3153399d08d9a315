// Writes the plan for eight bits into the graph as QuantizeLinear and DequantizeLinear nodes.
#include "cradle/compress/int8.h"

#include <algorithm>
#include <cmath>

#include "cradle/base/error.h"
#include "cradle/compress/int8_plan.h"
#include "cradle/graph/fold.h"
#include "cradle/graph/opset.h"

namespace cradle::compress {
namespace {

using graph::Graph;
using graph::Node;
using graph::Tensor;

// A bias at scale s_x·s_w must fit int32; half the range leaves room for the sum of products it is added to.
constexpr double kGreatestBiasCode = 1 << 30;

bool is_output(const Graph& graph, std::string_view name) {
  return std::ranges::any_of(graph.outputs, [&](const graph::Value& v) { return v.name == name; });
}

bool is_input(const Graph& graph, std::string_view name) {
  return std::ranges::any_of(graph.inputs, [&](const graph::Value& v) { return v.name == name; });
}

/// One code per group of values: the union of the ranges of its measured members.
std::map<std::string, ActivationCode> codes_of(const Graph& graph, const Int8Plan& plan,
                                               const graph::ActivationStatistics& statistics,
                                               const Int8Options& options) {
  std::map<std::string, Range> ranges;
  for (const std::string& value : plan.values) {
    if (!plan.measured.contains(value)) continue;
    const auto it = statistics.values.find(value);
    if (it == statistics.values.end() || it->second.histogram.empty())
      base::fail(
          "the calibration statistics hold nothing on '{}'; run the calibration on the instrumented model of this "
          "very graph",
          value);
    const Calibration calibration = is_output(graph, value) ? Calibration::kMinMax : options.calibration;
    const Range range = calibrated_range(it->second, calibration, options.percentile);
    Range& whole = ranges[plan.group.at(value)];
    whole = {std::min(whole.low, range.low), std::max(whole.high, range.high)};
  }
  std::map<std::string, ActivationCode> codes;
  for (const std::string& value : plan.values) codes[value] = activation_code(ranges[plan.group.at(value)]);
  return codes;
}

/// Writes the quantised graph node by node.
class Emitter {
 public:
  Emitter(Graph graph, const Int8Plan& plan, std::map<std::string, ActivationCode> codes)
      : graph_(std::move(graph)), links_(links_of(graph_)), plan_(plan), codes_(std::move(codes)) {
    for (const Node& node : graph_.nodes) {
      first_outputs_.push_back(node.outputs.empty() ? "" : node.outputs[0]);
      bounding_.push_back(node.op == "Relu" || node.op == "Clip");
    }
  }

  QuantisedGraph emit() {
    std::vector<Node> nodes = std::move(graph_.nodes);
    graph_.nodes.clear();
    for (const graph::Value& input : graph_.inputs)
      if (codes_.contains(input.name)) code_value(input.name, input.name);
    for (std::size_t i = 0; i < nodes.size(); ++i) emit_node(std::move(nodes[i]), i);
    drop_unused(graph_, left_over_);
    graph_.values.clear();
    check(graph_);
    return {std::move(graph_), std::move(layers_)};
  }

 private:
  std::string fresh(const std::string& wish) {
    const std::string name = fresh_name(graph_, links_, wish);
    links_.producer.emplace(name, 0);  // taken
    return name;
  }
  std::string keep(const std::string& wish, Tensor tensor) {
    const std::string name = fresh(wish);
    graph_.initializers[name] = std::move(tensor);
    return name;
  }

  /// Adds Q and DQ behind a value; from here on its users take the decoded value.
  void code_value(const std::string& value, const std::string& source) {
    const ActivationCode& code = codes_.at(value);
    const std::string scale = keep(value + ".scale", graph::tensor_f32({}, {&code.scale, 1}));
    const std::string zero = keep(value + ".zero", graph::tensor_u8({}, {&code.zero, 1}));
    const std::string quantised = fresh(value + ".quantised");
    const bool outside = is_output(graph_, value) && !is_input(graph_, value);
    const std::string decoded = outside ? value : fresh(value + ".decoded");
    graph_.nodes.push_back({quantised, "QuantizeLinear", "", {source, scale, zero}, {quantised}, {}});
    graph_.nodes.push_back({decoded + ".decode", "DequantizeLinear", "", {quantised, scale, zero}, {decoded}, {}});
    decoded_[value] = decoded;
  }

  /// A DequantizeLinear of constant codes, one scale a channel along `axis`; returns the decoded value.
  std::string decode_constant(const std::string& name, Tensor codes, Tensor scales, Tensor zeros, std::int64_t axis) {
    const std::string decoded = fresh(name + ".decoded");
    const std::string code_name = keep(name + ".int", std::move(codes));
    const std::string scale_name = keep(name + ".scale", std::move(scales));
    const std::string zero_name = keep(name + ".zero", std::move(zeros));
    graph_.nodes.push_back(
        {decoded, "DequantizeLinear", "", {code_name, scale_name, zero_name}, {decoded}, {{"axis", axis}}});
    return decoded;
  }

  /// Weights and bias of a node become integers; returns the signal-to-noise ratio of the weights.
  double quantise_weights(Node& node, double input_scale) {
    const Tensor weight = graph_.initializers.at(node.inputs[1]);
    const bool columns = node.op == "MatMul" || (node.op == "Gemm" && graph::attribute_int(node, "transB", 0) == 0);
    const std::size_t axis = columns ? 1 : 0;
    const auto channels = static_cast<std::size_t>(weight.shape[axis]);
    const std::size_t inner = columns ? 1 : weight.f32().size() / channels;
    const bool has_bias = node.inputs.size() > 2 && !node.inputs[2].empty();
    std::vector<double> least_scales;
    std::span<const float> bias;
    if (has_bias) {
      bias = graph_.initializers.at(node.inputs[2]).f32();
      for (const float b : bias)
        least_scales.push_back(std::abs(static_cast<double>(b)) / (input_scale * kGreatestBiasCode));
    }
    const WeightCode code = weight_code(weight.f32(), channels, inner, least_scales);
    const graph::Shape per_channel{static_cast<std::int64_t>(channels)};
    std::vector<std::int32_t> bias_codes;
    std::vector<float> bias_scales;
    for (std::size_t c = 0; c < bias.size(); ++c) {
      bias_scales.push_back(static_cast<float>(input_scale * static_cast<double>(code.scales[c])));
      bias_codes.push_back(static_cast<std::int32_t>(
          std::nearbyint(static_cast<double>(bias[c]) / static_cast<double>(bias_scales.back()))));
    }
    left_over_.insert(left_over_.end(), node.inputs.begin() + 1, node.inputs.end());
    node.inputs[1] = decode_constant(
        node.inputs[1], graph::tensor_i8(weight.shape, code.codes), graph::tensor_f32(per_channel, code.scales),
        graph::tensor_i8(per_channel, std::vector<std::int8_t>(channels, 0)), static_cast<std::int64_t>(axis));
    if (has_bias)
      node.inputs[2] = decode_constant(node.inputs[2], graph::tensor_i32(per_channel, bias_codes),
                                       graph::tensor_f32(per_channel, bias_scales),
                                       graph::tensor_i32(per_channel, std::vector<std::int32_t>(channels, 0)), 0);
    return code.sqnr_db;
  }

  /// The coded value that stands for a node's result: its output, or that of the activation behind it.
  std::string coded_result(const Node& node) const {
    const std::string& value = node.outputs[0];
    if (codes_.contains(value)) return value;
    const auto users = links_.consumers.find(value);
    if (users == links_.consumers.end() || users->second.size() != 1) return "";
    const std::size_t user = users->second[0];
    return bounding_[user] && codes_.contains(first_outputs_[user]) ? first_outputs_[user] : "";
  }

  void report(const Node& node, double sqnr_db) {
    QuantisedLayer layer{
        node.name.empty() ? node.outputs[0] : node.name, node.op, true, "", sqnr_db, coded_result(node), 0, 0};
    if (!layer.output.empty()) {
      layer.scale = static_cast<double>(codes_.at(layer.output).scale);
      layer.zero_point = codes_.at(layer.output).zero;
    }
    layers_.push_back(std::move(layer));
  }

  void report_left(const Node& node, std::size_t index) {
    for (const LeftInFloat& left : plan_.left)
      if (left.node == index)
        layers_.push_back({node.name.empty() ? node.outputs[0] : node.name, node.op, false, left.reason, 0, "", 0, 0});
  }

  void emit_node(Node node, std::size_t index) {
    const bool quantised = plan_.nodes.contains(index);
    const bool weighted = quantised && (node.op == "Conv" || node.op == "Gemm" || node.op == "MatMul");
    if (weighted) {
      const double input_scale = static_cast<double>(codes_.at(node.inputs[0]).scale);
      report(node, quantise_weights(node, input_scale));
    }
    report_left(node, index);
    for (std::string& input : node.inputs)
      if (const auto it = decoded_.find(input); it != decoded_.end() && (quantised || !is_input(graph_, input)))
        input = it->second;  // a float node takes the graph's input as it came
    std::vector<std::string> coded;
    for (std::string& output : node.outputs) {
      if (!codes_.contains(output)) continue;
      coded.push_back(output);
      if (is_output(graph_, output)) {  // the decoded value takes over the name that the outside knows
        renamed_[output] = fresh(output + ".float");
        output = renamed_[output];
      }
    }
    graph_.nodes.push_back(std::move(node));
    for (const std::string& value : coded) code_value(value, renamed_.contains(value) ? renamed_.at(value) : value);
  }

  Graph graph_;
  graph::Links links_;
  const Int8Plan& plan_;
  std::map<std::string, ActivationCode> codes_;
  std::map<std::string, std::string> decoded_, renamed_;
  std::vector<std::string> first_outputs_;  // of each node of the graph as it was
  std::vector<bool> bounding_;              // whether it is a Relu or Clip
  std::vector<std::string> left_over_;
  std::vector<QuantisedLayer> layers_;
};

Graph simplified(const Graph& graph) {
  Graph copy = graph;
  graph::simplify(copy);
  return copy;
}

Graph prepared(const Graph& graph) {
  Graph copy = simplified(graph);
  raise_to_quantisation_opset(copy);
  return copy;
}

}  // namespace

std::vector<std::string> values_to_calibrate(const Graph& graph) {
  const Int8Plan plan = plan_int8(prepared(graph));
  std::vector<std::string> names;
  for (const std::string& value : plan.values)
    if (plan.measured.contains(value)) names.push_back(value);
  return names;
}

Graph add_outputs(const Graph& graph, const std::vector<std::string>& names) {
  Graph out = simplified(graph);
  const graph::Links links = links_of(out);
  for (const std::string& name : names) {
    if (is_output(out, name) || is_input(out, name)) continue;
    if (!links.producer.contains(name)) base::fail("the graph makes no value '{}'", name);
    out.outputs.push_back({name, graph::Type::kF32, {}, false});
  }
  check(out);
  return out;
}

QuantisedGraph quantise_int8(const Graph& graph, const graph::ActivationStatistics& statistics,
                             const Int8Options& options) {
  const Graph base = prepared(graph);
  const Int8Plan plan = plan_int8(base);
  Emitter emitter(base, plan, codes_of(base, plan, statistics, options));
  return emitter.emit();
}

}  // namespace cradle::compress
