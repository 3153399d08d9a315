// Runs that end themselves: the draws against runs played to their end.
#include "cradle/forecast/early_stop.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace cradle::forecast {
namespace {

double mean_left(const EarlyStop& stop, int draws = 2000) {
  base::Stream stream(1, 1);
  double sum = 0;
  for (int i = 0; i < draws; ++i) sum += stop.draw(&stream);
  return sum / draws;
}

std::vector<double> curve(int n, double floor, double power, double noise) {
  base::Stream stream(1, 2);
  std::vector<double> values;
  for (int t = 1; t <= n; ++t) values.push_back(floor + std::pow(t, -power) + noise * stream.normal());
  return values;
}

TEST(LearningCurves, FindTheCurveTheyWereDrawnFrom) {
  const std::vector<Curve> curves = learning_curves(curve(40, 0.3, 1, 0.001));
  const auto best = std::max_element(curves.begin(), curves.end(),
                                     [](const Curve& a, const Curve& b) { return a.weight < b.weight; });
  EXPECT_EQ(best->power, 1);
  EXPECT_NEAR(best->floor, 0.3, 0.01);
  EXPECT_NEAR(best->gain, 1, 0.05);
  EXPECT_NEAR(best->noise, 0.001, 0.0005);
  double weights = 0;
  for (const Curve& c : curves) weights += c.weight;
  EXPECT_NEAR(weights, 1, 1e-12);
}

TEST(EarlyStop, GoesOnWhileTheCurveFallsAndEndsWhenItIsFlat) {
  const double falling = mean_left(EarlyStop(curve(30, 0, 0.5, 1e-4), 5, 70));
  const double flat = mean_left(EarlyStop(curve(30, 0.5, 2, 0.05), 5, 70));
  EXPECT_GT(falling, 50);
  EXPECT_LT(flat, 35);
}

TEST(EarlyStop, EndsSoonerTheLongerNothingImproved) {
  std::vector<double> metric = curve(30, 0.5, 1, 0.02);
  const double now = mean_left(EarlyStop(metric, 5, 70));
  metric.insert(metric.end(), 4, 0.9);
  EXPECT_LT(mean_left(EarlyStop(metric, 5, 70)), now);
}

TEST(EarlyStop, NeverStopsBeforeItsPatienceOrAfterItsMost) {
  base::Stream stream(1, 3);
  std::vector<double> falling;
  for (int i = 0; i < 12; ++i) falling.push_back(1.0 / (1 + i));
  const EarlyStop stop(falling, 6, 20);
  for (int i = 0; i < 1000; ++i) {
    const int left = stop.draw(&stream);
    EXPECT_GE(left, 6);
    EXPECT_LE(left, 20);
  }
}

TEST(EarlyStop, OfARunThatShouldHaveStoppedLeavesAtLeastOneEpoch) {
  base::Stream stream(1, 5);
  const EarlyStop stop({1, 2, 2, 2, 2, 2, 2, 2}, 3, 20);
  for (int i = 0; i < 1000; ++i) EXPECT_GE(stop.draw(&stream), 1);
}

TEST(EarlyStop, ReckonsWithBestValuesThatAreLuck) {
  base::Stream stream(1, 6);
  const EarlyStop stop(curve(60, 0.5, 2, 0.05), 40, 400);
  int lucky = 0;
  for (int i = 0; i < 1000; ++i) lucky += stop.draw(&stream) > 40 ? 1 : 0;
  EXPECT_GT(lucky, 350) << "one in 61 at the next epoch, one in 62 after that: 40 % of them within the patience";
}

TEST(EarlyStop, AnswersSoonHoweverFarTheEndMayBe) {
  base::Stream stream(1, 7);
  const EarlyStop stop(curve(30, 0, 0.5, 1e-6), 1000, 1'000'000'000);
  for (int i = 0; i < 100; ++i) EXPECT_LE(stop.draw(&stream), 1'000'000'000);
}

TEST(EarlyStop, IsWideBeforeThereIsACurve) {
  base::Stream stream(1, 4);
  std::vector<int> left;
  const EarlyStop stop({1.0, 0.9}, 5, 58);
  for (int i = 0; i < 1000; ++i) left.push_back(stop.draw(&stream));
  std::sort(left.begin(), left.end());
  EXPECT_LE(left[100], 10);
  EXPECT_EQ(left[900], 58);
}

}  // namespace
}  // namespace cradle::forecast
