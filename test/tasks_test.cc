// The three tasks from training to measurement, as a user types them.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "cradle/base/file.h"
#include "cradle/base/json.h"
#include "program.h"

namespace cradle::test {
namespace {

using base::Json;

/// Trains briefly, quantises, and measures both models; what bench says.
Json bench_of(const std::string& task, const std::string& more) {
  const auto folder = fresh_folder("task-" + task);
  const std::string at = folder.string();
  EXPECT_EQ(shell("cradle train " + task + " --epochs 1 " + more + " -o " + at).code, 0);
  EXPECT_EQ(shell("cradle compress " + at + "/model.onnx -o " + at + "/int8.onnx --images 8").code, 0);
  const Output o = shell("cradle bench " + at + "/model.onnx " + at +
                         "/int8.onnx --runs 2 --seconds 0.05 --images 100 --json -o " + at);
  return json_of(o);
}

std::vector<std::string> metrics_of(const Json& result) {
  std::vector<std::string> metrics;
  for (const Json& q : result.at("qualities")) metrics.push_back(q.at("metric").get<std::string>());
  return metrics;
}

TEST(Tasks, ClassificationGoesFromTrainingToAPairedTest) {
  const Json bench = bench_of("classification", "--images 512 --batch 32 --arch separable-small");
  const Json &fp32 = bench.at("results")[0], &int8 = bench.at("results")[1];
  EXPECT_EQ(fp32.at("task"), "classification");
  EXPECT_EQ(metrics_of(fp32), (std::vector<std::string>{"top-1", "top-5"}));
  EXPECT_EQ(int8.at("precision"), "int8");
  EXPECT_GT(fp32.at("qualities")[1].at("value").get<double>(), 0.5) << "five of ten classes by chance";
  const Json& pair = int8.at("against_first");
  EXPECT_GE(pair.at("mcnemar_p").get<double>(), 0);
  EXPECT_LE(pair.at("mcnemar_p").get<double>(), 1);
  const double difference =
      100 * (int8.at("qualities")[0].at("value").get<double>() - fp32.at("qualities")[0].at("value").get<double>());
  EXPECT_NEAR(pair.at("only_this").get<double>() - pair.at("only_first").get<double>(), difference, 1e-6);
}

TEST(Tasks, BothEnginesSayTheSameOfATrainedModel) {
  const auto folder = fresh_folder("two-engines");
  const std::string at = folder.string();
  ASSERT_EQ(shell("cradle train classification --arch separable-small --epochs 1 --images 256 -o " + at).code, 0);
  ASSERT_EQ(shell("cradle compress " + at + "/model.onnx -o " + at + "/int8.onnx --images 8").code, 0);
  const std::string command =
      "cradle bench " + at + "/model.onnx " + at + "/int8.onnx --runs 1 --seconds 0.05 --images 100 --json -o " + at;
  const Json runtime = json_of(shell(command)), own = json_of(shell(command + " --engine onednn"));
  for (const std::size_t i : {0U, 1U}) {
    EXPECT_EQ(runtime.at("results")[i].at("engine").get<std::string>().substr(0, 12), "ONNX Runtime");
    EXPECT_EQ(own.at("results")[i].at("engine").get<std::string>().substr(0, 6), "oneDNN");
    EXPECT_EQ(own.at("results")[i].at("qualities"), runtime.at("results")[i].at("qualities"));
  }
  EXPECT_EQ(own.at("results")[1].at("precision"), "int8");
  const Output refused = shell(command + " --engine onednn --precision bf16");
  EXPECT_EQ(refused.code, 1) << "the second model is quantised, or the processor has no bf16";
  EXPECT_NE(refused.err.find("bf16"), std::string::npos) << refused.err;
}

TEST(Tasks, SegmentationGoesFromTrainingToIntersectionOverUnion) {
  const Json bench = bench_of("segmentation", "--images 64 --width 0.5");
  EXPECT_EQ(metrics_of(bench.at("results")[1]), (std::vector<std::string>{"mIoU", "pixel accuracy"}));
  EXPECT_FALSE(bench.at("results")[1].contains("against_first")) << "no image is right or wrong as a whole";
}

TEST(Tasks, ModelsOfTwoTasksAreNotMeasuredAgainstEachOther) {
  const auto folder = fresh_folder("two-tasks");
  const std::string at = folder.string();
  ASSERT_EQ(shell("cradle train classification --arch mlp --epochs 1 --images 64 -o " + at + "/a").code, 0);
  ASSERT_EQ(shell("cradle train detection --width 0.25 --epochs 1 --images 16 -o " + at + "/b").code, 0);
  const Output o = shell("cradle bench " + at + "/a/model.onnx " + at + "/b/model.onnx -o " + at);
  EXPECT_EQ(o.code, 2);
  EXPECT_NE(o.err.find("is a model of classification"), std::string::npos) << o.err;
  const Output wrong = shell("cradle bench " + at + "/a/model.onnx --task detection -o " + at);
  EXPECT_EQ(wrong.code, 1);
  EXPECT_NE(wrong.err.find("expected one input for images of shape [1 × 1 × 64 × 64]"), std::string::npos) << wrong.err;
}

TEST(Tasks, TheListOfArchitecturesHasSixOfEach) {
  const Json list = json_of(shell("cradle graph --list --json")).at("architectures");
  for (const char* task : {"classification", "detection", "segmentation"})
    EXPECT_GE(std::count_if(list.begin(), list.end(), [&](const Json& a) { return a.at("task") == task; }), 6) << task;
  EXPECT_EQ(shell("cradle graph").code, 2);
  const Output wrong = shell("cradle train segmentatoin");
  EXPECT_EQ(wrong.code, 2);
  EXPECT_NE(wrong.err.find("did you mean 'segmentation'?"), std::string::npos) << wrong.err;
}

}  // namespace
}  // namespace cradle::test
