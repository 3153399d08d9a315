// Checks the shapes of the schedules.
#include "cradle/learn/schedule.h"

#include <gtest/gtest.h>

#include <cmath>

#include "cradle/base/error.h"

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

TEST(Cosine, FallsFromThePeakToAThousandth) {
  EXPECT_DOUBLE_EQ(cosine(0.5, 0), 0.5);
  EXPECT_NEAR(cosine(0.5, 0.5), 0.5 * 1.001 / 2, 1e-12);
  EXPECT_NEAR(cosine(0.5, 1), 0.0005, 1e-15);
}

TEST(Schedule, IsChosenByItsName) {
  EXPECT_EQ(rate_of("cosine", 1, 0.3), cosine(1, 0.3));
  EXPECT_EQ(rate_of("one-cycle", 1, 0.3), one_cycle(1, 0.3));
  try {
    rate_of("cosin", 1, 0);
    FAIL();
  } catch (const base::Error& error) {
    EXPECT_NE(std::string(error.what()).find("did you mean 'cosine'"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace cradle::learn
