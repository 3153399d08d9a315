// Sums of what jobs cost are those of their records.
#include "cradle/recipe/ledger.h"

#include <gtest/gtest.h>

#include "cradle/base/file.h"
#include "cradle/base/scratch_test.h"
#include "cradle/record/modelled_run_test.h"

namespace cradle::recipe {
namespace {

namespace fs = std::filesystem;

TEST(Ledger, OfFilesIsTheSumOfTheirRecords) {
  const fs::path folder = base::scratch_folder() / "ledger";
  fs::remove_all(folder);
  fs::create_directories(folder);
  record::write_record(folder / "2-b.json", record::modelled_run("b", 30, 3));
  record::write_record(folder / "1-a.json", record::modelled_run("a", 10, 2));
  base::write_file(folder / "notes.txt", "no record");
  const std::vector<fs::path> files = records_in(folder);
  ASSERT_EQ(files, (std::vector<fs::path>{folder / "1-a.json", folder / "2-b.json"}));
  Ledger sum = ledger_from(files);
  EXPECT_DOUBLE_EQ(sum.joules.value, 40);
  EXPECT_DOUBLE_EQ(sum.joules.low, 20) << "a factor of two, common to both";
  EXPECT_DOUBLE_EQ(sum.joules.high, 80);
  EXPECT_DOUBLE_EQ(sum.seconds, 5);
  EXPECT_TRUE(sum.modelled);
  EXPECT_EQ(sum.records, files);
  charge(sum, Ledger{{1, 1, 1}, 1, false, {}});
  EXPECT_DOUBLE_EQ(sum.joules.value, 41);
  EXPECT_TRUE(sum.modelled) << "some of it is";
}

TEST(Ledger, FindsRecordsByHowTheirNamesBegin) {
  const fs::path folder = base::scratch_folder() / "stems";
  fs::remove_all(folder);
  EXPECT_TRUE(records_in(folder).empty()) << "nothing was run yet";
  fs::create_directories(folder);
  for (const char* name : {"lost-a-1.json", "lost-b-1.json", "1-prune.json"}) base::write_file(folder / name, "{}");
  EXPECT_EQ(records_in(folder, "lost-a-"), (std::vector<fs::path>{folder / "lost-a-1.json"}));
}

}  // namespace
}  // namespace cradle::recipe
