// The order in which processes are solved: loops found, suppliers first, few inputs pointing backwards.
#pragma once

#include <span>
#include <vector>

namespace cradle::lca {

/// A directed graph: edges of vertex v lead to target[start[v]] … target[start[v+1]-1].
struct Digraph {
  std::vector<int> start;  ///< n + 1
  std::vector<int> target;
};

/// Strongly connected components, each a list of vertices; a component comes after all the components it leads to.
/// Tarjan, "Depth-first search and linear graph algorithms", SIAM J. Comput. 1 (1972); with an explicit stack, so that
/// a chain of any length is safe. Cost O(vertices + edges).
std::vector<std::vector<int>> strongly_connected_components(const Digraph& graph);

/// The vertices of one component in an order in which few edges lead to a later vertex (as a component of one has
/// none): the greedy heuristic of Eades, Lin and Smyth, "A fast and effective heuristic for the feedback arc set
/// problem", Inf. Process. Lett. 47 (1993), read backwards. Gauss-Seidel in this order takes about half the sweeps of
/// any other natural one. Cost O(vertices + edges of the component).
std::vector<int> feedback_arc_order(const Digraph& graph, std::span<const int> component);

/// All vertices, components one after another as above, and where each component begins (then n).
struct SolvingOrder {
  std::vector<int> vertex;
  std::vector<int> block;
};
SolvingOrder solving_order(const Digraph& graph);

}  // namespace cradle::lca
