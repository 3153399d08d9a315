#include "cradle/base/random.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

namespace cradle::base {
namespace {

// Known answers of the authors' own distribution (Random123, kat_vectors: philox4x32 10).
TEST(Philox, MatchesThePublishedVectors) {
  EXPECT_EQ(philox4x32({0, 0, 0, 0}, {0, 0}),
            (std::array<std::uint32_t, 4>{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(philox4x32({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff}),
            (std::array<std::uint32_t, 4>{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(philox4x32({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
            (std::array<std::uint32_t, 4>{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(Uniform, DependsOnEveryArgumentAndOnNothingElse) {
  const double u = uniform(1, 2, 3, 4);
  EXPECT_EQ(u, uniform(1, 2, 3, 4));
  EXPECT_NE(u, uniform(9, 2, 3, 4));
  EXPECT_NE(u, uniform(1, 9, 3, 4));
  EXPECT_NE(u, uniform(1, 2, 9, 4));
  EXPECT_NE(u, uniform(1, 2, 3, 9));
  EXPECT_NE(u, uniform(1ULL | 1ULL << 40, 2, 3, 4)) << "the upper half of the seed counts";
}

TEST(Uniform, HasTheMomentsOfAUniform) {
  double sum = 0, squares = 0;
  constexpr int kN = 200000;
  for (int i = 0; i < kN; ++i) {
    const double u = uniform(7, stable_id("x"), static_cast<std::uint64_t>(i));
    ASSERT_GT(u, 0.0);
    ASSERT_LT(u, 1.0);
    sum += u;
    squares += u * u;
  }
  EXPECT_NEAR(sum / kN, 0.5, 0.003);
  EXPECT_NEAR(squares / kN - 0.25, 1.0 / 12.0, 0.003);
}

TEST(NormalQuantile, InvertsTheDistributionFunction) {
  for (const double x : {-6.0, -3.0, -1.0, -0.1, 0.0, 0.5, 1.6448536269514722, 4.0}) {
    EXPECT_NEAR(normal_quantile(0.5 * std::erfc(-x / std::sqrt(2.0))), x, 1e-9);
  }
}

TEST(Stream, ReachesEveryValueBelowN) {
  Stream stream(1, 2);
  std::set<std::uint64_t> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(stream.below(10));
  EXPECT_EQ(seen.size(), 10u);
  EXPECT_EQ(*seen.rbegin(), 9u);
}

TEST(StableId, IsFnv1a) { EXPECT_EQ(stable_id("a"), 0xaf63dc4c8601ec8cULL); }

}  // namespace
}  // namespace cradle::base
