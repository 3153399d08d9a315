// Hand-computed numbers, and what the rules do to series of known kind.
#include "cradle/recipe/bench_statistics.h"

#include <gtest/gtest.h>

#include <cmath>

#include "cradle/base/random.h"

namespace cradle::recipe {
namespace {

/// Runs of one contender that always takes 10 W.
std::vector<Sample> at_ten_watts(const std::vector<double>& seconds) {
  std::vector<Sample> samples;
  for (const double s : seconds) samples.push_back({s, 10 * s});
  return samples;
}

Settling settling_of_one(const std::vector<Sample>& samples) { return settling_of({&samples, 1}); }

TEST(BenchStatistics, TheIntervalOfAMeanIsStudentsT) {
  const base::Interval i = mean_interval(std::vector<double>{1, 2, 3});  // 2 ± 2.920 · 1 / √3
  EXPECT_DOUBLE_EQ(i.value, 2);
  EXPECT_NEAR(i.high, 3.6859, 1e-4);
  EXPECT_NEAR(i.low, 0.3141, 1e-4);
  EXPECT_EQ(mean_interval(std::vector<double>{7}).high, 7);
  EXPECT_EQ(mean_interval(std::vector<double>{0.1, 9}).low, 0) << "nothing takes less than nothing";
}

TEST(BenchStatistics, APairedRatioIsAMeanOfLogarithms) {
  // logs ln 2 · {1, 2, 1}: mean 4/3 ln 2, deviation ln 2 / √3, half 2.920 · ln 2 / 3 = 0.67466.
  const std::vector<double> first = {1, 2, 3}, other = {2, 8, 6};
  const Ratio ratio = paired_ratio(first, other).value();
  EXPECT_NEAR(ratio.value.value, std::pow(2, 4.0 / 3), 1e-12);
  EXPECT_NEAR(ratio.value.low, 1.2834, 2e-4);
  EXPECT_NEAR(ratio.value.high, 4.9473, 2e-4);
  EXPECT_TRUE(ratio.decided);
  const Ratio back = paired_ratio(other, first).value();
  EXPECT_NEAR(back.value.low * ratio.value.high, 1, 1e-12) << "the same answer from the other side";
}

TEST(BenchStatistics, NothingIsDecidedByOneRunOrByAnIntervalThatHoldsOne) {
  EXPECT_FALSE(paired_ratio(std::vector<double>{1}, std::vector<double>{5})->decided);
  EXPECT_FALSE(paired_ratio(std::vector<double>{1, 1, 1}, std::vector<double>{0.9, 1.2, 1.0})->decided);
  EXPECT_FALSE(paired_ratio(std::vector<double>{1, 0}, std::vector<double>{1, 1}).has_value());
}

TEST(BenchStatistics, WhatAllRunsOfARoundShareDoesNotBlurTheRatio) {
  // The machine is up to twice as slow in some rounds; B always takes a tenth less, give or take a thousandth.
  const std::vector<double> a = {1, 2, 1.5, 1.1}, b = {0.9, 1.802, 1.3485, 0.99};
  const Ratio ratio = paired_ratio(a, b).value();
  EXPECT_NEAR(ratio.value.value, 0.9, 0.001);
  EXPECT_TRUE(ratio.decided);
  EXPECT_GT(mean_interval(b).high, mean_interval(a).low) << "unpaired, the two intervals overlap";
}

TEST(BenchStatistics, AnOutlierHasAModifiedZScoreAboveThreeAndAHalf) {
  // Median 0, MAD 1: the score of x is 0.6745 x, and 3.5 at 5.189.
  EXPECT_TRUE(outliers(std::vector<double>{-2, -1, 0, 1, 5.18}).empty());
  EXPECT_EQ(outliers(std::vector<double>{-2, -1, 0, 1, 5.20}), std::vector<std::size_t>{4});
  EXPECT_EQ(outliers(std::vector<double>{30, 10, 11, 12, 13, 14}), std::vector<std::size_t>{0});
  EXPECT_TRUE(outliers(std::vector<double>{1, 1, 1, 50}).empty()) << "too few to tell";
  EXPECT_TRUE(outliers(std::vector<double>(8, 3.0)).empty());
}

TEST(BenchStatistics, RoundsBeforeTheMachineHasSettledAreDiscarded) {
  // The later half 1.00, 1.01, 0.99 reaches 9.925 · 0.0100 · √(4/3) = 0.115 in logarithms.
  const Settling warm = settling_of_one(at_ten_watts({2, 1.5, 1.005, 1.00, 1.01, 0.99}));
  EXPECT_EQ(warm.discarded, 2);
  EXPECT_TRUE(warm.settled);
  EXPECT_EQ(settling_of_one(at_ten_watts({1.1, 1, 1, 1.00, 1.01, 0.99})).discarded, 0) << "ln 1.1 = 0.095 is within";
  EXPECT_EQ(settling_of_one(at_ten_watts({1.14, 1, 1, 1.00, 1.01, 0.99})).discarded, 1);
  const Settling never = settling_of_one(at_ten_watts({4, 3, 2, 1.00, 1.01, 0.99}));
  EXPECT_EQ(never.discarded, 3) << "at most half";
  EXPECT_FALSE(never.settled);
}

TEST(BenchStatistics, PowerCanBeUnsettledWhereTimesAreNot) {
  std::vector<Sample> samples = at_ten_watts({1.001, 0.999, 1, 1.002, 0.998, 1});
  EXPECT_EQ(settling_of_one(samples).discarded, 0);
  samples[0].j *= 1.3;  // a cold chip that leaks less, a turbo that ends
  EXPECT_EQ(settling_of_one(samples).discarded, 1);
}

TEST(BenchStatistics, FewRoundsOrSmallDriftsDiscardNothing) {
  EXPECT_EQ(settling_of_one(at_ten_watts({9, 1, 1, 1})).discarded, 0);
  EXPECT_EQ(settling_of_one(at_ten_watts({1.009, 1, 1, 1, 1, 1})).discarded, 0) << "below 1 %";
  EXPECT_EQ(settling_of_one(at_ten_watts({1.02, 1, 1, 1, 1, 1})).discarded, 1);
}

TEST(BenchStatistics, AQuietMachineLosesARoundInTwoBenchesOfAHundred) {
  base::Stream random(5, 1);
  int lost = 0;
  constexpr int kBenches = 4000;
  for (int bench = 0; bench < kBenches; ++bench) {
    std::vector<Sample> samples;
    for (int round = 0; round < 10; ++round) {
      const double s = std::exp(0.03 * random.normal());
      samples.push_back({s, s * std::exp(0.03 * random.normal())});
    }
    lost += settling_of_one(samples).discarded > 0;
  }
  EXPECT_NEAR(static_cast<double>(lost) / kBenches, 0.02, 0.006) << "1 % by time and 1 % by power";
}

TEST(BenchStatistics, TheWidestIntervalIsOfAMeanOrOfARatio) {
  // A: {1, 2, 3}, half 1.6859 by 2. B twice A exactly: the same relative width, a ratio without any.
  const std::vector<std::vector<Sample>> same = {{{1, 1}, {1, 2}, {1, 3}}, {{1, 2}, {1, 4}, {1, 6}}};
  EXPECT_NEAR(widest_interval(same, 0).relative, 0.8429, 1e-4);
  EXPECT_FALSE(widest_interval(same, 0).of_ratio);
  // Steady A, steady B but for opposite signs: each mean ± 2.353 · 0.01155 / 2; the ratio twice that.
  const std::vector<std::vector<Sample>> against = {{{1, 1.01}, {1, 0.99}, {1, 1.01}, {1, 0.99}},
                                                    {{1, 0.99}, {1, 1.01}, {1, 0.99}, {1, 1.01}}};
  const Width width = widest_interval(against, 0);
  EXPECT_TRUE(width.of_ratio);
  EXPECT_NEAR(width.relative, std::exp(2.3534 * 0.023095 / 2) - 1, 2e-4);
  EXPECT_TRUE(std::isinf(widest_interval(same, 2).relative)) << "one round has no interval";
}

}  // namespace
}  // namespace cradle::recipe
