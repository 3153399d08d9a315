// Scales channels between convolutions, in double precision until all have settled.
#include "cradle/compress/equalise.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <optional>
#include <vector>

#include "cradle/base/error.h"
#include "cradle/base/text.h"
#include "cradle/graph/fold.h"

namespace cradle::compress {
namespace {

using graph::Graph;
using graph::Node;
using graph::Tensor;

constexpr double kUnlike = 8;      // see equalise.h
constexpr int kMostRounds = 50;    // chains settle in a few
constexpr double kSettled = 1e-4;  // of a factor
constexpr double kMost = 4096;     // of all factors of a channel: see equalise.h
constexpr std::array<std::string_view, 6> kHomogeneous{"Relu",        "LeakyRelu",         "MaxPool",
                                                       "AveragePool", "GlobalAveragePool", "Identity"};

/// The weights of a convolution as channels: [outputs, inputs of a group, kernel].
struct Convolution {
  std::size_t node = 0, outputs = 0, columns = 0, kernel = 0, groups = 1;
  std::vector<double> weights, bias;
  std::size_t inputs() const { return columns * groups; }

  /// Calls f with each weight that reads input channel `c`.
  template <class F>
  void each_of_input(std::size_t c, F f) {
    const std::size_t group = c / columns, column = c % columns, rows = outputs / groups;
    for (std::size_t o = group * rows; o < (group + 1) * rows; ++o)
      for (std::size_t k = 0; k < kernel; ++k) f(weights[(o * columns + column) * kernel + k]);
  }
  template <class F>
  void each_of_output(std::size_t c, F f) {
    for (std::size_t i = 0; i < columns * kernel; ++i) f(weights[c * columns * kernel + i]);
  }
};

struct Pair {
  std::size_t first, second;   // indices of convolutions
  double greatest_bias;        // that may come of it
  std::vector<double> scaled;  // by how much, so far
};

bool alone(const graph::Links& links, const Graph& graph, const std::string& value) {
  const auto users = links.consumers.find(value);
  return users != links.consumers.end() && users->second.size() == 1 && !is_output(graph, value);
}

/// A convolution whose constant float weights and bias nobody else uses.
std::optional<Convolution> convolution_of(const Graph& graph, const graph::Links& links, std::size_t i) {
  const Node& node = graph.nodes[i];
  if (node.op != "Conv" || !node.domain.empty() || node.inputs.size() < 2) return std::nullopt;
  const Tensor* weight = initializer_of(graph, node.inputs[1]);
  if (weight == nullptr || weight->type != graph::Type::kF32 || weight->shape.size() < 3 || weight->bytes.empty() ||
      !alone(links, graph, node.inputs[1]))
    return std::nullopt;
  Convolution c;
  c.node = i;
  c.outputs = static_cast<std::size_t>(weight->shape[0]);
  c.columns = static_cast<std::size_t>(weight->shape[1]);
  c.kernel = weight->f32().size() / (c.outputs * c.columns);
  c.groups = static_cast<std::size_t>(std::max<std::int64_t>(1, graph::attribute_int(node, "group", 1)));
  if (c.outputs % c.groups != 0) return std::nullopt;
  c.weights.assign(weight->f32().begin(), weight->f32().end());
  if (node.inputs.size() > 2 && !node.inputs[2].empty()) {
    const Tensor* bias = initializer_of(graph, node.inputs[2]);
    if (bias == nullptr || bias->type != graph::Type::kF32 || bias->f32().size() != c.outputs ||
        !alone(links, graph, node.inputs[2]))
      return std::nullopt;
    c.bias.assign(bias->f32().begin(), bias->f32().end());
  }
  return c;
}

/// The node index of the convolution behind this one, through what scaling passes alone; none: no value.
std::optional<std::size_t> next_of(const Graph& graph, const graph::Links& links, std::size_t i) {
  for (;;) {
    const Node& node = graph.nodes[i];
    if (node.outputs.size() != 1 || !alone(links, graph, node.outputs[0])) return std::nullopt;
    i = links.consumers.find(node.outputs[0])->second[0];
    const Node& user = graph.nodes[i];
    if (!user.domain.empty() || user.inputs.empty() || user.inputs[0] != node.outputs[0]) return std::nullopt;
    if (user.op == "Conv") return i;
    if (std::ranges::find(kHomogeneous, user.op) == kHomogeneous.end()) return std::nullopt;
  }
}

double greatest_of_input(Convolution& c, std::size_t channel) {
  double greatest = 0;
  c.each_of_input(channel, [&](double& w) { greatest = std::max(greatest, std::abs(w)); });
  return greatest;
}
double greatest_of_output(Convolution& c, std::size_t channel) {
  double greatest = 0;
  c.each_of_output(channel, [&](double& w) { greatest = std::max(greatest, std::abs(w)); });
  return greatest;
}

/// The greatest |b| + r1 of a convolution's channels.
double reach_of(Convolution& c) {
  double reach = 0;
  for (std::size_t o = 0; o < c.outputs; ++o)
    reach = std::max(reach, greatest_of_output(c, o) + (c.bias.empty() ? 0 : std::abs(c.bias[o])));
  return reach;
}

/// Equalises one pair; returns how far a factor was from 1.
double settle(Pair& pair, Convolution& first, Convolution& second) {
  double farthest = 0;
  for (std::size_t c = 0; c < first.outputs; ++c) {
    const double r1 = greatest_of_output(first, c), r2 = greatest_of_input(second, c);
    if (!(r1 > 0) || !(r2 > 0)) continue;  // a dead channel has no scale
    double s = std::sqrt(r1 / r2);
    if (!first.bias.empty()) s = std::max(s, std::abs(first.bias[c]) / pair.greatest_bias);
    s = std::clamp(s, 1 / kMost / pair.scaled[c], kMost / pair.scaled[c]);
    pair.scaled[c] *= s;
    first.each_of_output(c, [&](double& w) { w /= s; });
    if (!first.bias.empty()) first.bias[c] /= s;
    second.each_of_input(c, [&](double& w) { w *= s; });
    farthest = std::max(farthest, std::abs(std::log(s)));
  }
  return farthest;
}

void store(Graph& graph, const std::string& name, const std::vector<double>& values) {
  const std::span<float> into = graph.initializers.at(name).f32();
  std::ranges::transform(values, into.begin(), [](double v) { return static_cast<float>(v); });
}

}  // namespace

Equalise equalise_named(std::string_view name) {
  if (name == "auto") return Equalise::kAuto;
  if (name == "on") return Equalise::kOn;
  if (name == "off") return Equalise::kOff;
  base::fail_usage("'{}' is no way to equalise{}; known: auto, on, off", name,
                   base::suggestion(name, std::vector<std::string>{"auto", "on", "off"}));
}

int equalise(Graph& graph) {
  graph::simplify(graph);
  const graph::Links links = links_of(graph);
  std::vector<Convolution> convolutions;
  std::map<std::size_t, std::size_t> at;  // node → index
  for (std::size_t i = 0; i < graph.nodes.size(); ++i)
    if (std::optional<Convolution> c = convolution_of(graph, links, i)) {
      at[i] = convolutions.size();
      convolutions.push_back(*std::move(c));
    }
  std::vector<Pair> pairs;
  for (std::size_t i = 0; i < convolutions.size(); ++i) {
    const std::optional<std::size_t> next = next_of(graph, links, convolutions[i].node);
    if (!next || !at.contains(*next)) continue;
    if (convolutions[at[*next]].inputs() == convolutions[i].outputs)
      pairs.push_back({i, at[*next], reach_of(convolutions[i]), std::vector<double>(convolutions[i].outputs, 1.0)});
  }
  double farthest = pairs.empty() ? 0 : 1;
  for (int round = 0; round < kMostRounds && farthest > kSettled; ++round) {
    farthest = 0;
    for (Pair& p : pairs) farthest = std::max(farthest, settle(p, convolutions[p.first], convolutions[p.second]));
  }
  if (pairs.empty()) return 0;
  for (const Convolution& c : convolutions) {
    store(graph, graph.nodes[c.node].inputs[1], c.weights);
    if (!c.bias.empty()) store(graph, graph.nodes[c.node].inputs[2], c.bias);
  }
  graph.metadata[kEqualised] = "yes";
  return static_cast<int>(pairs.size());
}

bool wants_equalising(const Graph& graph, bool per_channel) {
  if (!per_channel) return true;
  Graph simple = graph;
  graph::simplify(simple);
  const graph::Links links = links_of(simple);
  for (std::size_t i = 0; i < simple.nodes.size(); ++i) {
    std::optional<Convolution> c = convolution_of(simple, links, i);
    if (!c || c->groups == 1 || c->columns != 1) continue;
    double least = INFINITY, greatest = 0;
    for (std::size_t o = 0; o < c->outputs; ++o) {
      const double r = greatest_of_output(*c, o);
      if (r > 0) least = std::min(least, r);
      greatest = std::max(greatest, r);
    }
    if (greatest > kUnlike * least) return true;
  }
  return false;
}

}  // namespace cradle::compress
