// The three tasks from training to measurement, as a user types them.
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
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
  EXPECT_EQ(shell("cradle compress " + at + "/model.onnx -o " + at +
                  "/int8.onnx --images 8 --rounds 1 --seconds 0.2 --no-study")
                .code,
            0);
  const Output o = shell("cradle bench " + at + "/model.onnx " + at +
                         "/int8.onnx --runs 2 --no-idle --seconds 0.05 --images 100 --json -o " + at);
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
  ASSERT_EQ(shell("cradle compress " + at + "/model.onnx -o " + at +
                  "/int8.onnx --images 8 --rounds 1 --seconds 0.2 --no-study")
                .code,
            0);
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

TEST(Tasks, ADetectorWithAnchorsIsJudgedByItsMetadataInEveryEngine) {
  const Json bench = bench_of("detection", "--arch ssd-residual --width 0.5 --images 640");
  const Json &fp32 = bench.at("results")[0], &int8 = bench.at("results")[1];
  EXPECT_EQ(fp32.at("task"), "detection");
  EXPECT_EQ(metrics_of(fp32), (std::vector<std::string>{"mAP50", "mAP50-95"}));
  const double whole = fp32.at("qualities")[0].at("value").get<double>();
  EXPECT_GT(whole, 0.02) << "an untrained net has 0.000";
  EXPECT_NEAR(int8.at("qualities")[0].at("value").get<double>(), whole, 0.05) << "quantising keeps the metadata";
}

TEST(Tasks, ATrainingThatWasKilledGoesOnToTheSameModel) {
  const auto folder = fresh_folder("killed");
  const std::string whole = (folder / "whole").string(), cut = (folder / "cut").string();
  const std::string train = "cradle train detection --width 0.25 --epochs 3 --images 96 -o ";
  ASSERT_EQ(shell(train + whole).code, 0);
  // The group is cradle and its worker: neither may end in good order. A first checkpoint is an epoch that has ended.
  const Output killed = shell("setsid " + train + cut + " & until [ -e " + cut +
                              "/model.checkpoint ]; do sleep 0.02; done; kill -KILL -$!; wait $!");
  ASSERT_EQ(killed.code, 128 + SIGKILL) << killed.err;
  ASSERT_FALSE(std::filesystem::exists(cut + "/model.onnx"));
  const Output other = shell(train + cut + " --seed 2 --resume");
  EXPECT_EQ(other.code, 1);
  EXPECT_NE(other.err.find("seed 1 there, 2 here"), std::string::npos) << other.err;
  const Json record = json_of(shell(train + cut + " --resume --json"));
  EXPECT_EQ(base::read_file(cut + "/model.onnx"), base::read_file(whole + "/model.onnx"));
  EXPECT_FALSE(std::filesystem::exists(cut + "/model.checkpoint")) << "its training is done";
  EXPECT_LT(record.at("work").at("amount").get<double>(), 3 * 96) << "what this run did, not what was before";
  EXPECT_NE(record.at("events").dump().find("resumed after epoch"), std::string::npos);
  EXPECT_EQ(shell(train + cut + " --resume").code, 1) << "nothing is left to resume";
}

TEST(Tasks, ATrainingWithPatienceStopsAndSaysWhoseWeightsItKept) {
  const std::string at = fresh_folder("patience").string();
  const Output o =
      shell("cradle train detection --width 0.25 --epochs 9 --images 48 --patience 2 --least-gain 1 -o " + at);
  ASSERT_EQ(o.code, 0) << o.err;
  EXPECT_NE(o.out.find("model.onnx, epoch 1 of 3, on the validation split"), std::string::npos) << o.out;
  const std::string record = base::read_file(at + "/runs/train.json");
  EXPECT_NE(record.find("the model has the weights of epoch 1, the best of 3"), std::string::npos);
  for (const char* mark : {"\"epochs=9\"", "\"patience=2\"", "\"mAP50="})
    EXPECT_NE(record.find(mark), std::string::npos) << mark;
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
