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

/// The sums are those of these rows.
void expect_sums(const graph::LayerGram& gram, const std::vector<std::vector<float>>& rows) {
  EXPECT_EQ(gram.rows, static_cast<double>(rows.size()));
  std::vector<float> sums(gram.inputs * gram.inputs);
  for (const std::vector<float>& row : rows) {
    ASSERT_EQ(row.size(), gram.inputs);
    for (std::size_t i = 0; i < sums.size(); ++i) sums[i] += row[i / gram.inputs] * row[i % gram.inputs];
  }
  EXPECT_EQ(gram.sums, sums);
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

TEST(GramJob, UnfoldsStridedAndDilatedInputsPaddedAtTheirBeginning) {
  WeightedLayer layer = convolution(1, {1, 1, 2, 2}, {0, 0, 0, 0}, 2);
  layer.node.attributes["dilations"] = std::vector<std::int64_t>{2, 2};
  layer.node.attributes["auto_pad"] = std::string("SAME_LOWER");
  layer.node.attributes.erase("pads");
  graph::Grams grams = grams_for({layer});
  // 6 × 6 numbers from 1 on; three places an axis reach 2·2 + 3 = 7 numbers: one pad, at the top and left.
  const std::vector<std::int64_t> shape{1, 1, 6, 6};
  std::vector<float> values(36);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i + 1);
  add_to_gram(grams.layers.at("c"), layer, {"x", shape, values}, 100, 1);
  expect_sums(grams.layers.at("c"), {{0, 0, 0, 8},
                                     {0, 0, 8, 10},
                                     {0, 0, 10, 12},
                                     {0, 8, 0, 20},
                                     {8, 10, 20, 22},
                                     {10, 12, 22, 24},
                                     {0, 20, 0, 32},
                                     {20, 22, 32, 34},
                                     {22, 24, 34, 36}});
}

TEST(GramJob, TakesTheRowsOfAProductAsTheyAre) {
  for (const std::int64_t transposed : {0, 1}) {
    graph::Node node{"c", "Gemm", "", {"x", "w"}, {"y"}, {{"transB", transposed}}};
    const WeightedLayer layer{"c", "x", "y", node, transposed ? graph::Shape{5, 3} : graph::Shape{3, 5}};
    graph::Grams grams = grams_for({layer});
    const std::vector<std::int64_t> shape{2, 3};
    const std::vector<float> values{1, 2, 3, 4, 0, -6};
    add_to_gram(grams.layers.at("c"), layer, {"x", shape, values}, 100, 1);
    expect_sums(grams.layers.at("c"), {{1, 2, 3}, {4, 0, -6}});
  }
}

TEST(GramJob, LeavesLayersOfOneName) {
  // The first has no name but its output's, which is the second's: ONNX Runtime takes that. The first reads a map of
  // one channel, the second one of two: sums of the one's size would not hold the other's.
  graph::Graph g;
  g.inputs = {{"image", graph::Type::kF32, {-1, 1, 28, 28}}};
  g.outputs = {{"y", graph::Type::kF32, {-1, 10, 1, 1}}};
  const auto weight = [&](const std::string& name, const graph::Shape& shape) {
    g.initializers[name] =
        graph::tensor_f32(shape, std::vector<float>(static_cast<std::size_t>(graph::elements_of(shape)), 0.5F));
  };
  weight("w1", {2, 1, 1, 1});
  weight("w2", {3, 2, 7, 7});
  weight("w3", {10, 3, 4, 4});
  g.nodes = {{"", "Conv", "", {"image", "w1"}, {"c"}, {}},
             {"c", "Conv", "", {"c", "w2"}, {"b"}, {{"strides", std::vector<std::int64_t>{7, 7}}}},
             {"d", "Conv", "", {"b", "w3"}, {"y"}, {}}};
  const auto model = testing::write_graph("twins.onnx", g), output = testing::scratch_file("twins.json");
  const base::Json answer = gram_job(
      {{"model", model.string()}, {"task", "classification"}, {"images", 2}, {"output", output.string()}}, "j");
  EXPECT_EQ(answer["left"].dump(), R"([{"name":"c","reason":"2 layers have this name"}])");
  const graph::Grams grams = graph::read_grams(output);
  ASSERT_EQ(grams.layers.size(), 1U);
  EXPECT_EQ(grams.layers.at("d").inputs, 48U);
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
