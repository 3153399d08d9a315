#include "cradle/scenario/power_curve.h"

#include <gtest/gtest.h>

#include <numeric>

#include "cradle/base/error.h"

namespace cradle::scenario {
namespace {

record::RunRecord run(double seconds, double joules, std::vector<record::Mark> marks = {}) {
  record::RunRecord r;
  r.duration_s = seconds;
  r.billed.j = {joules, joules, joules};
  r.marks = std::move(marks);
  return r;
}
double sum(const PowerCurve& c) { return std::accumulate(c.shares.begin(), c.shares.end(), 0.0); }

TEST(PowerCurve, FlatFillsWholeHoursAndTheBegunOne) {
  const PowerCurve c = flat_curve(2.5 * 3600);
  ASSERT_EQ(c.shares.size(), 3u);
  EXPECT_NEAR(c.shares[0], 0.4, 1e-12);
  EXPECT_NEAR(c.shares[2], 0.2, 1e-12);
  EXPECT_EQ(flat_curve(7200).shares.size(), 2u);
  EXPECT_THROW(flat_curve(0), base::Error);
}

TEST(PowerCurve, MarksSayWhereTheEnergyWent) {
  // One hour at 1 kWh, then two hours at half a kWh each; the mark of the second hour is missing.
  const PowerCurve c = curve_of({run(3 * 3600, 2 * 3.6e6, {{"epoch-1", 3600, 3.6e6}})});
  EXPECT_EQ(c.basis, "measured");
  ASSERT_EQ(c.shares.size(), 3u);
  EXPECT_NEAR(c.shares[0], 0.5, 1e-12);
  EXPECT_NEAR(c.shares[1], 0.25, 1e-12);
}

TEST(PowerCurve, RunsFollowOneAnother) {
  const PowerCurve c = curve_of({run(1800, 100), run(1800, 300), run(3600, 400)});
  ASSERT_EQ(c.shares.size(), 2u);
  EXPECT_NEAR(c.shares[0], 0.5, 1e-12);
  EXPECT_EQ(c.duration_s, 7200);
  EXPECT_EQ(c.basis, "flat");
}

TEST(PowerCurve, MarksOfRanksAndMarksThatGoBackAreNoCurve) {
  EXPECT_EQ(curve_of({run(7200, 100, {{"rank-0/epoch-1", 3600, 90}})}).basis, "flat");
  const PowerCurve c = curve_of({run(7200, 100, {{"a", 1800, 60}, {"b", 3600, 50}, {"c", 9000, 500}})});
  EXPECT_NEAR(sum(c), 1, 1e-12);
  EXPECT_NEAR(c.shares[0], 0.6, 1e-12) << "cumulative joules do not fall";
}

}  // namespace
}  // namespace cradle::scenario
