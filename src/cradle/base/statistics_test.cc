#include "cradle/base/statistics.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "cradle/base/random.h"

namespace cradle::base {
namespace {

TEST(Statistics, QuantileInterpolatesOrderStatistics) {
  const std::vector<double> v = {1, 2, 3, 4};
  EXPECT_DOUBLE_EQ(sample_quantile(v, 0.0), 1);
  EXPECT_DOUBLE_EQ(sample_quantile(v, 0.5), 2.5);
  EXPECT_DOUBLE_EQ(sample_quantile(v, 1.0), 4);
}

TEST(Statistics, TheIntervalOfAQuantileCoversTheTruth) {
  int covered = 0;
  constexpr int kTrials = 400;
  for (int trial = 0; trial < kTrials; ++trial) {
    Stream stream(static_cast<std::uint64_t>(trial), stable_id("coverage"));
    std::vector<double> v(300);
    for (double& x : v) x = stream.normal();
    std::sort(v.begin(), v.end());
    const Interval i = quantile_with_interval(v, 0.95, 0.9);
    if (i.low <= 1.6448536 && 1.6448536 <= i.high) ++covered;
  }
  EXPECT_GE(covered, kTrials * 0.87);  // nominal 90 %; the bound is conservative
}

TEST(Statistics, SummaryIsMedianAndP5P95) {
  std::vector<double> v;
  for (int i = 100; i >= 0; --i) v.push_back(i);
  const Interval s = summary_of(v);
  EXPECT_DOUBLE_EQ(s.value, 50);
  EXPECT_DOUBLE_EQ(s.low, 5);
  EXPECT_DOUBLE_EQ(s.high, 95);
}

TEST(Statistics, SummaryOfAnySampleIsThatOfTheSortedOne) {
  for (std::size_t n = 1; n <= 130; ++n) {
    Stream stream(n, stable_id("summary"));
    std::vector<double> v(n);
    for (double& x : v) x = n % 2 ? stream.normal() : static_cast<double>(stream.below(7));  // the even ones have ties
    const Interval s = summary_of(v);
    std::sort(v.begin(), v.end());
    EXPECT_EQ(s.value, sample_quantile(v, 0.5)) << n;
    EXPECT_EQ(s.low, sample_quantile(v, 0.05)) << n;
    EXPECT_EQ(s.high, sample_quantile(v, 0.95)) << n;
  }
}

TEST(Statistics, StudentsTMatchesThePublishedTable) {
  EXPECT_NEAR(student_t95(1), 6.314, 0.001);
  EXPECT_NEAR(student_t95(2), 2.920, 0.001);
  EXPECT_NEAR(student_t95(3), 2.353, 0.008);
  EXPECT_NEAR(student_t95(4), 2.132, 0.003);
  EXPECT_NEAR(student_t95(10), 1.812, 0.001);
  EXPECT_NEAR(student_t95(1000), 1.646, 0.001);
}

TEST(Statistics, AnyQuantileOfStudentsTMatchesThePublishedTable) {
  EXPECT_NEAR(student_t(0.995, 1), 63.657, 0.001);
  EXPECT_NEAR(student_t(0.995, 2), 9.925, 0.001);
  EXPECT_NEAR(student_t(0.995, 3), 5.841, 0.001);
  EXPECT_NEAR(student_t(0.995, 4), 4.604, 0.001);
  EXPECT_NEAR(student_t(0.975, 5), 2.571, 0.001);
  EXPECT_NEAR(student_t(0.995, 30), 2.750, 0.001);
  for (const int degrees : {1, 2, 5, 9, 30}) EXPECT_NEAR(student_t(0.95, degrees), student_t95(degrees), 0.001);
}

TEST(Statistics, StandardDeviationUsesNMinusOne) {
  EXPECT_DOUBLE_EQ(standard_deviation_of(std::vector<double>{1, 3}), std::sqrt(2.0));
  EXPECT_DOUBLE_EQ(standard_deviation_of(std::vector<double>{7}), 0.0);
}

TEST(McNemar, IsTheTwoSidedBinomial) {
  EXPECT_DOUBLE_EQ(mcnemar_p(0, 0), 1);
  EXPECT_NEAR(mcnemar_p(0, 5), 2 / 32.0, 1e-12);
  EXPECT_NEAR(mcnemar_p(1, 5), 2 * (1 + 6) / 64.0, 1e-12);
  EXPECT_DOUBLE_EQ(mcnemar_p(7, 7), 1) << "an even split is as likely as it gets";
  EXPECT_DOUBLE_EQ(mcnemar_p(12, 30), mcnemar_p(30, 12));
  // Large counts: the normal approximation with continuity correction, z = (|b - c| - 1) / sqrt(b + c).
  EXPECT_NEAR(mcnemar_p(400, 480), std::erfc((80 - 1) / std::sqrt(880.0) / std::sqrt(2.0)), 2e-4);
}

}  // namespace
}  // namespace cradle::base
