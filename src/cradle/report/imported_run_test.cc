// Clocks, ids, places and doubts of imported runs.
#include "cradle/report/imported_run.h"

#include <gtest/gtest.h>

#include <limits>

#include "cradle/base/error.h"
#include "cradle/base/file.h"
#include "cradle/base/statistics.h"

namespace cradle::report {
namespace {

TEST(Clock, ReadsWhatOtherToolsWrite) {
  EXPECT_EQ(clock_of("2025-10-09T11:25:18", "x").unix_s, 1760009118);  // date -u -d 2025-10-09T11:25:18 +%s
  EXPECT_FALSE(clock_of("2025-10-09T11:25:18", "x").zoned);
  EXPECT_EQ(clock_of("2025-10-09 11:25:18.25", "x").unix_s, 1760009118.25);
  EXPECT_EQ(clock_of("2025-10-09T13:25:18+02:00", "x").unix_s, 1760009118);
  EXPECT_EQ(clock_of("2025-10-09T11:25:18.000Z", "x").unix_s, 1760009118);
  EXPECT_TRUE(clock_of("2025-10-09T11:25:18Z", "x").zoned);
  EXPECT_EQ(base::format_utc(clock_of("2024-02-29T23:59:59", "x").unix_s), "2024-02-29T23:59:59Z");
  for (const char* bad : {"", "yesterday", "2025-13-01T00:00:00", "2025-02-30T00:00:00", "2025-10-09T25:00:00",
                          "2025-10-09T11:25", "2025-10-09T11:25:18 or so", "1969-12-31T23:59:59"})
    EXPECT_THROW(clock_of(bad, "x"), base::Error) << bad;
}

TEST(ImportedId, IsTheSameForTheSameThingWheneverItIsImported) {
  const std::string id = imported_id(1760009118, "codecarbon a");
  EXPECT_TRUE(id.starts_with("20251009-112518-")) << id;
  EXPECT_EQ(id, imported_id(1760009118, "codecarbon a"));
  EXPECT_NE(identity_of(id), identity_of(imported_id(1760009118, "codecarbon b")));
  EXPECT_EQ(identity_of(id), identity_of(imported_id(1760009119, "codecarbon a")))
      << "a start that is known to the second only must not make a second run";
}

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
