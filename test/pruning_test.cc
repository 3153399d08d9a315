// Removing channels that are dead changes nothing: on every built-in architecture, run in double precision.
#include <gtest/gtest.h>

#include <algorithm>

#include "cradle/compress/channel_pruning.h"
#include "cradle/compress/dead_channels_test.h"
#include "cradle/graph/architectures.h"
#include "cradle/graph/fold.h"
#include "cradle/graph/shapes.h"
#include "interpreted.h"
#include "random_nets.h"

namespace cradle::compress {
namespace {

using test::difference;

// Narrow, so that a run takes milliseconds, but with some channels to choose from.
constexpr double kWidth = 0.5;
// Sums of doubles in another order.
constexpr double kMost = 1e-12;

learn::Arrays outputs_of(const graph::Graph& graph) { return test::outputs_of(graph, test::noise_for(graph)); }

graph::Graph net(const graph::Architecture& architecture, bool folded) {
  graph::Graph graph = graph::build_architecture(architecture.name, kWidth, 10, 1);
  testing::scramble_vectors(graph, 4);
  if (folded) graph::simplify(graph);
  return graph;
}

TEST(Pruning, OfDeadChannelsIsExactOnEveryBuiltInArchitecture) {
  for (const bool folded : {false, true})
    for (const graph::Architecture& architecture : graph::architectures()) {
      SCOPED_TRACE(architecture.name + (folded ? ", folded" : ""));
      graph::Graph graph = net(architecture, folded);
      const graph::ChannelGroups groups = graph::channel_groups(graph);
      const RemovedChannels removed = testing::random_channels(groups, 0.4, 7);
      testing::kill(graph, groups, removed);
      const graph::Graph pruned = remove_channels(graph, groups, removed);
      EXPECT_LT(difference(outputs_of(graph), outputs_of(pruned)), kMost);
      for (std::size_t g = 0; g < removed.size(); ++g)
        EXPECT_EQ(std::ranges::count(removed[g], true) > 0, groups.groups[g].protected_by.empty())
            << groups.groups[g].name;
    }
}

TEST(Pruning, OfDeadChannelsIsExactOnRandomNets) {
  constexpr std::uint64_t kNets = 200;
  std::size_t open = 0, all = 0;
  for (std::uint64_t seed = 1; seed <= kNets; ++seed) {
    SCOPED_TRACE(seed);
    graph::Graph graph = test::random_net(seed);
    const graph::ChannelGroups groups = graph::channel_groups(graph);
    for (const graph::ChannelGroup& group : groups.groups) open += group.protected_by.empty() ? 1 : 0;
    all += groups.groups.size();
    const RemovedChannels removed = testing::random_channels(groups, 0.4, seed);
    testing::kill(graph, groups, removed);
    const learn::Arrays whole = outputs_of(graph), less = outputs_of(remove_channels(graph, groups, removed));
    EXPECT_LT(difference(whole, less), 1e-9);
  }
  EXPECT_GT(open, 3 * kNets) << "a net has about that many groups";
  EXPECT_LE(all - kNets - open, 5U) << "of each, only the output's is protected, but for a split down to one channel";
}

TEST(Pruning, FindsTheSameGroupsInFoldedNets) {
  for (const graph::Architecture& architecture : graph::architectures()) {
    const auto plain = prunable_groups(net(architecture, false)), folded = prunable_groups(net(architecture, true));
    ASSERT_EQ(plain.size(), folded.size()) << architecture.name;
    for (std::size_t g = 0; g < plain.size(); ++g) {
      EXPECT_EQ(plain[g].layers, folded[g].layers) << architecture.name;
      EXPECT_EQ(plain[g].before, folded[g].before) << architecture.name;
      EXPECT_EQ(plain[g].protected_by, folded[g].protected_by) << architecture.name;
    }
  }
}

TEST(Pruning, ProtectsOnlyWhatMakesTheOutputsOfBuiltInArchitectures) {
  for (const graph::Architecture& architecture : graph::architectures()) {
    std::size_t open = 0;
    for (const PrunedGroup& group : prunable_groups(net(architecture, false))) {
      open += group.protected_by.empty() ? 1 : 0;
      if (!group.protected_by.empty()) {
        EXPECT_TRUE(group.protected_by.starts_with("it is the graph's output"))
            << architecture.name << ": " << group.name << group.protected_by;
      }
    }
    EXPECT_GE(open, 2U) << architecture.name;
  }
}

/// Half the width by pruning is the net that is built at half the width.
TEST(Pruning, ByHalfMakesTheArchitectureOfHalfTheWidth) {
  for (const graph::Architecture& architecture : graph::architectures()) {
    graph::Graph half = graph::build_architecture(architecture.name, 1, 10, 1);
    PruneOptions options;
    options.value = 0.5;
    const PrunedGraph pruned = prune_channels(graph::build_architecture(architecture.name, 2, 10, 1), options);
    graph::infer_shapes(half);
    EXPECT_EQ(pruned.macs_after, graph::cost_of(half).macs) << architecture.name;
    EXPECT_EQ(pruned.parameters_after, graph::cost_of(half).parameters) << architecture.name;
  }
}

}  // namespace
}  // namespace cradle::compress
