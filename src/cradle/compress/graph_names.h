// New names and initializers for a graph that a pass is writing. Internal to the room.
#pragma once

#include <string>
#include <utility>

#include "cradle/graph/graph.h"

namespace cradle::compress {

/// Gives out names that neither the graph nor anybody before had. The graph may lose its nodes meanwhile: `links` are
/// those that it had, with the names given out since.
class GraphNames {
 public:
  explicit GraphNames(graph::Graph& graph) : graph_(graph), links_(links_of(graph)) {}
  const graph::Links& links() const { return links_; }

  /// `wish`, or that with a number behind it.
  std::string fresh(const std::string& wish) {
    const std::string name = fresh_name(graph_, links_, wish);
    links_.producer.emplace(name, 0);  // taken
    return name;
  }
  /// Stores a tensor under such a name, which it returns.
  std::string keep(const std::string& wish, graph::Tensor tensor) {
    const std::string name = fresh(wish);
    graph_.initializers[name] = std::move(tensor);
    return name;
  }

 private:
  graph::Graph& graph_;
  graph::Links links_;
};

}  // namespace cradle::compress
