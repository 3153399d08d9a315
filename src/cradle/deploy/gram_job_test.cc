#include "cradle/deploy/gram_job.h"

#include <gtest/gtest.h>

#include "cradle/base/error.h"
#include "cradle/base/json.h"
#include "cradle/deploy/engine_models_test.h"
#include "cradle/graph/fold.h"

namespace cradle::deploy {
namespace {

WeightedLayer convolution(std::int64_t group, graph::Shape weight, std::vector<std::int64_t> pads,
                          std::int64_t stride) {
  graph::Node node{"c", "Conv", "", {"x", "w"}, {"y"}, {}};
  node.attributes["group"] = group;
  node.attributes["pads"] = std::move(pads);
  node.attributes["strides"] = std::vector<std::int64_t>{stride, stride};
  return {"c", "x", "y", node, std::move(weight)};
}

TEST(GramJob, SumsTheProductsOfUnfoldedInputs) {
  // One channel of 2×2 numbers, a 2×2 kernel, one pad at the top and left: rows 0001, 0012, 0103, 1234.
  const WeightedLayer layer = convolution(1, {1, 1, 2, 2}, {1, 1, 0, 0}, 1);
  graph::Grams grams = grams_for({layer});
  const std::vector<std::int64_t> shape{1, 1, 2, 2};
  const std::vector<float> values{1, 2, 3, 4};
  add_to_gram(grams.layers.at("c"), layer, {"x", shape, values}, 100, 1);
  EXPECT_EQ(grams.layers.at("c").rows, 4);
  EXPECT_EQ(grams.layers.at("c").sums,
            (std::vector<float>{1, 2, 3, 4, 2, 5, 6, 11, 3, 6, 10, 14, 4, 11, 14, 1 + 4 + 9 + 16}));
}

TEST(GramJob, KeepsGroupsApartAndDrawsAsManyPlacesAsAsked) {
  const WeightedLayer layer = convolution(2, {2, 1, 1, 1}, {0, 0, 0, 0}, 1);
  graph::Grams grams = grams_for({layer});
  const std::vector<std::int64_t> shape{1, 2, 2, 2};
  const std::vector<float> values{1, 1, 1, 1, 3, 3, 3, 3};
  add_to_gram(grams.layers.at("c"), layer, {"x", shape, values}, 3, 1);
  EXPECT_EQ(grams.layers.at("c").rows, 3);
  EXPECT_EQ(grams.layers.at("c").sums, (std::vector<float>{3, 27}));
}

TEST(GramJob, LeavesLayersWhoseMatrixIsTooLarge) {
  const graph::Grams grams = grams_for({convolution(1, {8, 513, 3, 3}, {0, 0, 0, 0}, 1)});
  EXPECT_TRUE(grams.layers.empty());
  EXPECT_NE(grams.left.at("c").find("4617"), std::string::npos);
}

TEST(GramJob, WritesWhatAllLayersOfANetRead) {
  const auto model = testing::write_graph("gram.onnx", graph::build_architecture("separable-small", 0.25, 10, 1));
  const auto output = testing::scratch_file("gram.json");
  const base::Json answer = gram_job({{"model", model.string()},
                                      {"task", "classification"},
                                      {"images", 3},
                                      {"positions", 4},
                                      {"output", output.string()}},
                                     "j");
  const graph::Grams grams = graph::read_grams(output);
  EXPECT_EQ(grams.images, 3);
  EXPECT_EQ(answer["layers"], grams.layers.size());
  EXPECT_GT(grams.layers.size(), 5U);
  for (const auto& [name, gram] : grams.layers) {
    EXPECT_LE(gram.rows, 12) << name;
    for (std::size_t i = 0; i < gram.inputs; ++i) EXPECT_GE(gram.sums[i * gram.inputs + i], 0) << name;
  }
  EXPECT_THROW(gram_job({{"model", model.string()}}, "j"), base::Error);
}

}  // namespace
}  // namespace cradle::deploy
