#include "cradle/lca/order.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <set>

#include "cradle/base/random.h"

namespace cradle::lca {
namespace {

Digraph from_edges(int n, std::vector<std::pair<int, int>> edges) {
  std::stable_sort(edges.begin(), edges.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  Digraph graph;
  graph.start.assign(static_cast<std::size_t>(n) + 1, 0);
  for (const auto& [from, to] : edges) {
    ++graph.start[static_cast<std::size_t>(from) + 1];
    graph.target.push_back(to);
  }
  std::partial_sum(graph.start.begin(), graph.start.end(), graph.start.begin());
  return graph;
}

Digraph random_graph(std::uint64_t seed, int n, int edges) {
  base::Stream r(seed, 1);
  std::vector<std::pair<int, int>> list;
  const auto vertex = [&] { return static_cast<int>(r.below(static_cast<std::uint64_t>(n))); };
  for (int e = 0; e < edges; ++e) {
    const int from = vertex();
    list.push_back({from, vertex()});
  }
  return from_edges(n, list);
}

/// reach[a][b] by transitive closure.
std::vector<std::vector<bool>> closure(const Digraph& graph) {
  const std::size_t n = graph.start.size() - 1;
  std::vector<std::vector<bool>> reach(n, std::vector<bool>(n, false));
  for (std::size_t v = 0; v < n; ++v) {
    reach[v][v] = true;
    for (int e = graph.start[v]; e < graph.start[v + 1]; ++e)
      reach[v][static_cast<std::size_t>(graph.target[static_cast<std::size_t>(e)])] = true;
  }
  for (std::size_t k = 0; k < n; ++k)
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t j = 0; j < n; ++j)
        if (reach[i][k] && reach[k][j]) reach[i][j] = true;
  return reach;
}

TEST(Components, AreTheSetsOfVerticesThatReachEachOtherAndCalledComeFirst) {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    const Digraph graph = random_graph(seed, 15, 5 + static_cast<int>(seed) / 2);
    const auto reach = closure(graph);
    const auto components = strongly_connected_components(graph);
    std::vector<int> component_of(15, -1);
    for (std::size_t c = 0; c < components.size(); ++c)
      for (const int v : components[c]) component_of[static_cast<std::size_t>(v)] = static_cast<int>(c);
    for (std::size_t a = 0; a < 15; ++a)
      for (std::size_t b = 0; b < 15; ++b) {
        EXPECT_EQ(component_of[a] == component_of[b], reach[a][b] && reach[b][a]);
        EXPECT_TRUE(!reach[a][b] || component_of[b] <= component_of[a]) << "suppliers first";
      }
  }
}

TEST(Components, OfAVeryLongChainNeedNoDeepStack) {
  constexpr int kN = 300000;
  Digraph chain;
  for (int v = 0; v < kN; ++v) {
    chain.start.push_back(v);
    chain.target.push_back((v + 1) % kN);  // closed to a ring: one component
  }
  chain.start.push_back(kN);
  EXPECT_EQ(strongly_connected_components(chain).size(), 1u);
  chain.target.back() = kN - 1;  // opened
  EXPECT_EQ(strongly_connected_components(chain).size(), static_cast<std::size_t>(kN));
}

int edges_to_later(const Digraph& graph, const std::vector<int>& order) {
  std::vector<int> place(order.size());
  for (std::size_t i = 0; i < order.size(); ++i) place[static_cast<std::size_t>(order[i])] = static_cast<int>(i);
  int count = 0;
  for (std::size_t v = 0; v + 1 < graph.start.size(); ++v)
    for (int e = graph.start[v]; e < graph.start[v + 1]; ++e)
      count += place[static_cast<std::size_t>(graph.target[static_cast<std::size_t>(e)])] > place[v];
  return count;
}

TEST(FeedbackArcOrder, BreaksARingAtOneEdge) {
  const Digraph ring = from_edges(6, {{0, 3}, {3, 1}, {1, 5}, {5, 2}, {2, 4}, {4, 0}});
  const std::vector<int> all = {0, 1, 2, 3, 4, 5};
  EXPECT_EQ(edges_to_later(ring, feedback_arc_order(ring, all)), 1);
}

// 0 feeds 1, 2, 3, 4; 1 feeds 5; 5 feeds 6 to 9; all end in 10, which closes two loops: over 0 and over 5. Two edges
// must point backwards. Once 0 is placed, 1 is a source and must go before 5, although 5 has more edges out.
const std::vector<std::pair<int, int>> kTwoLoops = {{0, 1},  {0, 2},  {0, 3},  {0, 4},  {1, 5},  {2, 10},
                                                    {3, 10}, {4, 10}, {5, 6},  {5, 7},  {5, 8},  {5, 9},
                                                    {6, 10}, {7, 10}, {8, 10}, {9, 10}, {10, 5}, {10, 0}};

TEST(FeedbackArcOrder, PlacesASourceBeforeWhatItFeeds) {
  std::vector<int> all(11);
  std::iota(all.begin(), all.end(), 0);
  const Digraph graph = from_edges(11, kTwoLoops);
  EXPECT_EQ(edges_to_later(graph, feedback_arc_order(graph, all)), 2);
}

// Once 0 is placed, 4, 5 and 6 are sinks, and the edges 1 → 4, 5, 6 no longer speak for placing 1 before 2 and 3, which
// feed it: 1 → 2 must point backwards, and 4, 5, 6 → 0.
TEST(FeedbackArcOrder, DoesNotCountEdgesToSinks) {
  std::vector<std::pair<int, int>> edges = {{0, 2}, {1, 2}, {2, 1}, {2, 3}, {3, 1}, {1, 4},
                                            {1, 5}, {1, 6}, {4, 0}, {5, 0}, {6, 0}};
  for (int v = 7; v < 15; ++v) edges.insert(edges.end(), {{0, v}, {v, 4}});
  std::vector<int> all(15);
  std::iota(all.begin(), all.end(), 0);
  const Digraph graph = from_edges(15, edges);
  EXPECT_EQ(edges_to_later(graph, feedback_arc_order(graph, all)), 4);
}

TEST(FeedbackArcOrder, LeavesFewerThanHalfOfTheEdgesPointingBackwards) {
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    const Digraph graph = random_graph(seed, 40, 160);
    std::vector<int> all(40);
    std::iota(all.begin(), all.end(), 0);
    std::vector<int> order = feedback_arc_order(graph, all);
    // 160/2 - 40/6 is the bound of Eades, Lin and Smyth.
    EXPECT_LE(edges_to_later(graph, order), 73);
    std::sort(order.begin(), order.end());
    EXPECT_EQ(order, all) << "every vertex once";
  }
}

TEST(SolvingOrder, OfAnAcyclicGraphHasNoEdgeToALaterVertex) {
  const Digraph graph = from_edges(5, {{4, 0}, {0, 2}, {2, 1}, {4, 3}, {3, 1}});
  const SolvingOrder order = solving_order(graph);
  EXPECT_EQ(edges_to_later(graph, order.vertex), 0);
  EXPECT_EQ(order.block, (std::vector<int>{0, 1, 2, 3, 4, 5}));
}

TEST(SolvingOrder, OfNothingIsEmpty) { EXPECT_EQ(solving_order({{0}, {}}).block, std::vector<int>{0}); }

}  // namespace
}  // namespace cradle::lca
