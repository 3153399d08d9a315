// Checks the arguments and answers of the worker's jobs.
#include "cradle/learn/jobs.h"

#include <gtest/gtest.h>

#include "cradle/base/error.h"
#include "cradle/base/fault_test.h"
#include "cradle/base/json.h"

namespace cradle::learn {
namespace {

using base::fault_of;

TEST(TrainJob, NeedsTwoFilesAndHasDefaults) {
  const TrainJob job = train_job_from({{"model", "a.onnx"}, {"output", "b.onnx"}}, "job.json");
  EXPECT_EQ(job.model, "a.onnx");
  EXPECT_EQ(job.output, "b.onnx");
  const TrainOptions defaults;
  EXPECT_EQ(job.options.epochs, defaults.epochs);
  EXPECT_EQ(job.options.threads, 1);
  EXPECT_EQ(job.options.data_seed, task::kDataSeed);
  EXPECT_NE(fault_of([] { train_job_from({{"model", "a.onnx"}}, "job.json"); }).find("'output'"), std::string::npos);
}

TEST(TrainJob, ReadsEveryKey) {
  base::Json a = {
      {"model", "a"},         {"output", "b"},         {"task", "detection"},   {"seed", 7},
      {"data_seed", 8},       {"epochs", 9},           {"train_images", 100},   {"validation_images", 50},
      {"batch", 16},          {"learning_rate", 0.25}, {"weight_decay", 0.125}, {"optimiser", "adamw"},
      {"schedule", "cosine"}, {"threads", 2},          {"data", "folder"},      {"checkpoint", "a.checkpoint"},
      {"resume", true},       {"precision", "bf16"},   {"patience", 5},         {"least_gain", 0.5},
      {"augment", "strong"},  {"keep_zeros", true},    {"gamma_penalty", 0.5},  {"max_steps", 70},
      {"save_at_step", 6},    {"saved", "r"}};
  a["gates"] = {{"target", 0.25}, {"penalty", 3}};
  const TrainJob job = train_job_from(a, "job.json");
  const TrainOptions& o = job.options;
  EXPECT_EQ(o.task, "detection");
  EXPECT_EQ(o.seed, 7u);
  EXPECT_EQ(o.data_seed, 8u);
  EXPECT_EQ(o.epochs, 9);
  EXPECT_EQ(o.train_images, 100);
  EXPECT_EQ(o.validation_images, 50);
  EXPECT_EQ(o.batch, 16);
  EXPECT_EQ(o.learning_rate, 0.25);
  EXPECT_EQ(o.weight_decay, 0.125);
  EXPECT_EQ(o.optimiser, "adamw");
  EXPECT_EQ(o.schedule, "cosine");
  EXPECT_EQ(o.threads, 2);
  EXPECT_EQ(o.data, "folder");
  EXPECT_EQ(o.checkpoint, "a.checkpoint");
  EXPECT_TRUE(o.resume);
  EXPECT_EQ(o.precision, "bf16");
  EXPECT_EQ(o.patience, 5);
  EXPECT_EQ(o.least_gain, 0.5);
  EXPECT_EQ(o.augment, "strong");
  EXPECT_TRUE(o.keep_zeros);
  EXPECT_EQ(o.gamma_penalty, 0.5);
  EXPECT_EQ(o.max_steps, 70);
  EXPECT_EQ(o.save_at_step, 6);
  EXPECT_EQ(job.saved, "r");
  EXPECT_EQ(o.gates_target, 0.25);
  EXPECT_EQ(o.gates_penalty, 3);
}

TEST(TrainJob, HasNoneOfCompressionsRulesUnlessToldSo) {
  const TrainOptions o = train_job_from({{"model", "a"}, {"output", "b"}, {"gates", nullptr}}, "job.json").options;
  EXPECT_FALSE(o.keep_zeros);
  EXPECT_EQ(o.gamma_penalty, 0);
  EXPECT_EQ(o.gates_target, 0);
  EXPECT_EQ(o.max_steps, 0);
  EXPECT_EQ(o.save_at_step, -1);
  const base::Json gates = {{"model", "a"}, {"output", "b"}, {"gates", {{"target", 0.5}}}};
  EXPECT_EQ(train_job_from(gates, "job.json").options.gates_penalty, TrainOptions{}.gates_penalty);
}

TEST(TrainJob, RefusesUnknownKeysAndNumbersOutOfRange) {
  const auto fault = [](const char* key, base::Json value) {
    base::Json a = {{"model", "a"}, {"output", "b"}};
    a[key] = std::move(value);
    return fault_of([&] { train_job_from(a, "job.json"); });
  };
  EXPECT_NE(fault("epoch", 3).find("did you mean 'epochs'"), std::string::npos);
  EXPECT_NE(fault("epochs", 2.5).find("whole number"), std::string::npos);
  EXPECT_NE(fault("epochs", 0).find("'epochs'"), std::string::npos);
  EXPECT_NE(fault("learning_rate", -1).find("'learning_rate'"), std::string::npos);
  EXPECT_NE(fault("threads", "two").find("'threads'"), std::string::npos);
  EXPECT_NE(fault("patience", -1).find("'patience'"), std::string::npos);
  EXPECT_NE(fault("least_gain", -1).find("'least_gain'"), std::string::npos);
  EXPECT_NE(fault("resume", "yes").find("true or false"), std::string::npos);
  EXPECT_NE(fault("keep_zeros", 1).find("true or false"), std::string::npos);
  EXPECT_NE(fault("gamma_penalty", -1).find("'gamma_penalty'"), std::string::npos);
  EXPECT_NE(fault("max_steps", 1.5).find("whole number"), std::string::npos);
  EXPECT_NE(fault("gates", 0.5).find("'gates': expected an object"), std::string::npos);
  EXPECT_NE(fault("gates", {{"penalty", 1}}).find("'target'"), std::string::npos);
  EXPECT_NE(fault("gates", {{"target", 0}}).find("'target'"), std::string::npos);
  EXPECT_NE(fault("gates", {{"target", 0.5}, {"penalyt", 1}}).find("did you mean 'penalty'"), std::string::npos);
  EXPECT_NE(fault("save_at_step", 3).find("expected both or none"), std::string::npos);
  EXPECT_NE(fault("saved", "r").find("expected both or none"), std::string::npos);
  EXPECT_EQ(fault("seed", 3), "");
}

TEST(DescribeJob, ReadsItsArguments) {
  const DescribeJob job = describe_job_from(
      {{"task", "detection"}, {"data", "folder"}, {"size", {48, 64}}, {"channels", 3}, {"data_seed", 5}}, "job.json");
  EXPECT_EQ(job.data.folder, "folder");
  EXPECT_EQ(job.data.image.height, 48);
  EXPECT_EQ(job.data.image.width, 64);
  EXPECT_EQ(job.data.image.channels, 3);
  EXPECT_EQ(job.data.seed, 5u);
  EXPECT_EQ(describe_job_from({{"task", "detection"}}, "job.json").data.image.height, 0) << "not said";
  for (const base::Json& size : {base::Json(64), base::Json::array({64}), base::Json::array({64, 0})})
    EXPECT_NE(fault_of([&] {
                describe_job_from({{"task", "detection"}, {"size", size}}, "job.json");
              }).find("'size'"),
              std::string::npos);
}

TEST(EvaluateJob, ReadsItsArguments) {
  const EvaluateJob job = evaluate_job_from({{"model", "a.onnx"}, {"split", "validation"}, {"images", 20}}, "job.json");
  EXPECT_EQ(job.options.split, task::Split::kValidation);
  EXPECT_EQ(job.options.images, 20);
  EXPECT_EQ(evaluate_job_from({{"model", "a.onnx"}}, "job.json").options.split, task::Split::kTest);
  EXPECT_NE(fault_of([] {
              evaluate_job_from({{"model", "a"}, {"split", "tset"}}, "j");
            }).find("did you mean 'test'"),
            std::string::npos);
}

TEST(ImportanceJob, ReadsItsArguments) {
  const ImportanceJob job = importance_job_from({{"model", "a.onnx"},
                                                 {"output", "s.json"},
                                                 {"task", "classification"},
                                                 {"kind", "first-order"},
                                                 {"split", "validation"},
                                                 {"images", 20},
                                                 {"batch", 4},
                                                 {"threads", 2},
                                                 {"data", "folder"}},
                                                "job.json");
  EXPECT_EQ(job.model, "a.onnx");
  EXPECT_EQ(job.output, "s.json");
  EXPECT_EQ(job.options.task, "classification");
  EXPECT_EQ(job.options.kind, "first-order");
  EXPECT_EQ(job.options.split, task::Split::kValidation);
  EXPECT_EQ(job.options.images, 20);
  EXPECT_EQ(job.options.batch, 4);
  EXPECT_EQ(job.options.threads, 2);
  EXPECT_EQ(job.options.data, "folder");
  const ImportanceJob usual = importance_job_from({{"model", "a"}, {"output", "s"}}, "job.json");
  EXPECT_EQ(usual.options.kind, "taylor");
  EXPECT_EQ(usual.options.split, task::Split::kTrain);
  EXPECT_NE(fault_of([] { importance_job_from({{"model", "a"}}, "j"); }).find("'output'"), std::string::npos);
}

TEST(Answers, OfImportanceHaveTheKeysOfTheFormat) {
  EXPECT_EQ(to_json(Importance{"taylor", 32, {{"conv.weight", {0.5, 0}}}}).dump(),
            R"({"kind":"taylor","images":32,"scores":{"conv.weight":[0.5,0.0]}})");
}

TEST(Answers, HaveTheKeysOfTheFormat) {
  TrainReport report;
  report.epochs = {{1, 2.5, "mAP50", 0.25, 300, 3.0}};
  report.qualities = {{"mAP50", {0.5, 0.4, 0.6}, 100}};
  report.kept_epoch = 1;
  report.images = 64;
  report.steps = 2;
  report.seconds = 3.5;
  report.data = {"detection", "pets", {"cat"}, {3, 64, 64}, {80, 10, 10}};
  EXPECT_EQ(
      to_json(report).dump(),
      R"({"epochs":[{"epoch":1,"loss":2.5,"metric":"mAP50","quality":0.25,"s":3.0}],"qualities":[{"metric":"mAP50",)"
      R"("value":0.5,"low":0.4,"high":0.6,"images":100}],"kept_epoch":1,"resumed_after":0,"images":64,"steps":2,"seconds":3.5,)"
      R"("data":{"name":"pets","task":"detection","classes":["cat"],"image":[3,64,64],"images":{"train":80,"validation":10,)"
      R"("test":10}}})");
}

TEST(Progress, IsOneLinePerEpochThatSaysOnHowManyImages) {
  EXPECT_EQ(progress_line({1, 1.25, "mIoU", 0.5, 300, 12.0, 2}),
            "epoch 1 of 2  loss 1.250  mIoU 0.500 (300 validation images)  12.0 s");
}

}  // namespace
}  // namespace cradle::learn
