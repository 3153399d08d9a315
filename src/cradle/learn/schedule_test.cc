// Checks the shape of the one-cycle schedule.
#include "cradle/learn/schedule.h"

#include <gtest/gtest.h>

#include <cmath>

namespace cradle::learn {
namespace {

TEST(OneCycle, RisesToThePeakAndFallsToAThousandth) {
  EXPECT_DOUBLE_EQ(one_cycle(0.5, 0), 0.5 / 25);
  EXPECT_DOUBLE_EQ(one_cycle(0.5, 0.1), 0.5 * (1.0 / 25 + 1) / 2);
  EXPECT_DOUBLE_EQ(one_cycle(0.5, 0.2), 0.5);
  EXPECT_NEAR(one_cycle(0.5, 0.6), 0.5 * (1.001) / 2, 1e-12);  // half way down the cosine
  EXPECT_DOUBLE_EQ(one_cycle(0.5, 1), 0.0005);
}

TEST(OneCycle, HasNoJump) {
  for (int i = 0; i < 1000; ++i) EXPECT_LT(std::abs(one_cycle(1, (i + 1) / 1000.0) - one_cycle(1, i / 1000.0)), 0.006);
}

}  // namespace
}  // namespace cradle::learn
