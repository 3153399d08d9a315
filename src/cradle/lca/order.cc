// Tarjan's components and the greedy feedback-arc order.
#include "cradle/lca/order.h"

#include <algorithm>

namespace cradle::lca {
namespace {

std::size_t at(int index) { return static_cast<std::size_t>(index); }

/// Vertices of a component waiting to be placed, in buckets by (edges out - edges in). A vertex is put again into a
/// bucket whenever its difference changes; entries that are out of date are skipped when they come up.
class Buckets {
 public:
  explicit Buckets(int size) : size_(size), lists_(at(2 * size + 1)) {}

  void put(int vertex, int difference) {
    lists_[at(difference + size_)].push_back(vertex);
    highest_ = std::max(highest_, difference);
  }

  /// The vertex with the greatest difference among those for which current(v) still is the bucket's difference.
  template <class Current>
  int take(const Current& current) {
    for (;; --highest_) {
      auto& list = lists_[at(highest_ + size_)];
      while (!list.empty()) {
        const int vertex = list.back();
        list.pop_back();
        if (current(vertex) == highest_) return vertex;
      }
    }
  }

 private:
  int size_;
  int highest_ = -1 << 30;
  std::vector<std::vector<int>> lists_;
};

/// The edges inside one component, by local number, without loops to itself and without repetition.
struct Local {
  std::vector<std::vector<int>> out, in;
};

Local local_graph(const Digraph& graph, std::span<const int> component) {
  std::vector<std::pair<int, int>> numbered;  // vertex → local number, by binary search
  for (std::size_t i = 0; i < component.size(); ++i) numbered.push_back({component[i], static_cast<int>(i)});
  std::sort(numbered.begin(), numbered.end());
  Local local{std::vector<std::vector<int>>(component.size()), std::vector<std::vector<int>>(component.size())};
  for (std::size_t i = 0; i < component.size(); ++i) {
    auto& out = local.out[i];
    for (int e = graph.start[at(component[i])]; e < graph.start[at(component[i]) + 1]; ++e) {
      const int target = graph.target[at(e)];
      const auto found = std::lower_bound(numbered.begin(), numbered.end(), std::pair{target, -1});
      if (found != numbered.end() && found->first == target && found->second != static_cast<int>(i))
        out.push_back(found->second);
    }
    std::sort(out.begin(), out.end());
    out.erase(std::unique(out.begin(), out.end()), out.end());
    for (const int j : out) local.in[at(j)].push_back(static_cast<int>(i));
  }
  return local;
}

}  // namespace

std::vector<std::vector<int>> strongly_connected_components(const Digraph& graph) {
  const int n = static_cast<int>(graph.start.size()) - 1;
  std::vector<std::vector<int>> components;
  std::vector<int> number(at(std::max(n, 0)), -1), low(number), open;
  std::vector<bool> is_open(number.size(), false);
  struct Visit {
    int vertex;
    int edge;
  };
  std::vector<Visit> path;
  int next = 0;
  const auto enter = [&](int v) {
    number[at(v)] = low[at(v)] = next++;
    open.push_back(v);
    is_open[at(v)] = true;
    path.push_back({v, graph.start[at(v)]});
  };
  for (int root = 0; root < n; ++root) {
    if (number[at(root)] >= 0) continue;
    enter(root);
    while (!path.empty()) {
      const int v = path.back().vertex;
      if (path.back().edge < graph.start[at(v) + 1]) {
        const int w = graph.target[at(path.back().edge++)];
        if (number[at(w)] < 0)
          enter(w);
        else if (is_open[at(w)])
          low[at(v)] = std::min(low[at(v)], number[at(w)]);
        continue;
      }
      path.pop_back();
      if (!path.empty()) low[at(path.back().vertex)] = std::min(low[at(path.back().vertex)], low[at(v)]);
      if (low[at(v)] != number[at(v)]) continue;
      auto& component = components.emplace_back();
      int w;
      do {
        w = open.back();
        open.pop_back();
        is_open[at(w)] = false;
        component.push_back(w);
      } while (w != v);
    }
  }
  return components;
}

std::vector<int> feedback_arc_order(const Digraph& graph, std::span<const int> component) {
  const int n = static_cast<int>(component.size());
  if (n <= 1) return {component.begin(), component.end()};
  const Local local = local_graph(graph, component);
  std::vector<int> out(at(n)), in(at(n));
  std::vector<bool> placed(at(n), false);
  std::vector<int> sinks, sources, first, last;  // first: left to right; last: right to left
  Buckets buckets(n);
  for (int v = 0; v < n; ++v) {
    out[at(v)] = static_cast<int>(local.out[at(v)].size());
    in[at(v)] = static_cast<int>(local.in[at(v)].size());
    buckets.put(v, out[at(v)] - in[at(v)]);
  }
  const auto place = [&](int v, std::vector<int>& end) {
    placed[at(v)] = true;
    end.push_back(v);
    for (const int w : local.out[at(v)]) {
      if (placed[at(w)]) continue;
      if (--in[at(w)] == 0) sources.push_back(w);
      buckets.put(w, out[at(w)] - in[at(w)]);
    }
    for (const int w : local.in[at(v)]) {
      if (placed[at(w)]) continue;
      if (--out[at(w)] == 0) sinks.push_back(w);
      buckets.put(w, out[at(w)] - in[at(w)]);
    }
  };
  const auto current = [&](int v) { return placed[at(v)] ? -(1 << 30) : out[at(v)] - in[at(v)]; };
  while (static_cast<int>(first.size() + last.size()) < n) {
    if (!sinks.empty()) {
      const int v = sinks.back();
      sinks.pop_back();
      if (!placed[at(v)]) place(v, last);
    } else if (!sources.empty()) {
      const int v = sources.back();
      sources.pop_back();
      if (!placed[at(v)]) place(v, first);
    } else {
      place(buckets.take(current), first);
    }
  }
  // The heuristic makes edges lead to the right; here suppliers, to which edges lead, come first: read backwards.
  std::vector<int> order;
  for (const int v : last) order.push_back(component[at(v)]);
  for (auto v = first.rbegin(); v != first.rend(); ++v) order.push_back(component[at(*v)]);
  return order;
}

SolvingOrder solving_order(const Digraph& graph) {
  SolvingOrder order;
  for (const auto& component : strongly_connected_components(graph)) {
    order.block.push_back(static_cast<int>(order.vertex.size()));
    const std::vector<int> sorted = feedback_arc_order(graph, component);
    order.vertex.insert(order.vertex.end(), sorted.begin(), sorted.end());
  }
  order.block.push_back(static_cast<int>(order.vertex.size()));
  return order;
}

}  // namespace cradle::lca
