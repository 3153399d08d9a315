// Rounds under a clock and with runs that a test makes up.
#include "cradle/recipe/bench_rounds.h"

#include <gtest/gtest.h>

#include <cmath>

#include "cradle/base/error.h"
#include "cradle/base/random.h"

namespace cradle::recipe {
namespace {

/// A contest whose runs take what `sample` says, at 10 W; writes down who ran.
struct Script {
  std::function<double(std::size_t contender, int round)> seconds;
  std::vector<std::string> names = {"A", "B"};
  std::string order = {}, warmed = {};
  double now_s = 100;
  std::vector<std::string> said = {};

  Contest contest() {
    return {names,
            [this](std::size_t c, int round) {
              order += static_cast<char>('A' + c);
              const double s = seconds(c, round);
              now_s += s;
              return Sample{s, 10 * s};
            },
            [this](std::size_t c) { warmed += static_cast<char>('A' + c); }, [this] { return now_s; },
            [this](const std::string& line) { said.push_back(line); }};
  }
};

/// ± `part` in turn: a mean of n values has an interval of about t · part / √n.
double wobble(int round, double part) { return round / 2 % 2 == 0 ? 1 + part : 1 - part; }

TEST(BenchRounds, GoForthAndBack) {
  Script script{[](std::size_t, int) { return 1.0; }, {"A", "B", "C"}};
  RoundPlan plan;
  plan.runs = 3;
  plan.warm_ups = 2;
  const Rounds rounds = run_rounds(plan, script.contest());
  EXPECT_EQ(script.order, "ABCCBAABC");
  EXPECT_EQ(script.warmed, "ABCCBA");
  ASSERT_EQ(rounds.samples.size(), 3u);
  EXPECT_EQ(rounds.samples[2].size(), 3u);
  EXPECT_EQ(rounds.stopped, "after 3 rounds, as asked");
  EXPECT_EQ(script.said.front(), "warm-up 1 of 2: A");
}

TEST(BenchRounds, ASteadyDriftFallsOnBothAlike) {
  // Each run is 1 % slower than the one before, whoever runs: forth and back, the logarithms cancel exactly.
  double next = 1;
  Script script{[&](std::size_t, int) { return next *= 1.01; }};
  RoundPlan plan;
  plan.runs = 4;
  const Rounds rounds = run_rounds(plan, script.contest());
  const auto ratio = paired_ratio(seconds_of(rounds.samples[0]), seconds_of(rounds.samples[1]));
  EXPECT_NEAR(ratio->value.value, 1, 1e-12);
  EXPECT_FALSE(ratio->decided);
}

TEST(BenchRounds, StopOnceEveryIntervalIsNarrow) {
  RoundPlan plan;
  plan.narrow = 0.02;
  Script quiet{[](std::size_t c, int round) { return (c + 1.0) * wobble(round, 0.001); }};
  EXPECT_EQ(run_rounds(plan, quiet.contest()).samples[0].size(), 4u) << "three, and as often forth as back";
  Script alone{[](std::size_t, int round) { return wobble(round, 0.001); }, {"A"}};
  const Rounds rounds = run_rounds(plan, alone.contest());
  EXPECT_EQ(rounds.samples[0].size(), 3u);
  EXPECT_EQ(rounds.stopped, "after 3 rounds every interval is within ±2.0 %");

  // ± 5 % in turn: t · 0.05 · √(n / (n - 1)) / √n falls below 2 % at n = 20: 1.729 · 0.05 / √19 = 0.0198.
  Script loud{[](std::size_t, int round) { return wobble(round, 0.05); }, {"A"}};
  EXPECT_EQ(run_rounds(plan, loud.contest()).samples[0].size(), 20u);
}

TEST(BenchRounds, StopAtTheLimitsAndSayWhatIsStillWide) {
  RoundPlan plan;
  plan.most = 6;
  const auto loud = [](std::size_t c, int round) { return c == 1 ? wobble(round, 0.3) : 1.0; };
  Script script{loud};
  const Rounds rounds = run_rounds(plan, script.contest());
  EXPECT_EQ(rounds.samples[0].size(), 6u);
  EXPECT_TRUE(rounds.stopped.starts_with("after 6 rounds, the most allowed; the widest interval is ±"))
      << rounds.stopped;
  EXPECT_NE(rounds.stopped.find("(energy of B by that of A), wanted ±2.0 %"), std::string::npos) << rounds.stopped;
  plan.most_s = 5;  // a round takes about 2 s
  Script hasty{loud};
  const Rounds fewer = run_rounds(plan, hasty.contest());
  EXPECT_EQ(fewer.samples[0].size(), 3u);
  EXPECT_TRUE(fewer.stopped.starts_with("after 3 rounds, 5.00 s being all the time allowed; ")) << fewer.stopped;
}

TEST(BenchRounds, RoundsOfAColdMachineDoNotCountAsRounds) {
  Script cold{[](std::size_t, int round) { return (round < 2 ? 2.0 : 1.0) * wobble(round, 0.002); }};
  RoundPlan plan;
  plan.least = 5;
  const Rounds rounds = run_rounds(plan, cold.contest());
  EXPECT_EQ(rounds.settling.discarded, 2);
  EXPECT_GE(static_cast<int>(rounds.samples[0].size()) - 2, plan.least);
  EXPECT_LT(rounds.samples[0].size(), 10u) << "the discarded ones do not widen the interval";
}

TEST(BenchRounds, WhatARunThrowsEndsThem) {
  Script script{[](std::size_t, int) -> double { base::fail("it broke"); }};
  EXPECT_THROW(run_rounds({}, script.contest()), base::Error);
}

TEST(BenchRounds, ValuesWithoutSenseAreUsageErrors) {
  const auto refuses = [](auto change) {
    RoundPlan plan;
    change(plan);
    try {
      check_plan(plan);
    } catch (const base::Error& e) {
      return e.fault() == base::Fault::kUsage;
    }
    return false;
  };
  EXPECT_TRUE(refuses([](RoundPlan& p) { p.runs = -1; }));
  EXPECT_TRUE(refuses([](RoundPlan& p) { p.narrow = 0; }));
  EXPECT_TRUE(refuses([](RoundPlan& p) { p.most = 0; }));
  EXPECT_TRUE(refuses([](RoundPlan& p) { p.most_s = std::nan(""); }));
  EXPECT_TRUE(refuses([](RoundPlan& p) { p.warm_ups = -1; }));
  EXPECT_TRUE(refuses([](RoundPlan& p) { p.idle_s = -1; }));
  EXPECT_FALSE(refuses([](RoundPlan&) {}));
}

TEST(BenchRounds, StoppingWhenItLooksNarrowCostsLittleOfTheConfidence) {
  // Each run is off by 3 %, independently; B takes 0.95 of A. How often do the 90 % intervals hold the truth?
  base::Stream random(11, 1);
  constexpr int kBenches = 2000;
  int holds = 0, wrong = 0;
  for (int bench = 0; bench < kBenches; ++bench) {
    Script script{[&](std::size_t c, int) { return (c == 1 ? 0.95 : 1.0) * std::exp(0.03 * random.normal()); }};
    const Rounds rounds = run_rounds({}, script.contest());
    const auto kept = [&](std::size_t c) {
      return seconds_of(std::span(rounds.samples[c]).subspan(static_cast<std::size_t>(rounds.settling.discarded)));
    };
    const Ratio ratio = paired_ratio(kept(0), kept(1)).value();
    holds += ratio.value.low <= 0.95 && 0.95 <= ratio.value.high;
    wrong += ratio.decided && ratio.value.value > 1;
  }
  EXPECT_GT(holds, 0.84 * kBenches) << "docs/METHODS.md says how much";
  EXPECT_LT(holds, 0.92 * kBenches);
  EXPECT_LE(wrong, kBenches / 100);
  RecordProperty("coverage_percent", 100 * holds / kBenches);
}

}  // namespace
}  // namespace cradle::recipe
