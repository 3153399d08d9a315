// Checks how targets are read.
#include "cradle/recipe/target.h"

#include <gtest/gtest.h>

#include "cradle/base/fault_test.h"

namespace cradle::recipe {
namespace {

TEST(Target, IsReadWithItsUnits) {
  EXPECT_DOUBLE_EQ(*target_named("latency<5ms").most_ms, 5);
  EXPECT_DOUBLE_EQ(*target_named("latency<250us").most_ms, 0.25);
  EXPECT_DOUBLE_EQ(*target_named("energy < 2 mJ").most_j, 2e-3);
  const Target both = target_named("accuracy>-0.5pp, latency<0.01s");
  EXPECT_DOUBLE_EQ(*both.least_change, -0.005);
  EXPECT_DOUBLE_EQ(*both.most_ms, 10);
  EXPECT_FALSE(both.most_j);
}

TEST(Target, RefusesWhatItDoesNotUnderstand) {
  for (const char* text : {"", "latency<5", "latency>5ms", "latency<-1ms", "accuracy>-0.5", "energy<nanJ", "speed>2x"})
    EXPECT_NE(base::fault_of([&] { target_named(text); }).find("expected latency<5ms"), std::string::npos) << text;
}

}  // namespace
}  // namespace cradle::recipe
