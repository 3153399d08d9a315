#include "cradle/base/random.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <utility>
#include <vector>

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

// The references were found with 40 digits: Newton's method on erfc, for exactly these doubles.
TEST(NormalQuantile, IsAccurateFarIntoBothTails) {
  for (const auto& [p, x] : {std::pair{1e-14, -7.6506280929352686}, std::pair{1e-9, -5.9978070150076865},
                             std::pair{1e-5, -4.2648907939228247}, std::pair{0.02, -2.053748910631823},
                             std::pair{0.074, -1.4466320671589785}, std::pair{0.076, -1.4325027208258116},
                             std::pair{0.3, -0.52440051270804078}, std::pair{0.9, 1.2815515655446006},
                             std::pair{0.999, 3.0902323061678132}}) {
    EXPECT_NEAR(normal_quantile(p) / x, 1.0, 4e-15) << p;
  }
  EXPECT_EQ(normal_quantile(0.5), 0.0);
  EXPECT_EQ(normal_quantile(0x1.0p-20), -normal_quantile(1.0 - 0x1.0p-20));
}

TEST(NormalQuantile, OfManyIsTheNormalQuantileOfEach) {
  std::vector<double> many;
  for (int i = 0; i < 1001; ++i) many.push_back(uniform(3, 5, static_cast<std::uint64_t>(i)));
  many.push_back(1e-14);
  const std::vector<double> before = many;
  normal_quantiles(many);
  for (std::size_t i = 0; i < before.size(); ++i) EXPECT_EQ(many[i], normal_quantile(before[i]));
}

TEST(Uniforms, AreTheUniformOfEachSample) {
  for (const std::size_t n : {0u, 1u, 7u, 8u, 19u}) {
    const std::uint64_t first = (std::uint64_t{1} << 32) - 5;  // crosses the word boundary of the counter
    std::vector<double> out(n);
    uniforms(77, stable_id("x"), first, out);
    for (std::size_t i = 0; i < n; ++i) EXPECT_EQ(out[i], uniform(77, stable_id("x"), first + i));
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
