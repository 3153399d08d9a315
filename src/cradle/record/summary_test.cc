// Three lines: what stands in them, and the word that must not.
#include "cradle/record/summary.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace cradle::record {
namespace {

RunRecord run(Basis cpu, Basis memory) {
  RunRecord r;
  r.id = "20261123-160405-1f2e3d4c";
  r.name = "train.py";
  r.duration_s = 12.3;
  r.parts = {{"cpu", "cpu", cpu, "s", {1200, 1100, 1300}, 1}, {"memory", "memory", memory, "s", {300, 200, 400}, 0.9}};
  r.total = {1500, 1300, 1700};
  r.split = {900, 200, 400, "CPU time by cgroup v2, idle modelled"};
  r.billed = {{1000, 800, 1250}, "mine+idle share"};
  return r;
}

TEST(Summary, HasThreeLinesWithEnergyIntervalSplitAndCoverage) {
  const std::string text = summary_of(run(Basis::kCounter, Basis::kCounter), true);
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 3);
  EXPECT_NE(text.find("1.00 kJ (0.800–1.25)"), std::string::npos) << text;
  EXPECT_NE(text.find("machine 1.50 kJ: mine 900 J, others 200 J, idle 400 J"), std::string::npos) << text;
  EXPECT_NE(text.find("coverage 90 %"), std::string::npos);
  EXPECT_NE(text.find("record 20261123-160405-1f2e3d4c"), std::string::npos);
  EXPECT_EQ(summary_of(run(Basis::kCounter, Basis::kCounter), false).find("record"), std::string::npos);
}

TEST(Summary, SaysMeasuredOnlyWhereEveryJouleHasASensor) {
  EXPECT_NE(summary_of(run(Basis::kCounter, Basis::kIntegrated), true).find("measured"), std::string::npos);
  for (const auto& r : {run(Basis::kModelled, Basis::kModelled), run(Basis::kCounter, Basis::kModelled)}) {
    const std::string text = summary_of(r, true);
    EXPECT_EQ(text.find("measured"), std::string::npos) << text;
    EXPECT_NE(text.find("modelled"), std::string::npos);
  }
}

TEST(Summary, SaysWhatIsMissingRatherThanZero) {
  RunRecord r = run(Basis::kCounter, Basis::kCounter);
  EXPECT_NE(summary_of(r, true).find("pass --place"), std::string::npos);
  r.emissions = Emissions{{1.5, 1.2, 2}, "grid.gwp@FR:2023", 0.056, "FR", 2023, "Ember"};
  EXPECT_NE(summary_of(r, true).find("1.50 gCO2e (1.20–2.00) at 56.0 gCO2e/kWh, FR 2023"), std::string::npos)
      << summary_of(r, true);
  r.events = {{1, "gap", "cpu", "x"}, {2, "gap", "cpu", "y"}, {3, "reset", "cpu", "z"}};
  EXPECT_NE(summary_of(r, true).find("2 gaps; 1 reset"), std::string::npos);
  r.parts.clear();
  EXPECT_NE(summary_of(r, true).find("no power source"), std::string::npos);
}

}  // namespace
}  // namespace cradle::record
