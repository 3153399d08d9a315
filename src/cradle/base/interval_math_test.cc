#include "cradle/base/interval_math.h"

#include <gtest/gtest.h>

#include <cmath>

namespace cradle::base {
namespace {

TEST(ProductOfIntervals, AddsLogarithmicWidthsInQuadrature) {
  const Interval p = product_of({2, 1, 4}, {3, 3, 3});
  EXPECT_DOUBLE_EQ(p.value, 6);
  EXPECT_NEAR(p.low, 3, 1e-12);
  EXPECT_NEAR(p.high, 12, 1e-12);
  EXPECT_NEAR(product_of({1, 0.5, 2}, {1, 0.5, 2}).high, std::pow(2, std::sqrt(2.0)), 1e-12);
  EXPECT_EQ(product_of({1, 0, 2}, {1, 0.5, 2}).low, 0);
}

}  // namespace
}  // namespace cradle::base
