#include "cradle/deploy/infer_job.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>

#include "cradle/base/error.h"
#include "cradle/base/fault_test.h"
#include "cradle/base/file.h"
#include "cradle/base/json.h"
#include "cradle/deploy/engine_models_test.h"
#include "cradle/deploy/memory_growth_test.h"
#include "cradle/deploy/onnx_bytes.h"
#include "cradle/deploy/peak_memory.h"

namespace cradle::deploy {
namespace {

using base::fault_of;

/// A quick job on a model that finds nothing useful.
InferJob quick_job(const std::filesystem::path& model) {
  InferJob job;
  job.model = model;
  job.warm_up_s = 0;
  job.seconds = 0;
  job.images = 25;
  job.quality_images = 6;
  job.resamples = 10;
  return job;
}

/// Catches what is sent to CRADLE_MARKS while it lives.
class MarkCatcher {
 public:
  MarkCatcher() {
    EXPECT_EQ(::pipe2(ends_, O_CLOEXEC | O_NONBLOCK), 0);
    ::setenv("CRADLE_MARKS", std::to_string(ends_[1]).c_str(), 1);
  }
  ~MarkCatcher() {
    ::unsetenv("CRADLE_MARKS");
    ::close(ends_[0]);
    ::close(ends_[1]);
  }
  std::string text() const {
    char buffer[4096];
    const ssize_t n = ::read(ends_[0], buffer, sizeof buffer);
    return n > 0 ? std::string(buffer, static_cast<std::size_t>(n)) : "";
  }

 private:
  int ends_[2] = {-1, -1};
};

TEST(InferJob, ReadsItsArgumentsAndDefaults) {
  const InferJob job = infer_job_from({{"model", "m.onnx"}, {"batch", 8}, {"split", "validation"}}, "j");
  EXPECT_EQ(job.model, "m.onnx");
  EXPECT_EQ(job.batch, 8u);
  EXPECT_EQ(job.split, task::Split::kValidation);
  EXPECT_EQ(job.threads, 1);
  EXPECT_EQ(job.seconds, 5.0);
  EXPECT_EQ(job.images, 0u);
  // A number of images alone makes a window of just those.
  EXPECT_EQ(infer_job_from({{"model", "m"}, {"images", 100}}, "j").seconds, 0.0);
  EXPECT_EQ(infer_job_from({{"model", "m"}, {"images", 100}, {"seconds", 2}}, "j").seconds, 2.0);
}

TEST(InferJob, RefusesWhatItDoesNotKnow) {
  EXPECT_EQ(fault_of([] {
              infer_job_from({{"model", "m"}, {"quality_imags", 3}}, "job.json");
            }),
            "job.json: unknown key 'quality_imags'; did you mean 'quality_images'?");
  EXPECT_EQ(fault_of([] { infer_job_from(base::Json::object(), "job.json"); }), "job.json: 'model' is missing");
  EXPECT_THROW(infer_job_from({{"model", "m"}, {"threads", 0}}, "j"), base::Error);
  EXPECT_THROW(infer_job_from({{"model", "m"}, {"split", "tset"}}, "j"), base::Error);
}

TEST(InferJob, MeasuresAWindowAndTheQuality) {
  const auto model = testing::write_model("infer.onnx", testing::tiny_detector());
  const base::Json answer = infer(quick_job(model), false);
  EXPECT_EQ(answer["images"], 25);
  EXPECT_GT(answer["window_s"].get<double>(), 0.0);
  EXPECT_NEAR(answer["throughput_per_s"].get<double>(), 25 / answer["window_s"].get<double>(), 1e-6);
  const base::Json& latency = answer["latency_ms"];
  EXPECT_GT(latency["min"], 0.0);
  EXPECT_LE(latency["min"], latency["median"]);
  EXPECT_LE(latency["median"], latency["p95"]);
  // All latencies lie inside the window.
  EXPECT_LE(latency["min"].get<double>() * 25, answer["window_s"].get<double>() * 1e3);
  const base::Json& quality = answer["qualities"][0];
  EXPECT_EQ(quality["metric"], "mAP50");
  EXPECT_EQ(quality["images"], 6);
  EXPECT_LE(quality["low"], quality["high"]);
  EXPECT_EQ(answer["qualities"][1]["metric"], "mAP50-95");
  EXPECT_TRUE(answer["right"].is_null());
  EXPECT_EQ(answer["kernels"]["Conv"]["nodes"], 2);
  EXPECT_EQ(answer["model"]["sha256"], base::sha256_of(base::read_file(model)));
  EXPECT_EQ(answer["model"]["size_bytes"], std::filesystem::file_size(model));
  EXPECT_GT(answer["peak_rss_bytes"], 1e6);
}

TEST(InferJob, MarksTheWindowAndNothingElse) {
  const auto model = testing::write_model("marks.onnx", testing::tiny_detector());
  const MarkCatcher marks;
  infer(quick_job(model), false);
  const std::string text = marks.text();
  const auto begin = text.find(" window-begin\n");
  const auto end = text.find(" window-end\n");
  ASSERT_NE(begin, std::string::npos) << text;
  ASSERT_NE(end, std::string::npos) << text;
  EXPECT_LT(begin, end);
  EXPECT_EQ(std::ranges::count(text, '\n'), 2);
}

TEST(InferJob, TheQualityDoesNotDependOnTheBatch) {
  const auto model = testing::write_model("batches.onnx", testing::tiny_detector());
  InferJob job = quick_job(model);
  const base::Json alone = infer(job, false);
  job.batch = 3;
  const base::Json together = infer(job, false);
  EXPECT_EQ(alone["qualities"], together["qualities"]);
  EXPECT_EQ(together["images"], 27);  // nine whole batches to reach 25
  EXPECT_GT(together["latency_ms"]["median"], 0.0);
}

TEST(InferJob, JudgesAnyNumberOfImagesInTheMemoryOfABatch) {
  InferJob job = quick_job(testing::write_graph("judged.onnx", graph::build_architecture("mlp", 0.25, 10, 1)));
  job.task = "classification";
  const auto peak_with = [&](std::size_t images) {
    job.quality_images = images;
    EXPECT_EQ(infer(job, false)["right"].get<std::string>().size(), images);
    return peak_memory_bytes().value();  // since the window began
  };
  peak_with(100);  // what the first run allocates for good
  const double few = peak_with(100), many = peak_with(10'000);
  EXPECT_LT(many - few, testing::kAllocatorKeeps) << "all together have 31 MB of pixels";
}

TEST(InferJob, MeasuresInTheEngineThatIsAsked) {
  const auto model = testing::write_model("engine.onnx", testing::tiny_detector());
  InferJob job = quick_job(model);
  const base::Json runtime = infer(job, false);
  EXPECT_EQ(runtime["engine"]["name"], "ONNX Runtime");
  job.engine = engine_from({{"engine", "onednn"}}, "j");
  job.batch = 2;
  const base::Json own = infer(job, false);
  EXPECT_EQ(own["engine"]["name"], "oneDNN");
  EXPECT_EQ(own["engine"]["version"].get<std::string>().substr(0, 2), "2.");
  EXPECT_EQ(own["engine"]["precision"], "as-model");
  EXPECT_EQ(own["qualities"][0], runtime["qualities"][0]);
  EXPECT_EQ(own["kernels"]["Conv fp32"]["nodes"], 2);
  EXPECT_GT(own["latency_ms"]["median"], 0.0);
}

TEST(InferJob, RefusesEnginesAndPrecisionsThatThereAreNot) {
  EXPECT_EQ(fault_of([] {
              infer_job_from({{"model", "m"}, {"engine", "onedn"}}, "job.json");
            }),
            "job.json: 'engine' is 'onedn'; expected onnxruntime or onednn; did you mean 'onednn'?");
  EXPECT_NE(fault_of([] {
              infer_job_from({{"model", "m"}, {"precision", "bf16"}}, "job.json");
            }).find("ask for the engine onednn"),
            std::string::npos);
  EXPECT_THROW(infer_job_from({{"model", "m"}, {"engine", "onednn"}, {"precision", "fp8"}}, "j"), base::Error);
}

TEST(InferJob, LeavesTheQualityOutWhenNoImageIsAsked) {
  InferJob job = quick_job(testing::write_model("no-quality.onnx", testing::tiny_detector()));
  job.quality_images = 0;
  const base::Json answer = infer(job, false);
  EXPECT_TRUE(answer["qualities"].empty());
  EXPECT_EQ(answer["images"], 25);
}

TEST(InferJob, SaysWhenNoImageRunsAlone) {
  InferJob job = quick_job(testing::write_model("fixed.onnx", testing::tiny_detector(3)));
  EXPECT_NE(fault_of([&] { infer(job, false); }).find("its batch is fixed at 3"), std::string::npos);
  job.batch = 3;
  const base::Json answer = infer(job, false);
  EXPECT_TRUE(answer["latency_ms"].is_null());
  EXPECT_EQ(answer["latency_missing"], "the model's batch is fixed at 3, so no image runs alone");
}

TEST(InferJob, RefusesAModelThatIsNotADetector) {
  testing::OnnxModel model = testing::tiny_detector();
  model.outputs.pop_back();
  model.nodes.pop_back();
  model.initializers.pop_back();
  EXPECT_NE(fault_of([&] {
              infer(quick_job(testing::write_model("no-box.onnx", model)), false);
            }).find("no-box.onnx: the model has no output 'box', which detection asks for; it has heatmap"),
            std::string::npos);
}

}  // namespace
}  // namespace cradle::deploy
