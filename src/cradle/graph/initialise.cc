// Draws weights by fan-in.
#include "cradle/graph/initialise.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "cradle/base/error.h"
#include "cradle/base/random.h"
#include "cradle/graph/weighted.h"

namespace cradle::graph {
namespace {

void fill(Tensor& tensor, float value) {
  if (tensor.type == Type::kF32) std::ranges::fill(tensor.f32(), value);
}

void draw(Graph& graph, std::size_t index, const WeightedNode& layer, double gain, std::uint64_t seed,
          bool keep_zeros) {
  const std::string& name = graph.nodes[index].inputs[1];
  Tensor& weight = graph.initializers.at(name);
  Tensor fresh = random_weights(name, weight.shape, std::sqrt(gain / layer.fan_in), seed);
  if (keep_zeros)
    for (std::size_t i = 0; i < fresh.f32().size(); ++i)
      if (weight.f32()[i] == 0.0F) fresh.f32()[i] = 0.0F;
  weight = std::move(fresh);
}

/// Names of values that go straight into layers, and nowhere else.
std::set<std::string> only_into_layers(const Graph& graph) {
  std::set<std::string> into_layers, elsewhere;
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const std::vector<std::string>& inputs = graph.nodes[i].inputs;
    const bool layer = weighted_node(graph, i).has_value();
    for (std::size_t k = 0; k < inputs.size(); ++k) (layer && k == 0 ? into_layers : elsewhere).insert(inputs[k]);
  }
  for (const auto& output : graph.outputs) elsewhere.insert(output.name);
  std::erase_if(into_layers, [&](const std::string& name) { return elsewhere.contains(name); });
  return into_layers;
}

}  // namespace

Tensor random_weights(std::string_view name, const Shape& shape, double deviation, std::uint64_t seed) {
  base::Stream stream(seed, base::stable_id(name));
  std::vector<float> values(static_cast<std::size_t>(elements_of(shape)));
  for (float& v : values) v = static_cast<float>(stream.normal() * deviation);
  return tensor_f32(shape, values);
}

Graph reinitialise(const Graph& graph, std::uint64_t seed, bool keep_zeros) {
  Graph fresh = graph;
  const std::set<std::size_t> last = last_weighted_nodes(graph);
  const std::set<std::string> linear = only_into_layers(graph);
  std::set<std::string> done;
  for (std::size_t i = 0; i < fresh.nodes.size(); ++i) {
    const Node& node = fresh.nodes[i];
    if (node.op == "BatchNormalization" && node.domain.empty() && node.inputs.size() == 5) {
      for (std::size_t k = 1; k < 5; ++k)
        if (const auto it = fresh.initializers.find(node.inputs[k]); it != fresh.initializers.end())
          fill(it->second, k == 1 || k == 4 ? 1.0F : 0.0F);  // scale, shift, mean, variance
      continue;
    }
    const std::optional<WeightedNode> layer = weighted_node(fresh, i);
    if (!layer) continue;
    if (!layer->bias.empty() && !last.contains(i)) fill(fresh.initializers.at(layer->bias), 0.0F);
    const bool activated = !last.contains(i) && !linear.contains(node.outputs[0]);
    if (done.insert(node.inputs[1]).second) draw(fresh, i, *layer, activated ? 2.0 : 1.0, seed, keep_zeros);
  }
  if (done.empty()) base::fail("there are no weights to draw: no convolution or matrix product with constant weights");
  return fresh;
}

}  // namespace cradle::graph
