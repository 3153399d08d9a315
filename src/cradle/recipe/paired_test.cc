// Checks paired differences, what several seeds say together, and when a compression is paid back.
#include "cradle/recipe/paired.h"

#include <gtest/gtest.h>

#include <cmath>

#include "cradle/base/random.h"

namespace cradle::recipe {
namespace {

TEST(PairedDifference, IsNarrowWhereBothSufferFromTheSameImages) {
  base::Stream stream(3, base::stable_id("test.paired"));
  std::vector<double> first, other, alone;
  for (int i = 0; i < 1000; ++i) {
    const double images = 0.02 * stream.normal();
    first.push_back(0.9 + images);
    other.push_back(0.89 + images + 0.001 * stream.normal());
    alone.push_back(0.89 + 0.02 * stream.normal());
  }
  const auto paired = paired_difference(0.9, first, 0.89, other), unpaired = paired_difference(0.9, first, 0.89, alone);
  ASSERT_TRUE(paired && unpaired);
  EXPECT_NEAR(paired->value.value, -0.01, 1e-12);
  EXPECT_LT(paired->value.high, 0) << "the other is worse, and the images do not hide it";
  EXPECT_NEAR(paired->deviation, 0.001, 2e-4);
  EXPECT_GT(unpaired->value.high, 0);
}

TEST(PairedDifference, HoldsItsValueAndNeedsAsManyDraws) {
  const std::vector<double> a = {0.5, 0.5}, b = {0.6, 0.6}, c = {0.6};
  const auto d = paired_difference(0.5, a, 0.7, b);
  EXPECT_DOUBLE_EQ(d->value.high, 0.2);
  EXPECT_DOUBLE_EQ(d->value.low, 0.1);
  EXPECT_FALSE(paired_difference(0.5, a, 0.6, c));
  EXPECT_FALSE(paired_difference(0.5, {}, 0.6, {}));
}

TEST(OverSeeds, AddsTheDoubtOfSeedsToThatOfImages) {
  const std::vector<Difference> same(3, {{-0.002, -0.004, 0}, 0.001});
  const base::Interval alike = over_seeds(same);
  EXPECT_NEAR(alike.value, -0.002, 1e-12);
  EXPECT_NEAR(alike.high - alike.value, 1.645e-3, 1e-6) << "three seeds on the same images know no other images";
  const std::vector<Difference> apart = {{{-0.01, 0, 0}, 0}, {{0.0, 0, 0}, 0}, {{0.01, 0, 0}, 0}};
  EXPECT_NEAR(over_seeds(apart).high, 2.92 * 0.01 / std::sqrt(3.0), 1e-5) << "Student's t with two degrees of freedom";
  const std::vector<Difference> one = {{{0.1, 0.05, 0.2}, 0.04}};
  EXPECT_DOUBLE_EQ(over_seeds(one).low, 0.05);
}

TEST(OverSeeds, KnowsFromTheDrawsWhetherSeedsErrOnTheSameImages) {
  base::Stream stream(5, base::stable_id("test.over seeds"));
  std::vector<Difference> same(3, {{0, 0, 0}, 0.001}), others = same;
  for (int i = 0; i < 2000; ++i) {
    const double common = 0.001 * stream.normal();
    for (Difference& d : same) d.draws.push_back(common);
    for (Difference& d : others) d.draws.push_back(0.001 * stream.normal());
  }
  EXPECT_NEAR(over_seeds(same).high, 1.645e-3, 1e-4);
  EXPECT_NEAR(over_seeds(others).high, 1.645e-3 / std::sqrt(3.0), 1e-4);
  others[1].draws.pop_back();
  EXPECT_NEAR(over_seeds(others).high, 1.645e-3, 1e-6) << "of other resamples";
}

/// The coverage of both doubts together: seeds and images drawn anew many times, with a part that both bring.
TEST(OverSeeds, HoldsTheTruthInNineOfTenCases) {
  base::Stream stream(7, base::stable_id("test.coverage"));
  int held = 0;
  constexpr int kCases = 400, kSeeds = 3, kImages = 60, kDraws = 200;
  for (int one = 0; one < kCases; ++one) {
    double of_image[kImages];
    for (double& x : of_image) x = 0.5 * stream.normal();
    std::vector<Difference> differences(kSeeds);
    std::vector<std::vector<double>> figures(kSeeds);
    for (int s = 0; s < kSeeds; ++s) {
      const double of_seed = 0.1 * stream.normal();
      for (const double x : of_image) figures[s].push_back(of_seed + x + 0.5 * stream.normal());
      differences[s].value.value = base::mean_of(figures[s]);
    }
    for (int draw = 0; draw < kDraws; ++draw) {
      double sum[kSeeds] = {};
      for (int i = 0; i < kImages; ++i) {
        const auto image = static_cast<std::size_t>(stream.below(kImages));
        for (int s = 0; s < kSeeds; ++s) sum[s] += figures[s][image] / kImages;
      }
      for (int s = 0; s < kSeeds; ++s) differences[s].draws.push_back(sum[s]);
    }
    const base::Interval i = over_seeds(differences);
    held += i.low <= 0 && 0 <= i.high;
  }
  EXPECT_GE(held, 0.87 * kCases);
}

TEST(Within, AsksThatTheWholeIntervalLieInside) {
  EXPECT_EQ(within({0.001, -0.002, 0.003}, 0.003), "within");
  EXPECT_EQ(within({0.001, -0.002, 0.004}, 0.003), "undecided");
  EXPECT_EQ(within({-0.01, -0.02, -0.004}, 0.003), "outside");
}

TEST(PayBack, IsTheCostByThePairedSaving) {
  const std::vector<double> before = {2.0, 2.2, 1.8}, after = {1.0, 1.2, 0.8};
  const PayBack p = pay_back(100, before, after);
  EXPECT_NEAR(p.inferences.value, 100, 1e-9);
  EXPECT_NEAR(p.inferences.high, 100, 1e-9) << "both drifted alike: the saving is the same in each round";
  EXPECT_TRUE(p.decided);
  EXPECT_EQ(text_of(p), "after 100 inferences (100 to 100)");
}

TEST(PayBack, IsNeverWhereNothingIsSaved) {
  const std::vector<double> before = {1.0, 1.1, 0.9}, same = {1.05, 1.0, 0.95}, worse = {1.2, 1.3, 1.1};
  EXPECT_FALSE(std::isfinite(pay_back(100, before, worse).inferences.value));
  EXPECT_EQ(text_of(pay_back(100, before, worse)), "never: it saves no energy");
  EXPECT_FALSE(pay_back(100, before, same).decided);
  const std::vector<double> better = {0.7, 1.05, 0.8};
  const PayBack doubtful = pay_back(100, before, better);
  EXPECT_TRUE(std::isfinite(doubtful.inferences.value));
  EXPECT_FALSE(std::isfinite(doubtful.inferences.high));
  EXPECT_NE(text_of(doubtful).find("perhaps never"), std::string::npos);
  const std::vector<double> one = {1.0}, half = {0.5};
  EXPECT_FALSE(pay_back(1, one, half).decided) << "one run has no interval";
}

}  // namespace
}  // namespace cradle::recipe
