// Places and doubts of imported runs.
#include "cradle/report/imported_run.h"

#include <gtest/gtest.h>

#include <cmath>

#include "cradle/base/statistics.h"

namespace cradle::report {
namespace {

TEST(Doubt, IsAFactorToBothSides) {
  const base::Interval i = widened(140, 1.4);
  EXPECT_DOUBLE_EQ(i.low, 100);
  EXPECT_DOUBLE_EQ(i.high, 196);
}

TEST(MostPower, IsTheBoardsTdpWhereItIsKnown) {
  EXPECT_DOUBLE_EQ(most_watts_of_gpu("2 x NVIDIA Tesla T4", 2), 140);
  EXPECT_DOUBLE_EQ(most_watts_of_gpu("Tesla T4", 1), 70);
  EXPECT_DOUBLE_EQ(most_watts_of_gpu("3 x Nobody's board", 3), 3000);
  EXPECT_DOUBLE_EQ(most_watts_of_gpu("", 1), 1000);
}

TEST(Place, IsTheFirstThatIsKnown) {
  EXPECT_EQ(place_of({"FRA", "France"}), "FR");
  EXPECT_EQ(place_of({"", "canada"}), "CA");
  EXPECT_EQ(place_of({"Atlantis"}), "");
}

TEST(Emissions, HaveTheDoubtOfTheMeterAndOfTheFactor) {
  record::RunRecord run;
  run.parts = {{"cpu", "cpu", record::Basis::kModelled, "x", {3.6e6, 3.6e6 / 1.4, 3.6e6 * 1.4}, 1}};
  bill_everything(run, "machine", "X");
  const record::Emissions e = emissions_by_factor(run, 0.05, "x", "FR", "X 1");
  EXPECT_DOUBLE_EQ(e.co2e_g.value, 50);
  EXPECT_NEAR(e.co2e_g.high, 50 * (1 + std::hypot(0.4, 0.1645)), 1e-9);
  EXPECT_DOUBLE_EQ(run.split.mine_j + run.split.others_j + run.split.idle_j, run.total.value);
}

}  // namespace
}  // namespace cradle::report
