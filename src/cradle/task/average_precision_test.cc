// Checks average precision against cases computed by hand, and its interval against the binomial.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "cradle/base/random.h"
#include "cradle/task/detection.h"

namespace cradle::task {
namespace {

constexpr std::array<double, 1> kHalf = {0.5};

Box box(float x0, float y0, float x1, float y1, int label = 0) { return {x0, y0, x1, y1, label}; }

TEST(Iou, IsIntersectionOverUnion) {
  EXPECT_DOUBLE_EQ(iou(box(0, 0, 10, 10), box(0, 0, 10, 10)), 1.0);
  EXPECT_DOUBLE_EQ(iou(box(0, 0, 10, 10), box(5, 0, 15, 10)), 50.0 / 150.0);
  EXPECT_DOUBLE_EQ(iou(box(0, 0, 10, 10), box(2, 2, 6, 7)), 20.0 / 100.0);
  EXPECT_DOUBLE_EQ(iou(box(0, 0, 10, 10), box(10, 0, 20, 10)), 0.0);  // they only touch
  EXPECT_DOUBLE_EQ(iou(box(0, 0, 0, 0), box(0, 0, 0, 0)), 0.0);
}

TEST(MeanAveragePrecision, OfAPerfectDetectorIsOne) {
  const std::vector<std::vector<Box>> truth = {{box(0, 0, 10, 10, 0), box(20, 20, 30, 30, 1)}, {box(5, 5, 9, 9, 1)}};
  std::vector<std::vector<Detection>> found(truth.size());
  for (std::size_t i = 0; i < truth.size(); ++i)
    for (const Box& b : truth[i]) found[i].push_back({b, 0.5f});
  EXPECT_DOUBLE_EQ(mean_average_precision(found, truth, 10), 1.0);
}

// Two truths; by falling score right, wrong, right. Recall 1/2, 1/2, 1; precision 1, 1/2, 2/3, made monotone
// 1, 2/3, 2/3. Recall points 0.00 to 0.50 (51 of them) read 1, the other 50 read 2/3.
TEST(MeanAveragePrecision, ReadsMonotonePrecisionAtAHundredAndOneRecallPoints) {
  const std::vector<std::vector<Box>> truth = {{box(0, 0, 10, 10), box(20, 20, 30, 30)}};
  const std::vector<std::vector<Detection>> found = {
      {{box(0, 0, 10, 10), 0.9f}, {box(40, 40, 50, 50), 0.8f}, {box(20, 20, 30, 30), 0.7f}}};
  EXPECT_NEAR(mean_average_precision(found, truth, 1), (51 + 50 * 2.0 / 3.0) / 101, 1e-12);
}

// The second detection of the same truth is wrong, although it overlaps: precision 1, then 1/2 at full recall.
TEST(MeanAveragePrecision, MatchesEachTruthOnce) {
  const std::vector<std::vector<Box>> truth = {{box(0, 0, 10, 10)}};
  const std::vector<std::vector<Detection>> better_first = {{{box(0, 0, 10, 10), 0.9f}, {box(0, 0, 10, 9), 0.8f}}};
  EXPECT_DOUBLE_EQ(mean_average_precision(better_first, truth, 1), 1.0);
  // Found once among two truths: recall stops at 1/2, 51 points.
  const std::vector<std::vector<Box>> two = {{box(0, 0, 10, 10), box(30, 30, 40, 40)}};
  EXPECT_NEAR(mean_average_precision(better_first, two, 1), 51.0 / 101, 1e-12);
}

// A higher score in another image goes first: wrong (0.9), right (0.8) gives precision 1/2 at full recall.
TEST(MeanAveragePrecision, RanksDetectionsAcrossImages) {
  const std::vector<std::vector<Box>> truth = {{box(0, 0, 10, 10)}, {}};
  const std::vector<std::vector<Detection>> found = {{{box(0, 0, 10, 10), 0.8f}}, {{box(0, 0, 10, 10), 0.9f}}};
  EXPECT_NEAR(mean_average_precision(found, truth, 1), 0.5, 1e-12);
}

TEST(MeanAveragePrecision, TakesTheTruthThatOverlapsMost) {
  // Both truths overlap the first detection; it takes the nearer one and leaves the other for the second.
  const std::vector<std::vector<Box>> truth = {{box(0, 0, 10, 10), box(0, 2, 10, 12)}};
  const std::vector<std::vector<Detection>> found = {{{box(0, 2, 10, 12), 0.9f}, {box(0, 0, 10, 10), 0.8f}}};
  EXPECT_DOUBLE_EQ(mean_average_precision(found, truth, 1, 0.9), 1.0);
}

TEST(MeanAveragePrecision, CountsAnOverlapEqualToTheThreshold) {
  const std::vector<std::vector<Box>> truth = {{box(0, 0, 10, 10)}};
  const std::vector<std::vector<Detection>> half = {{{box(0, 0, 10, 5), 0.9f}}};
  EXPECT_DOUBLE_EQ(mean_average_precision(half, truth, 1, 0.5), 1.0);
  EXPECT_DOUBLE_EQ(mean_average_precision(half, truth, 1, 0.51), 0.0);
}

TEST(MeanAveragePrecision, AveragesOverTheClassesThatHaveTruth) {
  // Class 0 found (1), class 1 missed (0), class 2 only imagined (left out).
  const std::vector<std::vector<Box>> truth = {{box(0, 0, 10, 10, 0), box(20, 20, 30, 30, 1)}};
  const std::vector<std::vector<Detection>> found = {{{box(0, 0, 10, 10, 0), 0.9f}, {box(40, 40, 50, 50, 2), 0.95f}}};
  EXPECT_DOUBLE_EQ(mean_average_precision(found, truth, 3), 0.5);
}

TEST(MeanAveragePrecision, OfNothingIsZero) {
  EXPECT_DOUBLE_EQ(mean_average_precision({}, {}, 3), 0.0);
  EXPECT_DOUBLE_EQ(mean_average_precision({{}}, {{box(0, 0, 1, 1)}}, 3), 0.0);
}

/// 200 images with one truth each; a share `right` of them is found, the others have a wrong box of a lower score.
struct Sample {
  std::vector<std::vector<Detection>> found;
  std::vector<std::vector<Box>> truth;
};
Sample sample(double right) {
  Sample s;
  base::Stream stream(3, base::stable_id("test.map"));
  for (int i = 0; i < 200; ++i) {
    s.truth.push_back({box(0, 0, 10, 10)});
    const bool hit = stream.uniform() < right;
    s.found.push_back({{hit ? box(0, 0, 10, 10) : box(40, 40, 50, 50), hit ? 0.9f : 0.1f}});
  }
  return s;
}

// With every hit above every miss, AP is the recall k/200 (read off at hundredths), so the bootstrap's spread is the
// binomial's: P5 to P95 = ±1.645·sqrt(p(1−p)/200).
TEST(MeanAveragePrecision, HasAnIntervalAsWideAsTheBinomials) {
  const Sample s = sample(0.7);
  const base::Interval i = mean_average_precision_interval(s.found, s.truth, 1, kHalf, 1000, 7).value;
  EXPECT_DOUBLE_EQ(i.value, mean_average_precision(s.found, s.truth, 1));
  const double half = 1.645 * std::sqrt(i.value * (1 - i.value) / 200);
  EXPECT_NEAR(i.value - i.low, half, 0.15 * half + 0.01);
  EXPECT_NEAR(i.high - i.value, half, 0.15 * half + 0.01);
}

// Twenty images in which a hit's score is mixed with the misses': resamples are optimistic, plain percentiles too high.
TEST(MeanAveragePrecision, HasAnIntervalCorrectedForTheBiasOfResampling) {
  Sample s = sample(0.5);
  s.truth.resize(20);
  s.found.resize(20);
  base::Stream stream(9, base::stable_id("test.map-mixed"));
  for (auto& image : s.found) image[0].score = static_cast<float>(stream.uniform());
  const base::Interval i = mean_average_precision_interval(s.found, s.truth, 1, kHalf, 2000, 7).value;
  std::vector<double> plain;
  for (int round = 0; round < 400; ++round) {
    Sample again;
    for (int draw = 0; draw < 20; ++draw) {
      const auto at = stream.below(20);
      again.truth.push_back(s.truth[at]);
      again.found.push_back(s.found[at]);
    }
    plain.push_back(mean_average_precision(again.found, again.truth, 1));
  }
  std::sort(plain.begin(), plain.end());
  EXPECT_GT(plain[200], i.value);  // the median of resamples lies above the value
  EXPECT_LT(i.low, plain[20]);     // so the corrected interval lies below the plain one
  EXPECT_LT(i.high, plain[380]);
  EXPECT_LE(i.low, i.value);
  EXPECT_GE(i.high, i.value);
}

TEST(MeanAveragePrecision, HasAnIntervalThatDependsOnTheSeedOnly) {
  const Sample s = sample(0.7);
  const base::Interval a = mean_average_precision_interval(s.found, s.truth, 1, kHalf, 50, 7).value;
  const base::Interval b = mean_average_precision_interval(s.found, s.truth, 1, kHalf, 50, 7).value;
  const base::Interval c = mean_average_precision_interval(s.found, s.truth, 1, kHalf, 50, 8).value;
  EXPECT_EQ(a.low, b.low);
  EXPECT_EQ(a.high, b.high);
  EXPECT_TRUE(a.low != c.low || a.high != c.high);
}

}  // namespace
}  // namespace cradle::task
