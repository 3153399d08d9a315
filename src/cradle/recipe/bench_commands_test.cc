// Real commands under the meter.
#include "cradle/recipe/bench_commands.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "cradle/base/error.h"
#include "cradle/base/file.h"
#include "cradle/base/scratch_test.h"

namespace cradle::recipe {
namespace {

namespace fs = std::filesystem;

Workspace workspace() {
  const fs::path folder = base::scratch_folder() / testing::UnitTest::GetInstance()->current_test_info()->name();
  fs::remove_all(folder);
  fs::create_directories(folder);
  Workspace w;
  w.folder = folder;
  w.measuring.inputs = [](const sensor::MachineFacts&) {
    return sensor::PowerModelInputs{
        "test CPU", {100, 80, 125}, {{0, 0.1}, {0.5, 0.6}, {1, 1.0}}, {1, 0.8, 1.25}, {0.5, 0.4, 0.6}};
  };
  return w;
}

CommandBenchRequest twice(const std::vector<std::string>& commands) {
  CommandBenchRequest request;
  request.commands = commands;
  request.plan.runs = 2;
  return request;
}

std::string error_of(const Workspace& w, const CommandBenchRequest& request) {
  try {
    bench_commands(w, request);
  } catch (const base::Error& e) {
    return e.what();
  }
  return "";
}

TEST(BenchCommands, EveryRunIsARecordOfOneRun) {
  const Workspace w = workspace();
  const Bench bench = bench_commands(w, twice({"true", "i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done"}));
  ASSERT_EQ(bench.results.size(), 2u);
  EXPECT_EQ(bench.unit, "run");
  for (const Benched& b : bench.results) {
    ASSERT_EQ(b.runs.size(), 2u);
    for (const BenchRun& run : b.runs) {
      const record::RunRecord r = record::read_record(run.file);
      EXPECT_EQ(r.work->unit, "run");
      EXPECT_EQ(r.work->amount, 1);
      EXPECT_EQ(r.name, "bench " + b.name);
      EXPECT_EQ(r.command, (std::vector<std::string>{"/bin/sh", "-c", b.command}));
      EXPECT_EQ(run.sample.s, r.duration_s);
      EXPECT_EQ(run.sample.j, r.billed.j.value);
      EXPECT_EQ(run.machine_j, r.total.value);
      EXPECT_TRUE(std::any_of(r.events.begin(), r.events.end(), [](const auto& e) { return e.part == "cpu"; }))
          << "the state of the CPU, or why it is unknown";
    }
  }
  EXPECT_TRUE(fs::exists(w.folder / "runs" / "bench-1-true-1.json"));
  ASSERT_TRUE(bench.nothing.has_value());
  EXPECT_GT(bench.nothing->s, 0);
  EXPECT_GT(*bench.results[1].runs[0].user_s, *bench.results[0].runs[0].user_s);
}

TEST(BenchCommands, AFailureEndsItWithTheCommandsLastWords) {
  const Workspace w = workspace();
  CommandBenchRequest request = twice({"echo out; echo no such thing >&2; exit 3"});
  const std::string error = error_of(w, request);
  EXPECT_NE(error.find("ended with exit code 3: no such thing; --ignore-failure"), std::string::npos) << error;
  request.ignore_failure = true;
  EXPECT_EQ(bench_commands(w, request).results[0].runs[1].record.exit_code, 3);
  request.commands = {"kill -INT $$"};
  EXPECT_NE(error_of(w, request).find("interrupted"), std::string::npos) << "whoever presses Ctrl-C wants an end";
}

TEST(BenchCommands, PrepareRunsBeforeEachRunAndWarmUpsLeaveNoRecord) {
  const Workspace w = workspace();
  const std::string log = (w.folder / "log").string();
  CommandBenchRequest request = twice({"echo run >> " + log});
  request.plan.warm_ups = 1;
  request.plan.prepare = "echo prepare >> " + log;
  bench_commands(w, request);
  EXPECT_EQ(base::read_file(log), "prepare\nrun\nprepare\nrun\nprepare\nrun\n");
  EXPECT_EQ(std::distance(fs::directory_iterator(w.folder / "runs"), fs::directory_iterator()), 2);
  request.plan.prepare = "echo nothing to prepare >&2; false";
  const std::string error = error_of(w, request);
  EXPECT_NE(error.find("--prepare: '"), std::string::npos) << error;
  EXPECT_NE(error.find("nothing to prepare"), std::string::npos) << error;
}

TEST(BenchCommands, WithoutAShellWordsRunAsTheyAre) {
  const Workspace w = workspace();
  CommandBenchRequest request = twice({"sh -c 'exit 0'"});
  request.shell = "none";
  EXPECT_EQ(bench_commands(w, request).results[0].runs[0].record.command,
            (std::vector<std::string>{"sh", "-c", "exit 0"}));
  request.commands = {"no-such-program-here --x"};
  EXPECT_NE(error_of(w, request).find("cannot start 'no-such-program-here': No such file or directory"),
            std::string::npos);
}

TEST(BenchCommands, SplitsWordsAsAShellDoes) {
  using Words = std::vector<std::string>;
  EXPECT_EQ(split_words("  a  b\tc "), (Words{"a", "b", "c"}));
  EXPECT_EQ(split_words(R"(say 'two words' "it's" x\ y)"), (Words{"say", "two words", "it's", "x y"}));
  EXPECT_EQ(split_words(R"(a '' b"c"d 'back\slash')"), (Words{"a", "", "bcd", R"(back\slash)"}));
  EXPECT_THROW(split_words("a 'b"), base::Error);
  EXPECT_THROW(split_words("  "), base::Error);
}

TEST(BenchCommands, RestIsMeasuredBeforeAll) {
  const Workspace w = workspace();
  CommandBenchRequest request = twice({"true"});
  request.plan.idle_s = 0.05;
  const Bench bench = bench_commands(w, request);
  ASSERT_TRUE(bench.idle.has_value());
  EXPECT_GE(bench.idle->seconds, 0.05);
  EXPECT_GT(bench.idle->watts.value, 0);
  EXPECT_LE(bench.idle->watts.low, bench.idle->watts.value);
}

}  // namespace
}  // namespace cradle::recipe
