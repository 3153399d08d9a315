#include "cradle/graph/architectures.h"

#include <gtest/gtest.h>

#include <cmath>

#include "cradle/base/error.h"
#include "cradle/base/json.h"
#include "cradle/base/statistics.h"
#include "cradle/graph/shapes.h"

namespace cradle::graph {
namespace {

TEST(Architectures, InferTheShapesTheyDeclare) {
  for (const Architecture& a : architectures())
    for (const double width : {0.25, 0.5, 1.0, 1.5}) {
      Graph graph = build_architecture(a.name, width, 7, 3);
      const std::vector<Value> declared = graph.outputs;
      infer_shapes(graph, 4);
      for (std::size_t i = 0; i < declared.size(); ++i) EXPECT_EQ(graph.outputs[i].shape, declared[i].shape) << a.name;
    }
}

TEST(Architectures, TakeImagesOfOtherExtents) {
  for (const Architecture& a : architectures())
    for (const ImageExtents image : {ImageExtents{3, 48, 48}, ImageExtents{3, 40, 72}, ImageExtents{1, 96, 96}}) {
      if (a.task == "detection" && image.height != image.width) continue;
      Graph graph = build_architecture(a.name, 0.5, 300, 3, image);
      const std::vector<Value> declared = graph.outputs;
      infer_shapes(graph, 4);
      EXPECT_EQ(graph.inputs[0].shape, (Shape{-1, image.channels, image.height, image.width})) << a.name;
      for (std::size_t i = 0; i < declared.size(); ++i) EXPECT_EQ(graph.outputs[i].shape, declared[i].shape) << a.name;
      // An SSD says each class and the background for each of three anchors.
      EXPECT_EQ(graph.outputs[0].shape[1], std::string(a.name).starts_with("ssd-") ? 3 * 301 : 300) << a.name;
    }
  for (const auto& [name, image] : std::vector<std::pair<const char*, ImageExtents>>{{"centernet-dense", {3, 48, 64}},
                                                                                     {"centernet-dense", {3, 40, 40}},
                                                                                     {"unet-dense", {3, 60, 64}},
                                                                                     {"mlp", {3, 4, 64}},
                                                                                     {"mlp", {-1, 64, 64}}})
    EXPECT_THROW(build_architecture(name, 1, 10, 1, image), base::Error) << name;
}

TEST(Architectures, HaveTheSizesThatTheirDescriptionsPromise) {
  const auto cost = [](const char* name) {
    Graph graph = build_architecture(name, 1, 10, 1);
    infer_shapes(graph);
    return cost_of(graph);
  };
  EXPECT_NEAR(cost("centernet-dense").macs, 20.7e6, 0.1e6);
  EXPECT_NEAR(cost("centernet-lite").macs, 18e6, 1.5e6);
  EXPECT_NEAR(cost("centernet-lite").parameters, 106e3, 6e3);
  // Counted by hand: stem 113 k, stages 3.61 M, 2.81 M and 2.81 M, classifier 640 multiply-accumulates.
  EXPECT_EQ(cost("resnet-small").macs, 784.0 * 9 * 16 + 2 * 784 * 9 * 256 + 196.0 * (9 * 512 + 9 * 1024 + 512) +
                                           49.0 * (9 * 2048 + 9 * 4096 + 2048) + 640);
}

TEST(Architectures, ThoseWithAnchorsPutOutWhatTheirMetadataPromise) {
  std::size_t seen = 0;
  for (const Architecture& a : architectures()) {
    const Graph graph = build_architecture(a.name, 0.5, 7, 1);
    if (!graph.metadata.contains("cradle.anchors")) continue;
    ++seen;
    const base::Json scheme = base::parse_json(graph.metadata.at("cradle.anchors"), a.name);
    ASSERT_EQ(graph.outputs.size(), 2 * scheme.at("levels").size()) << a.name;
    for (std::size_t i = 0; i < scheme.at("levels").size(); ++i) {
      const base::Json& level = scheme.at("levels")[i];
      const auto shapes = static_cast<std::int64_t>(level.at("shapes").size());
      const std::int64_t side = 64 / level.at("stride").get<std::int64_t>();
      EXPECT_EQ(graph.outputs[2 * i].name, level.at("scores").get<std::string>());
      EXPECT_EQ(graph.outputs[2 * i].shape, (Shape{-1, shapes * 8, side, side})) << a.name;
      EXPECT_EQ(graph.outputs[2 * i + 1].name, level.at("offsets").get<std::string>());
      EXPECT_EQ(graph.outputs[2 * i + 1].shape, (Shape{-1, shapes * 4, side, side})) << a.name;
    }
  }
  EXPECT_EQ(seen, 3u);
}

TEST(Architectures, AreTheSameForTheSameSeedAndOtherwiseNot) {
  const Graph a = build_architecture("resnet-small", 1, 10, 5), b = build_architecture("resnet-small", 1, 10, 5);
  const Graph c = build_architecture("resnet-small", 1, 10, 6);
  EXPECT_EQ(a.initializers.at("stem.conv.weight").bytes, b.initializers.at("stem.conv.weight").bytes);
  EXPECT_NE(a.initializers.at("stem.conv.weight").bytes, c.initializers.at("stem.conv.weight").bytes);
}

TEST(Architectures, BeginWithHesDeviationAndTheRareObjectPrior) {
  const Graph graph = build_architecture("centernet-dense", 1, 10, 1);
  const std::span<const float> w = graph.initializers.at("stage2.block.conv1.weight").f32();
  const std::vector<double> values(w.begin(), w.end());
  EXPECT_NEAR(base::standard_deviation_of(values), std::sqrt(2.0 / (64 * 9)), 0.001);
  EXPECT_NEAR(base::mean_of(values), 0.0, 0.001);
  const double bias = static_cast<double>(graph.initializers.at("heatmap.bias").f32()[3]);
  EXPECT_NEAR(1 / (1 + std::exp(-bias)), 0.01, 1e-6) << "at first each cell is an object with probability 0.01";
}

TEST(Architectures, KeepChannelsAMultipleOfEight) {
  const Graph graph = build_architecture("centernet-lite", 0.7, 10, 1);
  for (const Node& node : graph.nodes)
    if (node.op == "Conv" && node.name != "heatmap" && node.name != "box") {
      EXPECT_EQ(graph.initializers.at(node.inputs[1]).shape[0] % 8, 0) << node.name;
    }
}

TEST(Architectures, AWrongNameOrWidthIsAUsageErrorWithHelp) {
  try {
    build_architecture("centernet-dens", 1, 10, 1);
    FAIL();
  } catch (const base::Error& error) {
    EXPECT_EQ(error.fault(), base::Fault::kUsage);
    EXPECT_NE(std::string(error.what()).find("did you mean 'centernet-dense'"), std::string::npos) << error.what();
  }
  EXPECT_THROW(build_architecture("resnet-small", 0, 10, 1), base::Error);
  EXPECT_THROW(build_architecture("resnet-small", std::nan(""), 10, 1), base::Error);
  EXPECT_THROW(build_architecture("resnet-small", 1, 0, 1), base::Error);
}

}  // namespace
}  // namespace cradle::graph
