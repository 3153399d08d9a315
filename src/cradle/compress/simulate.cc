// Writes the plan for eight bits into the graph as QuantizeLinear and DequantizeLinear nodes, around floats.
#include "cradle/compress/simulate.h"
#include "cradle/compress/graph_names.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "cradle/base/error.h"
#include "cradle/compress/harden.h"
#include "cradle/compress/int8_plan.h"
#include "cradle/graph/fold.h"
#include "cradle/graph/opset.h"

namespace cradle::compress {
namespace {

using graph::Graph;
using graph::Node;
using graph::Tensor;

bool is_input(const Graph& graph, std::string_view name) {
  return std::ranges::any_of(graph.inputs, [&](const graph::Value& v) { return v.name == name; });
}

Range united(const Range& a, const Range& b) { return {std::min(a.low, b.low), std::max(a.high, b.high)}; }

/// How ranges are chosen from statistics.
struct Ranging {
  Calibration calibration = Calibration::kMinMax;
  double percentile = 100;
  ActivationFormat format = {};
};

/// The range of a value; of one that was not watched, because other layers or another dialect were asked for when it
/// was decided what to watch, that of the values from which it is moved or selected.
Range range_of(const Graph& graph, const graph::Links& links, const std::string& value,
               const graph::ActivationStatistics& statistics, const Ranging& how) {
  if (const auto it = statistics.values.find(value); it != statistics.values.end() && !it->second.histogram.empty())
    return calibrated_range(it->second, how.calibration, how.percentile, how.format);
  const auto maker = links.producer.find(value);
  if (maker == links.producer.end() || !keeps_range(graph.nodes[maker->second]))
    base::fail(
        "the calibration statistics hold nothing on '{}'; run the calibration on the instrumented model of this "
        "very graph",
        value);
  const Node& node = graph.nodes[maker->second];
  Range range;
  for (std::size_t i = 0; i < (node.op == "Concat" ? node.inputs.size() : 1); ++i)
    range = united(range, range_of(graph, links, node.inputs[i], statistics, how));
  return range;
}

/// One code per group of values: the union of the ranges of its measured members. Where one of them is an output of the
/// graph, nothing is clipped: it has the code of all that it is moved from.
std::map<std::string, ActivationCode> codes_of(const Graph& graph, const Int8Plan& plan,
                                               const graph::ActivationStatistics& statistics,
                                               const Int8Options& options) {
  const graph::Links links = links_of(graph);
  const DialectRules rules = rules_of(options.dialect);
  const ActivationFormat format{rules.signed_activations, rules.symmetric};
  std::set<std::string> whole;  // groups that hold an output
  for (const std::string& value : plan.values)
    if (is_output(graph, value)) whole.insert(plan.group.at(value));
  std::map<std::string, Range> ranges;
  for (const std::string& value : plan.values) {
    if (!plan.measured.contains(value)) continue;
    const std::string& group = plan.group.at(value);
    Ranging how{options.calibration, options.percentile, format};
    if (whole.contains(group)) how.calibration = Calibration::kMinMax;
    ranges[group] = united(ranges[group], range_of(graph, links, value, statistics, how));
  }
  std::map<std::string, ActivationCode> codes;
  for (const std::string& value : plan.values) codes[value] = activation_code(ranges[plan.group.at(value)], format);
  return codes;
}

/// Writes the graph node by node.
class Emitter {
 public:
  Emitter(Graph graph, const Int8Plan& plan, std::map<std::string, ActivationCode> codes, const Int8Options& options)
      : graph_(std::move(graph)),
        names_(graph_),
        plan_(plan),
        codes_(std::move(codes)),
        options_(options),
        rules_(rules_of(options.dialect)),
        bits_(std::min(options.weight_bits, rules_.weight_bits)) {
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
    graph_.values.clear();
    graph_.metadata[kSimulatedDialect] = name_of(options_.dialect);
    graph_.metadata[kSimulatedBits] = std::to_string(bits_);
    check(graph_);
    return {std::move(graph_), std::move(layers_)};
  }

 private:
  /// Adds Q and DQ behind a value; from here on its users take the decoded value.
  void code_value(const std::string& value, const std::string& source) {
    const ActivationCode& code = codes_.at(value);
    const std::string scale = names_.keep(value + ".scale", graph::tensor_f32({}, {&code.scale, 1}));
    const auto unsigned_zero = static_cast<std::uint8_t>(code.zero);
    const auto signed_zero = static_cast<std::int8_t>(code.zero);
    const std::string zero = names_.keep(value + ".zero", code.is_signed ? graph::tensor_i8({}, {&signed_zero, 1})
                                                                         : graph::tensor_u8({}, {&unsigned_zero, 1}));
    const std::string quantised = names_.fresh(value + ".quantised");
    const bool outside = takes_over(value);
    const std::string decoded = outside ? value : names_.fresh(value + ".decoded");
    graph_.nodes.push_back({quantised, "QuantizeLinear", "", {source, scale, zero}, {quantised}, {}});
    graph_.nodes.push_back({decoded + ".decode", "DequantizeLinear", "", {quantised, scale, zero}, {decoded}, {}});
    decoded_[value] = decoded;
  }

  /// The decoded value takes over the name that the outside knows.
  bool takes_over(const std::string& value) const {
    return rules_.code_results && is_output(graph_, value) && !is_input(graph_, value);
  }

  /// Weights of a node pass through their codes; returns their signal-to-noise ratio.
  double code_weights(Node& node, double input_scale) {
    const std::string name = node.inputs[1];
    const Tensor& weight = graph_.initializers.at(name);
    const Channels layout = channels_of(node, weight);
    const std::size_t channels = options_.per_channel ? layout.count : 1;
    const std::size_t inner = options_.per_channel ? layout.inner : weight.f32().size();
    std::vector<double> least_scales;
    if (rules_.integer_biases && node.inputs.size() > 2 && !node.inputs[2].empty())
      least_scales = least_weight_scales(graph_.initializers.at(node.inputs[2]).f32(), input_scale, channels);
    const WeightCode code = weight_code(weight.f32(), channels, inner, least_scales, greatest_code(bits_));
    const graph::Shape shape =
        options_.per_channel ? graph::Shape{static_cast<std::int64_t>(channels)} : graph::Shape{};
    const std::map<std::string, graph::Attribute> attributes{{"axis", layout.axis}};
    const std::string decoded = names_.fresh(name + ".decoded"), coded = names_.fresh(name + ".int");
    const std::string scale = names_.keep(name + ".scale", graph::tensor_f32(shape, code.scales));
    const std::string zero =
        names_.keep(name + ".zero", graph::tensor_i8(shape, std::vector<std::int8_t>(channels, 0)));
    graph_.nodes.push_back({coded, "QuantizeLinear", "", {name, scale, zero}, {coded}, attributes});
    graph_.nodes.push_back({decoded, "DequantizeLinear", "", {coded, scale, zero}, {decoded}, attributes});
    node.inputs[1] = decoded;
    return code.sqnr_db;
  }

  /// The coded value that stands for a node's result: its output, or that of the activation behind it.
  std::string coded_result(const Node& node) const {
    const std::string& value = node.outputs[0];
    if (codes_.contains(value)) return value;
    const auto users = names_.links().consumers.find(value);
    if (users == names_.links().consumers.end() || users->second.size() != 1) return "";
    const std::size_t user = users->second[0];
    return bounding_[user] && codes_.contains(first_outputs_[user]) ? first_outputs_[user] : "";
  }

  void report(const Node& node, double sqnr_db) {
    QuantisedLayer layer{graph::name_of(node), node.op, true, "", sqnr_db, coded_result(node), 0, 0};
    if (!layer.output.empty()) {
      layer.scale = static_cast<double>(codes_.at(layer.output).scale);
      layer.zero_point = codes_.at(layer.output).zero;
    }
    layers_.push_back(std::move(layer));
  }

  void report_left(const Node& node, std::size_t index) {
    for (const LeftInFloat& left : plan_.left)
      if (left.node == index) layers_.push_back({graph::name_of(node), node.op, false, left.reason, 0, "", 0, 0});
  }

  /// Whether a float node takes the decoded value: not of a graph's input, which comes as it is; nor where the engine
  /// wants what weighted layers read to be coded and nothing else.
  bool takes_decoded(const std::string& value) const { return rules_.code_results && !is_input(graph_, value); }

  void emit_node(Node node, std::size_t index) {
    const bool quantised = plan_.nodes.contains(index);
    const bool weighted = quantised && (node.op == "Conv" || node.op == "Gemm" || node.op == "MatMul");
    if (weighted && node.name.empty()) node.name = graph::name_of(node);  // its output may be called otherwise below
    if (weighted) {
      const double input_scale = static_cast<double>(codes_.at(node.inputs[0]).scale);
      report(node, code_weights(node, input_scale));
    }
    report_left(node, index);
    for (std::string& input : node.inputs)
      if (const auto it = decoded_.find(input); it != decoded_.end() && (quantised || takes_decoded(input)))
        input = it->second;
    std::vector<std::string> coded;
    for (std::string& output : node.outputs) {
      if (!codes_.contains(output)) continue;
      coded.push_back(output);
      if (takes_over(output)) {
        renamed_[output] = names_.fresh(output + ".float");
        output = renamed_[output];
      }
    }
    graph_.nodes.push_back(std::move(node));
    for (const std::string& value : coded) code_value(value, renamed_.contains(value) ? renamed_.at(value) : value);
  }

  Graph graph_;
  GraphNames names_;
  const Int8Plan& plan_;
  std::map<std::string, ActivationCode> codes_;
  const Int8Options& options_;
  const DialectRules rules_;
  const int bits_;  // of the weights
  std::map<std::string, std::string> decoded_, renamed_;
  std::vector<std::string> first_outputs_;  // of each node of the graph as it was
  std::vector<bool> bounding_;              // whether it is a Relu or Clip
  std::vector<QuantisedLayer> layers_;
};

Graph prepared(const Graph& graph) {
  Graph copy = graph;
  graph::simplify(copy);
  raise_to_quantisation_opset(copy);
  return copy;
}

}  // namespace

QuantisedGraph simulate_int8(const Graph& graph, const graph::ActivationStatistics& statistics,
                             const Int8Options& options) {
  if (options.weight_bits < 2 || options.weight_bits > 8)
    base::fail_usage("weights take 2 to 8 bits, asked for {}", options.weight_bits);
  const Graph base = prepared(graph);
  const Int8Plan plan = plan_int8(base, {rules_of(options.dialect).code_results, options.keep_float});
  Emitter emitter(base, plan, codes_of(base, plan, statistics, options), options);
  return emitter.emit();
}

}  // namespace cradle::compress
