// The jobs of cradle-graph and cradle-deploy around quantisation, one after the other as a recipe calls them.
#include <gtest/gtest.h>

#include <cstdlib>

#include "cradle/base/file.h"
#include "cradle/base/json.h"
#include "cradle/base/scratch_test.h"
#include "cradle/base/text.h"

namespace cradle {
namespace {

using base::Json;

std::string at(const std::string& name) { return (base::scratch_folder() / name).string(); }

/// The answer; null, and what the worker said in `complaint`, if it failed.
Json job(const char* worker, const std::string& kind, const Json& arguments, std::string* complaint = nullptr) {
  base::write_json(at("job.json"), {{"schema", "cradle.job/1"},
                                    {"kind", kind},
                                    {"arguments", arguments},
                                    {"answer", at("answer.json")},
                                    {"progress", false}});
  const std::string line = fmt::format("'{}' '{}' 2> '{}'", worker, at("job.json"), at("complaint"));
  if (std::system(line.c_str()) == 0) return base::read_json(at("answer.json"));
  const std::string said = base::read_file(at("complaint"));
  if (complaint == nullptr) ADD_FAILURE() << said;
  if (complaint != nullptr) *complaint = said;
  return {};
}

Json graph(const std::string& kind, const Json& arguments) { return job(CRADLE_GRAPH, kind, arguments); }
Json deploy(const std::string& kind, Json arguments) {
  arguments["task"] = "classification";
  arguments["images"] = 4;
  return job(CRADLE_DEPLOY, kind, arguments);
}

/// A built-in net, instrumented with `more` arguments, and its statistics in NAME.json.
void calibrate(const std::string& name, Json more = Json::object()) {
  more["model"] = at("net.onnx");
  more["output"] = at("instrumented.onnx");
  const Json instrumented = graph("instrument", more);
  deploy("calibrate", {{"model", at("instrumented.onnx")},
                       {"values", instrumented["values"]},
                       {"channel_means", true},
                       {"output", at(name + ".json")}});
}

class QuantiseJobs : public ::testing::Test {
 protected:
  void SetUp() override {
    graph("build", {{"architecture", "separable-small"}, {"width", 0.25}, {"output", at("net.onnx")}});
  }
};

Json how(const std::string& statistics, const std::string& output, Json more = Json::object()) {
  more["model"] = at("net.onnx");
  more["statistics"] = at(statistics + ".json");
  more["output"] = at(output);
  return more;
}

TEST_F(QuantiseJobs, SimulateHardenAndRank) {
  calibrate("plain");
  graph("quantise", how("plain", "int8.onnx", {{"dialect", "auto"}, {"method", "entropy"}}));
  graph("simulate", how("plain", "simulated.onnx", {{"dialect", "auto"}, {"method", "entropy"}}));
  graph("harden", {{"model", at("simulated.onnx")}, {"output", at("hardened.onnx")}});
  const Json ranked =
      deploy("rank", {{"model", at("net.onnx")}, {"candidates", {at("int8.onnx"), at("hardened.onnx")}}});
  ASSERT_EQ(ranked["candidates"].size(), 2U);
  EXPECT_EQ(ranked["candidates"][0]["layers"], ranked["candidates"][1]["layers"]) << "one file by two ways";
  const std::string worst = ranked["candidates"][0]["layers"][0]["name"];
  const Json kept = graph("quantise", how("plain", "kept.onnx", {{"keep_float", {worst}}}));
  for (const Json& layer : kept["layers"]) EXPECT_EQ(layer["quantised"], layer["name"] != worst);
}

TEST_F(QuantiseJobs, RoundAndRankAnEqualisedModelAgainstItself) {
  EXPECT_GT(graph("equalise", {{"model", at("net.onnx")}, {"equalise", "on"}, {"output", at("eq.onnx")}})["pairs"], 3);
  const Json instrumented = graph("instrument", {{"model", at("eq.onnx")}, {"output", at("instrumented.onnx")}});
  deploy("calibrate",
         {{"model", at("instrumented.onnx")}, {"values", instrumented["values"]}, {"output", at("e.json")}});
  deploy("gram", {{"model", at("eq.onnx")}, {"output", at("gram.json")}});
  Json of_equalised = how("e", "e8.onnx", {{"rounding", "adaround"}, {"gram", at("gram.json")}});
  of_equalised["model"] = at("eq.onnx");
  const Json quantised = graph("quantise", of_equalised);
  EXPECT_EQ(quantised["rounded"].size(), quantised["layers"].size());
  const auto least_sqnr = [&](const std::string& model) {
    double least = 1e9;
    const Json ranked = deploy("rank", {{"model", at(model)}, {"candidates", {at("e8.onnx")}}});
    for (const Json& layer : ranked["candidates"][0]["layers"])
      if (!layer["sqnr_db"].is_null()) least = std::min(least, layer["sqnr_db"].get<double>());
    return least;
  };
  const double own = least_sqnr("eq.onnx");
  EXPECT_GT(own, 15);
  EXPECT_LT(least_sqnr("net.onnx"), own - 4) << "values of the same name differ by what was equalised, not by rounding";
}

TEST_F(QuantiseJobs, StatisticsMustBeOfAModelThatWasEqualisedAlike) {
  calibrate("plain");
  calibrate("equalised", {{"equalise", "on"}});
  const Json fits = how("equalised", "e.onnx", {{"equalise", "on"}, {"per_channel", false}});
  EXPECT_GT(graph("quantise", fits)["equalised_pairs"].get<int>(), 3);
  std::string complaint;
  job(CRADLE_GRAPH, "quantise", how("plain", "e.onnx", {{"equalise", "on"}}), &complaint);
  EXPECT_NE(complaint.find("of a model that was not equalised, and this one was equalised"), std::string::npos)
      << complaint;
  EXPECT_GT(graph("equalise", {{"model", at("net.onnx")}, {"equalise", "on"}, {"output", at("eq.onnx")}})["pairs"], 3);
}

TEST_F(QuantiseJobs, CorrectBiasesByTheMeansOfBothModels) {
  calibrate("plain", {{"layer_values", true}});
  graph("quantise", how("plain", "before.onnx", {{"weight_bits", 4}}));
  const Json values =
      graph("instrument", {{"model", at("net.onnx")}, {"layer_values", true}, {"output", at("i.onnx")}});
  graph("instrument", {{"model", at("before.onnx")}, {"values", values["values"]}, {"output", at("q.onnx")}});
  deploy("calibrate", {{"model", at("q.onnx")},
                       {"values", values["values"]},
                       {"channel_means", true},
                       {"output", at("quantised.json")}});
  const Json corrected =
      graph("quantise",
            how("plain", "after.onnx",
                {{"weight_bits", 4}, {"float_means", at("plain.json")}, {"quantised_means", at("quantised.json")}}));
  EXPECT_EQ(corrected["corrected_biases"], corrected["layers"].size());
}

TEST_F(QuantiseJobs, RoundToFourBitsBySumsOfProducts) {
  calibrate("plain");
  EXPECT_EQ(deploy("gram", {{"model", at("net.onnx")}, {"output", at("gram.json")}})["left"].size(), 0U);
  const Json adaptive = {{"weight_bits", 4}, {"rounding", "adaround"}, {"gram", at("gram.json")}, {"storage", "int4"}};
  const Json rounded = graph("quantise", how("plain", "four.onnx", adaptive));
  EXPECT_EQ(rounded["rounded"].size(), rounded["layers"].size());
  for (const Json& layer : rounded["rounded"]) EXPECT_LE(layer["error"], layer["nearest_error"]);
  std::string complaint;
  calibrate("equalised", {{"equalise", "on"}});
  Json mixed = how("equalised", "never.onnx", adaptive);
  mixed["equalise"] = "on";
  job(CRADLE_GRAPH, "quantise", mixed, &complaint);
  EXPECT_NE(complaint.find("sums of products are of a model that was not equalised, and this one was equalised"),
            std::string::npos)
      << complaint;
  EXPECT_LT(rounded["size_bytes"], graph("quantise", how("plain", "eight.onnx"))["size_bytes"]);
}

}  // namespace
}  // namespace cradle
