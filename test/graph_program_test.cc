// `cradle graph` of a model from elsewhere: estimates, steps, and its bench on noise.
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "cradle/base/json.h"
#include "cradle/base/text.h"
#include "cradle/record/job.h"
#include "program.h"

namespace cradle::test {
namespace {

using base::Json;

const std::string kModel = CRADLE_SOURCE "/test/models/tiny.onnx";

TEST(GraphProgram, EstimatesOnADeviceOfTheCatalogue) {
  const Json answer =
      json_of(shell("cradle graph " + kModel + " --device \"NVIDIA H200 SXM 141 GB\" --batch 4 --json"));
  const Json& estimate = answer.at("estimate");
  EXPECT_EQ(estimate.at("basis"), "modelled");
  ASSERT_GE(estimate.at("precisions").size(), 2u);
  for (const Json& p : estimate.at("precisions")) {
    EXPECT_LT(p.at("seconds").at("low"), p.at("seconds").at("value"));
    EXPECT_LT(p.at("seconds").at("value"), p.at("seconds").at("high"));
    EXPECT_GT(p.at("joules").at("value"), 0.0);
  }
  const Output unknown = shell("cradle graph " + kModel + " --device \"NVIDIA H2000\"");
  EXPECT_EQ(unknown.code, 1);
  EXPECT_NE(unknown.err.find("no device 'NVIDIA H2000'"), std::string::npos) << unknown.err;
  EXPECT_EQ(shell("cradle graph " + kModel + " --input-shape 1,x").code, 2);
}

TEST(GraphProgram, ShowsWhatDevicesComputeIn) {
  const Output all = shell("cradle graph --precisions");
  EXPECT_EQ(all.code, 0) << all.err;
  EXPECT_NE(all.out.find("nvidia-sm75"), std::string::npos);
  for (const std::string& line : base::split(all.out, '\n')) EXPECT_LE(base::width_of(line), 120u) << line;
  const Json orin = json_of(shell("cradle graph --precisions jetson-orin --json"));
  EXPECT_EQ(orin.at("name"), "nvidia-sm87");
  EXPECT_EQ(orin.at("precisions").at("bf16").at("support"), "native");
  EXPECT_EQ(json_of(shell("cradle graph --precisions here --json")).at("precisions").at("fp32").at("support"),
            "native");
  const Output wrong = shell("cradle graph --precisions jetson-orni");
  EXPECT_EQ(wrong.code, 2);
  EXPECT_NE(wrong.err.find("did you mean 'jetson-orin'"), std::string::npos) << wrong.err;
  EXPECT_EQ(shell("cradle graph " + kModel + " --precisions t4").code, 2);
}

TEST(GraphProgram, ShowsInWhichStepEachNodeRuns) {
  const std::size_t nodes = json_of(shell("cradle graph " + kModel + " --json")).at("layers").size();
  for (const char* engine : {"onnxruntime", "onednn"}) {
    const Json answer = json_of(shell("cradle graph " + kModel + " --steps --json --engine " + engine));
    std::multiset<std::string> covered;
    for (const Json& step : answer.at("steps"))
      for (const Json& node : step.at("nodes")) covered.insert(node.get<std::string>());
    if (std::string(engine) == "onnxruntime") {
      for (const std::string& node : covered) EXPECT_EQ(covered.count(node), 1u) << node;
      EXPECT_EQ(covered.size(), nodes);
    } else {  // batch norms are folded before it sees them, and a resize may take a step for each axis
      EXPECT_GT(std::set<std::string>(covered.begin(), covered.end()).size(), nodes / 2);
    }
    EXPECT_TRUE(answer.at("islands").empty()) << "a float model has none";
    EXPECT_GT(answer.at("microseconds"), 0.0);
  }
}

/// Runs one job of cradle-graph; its answer, or the message.
Json graph_job(const std::string& kind, const Json& arguments) {
  const auto folder = fresh_folder("job-" + kind);
  record::write_job(folder / "job.json", {kind, arguments, folder / "answer.json", false});
  const std::filesystem::path worker =
      std::filesystem::path(CRADLE_PROGRAM).parent_path() / "libexec/cradle/cradle-graph";
  const Output done = shell(worker.string() + " " + (folder / "job.json").string());
  if (done.code != 0) return done.err;
  return base::read_json(folder / "answer.json");
}

TEST(GraphJobs, FactoriseToABudgetAndSayWhatBecameOfEachLayer) {
  const std::string output = (fresh_folder("factorised") / "thin.onnx").string();
  Json arguments{{"model", kModel}, {"output", output}, {"ranks", "budget"}, {"amount", 1.5}, {"unit", "macs"}};
  const Json answer = graph_job("factorise", arguments);
  ASSERT_TRUE(answer.is_object()) << answer;
  const auto macs = [](const Json& cost) { return cost.at("macs").get<double>(); };
  EXPECT_LE(macs(answer.at("after")), macs(answer.at("before")) / 1.5);
  double after = 0;
  for (const Json& layer : answer.at("layers")) after += macs(layer.at("after"));
  EXPECT_NEAR(after, macs(answer.at("after")), 1e-9 * after);
  EXPECT_EQ(json_of(shell("cradle graph " + output + " --json")).at("macs"), answer.at("after").at("macs"));
  for (const char* engine : {"onnxruntime", "onednn"})
    EXPECT_EQ(shell("cradle graph " + output + " --steps --engine " + engine).code, 0) << engine;
  arguments["ranks"] = "vbmf";
  EXPECT_NE(graph_job("factorise", arguments).dump().find("'amount' does not go with 'ranks' vbmf"), std::string::npos);
  arguments["ranks"] = "given";
  arguments.erase("amount");
  arguments["given"] = {{"nowhere", 3}};
  EXPECT_NE(graph_job("factorise", arguments).dump().find("no layer that can be factorised"), std::string::npos);
}

TEST(GraphJobs, StoreInSixteenBitsOrComputeInThem) {
  const std::string output = (fresh_folder("stored") / "half.onnx").string();
  const auto inspected = [&] { return json_of(shell("cradle graph " + output + " --json")); };
  const double whole = json_of(shell("cradle graph " + kModel + " --json")).at("size_bytes").get<double>();
  const Json stored = graph_job("store", {{"model", kModel}, {"output", output}, {"type", "bf16"}});
  ASSERT_TRUE(stored.is_object()) << stored;
  EXPECT_LT(stored.at("size_bytes").get<double>(), 0.9 * whole) << "much of a tiny model is names";
  EXPECT_EQ(inspected().at("precision"), "bf16");
  const Json computed =
      graph_job("store", {{"model", kModel}, {"output", output}, {"type", "fp16"}, {"compute", true}});
  EXPECT_EQ(computed.at("kept_in_float"), Json::array()) << computed;
  EXPECT_EQ(inspected().at("precision"), "fp16");
  EXPECT_EQ(shell("cradle graph " + output + " --steps").code, 0);
  const Json refused = graph_job("store", {{"model", kModel}, {"output", output}, {"type", "bf16"}, {"compute", true}});
  EXPECT_NE(refused.dump().find("models are computed in fp16"), std::string::npos) << refused;
}

TEST(TrainProgram, GoesOnFromAnOnnxFile) {
  const std::string folder = fresh_folder("fine-tune").string();
  const Json record = json_of(shell("cradle train detection --from " + kModel +
                                    " --epochs 1 --images 32 --batch 8 --rate 0.001 --json -o " + folder));
  const auto parameters = [](const std::string& model) {
    return json_of(shell("cradle graph " + model + " --json")).at("parameters").get<double>();
  };
  EXPECT_EQ(parameters(folder + "/model.onnx"), parameters(kModel));
  EXPECT_EQ(record.at("work").at("amount"), 32);
  EXPECT_EQ(shell("cradle train detection --from " + kModel + " --arch ssd-plain -o " + folder).code, 2);
}

TEST(BenchProgram, MeasuresAModelWithoutATaskOnNoise) {
  const std::string folder = fresh_folder("bench-noise").string();
  const Json bench = json_of(
      shell("cradle bench " + kModel + " --task none --runs 1 --no-idle --seconds 0.05 --batch 2 --json -o " + folder));
  const Json& result = bench.at("results")[0];
  EXPECT_EQ(result.at("task"), "none");
  EXPECT_TRUE(result.at("qualities").empty());
  EXPECT_GT(result.at("peak_rss_bytes"), 1e6);
  const Output judged = shell("cradle bench " + kModel + " --task none --data " + folder + " -o " + folder);
  EXPECT_EQ(judged.code, 2);
  EXPECT_NE(judged.err.find("--task"), std::string::npos) << judged.err;
}

}  // namespace
}  // namespace cradle::test
