#include "cradle/compress/channel_pruning.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "cradle/base/error.h"
#include "cradle/base/fault_test.h"
#include "cradle/compress/channel_choice.h"
#include "cradle/compress/test_graphs.h"
#include "cradle/compress/test_runs.h"
#include "cradle/graph/architectures.h"
#include "cradle/graph/fold.h"
#include "cradle/graph/shapes.h"

namespace cradle::compress {
namespace {

using graph::Graph;

/// x → conv a (`first`) → conv b (`second`) → conv y; filter i of a and b is i + 1 times `scale`, of one weight each.
Graph chain(std::int64_t first, std::int64_t second, float scale = 1) {
  Graph g;
  g.inputs = {{"x", graph::Type::kF32, {-1, 2, 1, 1}}};
  add_conv(g, "y", add_conv(g, "b", add_conv(g, "a", "x", 2, first), first, second), second, 2);
  for (const char* name : {"a.w", "b.w"}) {
    graph::Tensor& weight = g.initializers.at(name);
    const std::size_t row = weight.f32().size() / static_cast<std::size_t>(weight.shape[0]);
    for (std::size_t i = 0; i < weight.f32().size(); ++i)
      weight.f32()[i] = static_cast<float>(i / row + 1) * (name[0] == 'b' ? scale : 1.0F);
  }
  g.outputs = {{"y", graph::Type::kF32, {-1, 2, 1, 1}}};
  return g;
}

PruneOptions by(PruneAmount amount, double value, std::size_t align = 1) {
  PruneOptions options;
  options.amount = amount;
  options.value = value;
  options.align = align;
  return options;
}

const PrunedGroup& group_of(const std::vector<PrunedGroup>& groups, const std::string& name) {
  return *std::ranges::find(groups, name, &PrunedGroup::name);
}

TEST(ChannelPruning, TakesTheLeastImportant) {
  const PrunedGraph pruned = prune_channels(chain(4, 8), by(PruneAmount::kRatio, 0.5));
  const graph::Tensor& a = pruned.graph.initializers.at("a.w");
  EXPECT_EQ(a.shape, (graph::Shape{2, 2, 1, 1}));
  EXPECT_EQ(a.f32()[0], 3.0F) << "filters 1 and 2 are the smallest";
  EXPECT_EQ(a.f32()[2], 4.0F);
  EXPECT_EQ(group_of(pruned.groups, "b").before, 8U);
  EXPECT_EQ(group_of(pruned.groups, "b").after, 4U);
  EXPECT_EQ(group_of(pruned.groups, "y").after, 2U);
  EXPECT_EQ(group_of(pruned.groups, "y").protected_by, "it is the graph's output 'y'");
}

TEST(ChannelPruning, CountsWhatItSaved) {
  const PrunedGraph pruned = prune_channels(chain(4, 8), by(PruneAmount::kRatio, 0.5));
  EXPECT_EQ(pruned.macs_before, 2 * 4 + 4 * 8 + 8 * 2);
  EXPECT_EQ(pruned.macs_after, 2 * 2 + 2 * 4 + 4 * 2);
  EXPECT_EQ(pruned.parameters_before, pruned.macs_before + 4 + 8 + 2) << "of 1×1 kernels on one place, and biases";
  EXPECT_EQ(pruned.parameters_after, pruned.macs_after + 2 + 4 + 2);
}

TEST(ChannelPruning, LeavesMultiplesOfEight) {
  const PrunedGraph pruned = prune_channels(chain(20, 6), by(PruneAmount::kRatio, 0.3, 8));
  EXPECT_EQ(group_of(pruned.groups, "a").after, 16U) << "14 is nearer to 16 than to 8";
  EXPECT_EQ(group_of(pruned.groups, "b").after, 4U) << "six channels fill no eight: any number";
  EXPECT_EQ(group_of(prune_channels(chain(20, 6), by(PruneAmount::kRatio, 0, 8)).groups, "a").after, 20U);
  EXPECT_EQ(group_of(prune_channels(chain(20, 6), by(PruneAmount::kRatio, 0.99, 8)).groups, "a").after, 8U);
}

TEST(ChannelPruning, LeavesTheLeastNumber) {
  PruneOptions options = by(PruneAmount::kRatio, 0.99);
  options.least = 3;
  const PrunedGraph pruned = prune_channels(chain(20, 2), options);
  EXPECT_EQ(group_of(pruned.groups, "a").after, 3U);
  EXPECT_EQ(group_of(pruned.groups, "b").after, 2U);
  options.align = 8;
  EXPECT_EQ(group_of(prune_channels(chain(20, 2), options).groups, "a").after, 8U);
}

TEST(ChannelPruning, OfAllGroupsTogetherComparesEachWithItsAverage) {
  // Filter sizes 1..4 over an average of 2.5 and 1..8 over one of 4.5, whatever the scale: ascending 0.22 0.40 0.44
  // 0.67 0.80 …, so that of the six smallest four are b's.
  for (const float scale : {1.0F, 100.0F}) {
    PruneOptions options = by(PruneAmount::kRatio, 0.5);
    options.scope = PruneScope::kGlobal;
    options.importance = Importance::kL1;
    const PrunedGraph pruned = prune_channels(chain(4, 8, scale), options);
    EXPECT_EQ(group_of(pruned.groups, "a").after, 2U);
    EXPECT_EQ(group_of(pruned.groups, "b").after, 4U);
  }
}

TEST(ChannelPruning, OfAllGroupsTogetherNeverTakesAWholeLayer) {
  PruneOptions options = by(PruneAmount::kRatio, 0.6);
  options.scope = PruneScope::kGlobal;
  options.importance = Importance::kScores;
  options.scores.scores = {{"a.w", {0, 0, 0, 0}}, {"b.w", {1, 1, 1, 1, 1, 1, 1, 1}}};
  const PrunedGraph pruned = prune_channels(chain(4, 8), options);
  EXPECT_EQ(group_of(pruned.groups, "a").after, 1U);
}

TEST(ChannelPruning, RanksByBatchNormAndByScores) {
  Graph g = graph::build_architecture("resnet-small", 1, 10, 1);
  std::ranges::fill(g.initializers.at("stem.conv.norm.scale").f32(), 1.0F);
  g.initializers.at("stem.conv.norm.scale").f32()[5] = -9.0F;
  const graph::ChannelGroups groups = graph::channel_groups(g);
  const auto importance = channel_importance(g, groups, Importance::kBatchNorm);
  EXPECT_EQ(importance[0][5], 9.0 + 1.0) << "the stem's and that of the block added to it";
  EXPECT_EQ(importance[0][4], 2.0);
  graph::simplify(g);
  EXPECT_NE(base::fault_of([&] {
              channel_importance(g, graph::channel_groups(g), Importance::kBatchNorm);
            }).find("'stem.conv' have no batch norm"),
            std::string::npos);
  const Graph c = chain(2, 3);
  graph::ChannelScores scores{{{"a.w", {1, 2}}}, 1, "taylor"};
  const auto by_scores = [&] { return channel_importance(c, graph::channel_groups(c), Importance::kScores, scores); };
  EXPECT_NE(base::fault_of(by_scores).find("none of the layers that make the channels of 'b'"), std::string::npos);
  scores.scores["b.w"] = {1, 2};
  EXPECT_NE(base::fault_of(by_scores).find("are 2, but it makes 3 channels"), std::string::npos);
  scores.scores["b.w"] = {3, 2, 1};
  EXPECT_EQ(by_scores()[1], (std::vector<double>{3, 2, 1}));
  const graph::Graph r = residual_graph();
  scores.scores = {{"a.w", {1, 2, 3, 4}}};
  EXPECT_EQ(channel_importance(r, graph::channel_groups(r), Importance::kScores, scores)[0],
            (std::vector<double>{1, 2, 3, 4}))
      << "one of the group's two layers is enough";
}

TEST(ChannelPruning, SumsNormsOverTheLayersOfAGroup) {
  Graph g = residual_graph();
  const auto fill_row = [&](const char* name, float value) { std::ranges::fill(g.initializers.at(name).f32(), value); };
  fill_row("a.w", 1);
  fill_row("b.w", -2);
  const graph::ChannelGroups groups = graph::channel_groups(g);
  EXPECT_EQ(channel_importance(g, groups, Importance::kL1)[0], (std::vector<double>(4, 4.0 + 8.0)));
  EXPECT_EQ(channel_importance(g, groups, Importance::kL2)[0], (std::vector<double>(4, std::sqrt(4.0 + 16.0))));
}

TEST(ChannelPruning, RefusesWhatCannotBeMeant) {
  const Graph g = chain(4, 8);
  for (const double ratio : {1.0, -0.1, 1.5})
    EXPECT_NE(base::fault_of([&] { prune_channels(g, by(PruneAmount::kRatio, ratio)); }).find("whole layers"),
              std::string::npos);
  for (const double share : {0.0, 1.1})
    EXPECT_NE(base::fault_of([&] { prune_channels(g, by(PruneAmount::kMacs, share)); }).find("share of"),
              std::string::npos);
  EXPECT_NE(base::fault_of([&] {
              prune_channels(g, by(PruneAmount::kMacs, 0.01));
            }).find("1.0 % of the multiply-accumulates cannot be reached"),
            std::string::npos);
  EXPECT_THROW(prune_channels(g, by(PruneAmount::kRatio, 0.5, 0)), base::Error);
  Graph one;
  one.inputs = {{"x", graph::Type::kF32, {1, 2, 1, 1}}};
  add_conv(one, "y", "x", 2, 2);
  one.outputs = {{"y", graph::Type::kF32, {1, 2, 1, 1}}};
  EXPECT_EQ(base::fault_of([&] { prune_channels(one, by(PruneAmount::kRatio, 0.5)); }),
            "no channels can be removed; those of 'y', for example, because it is the graph's output 'y'");
}

/// In nets of every kind, for every budget: met from below, and nothing that could be given back was kept.
TEST(ChannelPruning, NamesALayerWhoseWeightsAreNoNumbers) {
  for (const float odd : {NAN, INFINITY})
    for (const PruneScope scope : {PruneScope::kUniform, PruneScope::kGlobal}) {
      Graph g = chain(4, 8);
      g.initializers.at("b.w").f32()[5] = odd;
      PruneOptions options = by(PruneAmount::kRatio, 0.5);
      options.scope = scope;
      EXPECT_NE(base::fault_of([&] { prune_channels(g, options); }).find("Conv 'b': its weights are not all finite"),
                std::string::npos);
    }
}

TEST(ChannelPruning, RefusesAModelThatIsQuantisedAlready) {
  const Graph g = residual_graph();
  const Graph q = quantise_int8(g, calibrate(g, 10)).graph;
  for (const auto& fault : {base::fault_of([&] { prune_channels(q, by(PruneAmount::kRatio, 0.5)); }),
                            base::fault_of([&] { prunable_groups(q); })})
    EXPECT_NE(fault.find("the model is quantised already"), std::string::npos) << fault;
}

RC_GTEST_PROP(ChannelPruning, KeepsToItsBudget, ()) {
  const auto all = graph::architectures();
  const std::string name = all[*rc::gen::inRange<std::size_t>(0, all.size())].name;
  PruneOptions options =
      by(*rc::gen::element(PruneAmount::kMacs, PruneAmount::kParameters), *rc::gen::inRange(30, 100) / 100.0);
  options.align = *rc::gen::element<std::size_t>(1, 4, 8);
  options.scope = *rc::gen::element(PruneScope::kUniform, PruneScope::kGlobal);
  const Graph whole = graph::build_architecture(name, 1, 10, 1);
  const PrunedGraph pruned = prune_channels(whole, options);
  const bool macs = options.amount == PruneAmount::kMacs;
  const double before = macs ? pruned.macs_before : pruned.parameters_before;
  const double after = macs ? pruned.macs_after : pruned.parameters_after;
  RC_ASSERT(after <= options.value * before);
  RC_ASSERT(after > (options.align == 1 ? 0.9 : 0.5) * options.value * before);
  for (const PrunedGroup& group : pruned.groups)
    RC_ASSERT(group.after == group.before || group.before < options.align || group.after % options.align == 0);
}

TEST(ChannelChoice, StepsByAsManyAsMakeAMultiple) {
  const graph::ChannelGroups groups{{{"wide", {}, 8, 4, ""}, {"plain", {}, 20, 1, ""}, {"odd", {}, 20, 3, ""}}, {}, {}};
  const std::vector<std::vector<double>> importance = {std::vector<double>(8, 1), std::vector<double>(20, 1),
                                                       std::vector<double>(20, 1)};
  const ChannelChoice choice(groups, importance, by(PruneAmount::kRatio, 0, 8));
  EXPECT_EQ(choice.step(0), 2U) << "two times four layers' channels are eight";
  EXPECT_EQ(choice.step(1), 8U);
  EXPECT_EQ(choice.step(2), 8U);
  EXPECT_EQ(choice.kept(0.7), (KeptCounts{2, 8, 8}));
}

/// Whatever the ratio, counts fall with it and stay within what is allowed.
RC_GTEST_PROP(ChannelChoice, FallsWithTheRatio, ()) {
  graph::ChannelGroups groups;
  std::vector<std::vector<double>> importance;
  const std::size_t count = *rc::gen::inRange<std::size_t>(1, 6);
  for (std::size_t g = 0; g < count; ++g) {
    groups.groups.push_back({"g",
                             {},
                             *rc::gen::inRange<std::size_t>(1, 70),
                             *rc::gen::element<std::size_t>(1, 2, 3, 4),
                             *rc::gen::element<std::string>("", "", "reason")});
    std::vector<double>& scores = importance.emplace_back();
    for (std::size_t c = 0; c < groups.groups.back().channels; ++c) scores.push_back(*rc::gen::inRange(0, 9));
  }
  PruneOptions options;
  options.align = *rc::gen::inRange<std::size_t>(1, 17);
  options.least = *rc::gen::inRange<std::size_t>(1, 20);
  options.scope = *rc::gen::element(PruneScope::kUniform, PruneScope::kGlobal);
  const ChannelChoice choice(groups, importance, options);
  KeptCounts before = choice.kept(0);
  for (std::size_t g = 0; g < count; ++g) RC_ASSERT(before[g] == groups.groups[g].channels);
  for (double ratio = 0.05; ratio <= 1; ratio += 0.05) {
    const KeptCounts kept = choice.kept(ratio);
    const RemovedChannels removed = choice.removed(kept);
    for (std::size_t g = 0; g < count; ++g) {
      const graph::ChannelGroup& group = groups.groups[g];
      const std::size_t real = kept[g] * group.span, all = group.channels * group.span;
      RC_ASSERT(kept[g] <= before[g]);
      RC_ASSERT(real >= std::min(options.least, all));
      RC_ASSERT(kept[g] == group.channels || all < options.align || real % options.align == 0);
      RC_ASSERT(group.protected_by.empty() || kept[g] == group.channels);
      RC_ASSERT(static_cast<std::size_t>(std::ranges::count(removed[g], false)) == kept[g]);
    }
    before = kept;
  }
}

}  // namespace
}  // namespace cradle::compress
