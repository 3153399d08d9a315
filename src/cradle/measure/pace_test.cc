// The pace of the readings: dense at first, sparse later, never slower than a sensor bears.
#include "cradle/measure/pace.h"

#include <gtest/gtest.h>

#include <limits>

#include "cradle/record/journal.h"

namespace cradle::measure {
namespace {

constexpr double kAny = std::numeric_limits<double>::infinity();

TEST(Pace, SlowsDownAsARunGrowsOld) {
  EXPECT_DOUBLE_EQ(period_s({}, kAny, 0), 0.1);
  EXPECT_DOUBLE_EQ(period_s({}, kAny, 0.99), 0.1);
  EXPECT_DOUBLE_EQ(period_s({}, kAny, 1), 1);
  EXPECT_DOUBLE_EQ(period_s({}, kAny, 59.9), 1);
  EXPECT_DOUBLE_EQ(period_s({}, kAny, 60), 5);
  EXPECT_DOUBLE_EQ(period_s({}, kAny, 1e6), 5);
}

TEST(Pace, IsNeverSlowerThanTheSensorsBear) {
  EXPECT_DOUBLE_EQ(period_s({}, 0.5, 1e6), 0.5);
  EXPECT_DOUBLE_EQ(period_s({}, 0.5, 0), 0.1);
  EXPECT_DOUBLE_EQ(period_s({}, 1e-6, 1e6), 0.01) << "nor faster than any sensor renews";
}

TEST(Pace, IsWhatSomebodyFixed) {
  for (const double t : {0.0, 10.0, 1e6}) EXPECT_DOUBLE_EQ(period_s(0.25, 0.5, t), 4);
}

TEST(Pace, LosesNoMoreThanAFlushPeriod) { EXPECT_LT(period_s({}, kAny, 1e9), record::kFlushPeriod); }

}  // namespace
}  // namespace cradle::measure
