// Checks that a graph's digest changes with all that it computes with, and with nothing else.
#include "cradle/graph/digest.h"

#include <gtest/gtest.h>

#include "cradle/graph/architectures.h"

namespace cradle::graph {
namespace {

Graph net() { return build_architecture("mlp", 0.25, 10, 1); }

TEST(Digest, IsTheSameForTheSameGraphWhateverItIsCalled) {
  Graph renamed = net();
  renamed.name = "other";
  renamed.metadata["note"] = "x";
  renamed.values["y"] = {"y", Type::kF32, {1}};
  EXPECT_EQ(digest_of(renamed), digest_of(net()));
  EXPECT_EQ(digest_of(net()).size(), 64u);
}

TEST(Digest, ChangesWithEachThingThatIsComputedWith) {
  const std::string before = digest_of(net());
  const auto after = [](auto change) {
    Graph g = net();
    change(g);
    return digest_of(g);
  };
  EXPECT_NE(after([](Graph& g) { g.initializers.begin()->second.bytes[1] ^= 1; }), before);
  EXPECT_NE(after([](Graph& g) { g.initializers.begin()->second.shape.push_back(1); }), before);
  EXPECT_NE(after([](Graph& g) { g.nodes[1].op = "Gelu"; }), before);
  EXPECT_NE(after([](Graph& g) { g.nodes[1].domain = "mine"; }), before);
  EXPECT_NE(after([](Graph& g) { g.nodes.back().outputs[0] = "y"; }), before);
  EXPECT_NE(after([](Graph& g) { g.nodes[0].inputs[0] += "."; }), before);
  EXPECT_NE(after([](Graph& g) { g.nodes[0].attributes["axis"] = std::int64_t{1}; }), before);
  EXPECT_NE(after([](Graph& g) { g.inputs[0].shape[0] = 2; }), before);
  EXPECT_NE(after([](Graph& g) { g.outputs[0].name = "y"; }), before);
  EXPECT_NE(after([](Graph& g) { g.opset = 13; }), before);
  EXPECT_NE(after([](Graph& g) { g.nodes[0].attributes["a"] = 1.0f; }),
            after([](Graph& g) { g.nodes[0].attributes["a"] = std::int64_t{1}; }));
}

}  // namespace
}  // namespace cradle::graph
