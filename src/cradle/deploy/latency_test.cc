#include "cradle/deploy/latency.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace cradle::deploy {
namespace {

TEST(LatencyLog, SummarisesInMilliseconds) {
  LatencyLog log;
  for (const double ms : {5.0, 1.0, 3.0, 2.0, 4.0}) log.add(ms * 1e-3);
  const LatencySummary summary = log.summary();
  EXPECT_DOUBLE_EQ(summary.min_ms, 1.0);
  EXPECT_DOUBLE_EQ(summary.median_ms, 3.0);
  // Type 7: position 0.95·4 = 3.8 between the 4th (4 ms) and the 5th (5 ms).
  EXPECT_NEAR(summary.p95_ms, 4.8, 1e-12);
}

TEST(LatencyLog, ThinsEvenlyWhenFull) {
  LatencyLog log(8);
  for (int i = 0; i < 32; ++i) log.add(i);  // seconds 0, 1, …, 31
  EXPECT_EQ(log.added(), 32u);
  // Stride 4 at the end: 0, 4, 8, …, 28; their median is 14.
  EXPECT_EQ(log.kept(), 8u);
  EXPECT_DOUBLE_EQ(log.summary().median_ms, 14e3);
}

TEST(LatencyLog, KeepsTheLeastEvenWhenItIsThinnedOut) {
  LatencyLog log(4);
  for (int i = 0; i < 64; ++i) log.add(i == 63 ? 0.5 : 2.0);
  EXPECT_DOUBLE_EQ(log.summary().min_ms, 500.0);
}

TEST(LatencyLog, NeverOutgrowsItsCapacity) {
  LatencyLog log(16);
  for (int i = 0; i < 100'000; ++i) {
    log.add(1.0);
    ASSERT_LE(log.kept(), 16u);
  }
  EXPECT_GE(log.kept(), 8u);
}

}  // namespace
}  // namespace cradle::deploy
