#include "cradle/compress/own_vectors.h"

#include <gtest/gtest.h>

#include "cradle/compress/test_graphs.h"

namespace cradle::compress {
namespace {

/// Two convolutions with the same bias and the same kernel.
graph::Graph twins() {
  graph::Graph g;
  g.inputs = {{"x", graph::Type::kF32, {1, 4, 1, 1}}};
  g.initializers["w"] = random_tensor("w", {4, 4, 1, 1}, 1);
  g.initializers["b"] = random_tensor("b", {4}, 1);
  add_node(g, "Conv", "p", {"x", "w", "b"});
  add_node(g, "Conv", "q", {"p", "w", "b"});
  g.outputs = {{"q", graph::Type::kF32, {}, false}};
  return g;
}

TEST(OwnVectors, CopyBiasesButNoKernels) {
  graph::Graph g = twins();
  const auto original_of = own_vectors(g);
  EXPECT_EQ(original_of, (std::map<std::string, std::string>{{"b.copy", "b"}}));
  EXPECT_EQ(g.nodes[0].inputs[2], "b");
  EXPECT_EQ(g.nodes[1].inputs[2], "b.copy");
  EXPECT_EQ(g.nodes[1].inputs[1], "w");
  graph::check(g);
}

TEST(OwnVectors, MergeAgainWhereTheyAreEqual) {
  graph::Graph g = twins();
  auto original_of = own_vectors(g);
  share_vectors(g, original_of);
  EXPECT_EQ(g.initializers.size(), 2U);
  EXPECT_EQ(g.nodes[1].inputs[2], "b");
  original_of = own_vectors(g);
  g.initializers.at("b.copy").f32()[0] += 1.0F;
  share_vectors(g, original_of);
  EXPECT_EQ(g.nodes[1].inputs[2], "b.copy");
  graph::check(g);
}

}  // namespace
}  // namespace cradle::compress
