#include "cradle/deploy/sample_pool.h"

#include <gtest/gtest.h>

#include "cradle/base/error.h"

namespace cradle::deploy {
namespace {

std::string fault_of(std::vector<std::int64_t> takes, std::size_t batch) {
  const Description description{"none", "0", "m.onnx", {{"scene", std::move(takes)}}, {}};
  try {
    check_takes(description, {1, 64, 64}, batch);
  } catch (const base::Error& error) {
    return error.what();
  }
  return "";
}

TEST(SamplePool, HoldsTheImagesOfTheSplitOneBehindTheOther) {
  const auto data = task::open_data_set("detection", 7);
  const SamplePool pool = make_sample_pool(*data, task::Split::kTest, 2, 3);
  ASSERT_EQ(pool.count(), 3u);
  for (std::size_t i = 0; i < 3; ++i) {
    const task::Sample sample = data->sample(task::Split::kTest, 2 + i);
    const auto pixels = pool.batch(i, 1);
    EXPECT_EQ(std::vector(pixels.begin(), pixels.end()), sample.pixels);
    EXPECT_EQ(pool.truth[i].boxes.size(), sample.boxes.size());
    EXPECT_TRUE(pool.truth[i].pixels.empty()) << "they would lie in memory twice";
  }
  EXPECT_EQ(pool.batch(1, 2).data(), pool.batch(1, 1).data());
  EXPECT_EQ(pool.batch(1, 2).size(), 2u * 64 * 64);
}

TEST(SamplePool, IsOfWholeBatchesAndNoMoreThanThereIs) {
  const auto scenes = task::open_data_set("detection");
  EXPECT_EQ(whole_batches(*scenes, task::Split::kTest, 5, 4), 8u) << "scenes are made as they are needed";
  const auto garments = task::open_data_set("classification");
  EXPECT_EQ(whole_batches(*garments, task::Split::kTest, 20'000, 3), 9999u);
  EXPECT_THROW(whole_batches(*garments, task::Split::kTest, 1, 20'000), base::Error);
}

TEST(SamplePool, IsBoundedInBytesButHoldsAWholeBatch) {
  const task::ImageShape small{1, 28, 28}, large{3, 640, 640};  // 3 KB and 4.9 MB as floats
  EXPECT_EQ(images_within(kMostPoolBytes, 256, 1, small), 256u);
  EXPECT_EQ(images_within(kMostPoolBytes, 256, 100, small), 300u) << "whole batches";
  EXPECT_EQ(images_within(kMostPoolBytes, 256, 1, large), 54u);
  EXPECT_EQ(images_within(kMostPoolBytes, 256, 8, large), 48u);
  EXPECT_EQ(images_within(kMostPoolBytes, 256, 100, large), 100u) << "at least one";
  EXPECT_EQ(images_within(1, 16, 1, {3, 4096, 4096}), 1u);
}

TEST(SamplePool, AsksForImagesThatAreNotKept) {
  const Description model{"engine", "1", "m.onnx", {{"x", {-1, 1, 28, 28}}}, {}, {}};
  EXPECT_FALSE(request_for(model, "classification", "folder", 3, {0, 0, 0}).keep);
}

TEST(SamplePool, AsksForImagesAsTheModelTakesThem) {
  const auto asked = [](std::vector<std::int64_t> shape, task::ImageShape image) {
    const Description model{
        "engine", "1", "m.onnx", {{"x", std::move(shape)}}, {}, {{"cradle.classes", R"(["cat","dog"])"}}};
    return request_for(model, "classification", "folder", 3, image);
  };
  const task::DataRequest fixed = asked({-1, 3, 48, 64}, {0, 0, 0});
  EXPECT_EQ(fixed.folder, "folder");
  EXPECT_EQ(fixed.seed, 3u);
  EXPECT_EQ(fixed.classes, (std::vector<std::string>{"cat", "dog"}));
  EXPECT_EQ(fixed.image.channels, 3);
  EXPECT_EQ(fixed.image.height, 48);
  EXPECT_EQ(fixed.image.width, 64);
  EXPECT_EQ(asked({-1, 3, -1, -1}, {0, 0, 0}).image.height, 0) << "the data set's own choice";
  EXPECT_EQ(asked({-1, 3, -1, -1}, {0, 96, 32}).image.width, 32);
  EXPECT_EQ(asked({-1, 3, 48, 64}, {1, 96, 96}).image.height, 96) << "said, so the model's check will refuse it";
}

TEST(SamplePool, AcceptsAFreeBatchAndOneThatFits) {
  EXPECT_EQ(fault_of({-1, 1, 64, 64}, 8), "");
  EXPECT_EQ(fault_of({8, 1, 64, 64}, 8), "");
  EXPECT_EQ(fault_of({-1, -1, -1, -1}, 8), "");
}

TEST(SamplePool, SaysWhyAModelCannotTakeTheImages) {
  EXPECT_EQ(
      fault_of({1, 1, 64, 64}, 8),
      "m.onnx: its batch is fixed at 1 (input 'scene' takes [1 × 1 × 64 × 64]), so it cannot run with a batch of 8");
  EXPECT_EQ(fault_of({-1, 3, 224, 224}, 1),
            "m.onnx: expected one input for images of shape [1 × 1 × 64 × 64], found 'scene' [N × 3 × 224 × 224]");
}

}  // namespace
}  // namespace cradle::deploy
