#include "cradle/report/figures.h"

#include <gtest/gtest.h>

#include <limits>

#include "cradle/report/markup.h"
#include "cradle/report/sample_result.h"

namespace cradle::report {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

TEST(Figures, PhasesStandInTheOrderOfALifeAndMissingOnesAmongThem) {
  const std::vector<std::string> expected = {"design",     "production", "data",       "training",
                                             "deployment", "use",        "end-of-life"};
  study::Result r = sample_result();
  EXPECT_EQ(phases_in_order(r), expected);
  std::swap(r.impacts.front(), r.impacts.back());
  r.impacts.push_back({"retrofit", "GWP", {1, 1, 1, 1}});
  ASSERT_EQ(phases_in_order(r).size(), 8u);
  EXPECT_EQ(phases_in_order(r)[5], "use");
  EXPECT_EQ(phases_in_order(r).back(), "retrofit");
}

TEST(Figures, SharesOfACriterionAddUpToOne) {
  const study::Result r = sample_result();
  for (const study::CriterionInfo& c : r.criteria) {
    double sum = 0;
    for (const std::string& phase : phases_in_order(r)) sum += share_of(r, phase, c.code).value_or(0);
    EXPECT_NEAR(sum, 1.0, 1e-12) << c.code;
  }
  // Use of GWP by hand: 5.2291 / (1.137 + 0.4218 + 0.0831 + 5.2291 + 0.0327) = 0.757434…
  const auto largest = largest_phase(r, "GWP");
  ASSERT_TRUE(largest);
  EXPECT_EQ(largest->phase, "use");
  EXPECT_NEAR(largest->share, 0.757434, 1e-6);
}

TEST(Figures, ThereIsNoShareOfATotalThatIsNotAboveZero) {
  study::Result r = sample_result();
  for (study::Total& t : r.per_unit) t.figure.value = t.criterion == "GWP" ? 0.0 : -1.0;
  EXPECT_FALSE(share_of(r, "use", "GWP"));
  EXPECT_FALSE(share_of(r, "use", "PE"));
  EXPECT_FALSE(share_of(r, "design", "GWP"));
  EXPECT_FALSE(largest_phase(r, "GWP"));
}

TEST(Figures, ACriterionHasOneUnitChosenForItsTotal) {
  study::Result r = sample_result();
  const base::Scaled gwp = scale_of(r, r.criteria[0]);
  EXPECT_EQ(gwp.unit, "gCO2e");
  EXPECT_NEAR(gwp.factor, 1000.0, 1e-9);
  r.per_unit.clear();  // without totals: the greatest impact, 5.2291e-3 kg
  EXPECT_EQ(scale_of(r, r.criteria[0]).unit, "gCO2e");
}

TEST(Figures, SignsAndInfinityAreSaidInWords) {
  EXPECT_EQ(range_text(1.1, 1.94, 2), "1.1–1.9");
  EXPECT_EQ(range_text(-0.2, 0.5), "-0.200 to 0.500");
  EXPECT_EQ(range_text(240000, kInfinity), "240000 to never");
  EXPECT_EQ(count_text({1.42e6, 240000, 1.38e6, kInfinity}), "1.42 M (240 k to never)");
  EXPECT_EQ(count_text({kInfinity, kInfinity, kInfinity, kInfinity}), "never");
  EXPECT_EQ(number_html(-2.5), "−2.50");
  EXPECT_EQ(number_html(1.2e-9), "1.20 × 10<sup>−9</sup>");
  EXPECT_EQ(number_html(kInfinity), "never");
  EXPECT_EQ(number_html(-1234567), "−1 230 000");
  EXPECT_EQ(number_html(9990), "9990");
}

TEST(Figures, APercentageNeverRoundsToAllOrToNothing) {
  EXPECT_EQ(percent_text(0.757), "76 %");
  EXPECT_EQ(percent_text(0.9996), ">99 %");
  EXPECT_EQ(percent_text(1.0), "100 %");
  EXPECT_EQ(percent_text(0.0003), "<1 %");
  EXPECT_EQ(percent_text(-0.0003), ">-1 %");
  EXPECT_EQ(percent_text(0.0), "0 %");
  EXPECT_EQ(percent_text(1.5), "150 %");
  EXPECT_EQ(probability_text(1.0), ">99 %");
  EXPECT_EQ(probability_text(0.0), "<1 %");
  EXPECT_EQ(probability_text(0.71), "71 %");
}

TEST(Figures, ASideIsBetterFrom95PercentOfTheDraws) {
  study::Comparison::Row row = sample_comparison().rows[0];
  const auto verdict = [&](double probability) {
    row.probability_b_better = probability;
    return verdict_of(row);
  };
  EXPECT_EQ(verdict(0.95), "B");
  EXPECT_EQ(verdict(0.949), "open");
  EXPECT_EQ(verdict(0.051), "open");
  EXPECT_EQ(verdict(0.05), "A");
  // Two equal sides: B is better in no draw, and A is so in none either.
  row.difference = {0, 0, 0, 0};
  EXPECT_EQ(verdict(0.0), "equal");
  EXPECT_EQ(probability_of(row), "–");
}

TEST(Figures, ExactTextReadsBackAsTheSameNumber) {
  for (const double x : {0.1, 1.0 / 3.0, 5.2761e-8, 1e300, -2.0}) EXPECT_EQ(std::stod(exact_text(x)), x);
  EXPECT_EQ(exact_text(kInfinity), "null");
}

TEST(Figures, UnitsReadAsChemistsWriteThem) {
  EXPECT_EQ(unit_html("kgCO2e/kWh"), "kg CO₂e/kWh");
  EXPECT_EQ(unit_html("mgSb"), "mg Sb");
  EXPECT_EQ(unit_html("kg"), "kg");
  EXPECT_EQ(unit_html("kWh"), "kWh");
  EXPECT_EQ(unit_html("GJ"), "GJ");
  EXPECT_EQ(unit_html("a<b"), "a&lt;b");
}

}  // namespace
}  // namespace cradle::report
