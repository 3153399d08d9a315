// Checks what each task's data set says of itself and hands out, and how images are mirrored and moved.
#include "cradle/task/data_set.h"

#include <gtest/gtest.h>

#include <map>

#include "cradle/base/error.h"
#include "cradle/task/fashion_mnist.h"

namespace cradle::task {
namespace {

const DataSet& garments() {
  static const std::unique_ptr<DataSet> all = open_data_set("classification");
  return *all;
}

TEST(DataSet, EachTaskHasOneWithItsTruth) {
  for (const std::string& task : task_names()) {
    const auto data = open_data_set(task);
    EXPECT_EQ(data->info().task, task);
    const Sample s = data->sample(Split::kValidation, 0);
    EXPECT_EQ(s.pixels.size(), data->info().image.values());
    EXPECT_EQ(s.label >= 0, task == "classification");
    EXPECT_EQ(!s.boxes.empty(), task == "detection");
    EXPECT_EQ(!s.mask.empty(), task == "segmentation");
  }
  try {
    open_data_set("segmentatoin");
    FAIL();
  } catch (const base::Error& error) {
    EXPECT_NE(std::string(error.what()).find("did you mean 'segmentation'"), std::string::npos);
    EXPECT_EQ(error.fault(), base::Fault::kUsage);
  }
}

TEST(Garments, AreSplitIntoDisjointImagesOfAllClasses) {
  EXPECT_EQ(garments().info().count(Split::kTrain), 50'000);
  EXPECT_EQ(garments().info().count(Split::kValidation), 10'000);
  EXPECT_EQ(garments().info().count(Split::kTest), 10'000);
  const FashionMnist file = read_fashion_mnist(true);
  const Sample first = garments().sample(Split::kValidation, 0);
  EXPECT_EQ(first.label, file.labels[50'000]) << "validation begins where training ends";
  EXPECT_FLOAT_EQ(first.pixels[300], file.images[50'000 * 784 + 300] / 255.0f);
  std::map<int, int> counts;
  for (std::uint64_t i = 0; i < 10'000; ++i) ++counts[garments().sample(Split::kTest, i).label];
  for (int c = 0; c < kGarmentClasses; ++c) EXPECT_EQ(counts[c], 1000) << "the test file has as many of each class";
}

TEST(Sample, IsMirroredInEveryChannelAndInItsMask) {
  const ImageShape shape{2, 1, 3};
  const Sample s{{1, 2, 3, 4, 5, 6}, -1, {{0, 0, 1, 1, 7}}, {8, 9, 10}};
  const Sample m = mirrored(s, shape);
  EXPECT_EQ(m.pixels, (std::vector<float>{3, 2, 1, 6, 5, 4}));
  EXPECT_EQ(m.mask, (std::vector<std::uint8_t>{10, 9, 8}));
  EXPECT_EQ(m.boxes[0].x0, 2);
  EXPECT_EQ(m.boxes[0].x1, 3);
  EXPECT_EQ(mirrored(m, shape).pixels, s.pixels);
}

TEST(Sample, IsMovedAndBlackWhereNothingWas) {
  const ImageShape shape{1, 2, 3};
  const Sample s{{1, 2, 3, 4, 5, 6}, 5, {}, {}};
  EXPECT_EQ(shifted(s, shape, 1, 0).pixels, (std::vector<float>{0, 1, 2, 0, 4, 5}));
  EXPECT_EQ(shifted(s, shape, -1, 1).pixels, (std::vector<float>{0, 0, 0, 2, 3, 0}));
  EXPECT_EQ(shifted(s, shape, 0, 0).pixels, s.pixels);
  EXPECT_EQ(shifted(s, shape, 1, 0).label, 5);
}

TEST(Split, HasNamesBothWays) {
  for (const Split split : {Split::kTrain, Split::kValidation, Split::kTest})
    EXPECT_EQ(split_named(name_of(split)), split);
  try {
    split_named("validatoin");
    FAIL();
  } catch (const base::Error& error) {
    EXPECT_NE(std::string(error.what()).find("did you mean 'validation'"), std::string::npos);
    EXPECT_EQ(error.fault(), base::Fault::kUsage);
  }
}

}  // namespace
}  // namespace cradle::task
