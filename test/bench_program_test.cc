// `cradle bench` of commands, as a user types it; that of models is in tasks_test.cc and demo_test.cc.
#include <gtest/gtest.h>

#include <string>

#include "cradle/base/file.h"
#include "cradle/base/json.h"
#include "cradle/base/text.h"
#include "cradle/record/run_record.h"
#include "program.h"

namespace cradle::test {
namespace {

using base::Json;

/// What bench says of commands, with records in a folder of the test's own.
Output bench(const std::string& arguments) {
  const auto folder = fresh_folder(testing::UnitTest::GetInstance()->current_test_info()->name());
  return shell("cradle bench --no-idle -o " + folder.string() + " " + arguments);
}

TEST(Bench, TellsAShorterSleepFromALongerOne) {
  const Json j = json_of(bench("--runs 5 --json \"sleep 0.05\" \"sleep 0.3\""));
  const Json &brief = j.at("results")[0], &longer = j.at("results")[1];
  EXPECT_TRUE(longer.at("time_ratio_decided").get<bool>()) << longer;
  EXPECT_GT(longer.at("time_ratio_to_first").at("low").get<double>(), 1);
  EXPECT_EQ(brief.at("command"), "sleep 0.05");
  EXPECT_EQ(brief.at("exit_codes"), Json({0, 0, 0, 0, 0}));
  EXPECT_EQ(brief.at("times").size() + brief.at("discarded").at("times").size(), 5u);
  EXPECT_GE(brief.at("min").get<double>(), 0.05);
  for (const auto& file : brief.at("records"))
    EXPECT_EQ(record::read_record(file.get<std::string>()).work->unit, "run");
}

TEST(Bench, OneRunOfTheSameCommandTwiceDecidesNothing) {
  // More runs would: one bench in ten of equal commands has an interval that misses 1.
  const Output o = bench("--runs 1 true true");
  EXPECT_EQ(o.code, 0) << o.err;
  EXPECT_NE(o.out.find("time of true [2] against true: undecided"), std::string::npos) << o.out;
  EXPECT_EQ(o.out.find("needs"), std::string::npos) << o.out;
  EXPECT_NE(o.out.find("2 run records lie in "), std::string::npos) << o.out;
  for (const std::string& line : base::split(o.out, '\n')) EXPECT_LE(base::width_of(line), 120u) << line;
}

TEST(Bench, AutoStopsAtItsLimitAndSaysSo) {
  const Json j = json_of(bench("--within 0.0001 --max-runs 6 --json true"));
  EXPECT_EQ(j.at("results")[0].at("joules").size() + j.at("results")[0].at("discarded").at("joules").size(), 6u);
  const std::string stopped = j.at("rounds").at("stopped").get<std::string>();
  EXPECT_TRUE(stopped.starts_with("after 6 rounds, the most allowed; ")) << stopped;
}

TEST(Bench, TheExportedFileIsWhatJsonPrints) {
  const auto folder = fresh_folder("bench-export");
  const std::string file = (folder / "bench.json").string();
  const Json printed = json_of(bench("--runs 1 --json --export-json " + file + " true"));
  EXPECT_EQ(base::read_json(file), printed);
  EXPECT_EQ(printed.at("schema"), "cradle.bench/1");
  EXPECT_TRUE(printed.at("idle").is_null());
  const Output table = bench("--runs 1 --markdown true");
  EXPECT_TRUE(table.out.starts_with("| command |")) << table.out;
}

TEST(Bench, AStudyCanCiteItsRecords) {
  const auto folder = fresh_folder("bench-study");
  ASSERT_EQ(shell("cradle bench --no-idle --runs 1 -o " + folder.string() + " true").code, 0);
  std::string study = kTrainingStudy;
  study.replace(study.find("hours    = 10\npower_w  = 300\n"), 28, "run = \"runs/bench-1-true-1.json\"\n");
  base::write_file(folder / "study.toml", study);
  const Output o = shell("cradle assess " + (folder / "study.toml").string());
  EXPECT_EQ(o.code, 0) << o.err;
}

TEST(Bench, AFailingCommandEndsItUnlessIgnored) {
  const Output o = bench("\"ls /no-such-folder\"");
  EXPECT_EQ(o.code, 1);
  EXPECT_NE(o.err.find("ended with exit code 2: "), std::string::npos) << o.err;
  EXPECT_NE(o.err.find("/no-such-folder"), std::string::npos) << o.err;
  EXPECT_EQ(json_of(bench("-i --runs 1 --json false")).at("results")[0].at("exit_codes"), Json({1}));
}

TEST(Bench, OutputIsDiscardedUnlessAskedFor) {
  EXPECT_EQ(bench("--runs 1 \"echo he\"llo").out.find("\nhello\n"), std::string::npos);
  EXPECT_TRUE(bench("--runs 1 --show-output \"echo he\"llo").out.starts_with("hello\n"));
}

TEST(Bench, SaysWhatItDoesOnceThatTakesLong) {
  const Output o = bench("--runs 3 \"sleep 1.01\"");
  EXPECT_EQ(o.code, 0);
  EXPECT_NE(o.err.find("cradle: round "), std::string::npos) << o.err;
  EXPECT_NE(o.err.find(" of 3: sleep 1.01"), std::string::npos) << o.err;
}

TEST(Bench, WhatCannotBeMeantIsAUsageError) {
  const std::string model = CRADLE_SOURCE "/test/models/tiny.onnx";
  const struct {
    std::string arguments, says;
    int code;
  } cases[] = {
      {"", "there is nothing to measure", 2},
      {model + " true", "J/image and J/run cannot be compared", 2},
      {"no-such.onnx", "no-such.onnx: there is no such model", 1},
      {"-N " + model, "-N is for commands", 2},
      {"--images 3 true", "--images is for models", 2},
      {"--runs many true", "--runs: expected auto, or a number from 1 on, found", 2},
      {"--runs 0 true", "--runs: expected auto", 2},
      {"--within 0 true", "--within is a part of the mean in percent", 2},
      {"--command \"\"", "a command to measure is empty", 2},
      {"-N no-such-program", "cannot start", 1},
      {"\"no-such-program x.onnx\"", "exit code 127", 1},
  };
  for (const auto& one : cases) {
    const Output o = bench(one.arguments);
    EXPECT_EQ(o.code, one.code) << one.arguments;
    EXPECT_NE(o.err.find(one.says), std::string::npos) << one.arguments << "\n" << o.err;
  }
}

}  // namespace
}  // namespace cradle::test
