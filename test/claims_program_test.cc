// `cradle compress --claims` as a user types it: records, the table from them, and what is not run again.
#include <gtest/gtest.h>

#include "cradle/base/file.h"
#include "cradle/base/json.h"
#include "program.h"

namespace cradle::test {
namespace {

namespace fs = std::filesystem;

TEST(Claims, AreRunOnceAndATableIsMadeOfTheirRecords) {
  const fs::path folder = fresh_folder("claims");
  const std::string command =
      "cradle compress --claims " + folder.string() + " --quick --claim-seeds 1 --only low-rank-mlp";
  const Output o = shell(command);
  ASSERT_EQ(o.code, 0) << o.err;
  EXPECT_TRUE(says(o.out, "| claim | found (90 % interval) | of | |\n")) << o.out;
  EXPECT_TRUE(says(o.out, "Low rank, 2 times fewer parameters, mlp: within 0.3 points of the equal-budget control"))
      << o.out;
  EXPECT_TRUE(says(o.out, "| 1 seed | quick: proves nothing |")) << o.out;
  const fs::path file = folder / "low-rank-mlp-1.json";
  const base::Json record = base::read_json(file);
  EXPECT_EQ(record.at("schema"), "cradle.claim/1");
  EXPECT_EQ(record.at("quick"), true);
  const base::Json& twice = record.at("figures").at("factors")[0];
  EXPECT_LT(twice.at("parameters_share").get<double>(), 0.51);
  EXPECT_TRUE(twice.at("less_control").contains("only_first")) << "McNemar's counts";
  const auto written = fs::last_write_time(file);
  const Output again = shell(command);
  EXPECT_EQ(again.code, 0) << again.err;
  EXPECT_EQ(again.out, o.out);
  EXPECT_EQ(fs::last_write_time(file), written);
  EXPECT_FALSE(says(again.err, "training")) << again.err;
}

TEST(Claims, AreAskedForByName) {
  const fs::path folder = fresh_folder("claims-none");
  const Output o = shell("cradle compress --claims " + folder.string() + " --only low-rank-mpl");
  EXPECT_EQ(o.code, 2);
  EXPECT_TRUE(says(o.err, "there is no experiment 'low-rank-mpl'; did you mean 'low-rank-mlp'?")) << o.err;
}

}  // namespace
}  // namespace cradle::test
