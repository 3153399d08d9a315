// A graph whose layers are taken apart without leaving anything out, for tests.
#pragma once

#include "cradle/compress/factorise_layer.h"
#include "cradle/graph/graph.h"

namespace cradle::test {

struct FullRank {
  graph::Graph graph;
  int layers = 0;  ///< that were taken apart
};
/// The graph, simplified, with every layer that has no obstacle (compress/factorise_layer.h) in its factors at full
/// rank: what compress::factorise never writes, since it saves nothing. Extents of the input must be known but for the
/// batch.
FullRank at_full_rank(graph::Graph graph, compress::Decomposition how);

}  // namespace cradle::test
