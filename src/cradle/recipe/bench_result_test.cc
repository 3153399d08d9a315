// Tables, verdicts and JSON of runs that a test makes up.
#include "cradle/recipe/bench_result.h"

#include <gtest/gtest.h>

#include "cradle/base/json.h"
#include "cradle/base/text.h"
#include "cradle/recipe/bench_table.h"
#include "cradle/record/modelled_run_test.h"

namespace cradle::recipe {
namespace {

using base::Json;

constexpr double kRest = 5;  // watts of the machine at rest

BenchRun run_of(double seconds, double joules, record::Basis basis) {
  BenchRun run;
  run.record = record::modelled_run("r", joules, seconds);
  run.record.parts[0].basis = basis;
  run.sample = {seconds, joules};
  run.machine_j = joules + kRest * seconds;
  run.file = "runs/r.json";
  return run;
}

/// A bench of commands whose runs take these joules, one second each.
Bench bench_of(const std::vector<std::vector<double>>& joules, record::Basis basis = record::Basis::kCounter) {
  Bench bench;
  bench.unit = "run";
  std::vector<std::string> names;
  for (std::size_t c = 0; c < joules.size(); ++c) {
    Benched b;
    b.name = b.command = names.emplace_back(1, static_cast<char>('A' + c));
    bench.results.push_back(b);
  }
  RoundPlan plan;
  plan.runs = static_cast<int>(joules[0].size());
  bench.idle = Idle{{kRest, 4, 6}, "counter", basis == record::Basis::kModelled, 3};
  fill(bench, {}, plan,
       {names,
        [&](std::size_t c, int round) {
          bench.results[c].runs.push_back(run_of(1, joules[c][static_cast<std::size_t>(round)], basis));
          return bench.results[c].runs.back().sample;
        },
        {},
        [] { return 0.0; }});
  return bench;
}

TEST(BenchResult, SaysHowMuchOfTheEnergyOnlyWhereItIsDecided) {
  const std::string decided = bench_verdicts(bench_of({{1, 1.01, 0.99}, {0.62, 0.63, 0.61}}));
  EXPECT_TRUE(decided.starts_with("B needs 0.620 (0.614–0.626) of the energy of A\n")) << decided;
  EXPECT_NE(bench_verdicts(bench_of({{0.62, 0.63, 0.61}, {1, 1.01, 0.99}})).find("times the energy of A"),
            std::string::npos);
  const Bench open = bench_of({{1, 1.1, 0.9}, {1, 0.95, 1.1}});
  EXPECT_NE(bench_verdicts(open).find("energy of B against A: undecided; the ratio lies between "), std::string::npos);
  EXPECT_EQ(bench_verdicts(open).find("needs"), std::string::npos);
  EXPECT_NE(bench_table(open, false).find("undecided ("), std::string::npos);
  EXPECT_NE(bench_verdicts(bench_of({{1}, {0.5}})).find("undecided; one run of each"), std::string::npos);
  EXPECT_NE(bench_verdicts(bench_of({{1, 1}, {0, 0.5}})).find("undecided; in some run there was less of it"),
            std::string::npos);
}

TEST(BenchResult, JoulesAboveIdleNeedCounters) {
  const Bench counted = bench_of({{2, 3, 4}});
  ASSERT_TRUE(counted.results[0].above_idle_j.has_value());
  EXPECT_NEAR(counted.results[0].above_idle_j->value, 3, 1e-12);  // the machine's 8 J less 5 W · 1 s
  EXPECT_NE(bench_notes(counted).find("above idle"), std::string::npos);
  const Bench modelled = bench_of({{2, 3, 4}}, record::Basis::kModelled);
  EXPECT_FALSE(modelled.results[0].above_idle_j.has_value());
  const std::string notes = bench_notes(modelled);
  EXPECT_EQ(notes.find("above idle"), std::string::npos);
  EXPECT_NE(notes.find("modelled, not measured"), std::string::npos);
}

TEST(BenchResult, OutliersAreToldAndCount) {
  const Bench bench = bench_of({{1.00, 1.01, 0.99, 1.02, 3.00, 1.00}});
  ASSERT_EQ(warnings_of(bench).size(), 1u);
  EXPECT_NE(warnings_of(bench)[0].find("A: 0 of 6 runs are outliers by time and 1 by energy"), std::string::npos);
  EXPECT_EQ(bench.results[0].runs.size(), 6u);
  EXPECT_NEAR(bench.results[0].joules.value, 8.02 / 6, 1e-12);
}

TEST(BenchResult, RunsThatAreMostlyStartingAreToldApart) {
  Bench bench = bench_of({{1, 1.01}});  // one second each
  bench.nothing = Sample{0.099, 0.1};
  EXPECT_TRUE(warnings_of(bench).empty());
  EXPECT_NE(bench_notes(bench).find("A run of nothing takes 99.0 ms and 100 mJ"), std::string::npos);
  bench.nothing = Sample{0.101, 0.1};
  ASSERT_EQ(warnings_of(bench).size(), 1u);
  EXPECT_NE(warnings_of(bench)[0].find("A: a run takes less than 10 times as long"), std::string::npos);
}

TEST(BenchResult, DiscardedRoundsAreKeptApart) {
  const Bench bench = bench_of({{2, 1.001, 1, 0.999, 1.001, 1}});
  EXPECT_EQ(bench.settling.discarded, 1);
  EXPECT_EQ(bench.results[0].discarded.size(), 1u);
  EXPECT_EQ(bench.results[0].record_files.size(), 5u);
  EXPECT_NEAR(bench.results[0].joules.value, 5.001 / 5, 1e-12);
  EXPECT_NE(bench_notes(bench).find("1 round at the beginning was discarded"), std::string::npos);
  EXPECT_NE(bench_notes(bench).find("6 run records lie in runs"), std::string::npos);
}

TEST(BenchResult, JsonHasWhatHyperfinesHasAndJoules) {
  const Json j = to_json(bench_of({{1, 2, 4}, {2, 4, 8}}));
  const Json& b = j.at("results")[1];
  for (const char* key : {"command", "mean", "stddev", "median", "user", "system", "min", "max", "times", "exit_codes"})
    EXPECT_TRUE(b.contains(key)) << key;
  EXPECT_EQ(b.at("joules"), Json({2.0, 4.0, 8.0}));
  EXPECT_NEAR(b.at("j_mean").get<double>(), 14.0 / 3, 1e-12);
  EXPECT_NEAR(b.at("j_high").get<double>(), 14.0 / 3 + 2.92 * 3.0551 / 1.73205, 1e-3);
  EXPECT_EQ(b.at("watts"), b.at("j_mean"));
  EXPECT_NEAR(b.at("energy_ratio_to_first").at("value").get<double>(), 2, 1e-12);
  EXPECT_TRUE(b.at("energy_ratio_decided").get<bool>());
  EXPECT_FALSE(b.at("time_ratio_decided").get<bool>());
  EXPECT_EQ(b.at("records").size(), 3u);
  EXPECT_EQ(j.at("unit"), "run");
  EXPECT_EQ(j.at("idle").at("watts").at("value"), kRest);
  EXPECT_EQ(j.at("rounds").at("stopped"), "after 3 rounds, as asked");
  EXPECT_NO_THROW(base::dump_json(to_json(bench_of({{1}, {0}})))) << "no infinity of a single run";
}

TEST(BenchResult, TablesFitTheWindowAndMarkdownKeepsItsColumns) {
  Bench bench = bench_of({{1, 1.1, 0.9}, {1, 0.95, 1.1}});
  bench.results[0].name = std::string(200, 'x');
  bench.results[1].name = "a | b";
  for (const std::string& line : base::split(bench_table(bench, false), '\n')) EXPECT_LE(base::width_of(line), 120u);
  const std::string markdown = bench_table(bench, true);
  EXPECT_NE(markdown.find("| a \\| b |"), std::string::npos) << markdown;
  EXPECT_NE(markdown.find(std::string(200, 'x')), std::string::npos) << "nothing is shortened there";
}

TEST(BenchResult, NamesAreToldApart) {
  EXPECT_EQ(told_apart({"a", "b", "a", "a"}), (std::vector<std::string>{"a", "b", "a [2]", "a [3]"}));
}

}  // namespace
}  // namespace cradle::recipe
