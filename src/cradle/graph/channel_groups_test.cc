#include "cradle/graph/channel_groups.h"

#include <gtest/gtest.h>

#include "cradle/graph/architectures.h"
#include "cradle/graph/channel_net_test.h"

namespace cradle::graph {
namespace {

using namespace testing;

TEST(ChannelGroups, FollowAChainOfConvolutions) {
  Net net;
  const ChannelGroups groups = net.groups(net.node("Relu", "r", {net.conv("a", "x", 3, 4)}), 4);
  ASSERT_EQ(groups.groups.size(), 2U);
  EXPECT_EQ(group_of(groups, "a").channels, 4U);
  EXPECT_EQ(group_of(groups, "a").span, 1U);
  EXPECT_EQ(group_of(groups, "a").protected_by, "");
  EXPECT_EQ(group_of(groups, "last").protected_by, "it is the graph's output 'last'");
  EXPECT_EQ(channels_on(groups, "a.w", 0, "a"), counting(4));
  EXPECT_EQ(channels_on(groups, "a.b", 0, "a"), counting(4));
  EXPECT_EQ(channels_on(groups, "last.w", 1, "a"), counting(4));
  EXPECT_EQ(channels_on(groups, "a.w", 1, "a"), std::vector<int>(3, -1)) << "the image's channels stay";
}

TEST(ChannelGroups, JoinWhatIsAdded) {
  Net net;
  const std::string a = net.conv("a", "x", 3, 4), b = net.conv("b", a, 4, 4);
  const ChannelGroups groups = net.groups(net.node("Add", "sum", {a, b}), 4);
  EXPECT_EQ(groups.groups.size(), 2U);
  EXPECT_EQ(layers_of(net, group_of(groups, "a")), (Names{"a", "b"}));
  EXPECT_EQ(channels_on(groups, "b.w", 0, "a"), counting(4));
  EXPECT_EQ(channels_on(groups, "b.w", 1, "a"), counting(4));
}

TEST(ChannelGroups, StandBehindEachOtherAfterAConcat) {
  Net net;
  const std::string a = net.conv("a", "x", 3, 2), b = net.conv("b", "x", 3, 3);
  const ChannelGroups groups = net.groups(net.node("Concat", "c", {a, "x", b}, {{"axis", std::int64_t{1}}}), 8);
  EXPECT_EQ(channels_on(groups, "last.w", 1, "a"), (std::vector<int>{0, 1, -1, -1, -1, -1, -1, -1}));
  EXPECT_EQ(channels_on(groups, "last.w", 1, "b"), (std::vector<int>{-1, -1, -1, -1, -1, 0, 1, 2}));
}

TEST(ChannelGroups, OfALayerAddedToAConcatAreThoseOfItsParts) {
  Net net;
  const std::string a = net.conv("a", "x", 3, 2), b = net.conv("b", "x", 3, 3), c = net.conv("c", "x", 3, 5);
  const std::string joined = net.node("Concat", "j", {a, b}, {{"axis", std::int64_t{-3}}});
  const ChannelGroups groups = net.groups(net.node("Add", "sum", {joined, c}), 5);
  ASSERT_EQ(groups.groups.size(), 3U);
  EXPECT_EQ(layers_of(net, group_of(groups, "a")), (Names{"a", "c"}));
  EXPECT_EQ(layers_of(net, group_of(groups, "b")), (Names{"b", "c"}));
  EXPECT_EQ(channels_on(groups, "c.w", 0, "b"), (std::vector<int>{-1, -1, 0, 1, 2}));
}

TEST(ChannelGroups, PassDepthwiseConvolutionsWhoseGroupsFollow) {
  Net net;
  const ChannelGroups groups = net.groups(net.conv("d", net.conv("a", "x", 3, 4), 4, 8, 4), 8);
  EXPECT_EQ(groups.groups.size(), 2U);
  EXPECT_EQ(layers_of(net, group_of(groups, "a")), (Names{"a", "d"}));
  EXPECT_EQ(channels_on(groups, "d.w", 0, "a"), (std::vector<int>{0, 0, 1, 1, 2, 2, 3, 3})) << "two filters a channel";
  EXPECT_EQ(channels_on(groups, "last.w", 1, "a"), (std::vector<int>{0, 0, 1, 1, 2, 2, 3, 3}));
  ASSERT_EQ(groups.counts.size(), 1U);
  EXPECT_EQ(groups.counts[0].attribute, "group");
  EXPECT_EQ(groups.counts[0].node, 1U);
  EXPECT_EQ(groups.counts[0].at.size(), 4U);
}

TEST(ChannelGroups, OfGroupedConvolutionsTakeOneChannelOfEachPart) {
  Net net;
  const ChannelGroups groups = net.groups(net.conv("g", net.conv("a", "x", 3, 4), 4, 6, 2), 6);
  const ChannelGroup& a = group_of(groups, "a");
  EXPECT_EQ(a.channels, 2U);
  EXPECT_EQ(a.span, 2U);
  EXPECT_EQ(channels_on(groups, "a.w", 0, "a"), (std::vector<int>{0, 1, 0, 1}));
  EXPECT_EQ(channels_on(groups, "g.w", 1, "a"), (std::vector<int>{0, 1}));
  EXPECT_EQ(channels_on(groups, "g.w", 0, "g"), (std::vector<int>{0, 1, 2, 0, 1, 2}));
  EXPECT_TRUE(groups.counts.empty()) << "the number of parts stays";
}

TEST(ChannelGroups, OfTransposedConvolutionsStandTheOtherWayRound) {
  Net net;
  net.conv("a", "x", 3, 4);
  net.floats("t.w", {4, 5, 2, 2});
  net.floats("t.b", {5});
  const ChannelGroups groups = net.groups(net.node("ConvTranspose", "t", {"a", "t.w", "t.b"}), 5);
  EXPECT_EQ(channels_on(groups, "t.w", 0, "a"), counting(4));
  EXPECT_EQ(channels_on(groups, "t.w", 1, "t"), counting(5));
  EXPECT_EQ(channels_on(groups, "t.b", 0, "t"), counting(5));
}

TEST(ChannelGroups, OfGroupedTransposedConvolutions) {
  Net net;
  net.conv("a", "x", 3, 4);
  net.floats("t.w", {4, 3, 2, 2});
  net.floats("d.w", {6, 1, 2, 2});
  const std::string t = net.node("ConvTranspose", "t", {"a", "t.w"}, {{"group", std::int64_t{2}}});
  const ChannelGroups groups = net.groups(net.node("ConvTranspose", "d", {t, "d.w"}, {{"group", std::int64_t{6}}}), 6);
  EXPECT_EQ(channels_on(groups, "t.w", 0, "a"), (std::vector<int>{0, 1, 0, 1}));
  EXPECT_EQ(channels_on(groups, "t.w", 1, "t"), counting(3));
  EXPECT_EQ(channels_on(groups, "d.w", 0, "t"), (std::vector<int>{0, 1, 2, 0, 1, 2}));
}

TEST(ChannelGroups, TakeTheVectorsOfANorm) {
  Net net;
  net.conv("a", "x", 3, 4);
  for (const char* v : {"s", "h", "m", "v"}) net.floats(v, {4});
  const ChannelGroups groups = net.groups(net.node("BatchNormalization", "n", {"a", "s", "h", "m", "v"}), 4);
  for (const char* v : {"s", "h", "m", "v"}) EXPECT_EQ(channels_on(groups, v, 0, "a"), counting(4)) << v;
  const auto scale = std::ranges::find(groups.axes, "s", &ChannelAxis::initializer);
  EXPECT_EQ(scale->role, ChannelRole::kScales);
}

TEST(ChannelGroups, TakeConstantsWithAnEntryForEachChannel) {
  Net net;
  net.conv("a", "x", 3, 4);
  net.floats("slope", {4, 1, 1});
  net.floats("factor", {1, 4, 1, 1});
  net.floats("three", {1});
  const std::string y =
      net.node("Add", "y", {net.node("Mul", "m", {"factor", net.node("PRelu", "p", {"a", "slope"})}), "three"});
  const ChannelGroups groups = net.groups(y, 4);
  EXPECT_EQ(channels_on(groups, "slope", 0, "a"), counting(4));
  EXPECT_EQ(channels_on(groups, "factor", 1, "a"), counting(4));
  EXPECT_TRUE(channels_on(groups, "three", 0, "a").empty());
}

TEST(ChannelGroups, PassSqueezeAndExcitation) {
  Net net;
  const std::string a = net.conv("a", "x", 3, 4);
  const std::string squeezed = net.conv("s", net.node("GlobalAveragePool", "pool", {a}), 4, 2);
  const std::string gate = net.node("HardSigmoid", "gate", {net.conv("e", net.node("Relu", "r", {squeezed}), 2, 4)});
  const ChannelGroups groups = net.groups(net.node("Mul", "scaled", {a, gate}), 4);
  EXPECT_EQ(layers_of(net, group_of(groups, "a")), (Names{"a", "e"}));
  EXPECT_EQ(group_of(groups, "s").protected_by, "");
}

TEST(ChannelGroups, StandAllOverTheMapBehindAFlatten) {
  for (const char* op : {"Flatten", "Reshape"}) {
    Net net({1, 3, 2, 1});
    net.conv("a", "x", 3, 3);
    net.ints("shape", {1, 6});
    const bool flatten = op == std::string("Flatten");
    net.node(op, "f", flatten ? Names{"a"} : Names{"a", "shape"});
    net.floats("g.w", {5, 6});
    net.floats("g.b", {5});
    net.node("Gemm", "g", {"f", "g.w", "g.b"}, {{"transB", std::int64_t{1}}});
    net.floats("m.w", {5, 2});
    net.node("MatMul", "m", {"g", "m.w"});
    const ChannelGroups groups = net.groups_of("m");
    EXPECT_EQ(channels_on(groups, "g.w", 1, "a"), (std::vector<int>{0, 0, 1, 1, 2, 2}));
    EXPECT_EQ(channels_on(groups, "g.w", 0, "g"), counting(5));
    EXPECT_EQ(channels_on(groups, "g.b", 0, "g"), counting(5));
    EXPECT_EQ(channels_on(groups, "m.w", 0, "g"), counting(5));
    EXPECT_EQ(channels_on(groups, "m.w", 1, "m"), counting(2));
    ASSERT_EQ(groups.counts.size(), flatten ? 0U : 1U);
    if (!flatten) {
      EXPECT_EQ(groups.counts[0].initializer, "shape");
      EXPECT_EQ(groups.counts[0].element, 1U);
      EXPECT_EQ(groups.counts[0].at.size(), 6U);
    }
  }
}

TEST(ChannelGroups, FollowAGemmThatIsNotTransposed) {
  Net net({1, 3});
  net.floats("a.w", {3, 4});
  net.floats("b.w", {4, 2});
  net.floats("row", {1, 4});
  net.node("Gemm", "a", {"x", "a.w", "row"});
  net.node("Gemm", "b", {"a", "b.w"});
  const ChannelGroups groups = net.groups_of("b");
  EXPECT_EQ(channels_on(groups, "a.w", 1, "a"), counting(4));
  EXPECT_EQ(channels_on(groups, "row", 1, "a"), counting(4));
  EXPECT_EQ(channels_on(groups, "b.w", 0, "a"), counting(4));
}

TEST(ChannelGroups, KeepTheirAxisThroughWhatMovesIt) {
  Net net;
  net.conv("a", "x", 3, 4);
  net.ints("sizes", {1, 4, 16, 16});
  net.ints("axes", {2, 3});
  net.floats("w", {4, 5});
  std::string y = net.node("Resize", "resized", {"a", "", "", "sizes"});
  y = net.node("Pad", "padded", {y}, {{"pads", Ints{0, 0, 1, 1, 0, 0, 1, 1}}});
  net.graph.opset = 9;
  y = net.node("ReduceMean", "mean", {y}, {{"axes", Ints{2, 3}}, {"keepdims", std::int64_t{1}}});
  y = net.node("Transpose", "last_axis", {y}, {{"perm", Ints{0, 2, 3, 1}}});
  y = net.node("MatMul", "product", {y, "w"});
  y = net.node("Softmax", "rows", {y}, {{"axis", std::int64_t{3}}});
  const ChannelGroups groups = net.groups_of(y);
  EXPECT_EQ(channels_on(groups, "w", 0, "a"), counting(4));
  EXPECT_EQ(group_of(groups, "a").protected_by, "");
  EXPECT_EQ(group_of(groups, "product").protected_by,
            "it goes into Softmax 'rows', which normalises over the channels");
  ASSERT_EQ(groups.counts.size(), 1U);
  EXPECT_EQ(groups.counts[0].initializer, "sizes");
  EXPECT_EQ(groups.counts[0].element, 1U);
}

TEST(ChannelGroups, KeepTheirAxisBesideOthers) {
  Net net({1, 3, 2, 2});
  net.graph.opset = 13;
  const std::string a = net.conv("a", "x", 3, 4), b = net.conv("b", "x", 3, 4);
  net.ints("zero", {0});
  net.ints("two", {2});
  net.ints("three", {3});
  net.ints("one", {1});
  net.ints("halves", {2, 2});
  net.ints("wide", {1, 4, 4, 2});
  std::string y = net.node("Concat", "tall", {a, b}, {{"axis", std::int64_t{2}}});  // 1×4×4×2
  y = net.node("Expand", "expanded", {y, "wide"});                                  // the same
  net.graph.nodes.push_back({"cut", "Split", "", {y, "halves"}, {"p", "q"}, {{"axis", std::int64_t{2}}}});
  y = net.node("Slice", "slice", {"q", "zero", "one", "three"});                  // 1×4×2×1
  y = net.node("Squeeze", "squeezed", {y, "three"});                              // 1×4×2
  y = net.node("Unsqueeze", "more", {y, "one"});                                  // 1×1×4×2
  y = net.node("Gather", "row", {y, "zero"}, {{"axis", std::int64_t{1}}});        // 1×1×4×2
  y = net.node("ReduceSum", "sum", {y, "one"}, {{"keepdims", std::int64_t{0}}});  // 1×4×2
  y = net.node("Transpose", "turned", {y}, {{"perm", Ints{0, 2, 1}}});            // 1×2×4
  net.floats("w", {4, 5});
  const ChannelGroups groups = net.groups_of(net.node("MatMul", "product", {y, "w"}));
  EXPECT_EQ(layers_of(net, group_of(groups, "a")), (Names{"a", "b"})) << "joined along another axis";
  EXPECT_EQ(group_of(groups, "a").protected_by, "");
  EXPECT_EQ(channels_on(groups, "w", 0, "a"), counting(4));
  ASSERT_EQ(groups.counts.size(), 1U);
  EXPECT_EQ(groups.counts[0].initializer, "wide");
  EXPECT_EQ(groups.counts[0].element, 1U);
}

/// As PyTorch exports x.view(x.size(0), 4, -1): the number of channels is a piece of a shape put together.
TEST(ChannelGroups, FollowANumberThroughAComputedShape) {
  Net net({1, 3, 2, 2});
  const std::string a = net.conv("a", "x", 3, 4);
  net.ints("zero", {0});
  net.ints("channels", {4});
  net.ints("rest", {-1});
  const std::string batch = net.node("Gather", "batch", {net.node("Shape", "shape", {a}), "zero"});
  const std::string wanted = net.node("Concat", "wanted", {batch, "channels", "rest"}, {{"axis", std::int64_t{0}}});
  const std::string rows = net.node("Reshape", "rows", {a, wanted});
  const ChannelGroups groups = net.groups_of(net.node("ReduceMax", "y", {net.node("Relu", "r", {rows})}));
  ASSERT_EQ(groups.counts.size(), 1U);
  EXPECT_EQ(groups.counts[0].initializer, "channels");
  EXPECT_EQ(groups.counts[0].element, 0U);
  EXPECT_EQ(group_of(groups, "a").protected_by, "it goes into ReduceMax 'y', which reduces the channels to one");
}

TEST(ChannelGroups, OfEqualPartsGoTogether) {
  Net net;
  net.conv("a", "x", 3, 4);
  net.graph.nodes.push_back({"s", "Split", "", {"a"}, {"p", "q"}, {{"axis", std::int64_t{1}}, {"split", Ints{2, 2}}}});
  net.graph.opset = 11;
  const ChannelGroups groups = net.groups(net.conv("b", "q", 2, 3), 3);
  const ChannelGroup& a = group_of(groups, "a");
  EXPECT_EQ(a.channels, 2U);
  EXPECT_EQ(a.span, 2U);
  EXPECT_EQ(channels_on(groups, "a.w", 0, "a"), (std::vector<int>{0, 1, 0, 1}));
  EXPECT_EQ(channels_on(groups, "b.w", 1, "a"), (std::vector<int>{0, 1}));
  EXPECT_EQ(groups.counts.size(), 2U) << "both sizes follow";
}

TEST(ChannelGroups, OfALayerUsedTwiceAreOne) {
  Net net({1, 4, 8, 8});
  const std::string a = net.conv("a", "x", 4, 4);
  net.floats("w", {4, 4, 1, 1});
  const std::string once = net.node("Conv", "once", {a, "w"});
  const ChannelGroups groups = net.groups(net.node("Conv", "twice", {once, "w"}), 4);
  EXPECT_EQ(groups.groups.size(), 2U);
  EXPECT_EQ(layers_of(net, group_of(groups, "a")), (Names{"a", "once", "twice"})) << "what goes in is what comes out";
}

TEST(ChannelGroups, ReadNoWeights) {
  const Graph whole = build_architecture("centernet-squeeze", 1, 10, 1);
  const Graph light = without_weights(whole);
  std::size_t bytes = 0;
  for (const auto& [name, tensor] : light.initializers) bytes += tensor.bytes.size();
  EXPECT_LT(bytes, 40'000U);
  EXPECT_EQ(channel_groups(light).axes.size(), channel_groups(whole).axes.size());
}

}  // namespace
}  // namespace cradle::graph
