// Several records of one job: every joule once, whoever measured it.
#include "cradle/record/merge.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "cradle/base/error.h"
#include "cradle/base/file.h"
#include "cradle/base/json.h"

namespace cradle::record {
namespace {

constexpr double kStart = 1767322945;  // 2026-01-02T03:02:25Z

/// A rank on a host: one package of `j` joules over `duration_s`, a third each mine, others and idle.
RunRecord rank(const std::string& id, const std::string& host, double from_s, double duration_s, double j) {
  RunRecord r;
  r.id = id;
  r.name = "train";
  r.started = base::format_utc(kStart + from_s);
  r.finished = base::format_utc(kStart + from_s + duration_s);
  r.duration_s = duration_s;
  r.command = {"python3", "train.py"};
  r.place = "FR";
  r.machine = {host, "EPYC", 8, 16, "", "6.1"};
  r.parts = {{"cpu-package-0", "cpu", Basis::kCounter, "rapl", {j, 0.9 * j, 1.1 * j}, 1}};
  r.total = r.parts[0].j;
  r.split = {j / 3, j / 3, j / 3, "x"};
  r.billed = {{j / 2, 0.4 * j, 0.6 * j}, "mine+idle share"};
  r.emissions = Emissions{{j, 0.8 * j, 1.2 * j}, "grid", 2000 * 3.6, "FR", 2024, "Ember"};
  return r;
}

RunRecord merged(const std::vector<RunRecord>& runs, const MergeOptions& options = {}) {
  const RunRecord out = merge(runs, options);
  EXPECT_NO_THROW(from_json(to_json(out), "merged"));
  return out;
}

std::string refusal(const std::vector<RunRecord>& runs) {
  try {
    merge(runs, {});
  } catch (const base::Error& e) {
    return e.what();
  }
  return "";
}

bool says(const RunRecord& run, const std::string& word) {
  return std::any_of(run.events.begin(), run.events.end(),
                     [&](const Event& e) { return e.detail.find(word) != std::string::npos; });
}

TEST(Merge, RanksOfOneHostCountThePackageOnceAndTheirOwnWorkTwice) {
  const RunRecord out = merged({rank("a", "h", 0, 100, 900), rank("b", "h", 0, 100, 900)});
  ASSERT_EQ(out.parts.size(), 1u);
  EXPECT_EQ(out.parts[0].part, "cpu-package-0");
  EXPECT_DOUBLE_EQ(out.total.value, 900) << "one package, two readings of it";
  EXPECT_DOUBLE_EQ(out.total.high, 990);
  EXPECT_DOUBLE_EQ(out.split.mine_j, 600) << "two processes";
  EXPECT_DOUBLE_EQ(out.split.idle_j, 300) << "one machine's idle";
  EXPECT_DOUBLE_EQ(out.split.others_j, 0) << "each rank was the other's other";
  EXPECT_DOUBLE_EQ(out.billed.j.value, 900);
  EXPECT_DOUBLE_EQ(out.duration_s, 100);
  EXPECT_DOUBLE_EQ(out.parts[0].coverage, 1);
  EXPECT_EQ(out.machine.logical_cpus, 8) << "one machine";
  EXPECT_TRUE(says(out, "each joule was counted once"));
}

TEST(Merge, TwoNodesAdd) {
  const RunRecord out = merged({rank("a", "h1", 0, 100, 900), rank("b", "h2", 0, 50, 300)});
  ASSERT_EQ(out.parts.size(), 2u);
  EXPECT_EQ(out.parts[0].part, "node-0/cpu-package-0");
  EXPECT_EQ(out.parts[1].part, "node-1/cpu-package-0");
  EXPECT_DOUBLE_EQ(out.parts[1].coverage, 0.5) << "of the job's time";
  EXPECT_DOUBLE_EQ(out.total.value, 1200);
  EXPECT_DOUBLE_EQ(out.total.low, 1080);
  EXPECT_DOUBLE_EQ(out.split.mine_j, 400);
  EXPECT_DOUBLE_EQ(out.billed.j.value, 600);
  EXPECT_DOUBLE_EQ(out.billed.j.high, 720);
  EXPECT_DOUBLE_EQ(out.emissions->co2e_g.value, 1200);
  EXPECT_NEAR(out.emissions->factor_kg_per_kwh, 7200, 1e-9) << "the factor they share";
  EXPECT_EQ(out.emissions->factor_id, "grid");
  EXPECT_EQ(out.machine.logical_cpus, 16);
  EXPECT_EQ(out.place, "FR");
}

TEST(Merge, APartialOverlapIsCountedOnceInProportion) {
  // 0 to 100 s at 9 W, 60 to 140 s at 10 W: the longer counts in full, of the other the 40 s that it has alone.
  const RunRecord out = merged({rank("b", "h", 60, 80, 800), rank("a", "h", 0, 100, 900)});
  EXPECT_DOUBLE_EQ(out.total.value, 900 + 800.0 * 40 / 80);
  EXPECT_DOUBLE_EQ(out.duration_s, 140);
  EXPECT_DOUBLE_EQ(out.parts[0].coverage, 1);
  EXPECT_DOUBLE_EQ(out.split.idle_j, 300 + 800.0 / 3 / 2) << "idle as its joules";
  EXPECT_EQ(out.started, "2026-01-02T03:02:25Z");
  EXPECT_EQ(out.finished, "2026-01-02T03:04:45Z");
}

TEST(Merge, TheRecordThatCoversMoreCounts) {
  RunRecord half = rank("a", "h", 0, 100, 500), whole = rank("b", "h", 0, 100, 900);
  half.parts[0].coverage = 0.5;
  EXPECT_DOUBLE_EQ(merged({half, whole}).total.value, 900);
  whole.parts[0].basis = Basis::kModelled;
  EXPECT_EQ(merged({half, whole}).parts[0].basis, Basis::kModelled);
  RunRecord later = rank("c", "h", 50, 100, 900);
  later.parts[0].basis = Basis::kModelled;
  EXPECT_EQ(merged({rank("a", "h", 0, 100, 900), later}).parts[0].basis, Basis::kModelled)
      << "what is partly modelled is not called counted";
}

TEST(Merge, RunsOneAfterTheOtherLeaveTheTimeBetweenOut) {
  const RunRecord out = merged({rank("a", "h", 0, 10, 90), rank("b", "h", 100, 10, 60)});
  EXPECT_DOUBLE_EQ(out.total.value, 150);
  EXPECT_DOUBLE_EQ(out.duration_s, 20) << "union of wall time";
}

TEST(Merge, GpusAreOnePartByTheirUuidAndTwoWithoutACommonOne) {
  const auto with_gpu = [](const std::string& id, const std::string& part, const std::string& uuid) {
    RunRecord r = rank(id, "h", 0, 100, 900);
    r.parts.push_back({part, "gpu", Basis::kCounter, "nvml GPU-" + uuid, {600, 500, 700}, 1});
    r.total = {1500, 1310, 1690};
    r.split.mine_j += 600;
    return r;
  };
  const RunRecord same = merged({with_gpu("a", "gpu-0", "aa"), with_gpu("b", "gpu-3", "aa")});
  EXPECT_DOUBLE_EQ(same.total.value, 1500) << "the same board under two numbers";
  const RunRecord two = merged({with_gpu("a", "gpu-0", "aa"), with_gpu("b", "gpu-0", "bb")});
  ASSERT_EQ(two.parts.size(), 3u);
  EXPECT_DOUBLE_EQ(two.total.value, 2100) << "each rank's own board, both called gpu-0 there";
  EXPECT_EQ(two.parts[2].part, "gpu-0-2");
}

TEST(Merge, APlatformCounterHoldsThePackageThatAnotherRankMeasured) {
  RunRecord board = rank("a", "h", 0, 100, 2000), package = rank("b", "h", 0, 200, 1800);
  board.parts[0].part = "platform";
  board.parts[0].kind = "board";
  const RunRecord out = merged({board, package});
  EXPECT_DOUBLE_EQ(out.total.value, 2000 + 900) << "the package alone in the second half only";
}

TEST(Merge, ACounterBesideWhatLiesInItHoldsTheRestAlone) {
  // One rank may read the package and what psys has beside it, the other psys alone: 2000 J either way.
  RunRecord root = rank("a", "h", 0, 100, 1500), user = rank("b", "h", 0, 100, 2000);
  root.parts.push_back({"platform-rest", "board", Basis::kCounter, "rapl psys", {500, 400, 600}, 1});
  root.total = {2000, 1750, 2250};
  root.split.idle_j += 500;
  user.parts[0].part = "platform";
  user.parts[0].kind = "board";
  for (const double coverage : {0.5, 0.99}) {  // whichever stands
    root.parts[1].coverage = coverage;
    user.parts[0].coverage = 1.2 - coverage;
    EXPECT_DOUBLE_EQ(merged({root, user}).total.value, 2000) << coverage;
  }
}

TEST(Merge, AMeterAtTheWallHoldsAllThatItsRankDoesNotRead) {
  RunRecord wall = rank("a", "h", 0, 100, 5000), parts = rank("b", "h", 0, 100, 900);
  wall.parts[0].part = "wall";
  wall.parts[0].kind = "board";
  parts.parts.push_back({"gpu-0", "gpu", Basis::kCounter, "nvml", {600, 500, 700}, 1});
  parts.total = {1500, 1310, 1690};
  parts.split.mine_j += 600;
  EXPECT_DOUBLE_EQ(merged({wall, parts}).total.value, 5000);
  EXPECT_DOUBLE_EQ(merged({wall, rank("c", "h2", 0, 100, 900)}).total.value, 5900) << "the wall of another host";
}

TEST(Merge, WithTheRuleMachineTheMachineIsBilledOnce) {
  RunRecord a = rank("a", "h", 0, 100, 900), b = rank("b", "h", 0, 100, 900);
  for (RunRecord* r : {&a, &b}) {
    r->billed = {r->total, "machine"};
    r->split = {900, 0, 0, ""};
  }
  const RunRecord out = merged({a, b});
  EXPECT_DOUBLE_EQ(out.billed.j.value, 900);
  EXPECT_DOUBLE_EQ(out.emissions->co2e_g.value, 900);
  EXPECT_TRUE(says(out, "claim 1800 J of 900 J"));
  EXPECT_FALSE(says(out, "the ranks of node 0 bill")) << "each joule is billed once, there is nothing to cut";
  RunRecord mixed = rank("c", "h", 0, 100, 900);
  EXPECT_NE(refusal({a, mixed}).find("bills 'machine', run c bills 'mine+idle share'"), std::string::npos);
}

TEST(Merge, KeepsMarksAndEventsWithTheirRankOnOneClock) {
  RunRecord a = rank("a", "h", 0, 100, 900), b = rank("b", "h2", 10, 100, 900);
  a.marks = {{"epoch-1", 50, 100}};
  b.marks = {{"epoch-1", 20, 70}};
  b.events = {{5, "wrap", "cpu-package-0", "once"}};
  b.exit_code = 3;
  b.complete = false;
  const RunRecord out = merged({a, b});
  ASSERT_EQ(out.marks.size(), 2u);
  EXPECT_EQ(out.marks[0].name, "rank-1/epoch-1");
  EXPECT_DOUBLE_EQ(out.marks[0].t_s, 30);
  EXPECT_DOUBLE_EQ(out.marks[0].j, 70) << "its rank's";
  const auto wrap = std::find_if(out.events.begin(), out.events.end(), [](const Event& e) { return e.kind == "wrap"; });
  ASSERT_NE(wrap, out.events.end());
  EXPECT_EQ(wrap->part, "node-1/cpu-package-0");
  EXPECT_DOUBLE_EQ(wrap->t_s, 15);
  EXPECT_EQ(wrap->detail, "rank 1: once");
  EXPECT_EQ(out.exit_code, 3);
  EXPECT_FALSE(out.complete);
}

TEST(Merge, RefusesWhatCannotBeMerged) {
  const RunRecord a = rank("a", "h", 0, 100, 900);
  EXPECT_NE(refusal({a}).find("two or more"), std::string::npos);
  EXPECT_NE(refusal({a, a}).find("run a was given twice"), std::string::npos);
  const RunRecord ab = merged({a, rank("b", "h", 0, 100, 900)});
  EXPECT_NE(refusal({ab, rank("c", "h", 0, 100, 900)}).find("is merged already"), std::string::npos);
}

TEST(Merge, WithoutAHostIdNothingIsAssumedUnlessAsked) {
  const RunRecord a = rank("a", "", 0, 100, 900), b = rank("b", "", 0, 100, 900);
  EXPECT_NE(refusal({a, b}).find("--unknown-hosts"), std::string::npos);
  EXPECT_DOUBLE_EQ(merged({a, b}, {"", UnknownHosts::kDifferent}).total.value, 1800);
  EXPECT_DOUBLE_EQ(merged({a, b}, {"", UnknownHosts::kSame}).total.value, 900);
}

TEST(Merge, HasAnIdAndANameThatFollowFromItsRuns) {
  const RunRecord a = rank("a", "h", 0, 100, 900), b = rank("b", "h", 0, 100, 900);
  EXPECT_EQ(merged({a, b}).id, merged({b, a}).id);
  EXPECT_NE(merged({a, b}).id, merged({a, rank("c", "h", 0, 100, 900)}).id);
  EXPECT_EQ(merged({a, b}).name, "train");
  EXPECT_EQ(merged({a, b}, {"both", UnknownHosts::kRefuse}).name, "both");
}

TEST(Merge, WithoutACo2eOfOneThereIsNoneOfAll) {
  RunRecord a = rank("a", "h", 0, 100, 900), b = rank("b", "h", 0, 100, 900);
  b.emissions.reset();
  const RunRecord out = merged({a, b});
  EXPECT_FALSE(out.emissions);
  EXPECT_TRUE(says(out, "run b has no CO2e"));
}

TEST(Merge, ConservesEnergyWhateverIsMerged) {
  EXPECT_TRUE(rc::check("total = parts = mine + others + idle; never more than the sum; order does not matter", [] {
    std::vector<RunRecord> runs;
    const int count = *rc::gen::inRange(2, 6);
    for (int i = 0; i < count; ++i) {
      const double duration = *rc::gen::inRange(0, 50);
      RunRecord r = rank(fmt::format("run-{}", i), fmt::format("h{}", *rc::gen::inRange(0, 3)),
                         *rc::gen::inRange(0, 60), duration, *rc::gen::inRange(0, 1000));
      const int parts = *rc::gen::inRange(0, 3);
      for (int p = 0; p < parts; ++p) {
        const double j = *rc::gen::inRange(0, 500);
        const std::string sensor = *rc::gen::element<std::string>("x", "nvml GPU-aa", "nvml GPU-bb");
        r.parts.push_back({fmt::format("part-{}", p),
                           *rc::gen::element<std::string>("gpu", "memory", "board", "cpu"),
                           Basis::kIntegrated,
                           sensor,
                           {j, j / 2, j * 2},
                           *rc::gen::inRange(0, 5) / 4.0});
        r.total = {r.total.value + j, r.total.low + j / 2, r.total.high + j * 2};
        r.split.idle_j += j;
      }
      runs.push_back(r);
    }
    const RunRecord out = merge(runs, {});
    from_json(to_json(out), "merged");  // parts = total, split = total, intervals in order
    double most = 0, bills = 0, longest = 0, all = 0;
    for (const RunRecord& r : runs) {
      most += r.total.value;
      bills += r.billed.j.value;
      longest = std::max(longest, r.duration_s);
      all += r.duration_s;
    }
    RC_ASSERT(out.total.value <= most * (1 + 1e-12) + 1e-9);
    RC_ASSERT(out.billed.j.value <= std::min(bills, out.total.value) * (1 + 1e-12) + 1e-9);
    RC_ASSERT(out.split.mine_j >= 0 && out.split.others_j >= 0 && out.split.idle_j >= 0);
    RC_ASSERT(out.duration_s >= longest - 1e-9);
    RC_ASSERT(out.duration_s <= all + 1e-9);
    std::reverse(runs.begin(), runs.end());
    const RunRecord back = merge(runs, {});
    RC_ASSERT(std::abs(back.total.value - out.total.value) <= 1e-9 * (1 + most));
    RC_ASSERT(std::abs(back.split.idle_j - out.split.idle_j) <= 1e-9 * (1 + most));
    RC_ASSERT(back.id == out.id);
  }));
}

TEST(Merge, FindsTheTrueEnergyOfAConstantPowerWhateverEachRankCanRead) {
  // A machine of 10 W (package), 2 W (memory) and 3 W (the rest, seen by psys alone).
  EXPECT_TRUE(rc::check("12 W where packages were read, 15 W where psys was", [] {
    std::vector<RunRecord> runs;
    bool seen[200] = {}, platform[200] = {};
    const int count = *rc::gen::inRange(2, 6);
    for (int i = 0; i < count; ++i) {
      const int from = *rc::gen::inRange(0, 100), duration = *rc::gen::inRange(1, 100), view = *rc::gen::inRange(0, 3);
      RunRecord r = rank(fmt::format("run-{}", i), "h", from, duration, 0);
      const auto add = [&](const char* part, const char* kind, double watts) {
        const double j = watts * duration;
        r.parts.push_back({part, kind, Basis::kCounter, "rapl", {j, j, j}, *rc::gen::inRange(1, 5) / 4.0});
        r.total = {r.total.value + j, r.total.low + j, r.total.high + j};
      };
      r.parts.clear();
      if (view != 1) add("cpu-package-0", "cpu", 10);
      if (view != 1) add("dram-0", "memory", 2);
      if (view == 1) add("platform", "board", 15);
      if (view == 2) add("platform-rest", "board", 3);
      r.split = {0, 0, r.total.value, ""};
      r.billed.j = {0, 0, 0};
      runs.push_back(r);
      for (int t = from; t < from + duration; ++t) (view == 0 ? seen : platform)[t] = true;
    }
    double expected = 0;
    for (int t = 0; t < 200; ++t) expected += platform[t] ? 15 : seen[t] ? 12 : 0;
    const RunRecord out = merge(runs, {});
    RC_ASSERT(std::abs(out.total.value - expected) < 1e-6);
  }));
}

}  // namespace
}  // namespace cradle::record
