// Structured pruning: a graph with fewer channels, chosen by importance, as large as a budget allows.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "cradle/compress/channel_importance.h"
#include "cradle/graph/channel_scores.h"
#include "cradle/graph/graph.h"

namespace cradle::compress {

enum class PruneScope {
  kUniform,  ///< the same share of every group
  kGlobal    ///< the least important of all groups, each importance divided by the average of its group
};
PruneScope prune_scope_named(const std::string& name);  ///< "uniform", "global"; throws Error

enum class PruneAmount {
  kRatio,      ///< the share of channels to remove, [0, 1)
  kMacs,       ///< the share of multiply-accumulates to keep, (0, 1]
  kParameters  ///< the share of parameters to keep, (0, 1]
};

struct PruneOptions {
  Importance importance = Importance::kL2;
  graph::ChannelScores scores;  ///< for Importance::kScores
  PruneScope scope = PruneScope::kUniform;
  PruneAmount amount = PruneAmount::kRatio;
  double value = 0;  ///< of the amount
  /// Layers keep a multiple of this many channels, so that vector units are filled; those with fewer keep any number.
  /// Where the k-th channels of several parts go together (ChannelGroup::span), a multiple of the parts as well.
  std::size_t align = 8;
  std::size_t least = 1;  ///< channels that stay in every layer, at least 1
};

struct PrunedGroup {
  std::string name;                   ///< the first layer that makes the channels
  std::vector<std::string> layers;    ///< all of them
  std::size_t before = 0, after = 0;  ///< channels of these layers
  std::string protected_by;           ///< empty: channels could be removed
};

struct PrunedGraph {
  graph::Graph graph;
  std::vector<PrunedGroup> groups;
  double macs_before = 0, macs_after = 0;              ///< at batch 1
  double parameters_before = 0, parameters_after = 0;  ///< as graph::cost_of counts them
};

/// Removes the least important channels. A ratio is met to the nearest multiple of `align` in each group. A budget is
/// met from below: the smallest ratio that keeps to it is sought by bisection, then groups are given back a step, at
/// most one more than the next smaller ratio would leave them, as long as the budget holds.
/// Constants become initializers and identities go (fold.h); nodes, names, inputs and outputs stay otherwise.
/// Throws Error: quantised already, a share out of range, `align` or `least` of 0, nothing that could be removed (with
/// a reason), a budget that cannot be met (with what can), and what channel_importance and infer_shapes throw.
PrunedGraph prune_channels(const graph::Graph& graph, const PruneOptions& options);

/// The groups of a graph, none of whose channels are removed: what prune_channels would work on.
std::vector<PrunedGroup> prunable_groups(const graph::Graph& graph);

}  // namespace cradle::compress
