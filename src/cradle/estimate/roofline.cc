// Sums the rooflines of the layers.
#include "cradle/estimate/roofline.h"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>

#include "cradle/base/error.h"
#include "cradle/base/interval_math.h"
#include "cradle/graph/cost.h"

namespace cradle::estimate {
namespace {

using base::Interval;

double bytes_of(std::string_view precision) {
  return precision == "int8" ? 1 : precision == "fp16" || precision == "bf16" ? 2 : 4;
}

bool is_number(graph::Type type) {
  using graph::Type;
  return type == Type::kF32 || type == Type::kF16 || type == Type::kBf16 || type == Type::kI8 || type == Type::kU8;
}

template <std::size_t N>
bool is_one_of(std::string_view op, const std::array<std::string_view, N>& ops) {
  return std::find(ops.begin(), ops.end(), op) != ops.end();
}

/// What only renames, or is computed when a model is loaded.
constexpr std::array<std::string_view, 9> kFree = {"Identity", "Dropout",   "Constant", "Shape", "Reshape",
                                                   "Flatten",  "Unsqueeze", "Squeeze",  "Cast"};
/// What engines compute where the layer before writes its result.
constexpr std::array<std::string_view, 16> kFused = {
    "Relu", "Clip", "LeakyRelu", "Sigmoid", "HardSigmoid",    "HardSwish",       "Elu", "PRelu", "Softmax", "Add",
    "Mul",  "Sub",  "Div",       "Tanh",    "QuantizeLinear", "DequantizeLinear"};

bool has_macs(std::string_view op) { return op == "Conv" || op == "ConvTranspose" || op == "Gemm" || op == "MatMul"; }

/// Bytes in and out of a node, each value once, numbers in the width of the precision.
double traffic(const graph::Graph& graph, const graph::Node& node, double width) {
  std::set<std::string_view> seen;
  double bytes = 0;
  for (const auto* names : {&node.inputs, &node.outputs})
    for (const std::string& name : *names) {
      const auto value = graph.values.find(name);
      if (name.empty() || value == graph.values.end() || !seen.insert(name).second) continue;
      const double each =
          is_number(value->second.type) ? width : static_cast<double>(graph::bytes_of(value->second.type));
      bytes += each * static_cast<double>(std::max<std::int64_t>(0, graph::elements_of(value->second.shape)));
    }
  return bytes;
}

/// Marks the nodes that are part of the layer before them: a chain of fused operators behind one that has MACs or moves
/// pixels, as long as nobody else reads what lies between.
std::vector<bool> fused_nodes(const graph::Graph& graph) {
  const graph::Links links = graph::links_of(graph);
  std::vector<bool> fused(graph.nodes.size());
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const graph::Node& node = graph.nodes[i];
    if (node.op != "BatchNormalization" && !is_one_of(node.op, kFused)) continue;
    fused[i] = std::any_of(node.inputs.begin(), node.inputs.end(), [&](const std::string& input) {
      const auto maker = links.producer.find(input);
      if (maker == links.producer.end()) return node.op == "DequantizeLinear";  // of a weight
      const graph::Node& before = graph.nodes[maker->second];
      return has_macs(before.op) || fused[maker->second] || node.op == "QuantizeLinear" ||
             node.op == "DequantizeLinear";
    });
  }
  return fused;
}

struct Layer {
  double ops = 0, bytes = 0;
  bool starts = false;  // has a start of its own
};

struct Times {
  double s = 0, compute_s = 0, memory_s = 0, start_s = 0;
};

/// One corner: rates and starts as given.
Times time_of(const Layer& layer, double ops_per_s, double bytes_per_s, double start_s) {
  Times t;
  if (!layer.starts) return t;
  const double compute = layer.ops / ops_per_s, memory = layer.bytes / bytes_per_s;
  (compute >= memory ? t.compute_s : t.memory_s) = std::max(compute, memory);
  t.start_s = start_s;
  t.s = t.compute_s + t.memory_s + t.start_s;
  return t;
}

/// Power at the share of time in which units work: linear from idle to full.
double power(double idle_w, double full_w, double busy) { return idle_w + (full_w - idle_w) * busy; }

}  // namespace

Estimate estimate(const graph::Graph& graph, const Device& device, const std::string& precision) {
  const auto rate = device.ops_per_s.find(precision);
  if (rate == device.ops_per_s.end()) base::fail("{} has no {} arithmetic of its own", device.name, precision);
  const Interval& reached = precision == "fp32" ? device.efficiency.plain : device.efficiency.narrow;
  const Interval& start = device.efficiency.layer_s;
  const Interval ops = base::product_of(rate->second, reached);
  const Interval bytes = base::product_of(device.bytes_per_s, device.efficiency.bandwidth);

  const std::vector<graph::NodeCost> costs = graph::costs_of(graph);
  const std::vector<bool> fused = fused_nodes(graph);
  Estimate e;
  e.precision = precision;
  Times sum, low, high;
  const auto add = [](Times& total, const Times& t) {
    total.s += t.s;
    total.compute_s += t.compute_s;
    total.memory_s += t.memory_s;
    total.start_s += t.start_s;
  };
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const graph::Node& node = graph.nodes[i];
    const bool free = is_one_of(node.op, kFree);
    Layer layer{2 * costs[i].macs, traffic(graph, node, bytes_of(precision)), !free && !fused[i]};
    const Times t = time_of(layer, ops.value, bytes.value, start.value);
    e.layer_s.push_back(t.s);
    add(sum, t);
    add(low, time_of(layer, ops.high, bytes.high, start.low));
    layer.starts = !free && node.op != "DequantizeLinear" && node.op != "QuantizeLinear";
    add(high, time_of(layer, ops.low, bytes.low, start.high));
  }
  e.seconds = {sum.s, low.s, high.s};
  if (sum.s > 0) {
    e.compute_share = sum.compute_s / sum.s;
    e.memory_share = sum.memory_s / sum.s;
    e.start_share = sum.start_s / sum.s;
  }
  const double busy = 1 - e.start_share;
  e.joules = base::product_of(e.seconds, {power(device.idle_w.value, device.full_w.value, busy),
                                          power(device.idle_w.low, device.full_w.low, busy),
                                          power(device.idle_w.high, device.full_w.high, busy)});
  return e;
}

}  // namespace cradle::estimate
