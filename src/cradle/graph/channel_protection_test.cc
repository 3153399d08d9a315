#include "cradle/graph/channel_groups.h"

#include <gtest/gtest.h>

#include "cradle/base/error.h"
#include "cradle/graph/channel_net_test.h"

namespace cradle::graph {
namespace {

using namespace testing;

TEST(ChannelGroups, AreProtectedWhereTheImageIsAdded) {
  Net net;
  const ChannelGroups groups = net.groups(net.node("Add", "sum", {net.conv("a", "x", 3, 3), "x"}), 3);
  EXPECT_EQ(group_of(groups, "a").protected_by, "it is the graph's input 'x'");
}

TEST(ChannelGroups, AreProtectedWhereOneIsSpreadOverMany) {
  Net net;
  const std::string a = net.conv("a", "x", 3, 4), map = net.conv("map", a, 4, 1);
  const ChannelGroups groups = net.groups(net.node("Mul", "m", {a, map}), 4);
  EXPECT_EQ(group_of(groups, "map").protected_by, "Mul 'm' spreads it over many channels");
  EXPECT_EQ(group_of(groups, "a").protected_by, "");
}

struct Obstacle {
  const char* op;
  Attributes attributes;
  const char* reason;
};

TEST(ChannelGroups, AreProtectedByWhatIsNotFollowed) {
  const std::vector<Obstacle> obstacles = {
      {"Softmax", {{"axis", std::int64_t{1}}}, "which normalises over the channels"},
      {"LRN", {{"size", std::int64_t{3}}}, "through which channels are not followed"},
      {"ReduceMean", {{"axes", Ints{1}}}, "which reduces the channels to one"},
      {"Pad", {{"pads", Ints{0, 1, 0, 0, 0, 0, 0, 0}}}, "which adds channels"},
      {"Slice", {{"starts", Ints{1}}, {"ends", Ints{3}}, {"axes", Ints{1}}}, "which takes some of the channels"},
      {"DepthToSpace", {{"blocksize", std::int64_t{2}}}, "through which channels are not followed"},
      {"ArgMax", {{"axis", std::int64_t{1}}}, "through which channels are not followed"}};
  for (const Obstacle& obstacle : obstacles) {
    Net net;
    net.graph.opset = 9;
    net.node(obstacle.op, "y", {net.conv("a", "x", 3, 4)}, obstacle.attributes);
    EXPECT_EQ(group_of(net.groups_of("y"), "a").protected_by,
              std::string("it goes into ") + obstacle.op + " 'y', " + obstacle.reason);
  }
}

TEST(ChannelGroups, RefuseVectorsThatDoNotFitTheirChannels) {
  for (const auto& [op, shape] : {std::pair{"InstanceNormalization", Shape{3}}, {"PRelu", Shape{3, 1, 1}}}) {
    Net net;
    net.floats("odd", shape);
    net.floats("fits", {8});
    Names inputs{net.conv("a", "x", 3, 8), "odd"};
    if (std::string(op) == "InstanceNormalization") inputs.push_back("fits");
    EXPECT_THROW(net.groups(net.node(op, "n", inputs), 8), base::Error) << op;
  }
}

TEST(ChannelGroups, AreProtectedWhereTheyAreTakenApart) {
  Net net;
  net.ints("shape", {1, 2, 2, 8, 8});
  net.node("Reshape", "y", {net.conv("a", "x", 3, 4), "shape"});
  EXPECT_EQ(group_of(net.groups_of("y"), "a").protected_by,
            "it goes into Reshape 'y', which takes its channels apart or mixes them with another axis");
}

TEST(ChannelGroups, AreProtectedWhereAConstantIsUsedForSomethingElse) {
  Net net({1, 4, 8, 8});
  net.conv("a", "x", 4, 4);
  net.floats("shared", {4, 1, 1});
  net.node("Mul", "m", {"a", "shared"});
  net.floats("wide", {1, 4, 1, 1});
  net.node("Mul", "other", {"wide", "shared"});
  net.graph.opset = 11;
  net.node("ReduceMean", "one", {"other"});
  const ChannelGroups groups = net.groups(net.node("Add", "sum", {"m", "one"}), 4);
  EXPECT_EQ(group_of(groups, "a").protected_by, "Mul 'other' uses its constant 'shared' for something else");
}

}  // namespace
}  // namespace cradle::graph
