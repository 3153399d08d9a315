#include "cradle/deploy/rank_job.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "cradle/base/error.h"
#include "cradle/deploy/engine_models_test.h"
#include "cradle/deploy/exposed.h"

namespace cradle::deploy {
namespace {

constexpr float kInfinite = std::numeric_limits<float>::infinity();

base::Json arguments_for(const std::filesystem::path& model, const std::filesystem::path& other) {
  return {{"model", model.string()}, {"quantised", other.string()}, {"task", "classification"}, {"images", 4}};
}

TEST(RankJob, NamesTheLayerThatWasDamaged) {
  const graph::Graph net = graph::build_architecture("vgg-small", 0.25, 10, 1);
  const auto exact = testing::write_graph("rank.onnx", net);
  graph::Graph damaged = read_simplified(exact);
  const std::vector<WeightedLayer> layers = weighted_layers(damaged);
  const WeightedLayer& hurt = layers.at(2);
  for (float& w : damaged.initializers.at(hurt.node.inputs[1]).f32()) w *= 1.25F;
  const auto other = testing::write_graph("damaged.onnx", damaged);
  const base::Json answer = rank_job(arguments_for(exact, other), "j");
  EXPECT_EQ(answer["images"], 4);
  const base::Json& ranked = answer["candidates"][0]["layers"];
  ASSERT_EQ(ranked.size(), layers.size());
  EXPECT_EQ(ranked[0]["name"], hurt.name);
  EXPECT_GT(ranked[0]["sqnr_db"].get<double>(), 0);
  EXPECT_LT(ranked[0]["sqnr_db"].get<double>(), 25) << "a quarter of its result: 12 dB, or more behind the bias";
  for (const base::Json& layer : ranked)
    if (layer["name"] == layers[0].name) {
      EXPECT_TRUE(layer["sqnr_db"].is_null()) << "nothing came before it";
    }
  EXPECT_FALSE(answer["candidates"][0]["outputs"][0]["sqnr_db"].is_null());
}

TEST(RankJob, PutsLayersWhoseNumbersAreNotFiniteBeforeAllOthers) {
  const graph::Graph net = graph::build_architecture("vgg-small", 0.25, 10, 1);
  const auto exact = testing::write_graph("rank.onnx", net);
  graph::Graph damaged = read_simplified(exact);
  const std::vector<WeightedLayer> layers = weighted_layers(damaged);
  for (float& w : damaged.initializers.at(layers.at(0).node.inputs[1]).f32()) w *= 1.25F;
  damaged.initializers.at(layers.at(2).node.inputs.at(2)).f32()[0] = kInfinite;
  const base::Json answer = rank_job(arguments_for(exact, testing::write_graph("lost.onnx", damaged)), "j");
  const base::Json& ranked = answer["candidates"][0]["layers"];
  ASSERT_EQ(ranked.size(), layers.size());
  EXPECT_EQ(ranked[0]["name"], layers[2].name) << ranked.dump(1);
  EXPECT_EQ(ranked[0]["finite"], false);
  EXPECT_TRUE(ranked[0]["added_noise"].is_null());
  for (const base::Json& layer : ranked) {
    if (layer["name"] != layers[0].name) continue;
    EXPECT_FALSE(layer.contains("finite"));
    EXPECT_GT(layer["added_noise"], 0);
  }
}

TEST(RankJob, SumsThatAreNotFiniteAreNoSilence) {
  const std::vector<float> good = {1, 2};
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), kInfinite, -kInfinite}) {
    const std::vector<float> lost = {1, bad};
    ErrorSums found, expected;
    found.add(good, lost);
    expected.add(lost, good);
    for (const ErrorSums& sums : {found, expected}) {
      EXPECT_FALSE(sums.finite());
      EXPECT_TRUE(std::isinf(sums.share())) << "and not 0, that of an exact layer";
      EXPECT_TRUE(sums.decibels().is_null());
    }
  }
}

TEST(RankJob, TakesSeveralCandidatesInOnePass) {
  const auto exact = testing::write_graph("rank.onnx", graph::build_architecture("lenet5", 0.5, 10, 1));
  base::Json arguments = arguments_for(exact, exact);
  arguments.erase("quantised");
  arguments["candidates"] = {exact.string(), exact.string()};
  EXPECT_EQ(rank_job(arguments, "j")["candidates"].size(), 2U);
  arguments["quantised"] = exact.string();
  EXPECT_THROW(rank_job(arguments, "j"), base::Error) << "one or the other";
}

TEST(RankJob, RefusesAModelOfOtherNames) {
  const auto one = testing::write_graph("one.onnx", graph::build_architecture("lenet5", 0.5, 10, 1));
  graph::Graph renamed = graph::build_architecture("lenet5", 0.5, 10, 1);
  for (graph::Node& node : renamed.nodes) {
    for (std::string& value : node.inputs)
      if (!renamed.initializers.contains(value) && value != renamed.inputs[0].name) value += ".other";
    for (std::string& value : node.outputs) value += ".other";
  }
  for (graph::Value& value : renamed.outputs) value.name += ".other";
  const auto other = testing::write_graph("other.onnx", renamed);
  try {
    rank_job(arguments_for(one, other), "j");
    FAIL();
  } catch (const base::Error& error) {
    EXPECT_NE(std::string(error.what()).find("other.onnx: no layer's result has the name"), std::string::npos)
        << error.what();
  }
}

}  // namespace
}  // namespace cradle::deploy
