// Warm-up, drift and spread of a series.
#include "cradle/forecast/outlook.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "cradle/base/statistics.h"

namespace cradle::forecast {
namespace {

/// Median, P10 and P90 of the mean over the next units.
base::Interval drawn(const Outlook& outlook, double units) {
  base::Stream stream(1, 1);
  std::vector<double> means;
  for (int i = 0; i < 4000; ++i) means.push_back(draw_mean(outlook, units, &stream));
  std::sort(means.begin(), means.end());
  return {base::sample_quantile(means, 0.5), base::sample_quantile(means, 0.1), base::sample_quantile(means, 0.9)};
}

base::Interval drawn(const std::vector<double>& values, double units, bool from_start = false) {
  return drawn(outlook_of(values, from_start), units);
}

TEST(WarmUp, IsWhatStandsOutAtTheBeginning) {
  EXPECT_EQ(warm_up(std::vector<double>{8.0, 2.0}), 1u);
  EXPECT_EQ(warm_up(std::vector<double>{8.0, 2.0, 2.1, 1.9, 2.0}), 1u);
  EXPECT_EQ(warm_up(std::vector<double>{8.0, 5.0, 2.0, 2.1, 1.9, 2.0}), 2u);
  EXPECT_EQ(warm_up(std::vector<double>{2.0}), 0u);
  EXPECT_EQ(warm_up(std::vector<double>{2.0, 2.1, 1.9, 2.0, 8.0}), 0u) << "only a beginning can be a warm-up";
  EXPECT_EQ(warm_up(std::vector<double>{1.0, 2.0, 2.0, 2.0}), 0u) << "and only a slow one";
  EXPECT_EQ(warm_up(std::vector<double>{9, 9, 9, 1}), 0u) << "never most of what there is";
}

TEST(WarmUp, IsSeldomSeenInSteadyNoise) {
  base::Stream stream(1, 2);
  int alarms = 0;
  for (int i = 0; i < 1000; ++i) {
    std::vector<double> values(12);
    for (double& v : values) v = 10 + stream.normal();
    alarms += warm_up(values) > 0 ? 1 : 0;
  }
  EXPECT_LT(alarms, 20);
}

TEST(Outlook, OfOneUnitIsWideAndNarrowsWithEachFurtherOne) {
  double width = INFINITY;
  for (const int n : {1, 2, 4, 16}) {
    std::vector<double> values;
    for (int i = 0; i < n; ++i) values.push_back(10 + (i % 2 == 0 ? 0.1 : -0.1));
    const base::Interval mean = drawn(values, 20);
    EXPECT_NEAR(mean.value, 10, 0.2);
    EXPECT_LT(mean.high - mean.low, width) << n;
    width = mean.high - mean.low;
  }
  EXPECT_LT(width, 2) << "what remains is the machine's own wander, 6 %";
}

TEST(Outlook, KnowsItsLevelBetterThanItsNextUnit) {
  std::vector<double> values;
  for (int i = 0; i < 16; ++i) values.push_back(10 + (i % 2 == 0 ? 1 : -1));
  const Outlook outlook = outlook_of(values, false);
  EXPECT_NEAR(outlook.noise, 1, 0.15);
  EXPECT_GT(outlook.noise / outlook.level_error, 3);
  EXPECT_LT(outlook.noise / outlook.level_error, 4) << "the root of sixteen; older units count less";
}

TEST(Outlook, OfASeriesThatFallsToNothingStaysAboveIt) {
  EXPECT_GT(drawn(std::vector<double>{40, 30, 20, 10, 1}, 50).low, 0);
}

TEST(Outlook, HasTheSpreadOfItsUnits) {
  const std::vector<double> even(20, 10.0);
  std::vector<double> uneven;
  for (int i = 0; i < 20; ++i) uneven.push_back(i % 2 == 0 ? 6 : 14);
  const base::Interval narrow = drawn(even, 2), wide = drawn(uneven, 2);
  EXPECT_GT(wide.high - wide.low, 2 * (narrow.high - narrow.low));
}

TEST(Outlook, OfALoneFirstUnitReckonsWithAWarmUp) {
  EXPECT_LT(drawn(std::vector<double>{10}, 20, true).low, 0.95 * drawn(std::vector<double>{10}, 20, false).low);
}

TEST(Outlook, FollowsALevelThatHasChanged) {
  std::vector<double> values(12, 10.0);
  std::fill(values.begin() + 6, values.end(), 13.0);
  EXPECT_GT(drawn(values, 20).value, 12) << "the plain mean is 11.5";
}

TEST(Outlook, FollowsATrendAndLetsItDieAway) {
  std::vector<double> values;
  for (int i = 0; i < 8; ++i) values.push_back(10 + i);
  const base::Interval next = drawn(values, 1), far = drawn(values, 30);
  EXPECT_NEAR(next.value, 17.6, 0.2) << "17 and one step, damped since the middle of the eight";
  EXPECT_GT(far.value, 19);
  EXPECT_LT(far.value, 17 + 15.5) << "the straight line";
}

TEST(Outlook, DampedReachOfATrendIsItsSum) {
  // Slope 1 without noise: the median over φ in 0.80 to 0.98 of the mean of φ + … + φ^i, i up to 10, done by loops.
  std::vector<double> sums;
  for (int k = 0; k < 1001; ++k) {
    const double phi = 0.80 + 0.18 * k / 1000;
    double sum = 0, reach = 0;
    for (int i = 1; i <= 10; ++i) sum += reach += std::pow(phi, i);
    sums.push_back(sum / 10);
  }
  EXPECT_NEAR(drawn(Outlook{.slope = 1}, 10).value, base::sample_quantile(sums, 0.5), 0.06);
  EXPECT_NEAR(drawn(Outlook{.slope = 1, .slope_age = 6}, 10).value, 0.89 * 0.89 * 0.89 * 0.89 * 0.89 * 0.89 * 3.6, 0.2);
}

TEST(Outlook, TakesWanderingForNoTrend) {
  base::Stream stream(1, 3);
  int trends = 0;
  for (int i = 0; i < 1000; ++i) {
    std::vector<double> values;
    double level = 10;
    for (int k = 0; k < 24; ++k) values.push_back((level += 0.1 * stream.normal()) + 0.2 * stream.normal());
    trends += outlook_of(values, false).slope != 0 ? 1 : 0;
  }
  EXPECT_LT(trends, 50);
}

}  // namespace
}  // namespace cradle::forecast
