// Prunes channels to a ratio or to a budget.
#include "cradle/compress/channel_pruning.h"

#include <algorithm>

#include "cradle/base/error.h"
#include "cradle/compress/channel_choice.h"
#include "cradle/compress/own_vectors.h"
#include "cradle/compress/quantised.h"
#include "cradle/compress/remove_channels.h"
#include "cradle/graph/fold.h"
#include "cradle/graph/shapes.h"

namespace cradle::compress {
namespace {

using graph::ChannelGroups;
using graph::Graph;

constexpr int kHalvings = 40;  // of the ratio: far finer than one channel

Graph prepared(const Graph& graph) {
  graph::refuse_control_flow(graph);
  refuse_quantised(graph);
  Graph plain = graph;
  graph::constants_to_initializers(plain);
  graph::drop_identities(plain);
  return plain;
}

void refuse_impossible(const PruneOptions& options) {
  if (options.align < 1 || options.least < 1)
    base::fail_usage("pruning aligns to at least 1 channel and leaves at least 1, found align {} and least {}",
                     options.align, options.least);
  if (options.amount == PruneAmount::kRatio && !(options.value >= 0 && options.value < 1))
    base::fail_usage(
        "the ratio of channels to remove must be at least 0 and below 1 (1 would remove whole layers), found {}",
        options.value);
  if (options.amount != PruneAmount::kRatio && !(options.value > 0 && options.value <= 1))
    base::fail_usage("the share of {} to keep must be above 0 and at most 1, found {}",
                     options.amount == PruneAmount::kMacs ? "multiply-accumulates" : "parameters", options.value);
}

void refuse_nothing(const ChannelGroups& groups) {
  if (std::ranges::any_of(groups.groups, [](const auto& g) { return g.protected_by.empty(); })) return;
  if (groups.groups.empty()) base::fail("there are no channels to remove: no layer with constant weights");
  const graph::ChannelGroup& first = groups.groups.front();
  base::fail("no channels can be removed; those of '{}', for example, because {}", first.name, first.protected_by);
}

graph::GraphCost costs(Graph graph) {
  graph::infer_shapes(graph);
  return graph::cost_of(graph);
}

/// Seeks what keeps to a budget.
class Budget {
 public:
  Budget(const Graph& graph, const ChannelGroups& groups, const ChannelChoice& choice, const PruneOptions& options)
      : light_(graph::without_weights(graph)), groups_(groups), choice_(choice), options_(options) {
    whole_ = spent(choice_.kept(0));
    target_ = options.value * whole_;
  }

  KeptCounts meet() const {
    KeptCounts above = choice_.kept(0), below = choice_.kept(1);
    if (whole_ <= target_) return above;
    if (const double least = spent(below); least > target_)
      base::fail(
          "{:.1f} % of the {} cannot be reached by removing channels: with at least {} in each layer, in multiples of "
          "{}, {:.1f} % remain",
          100 * options_.value, what(), options_.least, options_.align, 100 * least / whole_);
    double low = 0, high = 1;  // ratios: `low` spends too much, `high` does not
    for (int i = 0; i < kHalvings && above != below; ++i) {
      const double middle = (low + high) / 2;
      KeptCounts kept = choice_.kept(middle);
      const bool fits = kept == below || (kept != above && spent(kept) <= target_);
      (fits ? high : low) = middle;
      (fits ? below : above) = std::move(kept);
    }
    return given_back(std::move(below), above);
  }

 private:
  const char* what() const { return options_.amount == PruneAmount::kMacs ? "multiply-accumulates" : "parameters"; }

  double spent(const KeptCounts& kept) const {
    const graph::GraphCost cost = costs(remove_channels(light_, groups_, choice_.removed(kept)));
    return options_.amount == PruneAmount::kMacs ? cost.macs : cost.parameters;
  }

  /// Between two neighbouring ratios many groups lose a step at once: as many as fit get theirs back, and where there
  /// is room still, one more.
  KeptCounts given_back(KeptCounts kept, const KeptCounts& above) const {
    for (bool changed = true; changed;) {
      changed = false;
      for (std::size_t g = 0; g < kept.size(); ++g) {
        const std::size_t most = std::min(groups_.groups[g].channels, above[g] + choice_.step(g));
        if (kept[g] >= most) continue;
        KeptCounts more = kept;
        more[g] = std::min(most, kept[g] + choice_.step(g));
        if (spent(more) > target_) continue;
        kept = std::move(more);
        changed = true;
      }
    }
    return kept;
  }

  Graph light_;
  const ChannelGroups& groups_;
  const ChannelChoice& choice_;
  const PruneOptions& options_;
  double whole_ = 0, target_ = 0;
};

std::vector<PrunedGroup> report_of(const Graph& graph, const ChannelGroups& groups, const KeptCounts* kept) {
  std::vector<PrunedGroup> report;
  for (std::size_t g = 0; g < groups.groups.size(); ++g) {
    const graph::ChannelGroup& group = groups.groups[g];
    PrunedGroup& entry = report.emplace_back();
    entry.name = group.name;
    for (const std::size_t node : group.producers) entry.layers.push_back(graph::name_of(graph.nodes[node]));
    entry.before = group.channels * group.span;
    entry.after = (kept ? (*kept)[g] : group.channels) * group.span;
    entry.protected_by = group.protected_by;
  }
  return report;
}

}  // namespace

PruneScope prune_scope_named(const std::string& name) {
  if (name == "uniform") return PruneScope::kUniform;
  if (name == "global") return PruneScope::kGlobal;
  base::fail_usage("there is no scope '{}'; known: uniform, global", name);
}

PrunedGraph prune_channels(const Graph& graph, const PruneOptions& options) {
  refuse_impossible(options);
  Graph plain = prepared(graph);
  const graph::GraphCost before = costs(graph::without_weights(plain));
  const auto original_of = own_vectors(plain);
  const ChannelGroups groups = graph::channel_groups(plain);
  refuse_nothing(groups);
  const auto importance = channel_importance(plain, groups, options.importance, options.scores);
  const ChannelChoice choice(groups, importance, options);
  const KeptCounts kept = options.amount == PruneAmount::kRatio ? choice.kept(options.value)
                                                                : Budget(plain, groups, choice, options).meet();
  PrunedGraph pruned;
  pruned.graph = remove_channels(plain, groups, choice.removed(kept));
  share_vectors(pruned.graph, original_of);
  pruned.groups = report_of(plain, groups, &kept);
  const graph::GraphCost after = costs(graph::without_weights(pruned.graph));
  pruned.macs_before = before.macs;
  pruned.macs_after = after.macs;
  pruned.parameters_before = before.parameters;
  pruned.parameters_after = after.parameters;
  return pruned;
}

std::vector<PrunedGroup> prunable_groups(const Graph& graph) {
  Graph plain = prepared(graph);
  own_vectors(plain);
  return report_of(plain, graph::channel_groups(plain), nullptr);
}

}  // namespace cradle::compress
