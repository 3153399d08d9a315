// Finds the magnitude below which weights go.
#include "cradle/compress/sparsify.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "cradle/base/error.h"
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

std::size_t share_of(double share, double of) { return static_cast<std::size_t>(std::llround(share * of)); }

double size_of(std::span<const Weights* const> layers) {
  double size = 0;
  for (const Weights* layer : layers) size += static_cast<double>(layer->values.size());
  return size;
}

std::vector<SparseLayer> report_of(const Graph& graph, const std::vector<Weights>& layers) {
  std::vector<SparseLayer> report;
  for (const Weights& layer : layers) {
    const graph::Node& node = graph.nodes[layer.node];
    report.push_back(
        {graph::name_of(node), node.op, static_cast<double>(layer.values.size()), count_alive(layer.values)});
  }
  return report;
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
  SparseGraph sparse{graph, {}};
  graph::constants_to_initializers(sparse.graph);
  const std::vector<Weights> layers = weights_of(sparse.graph);
  std::vector<const Weights*> plain, gentle;
  for (const Weights& layer : layers) (options.gentle_output && layer.last ? gentle : plain).push_back(&layer);
  double alive = 0;
  for (const Weights* layer : plain) alive += count_alive(layer->values);
  // A net of output layers only has no others to take the rate from: its own.
  const double before = plain.empty() ? 1.0 : alive / size_of(plain);
  const double rate = before > options.keep ? 1.0 - options.keep / before : 0.0;
  if (options.scope == SparsifyScope::kGlobal) {
    prune(plain, share_of(options.keep, size_of(plain)));
  } else {
    for (const Weights* layer : plain) prune({&layer, 1}, share_of(options.keep, size_of({&layer, 1})));
  }
  for (const Weights* layer : gentle) prune({&layer, 1}, share_of(1.0 - rate / 2, count_alive(layer->values)));
  sparse.layers = report_of(sparse.graph, layers);
  return sparse;
}

SparseGraph apply_mask(const Graph& graph, const Graph& mask_of) {
  SparseGraph sparse{graph, {}};
  Graph mask = mask_of;
  graph::constants_to_initializers(sparse.graph);
  graph::constants_to_initializers(mask);
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
  sparse.layers = report_of(sparse.graph, weights_of(sparse.graph));
  return sparse;
}

}  // namespace cradle::compress
