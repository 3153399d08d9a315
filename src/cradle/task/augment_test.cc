// Checks what becomes of pixels, boxes and masks, and that a training's draws are what they were.
#include "cradle/task/augment.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "cradle/base/error.h"
#include "cradle/base/random.h"

namespace cradle::task {
namespace {

constexpr ImageShape kFour{1, 4, 4};

/// 4×4 with the values 0, 1/16 … 15/16.
Sample ramp() {
  Sample s;
  for (int i = 0; i < 16; ++i) s.pixels.push_back(static_cast<float>(i) / 16);
  return s;
}

TEST(Cropped, TheWholeImageIsItself) {
  Sample s = ramp();
  s.boxes = {{1, 1, 3, 2, 5}};
  s.mask = std::vector<std::uint8_t>(16, 3);
  const Sample c = cropped(s, kFour, {0, 0, 4, 4});
  EXPECT_EQ(c.pixels, s.pixels);
  EXPECT_EQ(c.mask, s.mask);
  EXPECT_EQ(c.boxes[0].x1, 3);
}

TEST(Cropped, AQuarterIsTwiceAsLargeWithItsBoxesAndMask) {
  Sample s = ramp();
  s.mask = {0, 0, 1, 2, 0, 0, 3, 4, 0, 0, 0, 0, 0, 0, 0, 0};
  s.boxes = {{2, 0, 3, 2, 5}, {0, 0, 3, 1, 6}, {1, 0, 4, 1, 7}};
  const Sample c = cropped(s, kFour, {2, 0, 4, 2});
  EXPECT_EQ(c.mask, (std::vector<std::uint8_t>{1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 4, 4, 3, 3, 4, 4}));
  // New centres lie at 2.25, 2.75, 3.25, 3.75 of the old pixels, whose centres are at 1.5, 2.5, 3.5.
  EXPECT_FLOAT_EQ(c.pixels[0], (0.25f * 1 + 0.75f * 2) / 16);
  EXPECT_FLOAT_EQ(c.pixels[1], (0.75f * 2 + 0.25f * 3) / 16);
  EXPECT_FLOAT_EQ(c.pixels[3], 3.0f / 16) << "beyond the last centre its own level";
  ASSERT_EQ(c.boxes.size(), 2u) << "the second one's centre is not in the crop";
  EXPECT_EQ(c.boxes[0].x0, 0);
  EXPECT_EQ(c.boxes[0].x1, 2);
  EXPECT_EQ(c.boxes[0].y1, 4);
  EXPECT_EQ(c.boxes[1].label, 7);
  EXPECT_EQ(c.boxes[1].x0, 0) << "clipped";
  EXPECT_EQ(c.boxes[1].x1, 4);
}

TEST(Cropped, IsBlackAndUnjudgedBeyondTheImage) {
  Sample s{std::vector<float>(16, 0.5f), -1, {{0, 0, 4, 4, 1}}, std::vector<std::uint8_t>(16, 2)};
  const Sample c = cropped(s, kFour, {-4, -4, 4, 4});
  EXPECT_EQ(c.pixels[0], 0);
  EXPECT_EQ(c.pixels[15], 0.5f);
  EXPECT_EQ(c.mask[0], kUnjudged);
  EXPECT_EQ(c.mask[10], 2);
  EXPECT_EQ(c.boxes[0].x0, 2);
  EXPECT_EQ(c.boxes[0].x1, 4);
}

TEST(Relit, ChangesTheMeanAndTheDistanceFromIt) {
  const ImageShape shape{2, 1, 2};
  const Sample s{{0.4f, 0.6f, 0.0f, 1.0f}, 3, {}, {}};
  const Sample r = relit(s, shape, 0.1f, 2);
  EXPECT_FLOAT_EQ(r.pixels[0], 0.4f);
  EXPECT_FLOAT_EQ(r.pixels[1], 0.8f);
  EXPECT_FLOAT_EQ(r.pixels[2], 0.0f) << "kept within 0";
  EXPECT_FLOAT_EQ(r.pixels[3], 1.0f) << "to 1";
  EXPECT_EQ(relit(s, shape, 0, 1).pixels, s.pixels);
}

TEST(CutOut, FillsASquareWithTheMean) {
  const Sample c = cut_out(ramp(), kFour, 0, 1, 2);
  const float mean = 7.5f / 16;
  const std::vector<float> expected = {mean, 1 / 16.0f, 2 / 16.0f, 3 / 16.0f, mean, 5 / 16.0f};
  EXPECT_TRUE(std::equal(expected.begin(), expected.end(), c.pixels.begin()));
  EXPECT_EQ(c.pixels[8], 8 / 16.0f);
  EXPECT_EQ(cut_out(ramp(), kFour, 2, 2, 0).pixels, ramp().pixels);
}

DataInfo info_of(const std::string& task) { return {task, "made up", {"a", "b"}, kFour, {}}; }

TEST(Augmented, LightIsWhatTrainingsHaveAlwaysDone) {
  for (std::uint64_t index = 0; index < 200; ++index) {
    const auto draw = [&](std::uint8_t lane) { return base::uniform(5, base::stable_id("learn.flip"), index, lane); };
    Sample expected = draw(0) < 0.5 ? mirrored(ramp(), kFour) : ramp();
    EXPECT_EQ(augmented(ramp(), info_of("detection"), Augment::kLight, 5, index).pixels, expected.pixels);
    expected = shifted(expected, kFour, static_cast<int>(3 * draw(1)) - 1, static_cast<int>(3 * draw(2)) - 1);
    EXPECT_EQ(augmented(ramp(), info_of("classification"), Augment::kLight, 5, index).pixels, expected.pixels);
    EXPECT_EQ(augmented(ramp(), info_of("classification"), Augment::kNone, 5, index).pixels, ramp().pixels);
  }
}

TEST(Augmented, StrongDependsOnSeedAndIndexAndKeepsTheTruthInside) {
  const ImageShape shape{3, 20, 20};
  DataInfo info{"detection", "made up", {"a"}, shape, {}};
  Sample s{std::vector<float>(1200), -1, {{8, 8, 12, 12, 0}}, {}};
  std::iota(s.pixels.begin(), s.pixels.end(), 0.0f);
  for (float& p : s.pixels) p /= 1200;
  int kept = 0;
  for (std::uint64_t index = 0; index < 100; ++index) {
    const Sample a = augmented(s, info, Augment::kStrong, 5, index);
    EXPECT_EQ(a.pixels, augmented(s, info, Augment::kStrong, 5, index).pixels);
    EXPECT_NE(a.pixels, augmented(s, info, Augment::kStrong, 6, index).pixels);
    EXPECT_NE(a.pixels, augmented(s, info, Augment::kStrong, 5, index + 1).pixels);
    for (const float p : a.pixels) EXPECT_TRUE(p >= 0 && p <= 1);
    for (const Box& box : a.boxes) {
      ++kept;
      EXPECT_GE(box.x0, 0);
      EXPECT_LE(box.x1, 20);
      EXPECT_GT(box.x1 - box.x0, 2.9f) << "4 pixels, three quarters as large at least";
      EXPECT_LT(box.x1 - box.x0, 5.4f);
      EXPECT_LT(std::abs((box.x1 - box.x0) - (box.y1 - box.y0)), 1e-3f);
    }
  }
  EXPECT_EQ(kept, 100) << "a box in the middle is in every crop";
}

TEST(Augmented, StrongCutsASquareFromEveryOtherImageWithAClass) {
  const ImageShape shape{1, 16, 16};
  const DataInfo info{"classification", "made up", {"a"}, shape, {}};
  int cut = 0;
  for (std::uint64_t index = 0; index < 200; ++index) {
    Sample s{std::vector<float>(256), 0, {}, {}};
    for (std::size_t i = 0; i < 256; ++i) s.pixels[i] = i % 2 ? 0.3f : 0.7f;
    const Sample a = augmented(s, info, Augment::kStrong, 5, index);
    cut += std::count(a.pixels.begin(), a.pixels.end(), a.pixels[0]) > 30 || a.pixels.empty();
    EXPECT_EQ(a.label, 0);
  }
  EXPECT_GT(cut, 20);
  EXPECT_LT(cut, 180);
}

TEST(Augment, HasNames) {
  EXPECT_EQ(augment_named("none"), Augment::kNone);
  EXPECT_EQ(augment_named("strong"), Augment::kStrong);
  try {
    augment_named("strnog");
    FAIL();
  } catch (const base::Error& error) {
    EXPECT_NE(std::string(error.what()).find("did you mean 'strong'"), std::string::npos);
    EXPECT_EQ(error.fault(), base::Fault::kUsage);
  }
}

}  // namespace
}  // namespace cradle::task
