// Finds the magnitude below which weights go.
#include "cradle/compress/sparsify.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "cradle/base/error.h"
#include "cradle/compress/quantised.h"
#include "cradle/graph/fold.h"
#include "cradle/graph/weighted.h"

namespace cradle::compress {
namespace {

using graph::Graph;

/// A layer's weights in the graph that is being written.
struct Weights {
  std::size_t node = 0;
  std::string initializer;
  std::span<float> values;
  bool last = false;  // makes an output of the graph
};

std::vector<Weights> weights_of(Graph& graph) {
  std::vector<Weights> all;
  std::set<std::string> seen;
  const std::set<std::size_t> last = graph::last_weighted_nodes(graph);
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    if (!graph::weighted_node(graph, i) || !seen.insert(graph.nodes[i].inputs[1]).second) continue;
    const std::string& name = graph.nodes[i].inputs[1];
    all.push_back({i, name, graph.initializers.at(name).f32(), last.contains(i)});
    for (const float w : all.back().values)
      if (!std::isfinite(w))
        base::fail("{}: its weights are not all finite numbers; the model is damaged", graph::describe(graph, i));
  }
  if (all.empty()) base::fail("there is nothing to prune: no convolution or matrix product with constant weights");
  return all;
}

double count_alive(std::span<const float> values) {
  return static_cast<double>(std::ranges::count_if(values, [](float w) { return w != 0.0F; }));
}

/// Leaves the `kept` weights of greatest magnitude in all of these layers together.
void prune(std::span<const Weights* const> layers, std::size_t kept) {
  std::vector<float> magnitudes;
  for (const Weights* layer : layers)
    for (const float w : layer->values) magnitudes.push_back(std::abs(w));
  if (kept >= magnitudes.size()) return;
  const auto cut = magnitudes.begin() + static_cast<std::ptrdiff_t>(kept);
  std::nth_element(magnitudes.begin(), cut, magnitudes.end(), std::greater<>());
  const float threshold = *cut;  // the greatest that goes
  auto equals =
      kept - static_cast<std::size_t>(std::count_if(magnitudes.begin(), cut, [&](float m) { return m > threshold; }));
  for (const Weights* layer : layers)
    for (float& w : layer->values) {
      const float m = std::abs(w);
      if (m > threshold) continue;
      if (m == threshold && equals > 0)
        --equals;
      else
        w = 0.0F;
    }
}

/// A number of weights, rounded down but for the last bits of a share that is not exact.
std::size_t whole(double weights) { return static_cast<std::size_t>(std::floor(weights + 1e-6)); }

double size_of(std::span<const Weights* const> layers) {
  double size = 0;
  for (const Weights* layer : layers) size += static_cast<double>(layer->values.size());
  return size;
}
double alive_in(std::span<const Weights* const> layers) {
  double alive = 0;
  for (const Weights* layer : layers) alive += count_alive(layer->values);
  return alive;
}

/// Leaves so many in all of these layers together; with kLayer the same share of each, and one at least.
void prune_to(double kept, std::span<const Weights* const> layers, SparsifyScope scope) {
  if (scope == SparsifyScope::kGlobal) {
    prune(layers, whole(kept));
    return;
  }
  const double share = kept / size_of(layers);
  for (const Weights* layer : layers)
    prune({&layer, 1}, std::max<std::size_t>(1, whole(share * static_cast<double>(layer->values.size()))));
}

/// The rate 1 − k/b of sparsify.h at which layers that make no output lose weights.
double rate_of(double keep, std::span<const Weights* const> plain, std::span<const Weights* const> gentle) {
  const double others = size_of(plain), alive = alive_in(plain), last = alive_in(gentle);
  const double wanted = keep * (others + size_of(gentle));
  if (wanted >= alive + last) return 0;
  // k·n + (1 − (1 − k/b)/2)·g = keep·N, times b
  const double ratio = (wanted - last / 2) / (alive + last / 2);  // k/b
  if (!(ratio > 0))
    base::fail(
        "{:.4g} % of the weights cannot be kept if the layers that make the outputs are pruned at half the rate: half "
        "of their {} weights are more than that; keep more, or prune all layers alike (gentle_output false)",
        100 * keep, last);
  return 1 - ratio;
}

/// Down to `keep` of all weights, output layers each on its own at half the rate.
void prune_gently(std::span<const Weights* const> plain, std::span<const Weights* const> gentle,
                  const SparsifyOptions& options) {
  const double rate = rate_of(options.keep, plain, gentle);
  if (rate == 0) return;
  const double wanted = options.keep * (size_of(plain) + size_of(gentle));
  for (const Weights* layer : gentle)
    prune({&layer, 1}, std::max<std::size_t>(1, whole((1 - rate / 2) * count_alive(layer->values))));
  prune_to(std::max(0.0, wanted - alive_in(gentle)), plain, options.scope);
}

std::vector<SparseLayer> report_of(const Graph& graph, const std::vector<Weights>& layers) {
  std::vector<SparseLayer> report;
  for (const Weights& layer : layers) {
    const graph::Node& node = graph.nodes[layer.node];
    const double alive = count_alive(layer.values);
    report.push_back({graph::name_of(node), node.op, static_cast<double>(layer.values.size()), alive, alive});
  }
  return report;
}

void count_kept(std::vector<SparseLayer>& report, const std::vector<Weights>& layers) {
  for (std::size_t i = 0; i < layers.size(); ++i) report[i].kept = count_alive(layers[i].values);
}

}  // namespace

SparsifyScope sparsify_scope_named(const std::string& name) {
  if (name == "global") return SparsifyScope::kGlobal;
  if (name == "layer") return SparsifyScope::kLayer;
  base::fail_usage("there is no scope '{}'; known: global, layer", name);
}

SparseGraph sparsify(const Graph& graph, const SparsifyOptions& options) {
  if (!(options.keep > 0 && options.keep <= 1))
    base::fail_usage("the share of weights to keep must be above 0 and at most 1, found {}", options.keep);
  refuse_quantised(graph);
  SparseGraph sparse{graph, {}};
  graph::constants_to_initializers(sparse.graph);
  const std::vector<Weights> layers = weights_of(sparse.graph);
  sparse.layers = report_of(sparse.graph, layers);
  std::vector<const Weights*> all, plain, gentle;
  for (const Weights& layer : layers) {
    all.push_back(&layer);
    (layer.last ? gentle : plain).push_back(&layer);
  }
  if (options.gentle_output && !plain.empty() && !gentle.empty()) {
    prune_gently(plain, gentle, options);
  } else {
    prune_to(options.keep * size_of(all), all, options.scope);
  }
  count_kept(sparse.layers, layers);
  return sparse;
}

SparseGraph apply_mask(const Graph& graph, const Graph& mask_of) {
  SparseGraph sparse{graph, {}};
  Graph mask = mask_of;
  graph::constants_to_initializers(sparse.graph);
  graph::constants_to_initializers(mask);
  const std::vector<Weights> layers = weights_of(sparse.graph);
  sparse.layers = report_of(sparse.graph, layers);
  for (const Weights& layer : weights_of(mask)) {
    const auto own = sparse.graph.initializers.find(layer.initializer);
    const graph::Shape& wanted = mask.initializers.at(layer.initializer).shape;
    if (own == sparse.graph.initializers.end() || own->second.type != graph::Type::kF32 || own->second.shape != wanted)
      base::fail("{}: the mask has weights '{}' of {}, which the model {}; a mask fits the model it was made from",
                 graph::describe(mask, layer.node), layer.initializer, graph::text_of(wanted),
                 own == sparse.graph.initializers.end() ? "lacks" : "has in another shape or type");
    const std::span<float> values = own->second.f32();
    for (std::size_t i = 0; i < values.size(); ++i)
      if (layer.values[i] == 0.0F) values[i] = 0.0F;
  }
  count_kept(sparse.layers, layers);
  return sparse;
}

}  // namespace cradle::compress
