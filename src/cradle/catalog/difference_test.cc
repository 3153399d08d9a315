// What changed between two catalogues: added, removed and changed rows, and nothing else.
#include "cradle/catalog/difference.h"

#include <gtest/gtest.h>

namespace cradle::catalog {
namespace {

const std::string kHeader = "key,name,place,year,set,value,low,high,distribution,unit,licence,grade,source,note\n";

Catalog of(const std::string& rows) { return {{Table::owning("t.csv", kHeader + rows)}}; }

std::string row(const std::string& key, const std::string& rest = "1,,,fixed,W,x,A,s,") {
  return key + ",,,2020,," + rest + "\n";
}

/// "+a" added, "-b" removed, "c: value low high" changed.
std::vector<std::string> changes(const std::string& before, const std::string& after) {
  const Catalog a = of(before), b = of(after);
  std::vector<std::string> found;
  for (const RowChange& c : difference(a, b)) {
    if (!c.before || !c.after) {
      found.push_back(c.before ? "-" + c.before->key : "+" + c.after->key);
      continue;
    }
    std::string line = c.before->key + ":";
    for (const std::string& field : changed_fields(c)) line += " " + field;
    found.push_back(line);
  }
  return found;
}

using Lines = std::vector<std::string>;

TEST(Difference, RowsAreAddedAndRemoved) {
  EXPECT_EQ(changes(row("k.a") + row("k.b"), row("k.b") + row("k.c")), (Lines{"-k.a", "+k.c"}));
}

TEST(Difference, TheOrderOfRowsAndTheirLineDoNotMatter) {
  EXPECT_EQ(changes(row("k.a") + row("k.b"), row("k.b") + "# a comment\n" + row("k.a")), Lines{});
}

TEST(Difference, EveryFieldCounts) {
  const std::string before = row("k", "2,1,3,triangular,W,x,A,s,");
  EXPECT_EQ(changes(before, row("k", "2.5,1,3,triangular,W,x,A,s,")), Lines{"k: value"});
  EXPECT_EQ(changes(before, row("k", "2,1.5,3,triangular,W,x,A,s,")), Lines{"k: low"});
  EXPECT_EQ(changes(before, row("k", "2,1,4,triangular,W,x,A,s,")), Lines{"k: high"});
  EXPECT_EQ(changes(before, row("k", "2,1,3,normal,W,x,A,s,")), Lines{"k: distribution"});
  EXPECT_EQ(changes(before, row("k", "2,1,3,triangular,kW,x,A,s,")), Lines{"k: unit"});
  EXPECT_EQ(changes(before, row("k", "2,1,3,triangular,W,y,A,s,")), Lines{"k: licence"});
  EXPECT_EQ(changes(before, row("k", "2,1,3,triangular,W,x,B,s,")), Lines{"k: grade"});
  EXPECT_EQ(changes(before, row("k", "2,1,3,triangular,W,x,A,t,")), Lines{"k: source"});
  EXPECT_EQ(changes(before, row("k", "2,1,3,triangular,W,x,A,s,n")), Lines{"k: note"});
}

TEST(Difference, AFigureOfAnotherYearIsAnotherFigure) {
  EXPECT_EQ(changes("k,,BE,2020,,1,,,fixed,W,x,A,s,\n", "k,,BE,2021,,1,,,fixed,W,x,A,s,\n"), (Lines{"-k", "+k"}));
}

TEST(Difference, OfAnIdThatStandsTwiceTheFirstCounts) {
  const Catalog plain = of(row("k"));
  Catalog twice = plain;
  twice.tables.insert(twice.tables.begin(), Table::owning("pack.csv", kHeader + row("k", "7,,,fixed,W,x,A,s,")));
  const std::vector<RowChange> changed = difference(plain, twice);
  ASSERT_EQ(changed.size(), 1u);
  EXPECT_EQ(changed[0].after->distribution.value, 7.0);
}

TEST(Difference, TheBuiltInCatalogueDoesNotDifferFromItself) {
  EXPECT_TRUE(difference(built_in(), built_in()).empty());
  EXPECT_GT(difference({}, built_in()).size(), 7500u);
}

}  // namespace
}  // namespace cradle::catalog
