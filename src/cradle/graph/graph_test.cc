#include "cradle/graph/graph.h"

#include <gtest/gtest.h>

#include "cradle/base/error.h"
#include "cradle/base/fault_test.h"

namespace cradle::graph {
namespace {

/// x → Relu 'a' → p → Relu 'b' → y, with the nodes in the given order.
Graph chain(bool reversed) {
  Graph graph;
  graph.inputs = {{"x", Type::kF32, {1, 4}}};
  graph.outputs = {{"y", Type::kF32, {1, 4}}};
  graph.nodes = {{"a", "Relu", "", {"x"}, {"p"}, {}}, {"b", "Relu", "", {"p"}, {"y"}, {}}};
  if (reversed) std::swap(graph.nodes[0], graph.nodes[1]);
  return graph;
}

TEST(Shape, ElementsAreTheProductAndUnknownStaysUnknown) {
  EXPECT_EQ(elements_of({2, 3, 4}), 24);
  EXPECT_EQ(elements_of({}), 1) << "a scalar has one element";
  EXPECT_EQ(elements_of({-1, 3}), -1);
  EXPECT_EQ(elements_of({5, 0}), 0);
  EXPECT_EQ(text_of({-1, 3, 64}), "?×3×64");
}

TEST(Shape, AProductBeyondAnyMemoryIsRefused) {
  EXPECT_THROW(elements_of({std::int64_t{1} << 40, std::int64_t{1} << 40}), base::Error);
}

TEST(Tensor, HoldsItsValuesLittleEndian) {
  const Tensor tensor = tensor_f32({2}, std::vector<float>{1.0F, -2.5F});
  EXPECT_EQ(tensor.bytes, (std::vector<std::uint8_t>{0, 0, 0x80, 0x3f, 0, 0, 0x20, 0xc0}));
  EXPECT_EQ(tensor.f32()[1], -2.5F);
  EXPECT_EQ(bytes_of(Type::kBf16), 2U);
  EXPECT_EQ(bytes_of(Type::kString), 0U);
  EXPECT_EQ(bytes_of(static_cast<Type>(22)), 0U) << "int4, which this program does not know";
}

TEST(Attributes, AWrongTypeIsAnErrorThatNamesNodeAndAttribute) {
  Node node{"pool", "MaxPool", "", {"x"}, {"y"}, {{"ceil_mode", std::vector<std::int64_t>{1}}}};
  EXPECT_EQ(attribute_int(node, "storage_order", 7), 7);
  const std::string message = base::fault_of([&] { attribute_int(node, "ceil_mode", 0); });
  EXPECT_NE(message.find("MaxPool 'pool': attribute 'ceil_mode'"), std::string::npos) << message;
}

TEST(Links, NameTheMakerAndEachUserOnce) {
  Graph graph = chain(false);
  graph.nodes.push_back({"c", "Add", "", {"p", "p"}, {"z"}, {}});
  const Links links = links_of(graph);
  EXPECT_EQ(links.producer.at("p"), 0U);
  EXPECT_EQ(links.consumers.at("p"), (std::vector<std::size_t>{1, 2}));
  EXPECT_FALSE(links.producer.contains("x"));
}

TEST(Sorting, PutsMakersFirstAndLeavesAGoodOrderAlone) {
  Graph graph = chain(true);
  sort_nodes(graph);
  EXPECT_EQ(graph.nodes[0].name, "a");
  check(graph);

  Graph wide;  // independent nodes keep the order of the file
  wide.inputs = {{"x", Type::kF32, {1}}};
  for (const char* name : {"n3", "n1", "n2"})
    wide.nodes.push_back({name, "Relu", "", {"x"}, {std::string(name) + "o"}, {}});
  sort_nodes(wide);
  EXPECT_EQ(wide.nodes[0].name, "n3");
  EXPECT_EQ(wide.nodes[2].name, "n2");
}

TEST(Sorting, NamesANodeOnACycle) {
  Graph graph = chain(false);
  graph.nodes[0].inputs = {"y"};
  const std::string message = base::fault_of([&] { sort_nodes(graph); });
  EXPECT_NE(message.find("Relu 'a'"), std::string::npos) << message;
  EXPECT_NE(message.find("cycle"), std::string::npos) << message;
}

TEST(Sorting, NamesAnInputThatNobodyMakes) {
  Graph graph = chain(false);
  graph.nodes[1].inputs = {"ghost"};
  const std::string message = base::fault_of([&] { sort_nodes(graph); });
  EXPECT_NE(message.find("Relu 'b': nothing makes its input 'ghost'"), std::string::npos) << message;
}

TEST(Check, FindsEachKindOfUnsoundness) {
  EXPECT_THROW(check(chain(true)), base::Error) << "used before it is made";
  Graph twice = chain(false);
  twice.nodes[1].outputs = {"p"};
  EXPECT_NE(base::fault_of([&] { check(twice); }).find("'p' is already made"), std::string::npos);
  Graph missing = chain(false);
  missing.outputs = {{"nowhere", Type::kF32, {}}};
  EXPECT_NE(base::fault_of([&] { check(missing); }).find("'nowhere'"), std::string::npos);
  Graph doubled = chain(false);
  doubled.outputs.push_back(doubled.outputs[0]);
  EXPECT_THROW(check(doubled), base::Error);
  Graph idle = chain(false);
  idle.nodes.push_back({"idle", "Relu", "", {"x"}, {}, {}});
  EXPECT_NE(base::fault_of([&] { check(idle); }).find("Relu 'idle': it has no output"), std::string::npos);
  Graph both = chain(false);
  both.initializers["x"] = tensor_f32({1}, std::vector<float>{0});
  EXPECT_THROW(check(both), base::Error);
}

TEST(Names, AreFreshAndUnusedInitializersGo) {
  Graph graph = chain(false);
  graph.initializers["w"] = tensor_f32({1}, std::vector<float>{0});
  graph.initializers["used"] = tensor_f32({1}, std::vector<float>{0});
  graph.nodes.push_back({"c", "Mul", "", {"p", "used"}, {"q"}, {}});
  const Links links = links_of(graph);
  EXPECT_EQ(fresh_name(graph, links, "new"), "new");
  EXPECT_EQ(fresh_name(graph, links, "p"), "p_2");
  EXPECT_EQ(fresh_name(graph, links, "w"), "w_2");
  drop_unused(graph, std::vector<std::string>{"w", "used"});
  EXPECT_EQ(initializer_of(graph, "w"), nullptr);
  EXPECT_NE(initializer_of(graph, "used"), nullptr);
}

TEST(Names, OfNodesAreThoseOfTheirOutputsIfTheyHaveNone) {
  EXPECT_EQ(name_of(Node{"a", "Relu", "", {"x"}, {"y"}, {}}), "a");
  EXPECT_EQ(name_of(Node{"", "Relu", "", {"x"}, {"y"}, {}}), "y");
}

TEST(Describe, FallsBackToTheNumberOfANodeWithoutName) {
  Graph graph = chain(false);
  graph.nodes[1].name.clear();
  EXPECT_EQ(describe(graph, 0), "Relu 'a'");
  EXPECT_EQ(describe(graph, 1), "Relu (node 1)");
}

}  // namespace
}  // namespace cradle::graph
