// Rounds weights by coordinate descent on a layer's quadratic error.
#include "cradle/compress/int4.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <set>

#include "cradle/base/error.h"
#include "cradle/base/text.h"
#include "cradle/compress/graph_names.h"
#include "cradle/compress/harden.h"

namespace cradle::compress {
namespace {

using graph::Graph;
using graph::Node;
using graph::Tensor;

constexpr int kMostSweeps = 100;           // it settles in a few
constexpr std::size_t kMostInPairs = 256;  // inputs² candidates a sweep
constexpr double kLeastGain = 1e-9;        // of the error: less is rounding

/// One choice of codes, with G·Δw kept up to date.
class Choice {
 public:
  Choice(std::span<const float> weights, double scale, int greatest, std::span<const float> gram)
      : n_(weights.size()), scale_(scale), gram_(gram), up_(n_), movable_(n_), delta_(n_), pull_(n_, 0.0) {
    for (std::size_t i = 0; i < n_; ++i) {
      const double code = static_cast<double>(weights[i]) / scale, low = std::floor(code);
      // Beyond the last code, and exactly on one, there is nothing to choose.
      const double below = std::clamp(low, -1.0 * greatest, 1.0 * greatest);
      const double above = std::clamp(std::ceil(code), -1.0 * greatest, 1.0 * greatest);
      movable_[i] = above > below;
      up_[i] = movable_[i] && std::clamp(std::nearbyint(code), -1.0 * greatest, 1.0 * greatest) > below;
      delta_[i] = scale * ((up_[i] ? above : below) - code);
      code_.push_back(below);
    }
    for (std::size_t i = 0; i < n_; ++i)
      for (std::size_t k = 0; k < n_; ++k) pull_[i] += g(i, k) * delta_[k];
  }

  double error() const {
    double sum = 0;
    for (std::size_t i = 0; i < n_; ++i) sum += delta_[i] * pull_[i];
    return sum;
  }

  std::vector<std::int8_t> codes() const {
    std::vector<std::int8_t> codes;
    for (std::size_t i = 0; i < n_; ++i) codes.push_back(static_cast<std::int8_t>(code_[i] + (up_[i] ? 1 : 0)));
    return codes;
  }

  /// Each code in turn so that it makes up for the errors of those before it.
  void pass_errors_on() {
    std::vector<double> pull(n_, 0.0);  // of the weights so far
    for (std::size_t i = 0; i < n_; ++i) {
      if (movable_[i]) {
        const double stay = gain(delta_[i], pull[i], i), other = gain(delta_[i] + step(i), pull[i], i);
        if (other < stay) flip(i);
      }
      for (std::size_t k = 0; k < n_; ++k) pull[k] += g(i, k) * delta_[i];
    }
  }

  void descend() {
    const double least = kLeastGain * std::max(error(), 1e-300);
    for (int sweep = 0; sweep < kMostSweeps; ++sweep) {
      bool moved = false;
      for (std::size_t i = 0; i < n_; ++i)
        if (movable_[i] && change(i) < -least) {
          flip(i);
          moved = true;
        }
      if (!moved && !(n_ <= kMostInPairs && flip_a_pair(least))) return;
    }
  }

 private:
  double g(std::size_t i, std::size_t k) const { return static_cast<double>(gram_[i * n_ + k]); }
  double step(std::size_t i) const { return up_[i] ? -scale_ : scale_; }
  /// What Δw_i = d adds to the error, with the pull of the others.
  double gain(double d, double pull, std::size_t i) const { return d * (2 * pull + d * g(i, i)); }
  double change(std::size_t i) const { return step(i) * (2 * pull_[i] + step(i) * g(i, i)); }

  void flip(std::size_t i) {
    const double d = step(i);
    for (std::size_t k = 0; k < n_; ++k) pull_[k] += g(i, k) * d;
    delta_[i] += d;
    up_[i] = !up_[i];
  }

  bool flip_a_pair(double least) {
    double best = -least;
    std::size_t first = 0, second = 0;
    for (std::size_t i = 0; i < n_; ++i)
      for (std::size_t k = i + 1; movable_[i] && k < n_; ++k) {
        if (!movable_[k]) continue;
        const double both = change(i) + change(k) + 2 * step(i) * step(k) * g(i, k);
        if (both < best) {
          best = both;
          first = i;
          second = k;
        }
      }
    if (first == second) return false;
    flip(first);
    flip(second);
    return true;
  }

  std::size_t n_;
  double scale_;
  std::span<const float> gram_;
  std::vector<bool> up_, movable_;
  std::vector<double> code_, delta_, pull_;  // the code below; Δw; G·Δw
};

/// The weights of output channel `c`, and putting them back.
struct Row {
  std::size_t start, stride, count;
};
Row row_of(const Tensor& weight, const Channels& channels, std::size_t c) {
  const std::size_t count = weight.f32().size() / channels.count;
  return channels.axis == 1 ? Row{c, channels.count, count} : Row{c * count, 1, count};
}

/// The QuantizeLinear that a weighted node's weights pass through; null if there is none.
const Node* code_of(const Graph& graph, const graph::Links& links, const Node& node) {
  if (!node.domain.empty() || node.inputs.size() < 2) return nullptr;
  if (node.op != "Conv" && node.op != "Gemm" && node.op != "MatMul") return nullptr;
  const auto decode = links.producer.find(node.inputs[1]);
  if (decode == links.producer.end() || graph.nodes[decode->second].op != "DequantizeLinear") return nullptr;
  const auto code = links.producer.find(graph.nodes[decode->second].inputs[0]);
  if (code == links.producer.end() || graph.nodes[code->second].op != "QuantizeLinear") return nullptr;
  return &graph.nodes[code->second];
}

/// Gives every QuantizeLinear of weights that it shares with other nodes a copy of its own, all but the first.
void own_weights(Graph& graph) {
  GraphNames names(graph);
  std::set<std::string> taken;
  for (Node& node : graph.nodes) {
    if (node.op != "QuantizeLinear" || initializer_of(graph, node.inputs[0]) == nullptr) continue;
    if (!taken.insert(node.inputs[0]).second)
      node.inputs[0] = names.keep(node.inputs[0], graph.initializers.at(node.inputs[0]));
  }
}

}  // namespace

Rounding rounding_named(std::string_view name) {
  if (name == "nearest") return Rounding::kNearest;
  if (name == "adaround") return Rounding::kAdaRound;
  base::fail_usage("there is no rounding '{}'{}; known: nearest, adaround", name,
                   base::suggestion(name, std::vector<std::string>{"nearest", "adaround"}));
}

RoundedRow round_row(std::span<const float> weights, double scale, int greatest, std::span<const float> gram) {
  assert(gram.size() == weights.size() * weights.size());
  Choice from_nearest(weights, scale, greatest, gram);
  const double nearest_error = from_nearest.error();
  Choice from_passing = from_nearest;
  from_nearest.descend();
  from_passing.pass_errors_on();
  from_passing.descend();
  const Choice& best = from_passing.error() < from_nearest.error() ? from_passing : from_nearest;
  return {best.codes(), best.error(), nearest_error};
}

std::vector<RoundedLayer> round_adaptively(Graph& simulated, const graph::Grams& grams) {
  own_weights(simulated);
  const graph::Links links = links_of(simulated);
  const int bits = simulated_weight_bits(simulated);
  std::vector<RoundedLayer> rounded;
  for (const Node& node : simulated.nodes) {
    const Node* code = code_of(simulated, links, node);
    const std::string name = graph::name_of(node);
    const auto gram = grams.layers.find(name);
    if (code == nullptr || gram == grams.layers.end()) continue;
    Tensor& weight = simulated.initializers.at(code->inputs[0]);
    const std::span<const float> scales = simulated.initializers.at(code->inputs[1]).f32();
    const Channels channels = channels_of(node, weight);
    const graph::LayerGram& of = gram->second;
    if (of.inputs * channels.count != weight.f32().size() || channels.count % of.groups != 0)
      base::fail("the sums of products of layer '{}' are of {} inputs in {} groups; its weights are {}", name,
                 of.inputs, of.groups, graph::text_of(weight.shape));
    RoundedLayer layer{name, 0, 0};
    const std::span<float> w = weight.f32();
    for (std::size_t c = 0; c < channels.count; ++c) {
      const Row row = row_of(weight, channels, c);
      std::vector<float> values;
      for (std::size_t i = 0; i < row.count; ++i) values.push_back(w[row.start + i * row.stride]);
      const std::size_t size = of.inputs * of.inputs, group = c / (channels.count / of.groups);
      const double scale = static_cast<double>(scales[scales.size() == 1 ? 0 : c]);
      const RoundedRow best =
          round_row(values, scale, greatest_code(bits), std::span(of.sums).subspan(group * size, size));
      for (std::size_t i = 0; i < row.count; ++i)
        w[row.start + i * row.stride] = static_cast<float>(scale * best.codes[i]);
      layer.nearest_error += best.nearest_error;
      layer.error += best.error;
    }
    rounded.push_back(layer);
  }
  return rounded;
}

}  // namespace cradle::compress
