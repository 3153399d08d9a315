#include "cradle/deploy/calibrate_job.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "cradle/base/error.h"
#include "cradle/base/json.h"
#include "cradle/deploy/engine_models_test.h"
#include "cradle/deploy/memory_growth_test.h"
#include "cradle/deploy/onnx_bytes.h"
#include "cradle/deploy/peak_memory.h"

namespace cradle::deploy {
namespace {

TEST(CalibrateJob, ReadsItsArguments) {
  const CalibrateJob job =
      calibrate_job_from({{"model", "m"}, {"values", {"a", "b"}}, {"images", 12}, {"output", "s.json"}}, "j");
  EXPECT_EQ(job.values, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(job.images, 12u);
  EXPECT_EQ(job.split, task::Split::kTrain);
  EXPECT_THROW(calibrate_job_from({{"model", "m"}}, "j"), base::Error);
  EXPECT_THROW(calibrate_job_from({{"model", "m"}, {"output", "s"}, {"values", "a"}}, "j"), base::Error);
}

TEST(CalibrateJob, WatchesInputsAndOutputsByName) {
  const Description description{"", "", "m.onnx", {{"scene", {}}}, {{"heatmap", {}}, {"box", {}}}};
  const WatchedValues all = watched_values(description, {});
  EXPECT_EQ(all.inputs.size() + all.outputs.size(), 3u);
  const WatchedValues some = watched_values(description, {"box", "scene"});
  EXPECT_EQ(some.inputs, std::vector<std::size_t>{0});
  EXPECT_EQ(some.outputs, std::vector<std::size_t>{1});
  EXPECT_THROW(watched_values(description, {"boxes"}), base::Error);
}

TEST(CalibrateJob, GathersWhatWeComputeFromTheScenes) {
  CalibrateJob job;
  job.model = testing::write_model("calibrate.onnx", testing::tiny_detector());
  job.images = 4;
  job.data_seed = 11;
  job.output = testing::scratch_file("statistics.json");
  const base::Json answer = calibrate(job, false);
  EXPECT_EQ(answer["images"], 4);
  EXPECT_EQ(answer["values"], 3);
  const auto statistics = graph::statistics_from_json(base::read_json(job.output), "statistics.json");
  ASSERT_EQ(statistics.images, 4);

  // The same by hand: the pixels themselves, and ten times the greatest mean of a 4×4 block.
  const auto scenes = task::open_data_set("detection", 11);
  float least = 1, greatest = 0, greatest_mean = 0;
  for (std::uint64_t i = 0; i < 4; ++i) {
    const std::vector<float> pixels = scenes->sample(task::Split::kTrain, i).pixels;
    least = std::min(least, *std::ranges::min_element(pixels));
    greatest = std::max(greatest, *std::ranges::max_element(pixels));
    for (std::size_t block = 0; block < 256; ++block) {
      float sum = 0;
      for (std::size_t k = 0; k < 16; ++k) sum += pixels[(block / 16 * 4 + k / 4) * 64 + block % 16 * 4 + k % 4];
      greatest_mean = std::max(greatest_mean, sum / 16);
    }
  }
  EXPECT_FLOAT_EQ(static_cast<float>(statistics.values.at("scene").least), least);
  EXPECT_FLOAT_EQ(static_cast<float>(statistics.values.at("scene").greatest), greatest);
  EXPECT_EQ(statistics.values.at("scene").count, 4.0 * 64 * 64);
  EXPECT_NEAR(statistics.values.at("heatmap").greatest, 10 * greatest_mean, 1e-4);
  EXPECT_EQ(statistics.values.at("heatmap").count, 4.0 * 10 * 256);
  EXPECT_EQ(statistics.values.at("box").greatest, 0.0);
}

TEST(CalibrateJob, SeesThePixelsAsTheModelWantsThem) {
  CalibrateJob job;
  job.model = testing::write_model("normalised.onnx", testing::tiny_detector());
  job.images = 2;
  job.output = testing::scratch_file("normalised.json");
  const auto range = [&] {
    calibrate(job, false);
    const auto statistics = graph::statistics_from_json(base::read_json(job.output), "normalised.json");
    const graph::ValueStatistics& pixels = statistics.values.at("scene");
    return std::pair{pixels.least, pixels.greatest};
  };
  const auto [least, greatest] = range();
  job.normalisation = {{0.5F}, {0.5F}};
  EXPECT_NEAR(range().first, (least - 0.5) / 0.5, 1e-6);
  EXPECT_NEAR(range().second, (greatest - 0.5) / 0.5, 1e-6);
}

TEST(CalibrateJob, TakesAsMuchMemoryForTenThousandImagesAsForAHundred) {
  graph::Graph net = graph::build_architecture("lenet5", 0.5, 10, 1);
  for (const graph::Node& node : net.nodes)
    if (node.op == "Conv" || node.op == "Relu") net.outputs.push_back({node.outputs[0], graph::Type::kF32, {}, false});
  CalibrateJob job;
  job.model = testing::write_graph("instrumented.onnx", net);
  job.task = "classification";
  job.output = testing::scratch_file("many.json");
  const auto peak_with = [&](std::size_t images) {
    job.images = images;
    restart_peak_memory();
    EXPECT_EQ(calibrate(job, false)["images"], images);
    return peak_memory_bytes().value();
  };
  peak_with(100);  // what the first run allocates for good
  const double few = peak_with(100), many = peak_with(10'000);
  EXPECT_LT(many - few, testing::kAllocatorKeeps) << few << " bytes for 100 images, " << many << " for 10,000";
}

}  // namespace
}  // namespace cradle::deploy
