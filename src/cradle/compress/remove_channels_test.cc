#include "cradle/compress/remove_channels.h"

#include <gtest/gtest.h>

#include "cradle/base/error.h"
#include "cradle/base/fault_test.h"
#include "cradle/compress/test_graphs.h"
#include "cradle/graph/shapes.h"

namespace cradle::compress {
namespace {

using graph::Graph;

/// x [1, 2, 2, 1] → conv a (3) → conv d (depthwise) → reshape → Gemm, 2 numbers.
Graph small_net() {
  Graph g;
  g.inputs = {{"x", graph::Type::kF32, {1, 2, 2, 1}}};
  add_conv(g, "a", "x", 2, 3);
  g.initializers["d.w"] = random_tensor("d.w", {3, 1, 1, 1}, 1);
  add_node(g, "Conv", "d", {"a", "d.w"}, {{"group", std::int64_t{3}}});
  g.initializers["shape"] = graph::tensor_i64({2}, std::vector<std::int64_t>{1, 6});
  add_node(g, "Reshape", "f", {"d", "shape"});
  g.initializers["y.w"] = random_tensor("y.w", {2, 6}, 1);
  add_node(g, "Gemm", "y", {"f", "y.w"}, {{"transB", std::int64_t{1}}});
  g.outputs = {{"y", graph::Type::kF32, {1, 2}}};
  return g;
}

std::vector<float> some(const graph::Tensor& tensor, const std::vector<std::size_t>& indices) {
  std::vector<float> values;
  for (const std::size_t i : indices) values.push_back(tensor.f32()[i]);
  return values;
}

std::vector<float> all(const graph::Tensor& tensor) { return {tensor.f32().begin(), tensor.f32().end()}; }

TEST(RemoveChannels, CutsEveryAxisAndFollowsEveryCount) {
  const Graph whole = small_net();
  const graph::ChannelGroups groups = graph::channel_groups(whole);
  RemovedChannels removed = none_removed(groups);
  ASSERT_EQ(groups.groups[0].name, "a");
  removed[0][1] = true;
  const Graph less = remove_channels(whole, groups, removed);
  const auto& before = whole.initializers;
  const auto& after = less.initializers;
  EXPECT_EQ(after.at("a.w").shape, (graph::Shape{2, 2, 1, 1}));
  EXPECT_EQ(all(after.at("a.w")), some(before.at("a.w"), {0, 1, 4, 5}));
  EXPECT_EQ(all(after.at("a.b")), some(before.at("a.b"), {0, 2}));
  EXPECT_EQ(all(after.at("d.w")), some(before.at("d.w"), {0, 2}));
  EXPECT_EQ(graph::attribute_int(less.nodes[1], "group", 0), 2);
  EXPECT_EQ(after.at("shape").i64()[1], 4);
  EXPECT_EQ(after.at("y.w").shape, (graph::Shape{2, 4}));
  EXPECT_EQ(all(after.at("y.w")), some(before.at("y.w"), {0, 1, 4, 5, 6, 7, 10, 11}));
}

TEST(RemoveChannels, LeavesTheGraphAloneWithoutAny) {
  const Graph whole = small_net();
  const graph::ChannelGroups groups = graph::channel_groups(whole);
  const Graph same = remove_channels(whole, groups, none_removed(groups));
  for (const auto& [name, tensor] : whole.initializers) EXPECT_EQ(same.initializers.at(name).bytes, tensor.bytes);
}

TEST(RemoveChannels, RefusesWholeLayersAndProtectedGroups) {
  const Graph whole = small_net();
  const graph::ChannelGroups groups = graph::channel_groups(whole);
  RemovedChannels removed = none_removed(groups);
  removed[0].assign(3, true);
  EXPECT_EQ(base::fault_of([&] { remove_channels(whole, groups, removed); }),
            "this would remove all 3 channels of 'a', the whole layer; leave at least one");
  removed = none_removed(groups);
  ASSERT_EQ(groups.groups[1].name, "y");
  removed[1][0] = true;
  EXPECT_EQ(base::fault_of([&] { remove_channels(whole, groups, removed); }),
            "the channels of 'y' cannot be removed: it is the graph's output 'y'");
}

/// The number of channels of conv a is the length of an output.
TEST(RemoveChannels, RefusesAModelThatComputesWithTheNumberOfChannels) {
  Graph g = residual_graph();
  g.inputs[0].shape[0] = 1;
  add_node(g, "Shape", "shape", {"a"});
  g.initializers["one"] = graph::tensor_i64({1}, std::vector<std::int64_t>{1});
  add_node(g, "Gather", "count", {"shape", "one"}, {{"axis", std::int64_t{0}}});
  add_node(g, "ConstantOfShape", "z", {"count"});
  g.outputs.push_back({"z", graph::Type::kF32, {}, false});
  const graph::ChannelGroups groups = graph::channel_groups(g);
  RemovedChannels removed = none_removed(groups);
  removed[0][0] = true;
  EXPECT_NE(
      base::fault_of([&] { remove_channels(g, groups, removed); }).find("would change the output 'z' from 4 to 3"),
      std::string::npos);
}

}  // namespace
}  // namespace cradle::compress
