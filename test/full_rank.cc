// Puts factors in the place of layers.
#include "full_rank.h"

#include <algorithm>
#include <iterator>

#include "cradle/graph/fold.h"
#include "cradle/graph/shapes.h"

namespace cradle::test {

FullRank at_full_rank(graph::Graph graph, compress::Decomposition how) {
  graph::simplify(graph);
  graph::Graph shapes = graph;
  graph::infer_shapes(shapes);
  const graph::Links whole = links_of(shapes);
  graph::Links links = links_of(graph);
  FullRank full;
  std::vector<graph::Node> nodes;
  for (std::size_t i = 0; i < shapes.nodes.size(); ++i) {
    const std::string& op = shapes.nodes[i].op;
    if ((op != "Conv" && op != "Gemm" && op != "MatMul") || !compress::obstacle_to_factors(shapes, whole, i).empty()) {
      nodes.push_back(shapes.nodes[i]);
      continue;
    }
    const compress::FactorLayer layer = compress::factor_layer(shapes, i, how);
    std::ranges::move(compress::make_factors(graph, links, layer, compress::full_ranks(layer)).nodes,
                      std::back_inserter(nodes));
    ++full.layers;
  }
  graph.nodes = std::move(nodes);
  graph.values.clear();
  check(graph);
  full.graph = std::move(graph);
  return full;
}

}  // namespace cradle::test
