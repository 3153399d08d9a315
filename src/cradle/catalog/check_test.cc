// One test per rule: a table with one fault yields that finding at its line, and the sound table none.
#include "cradle/catalog/check.h"

#include <gtest/gtest.h>

namespace cradle::catalog {
namespace {

const std::string kHeader = "key,name,place,year,set,value,low,high,distribution,unit,licence,grade,source,note\n";
const std::string kSound = "a.b,n1,BE,2020,,10,8,12,triangular,W,CC0,A,src,\n";

/// "rule@line" of each finding, in order.
std::vector<std::string> rules(const std::string& rows, const Catalog* beside = nullptr) {
  const std::string text = kHeader + rows;
  const TableText table{"t.csv", text};
  std::vector<std::string> found;
  for (const Finding& f : check({&table, 1}, beside)) {
    EXPECT_EQ(f.table, "t.csv");
    EXPECT_FALSE(f.message.empty());
    found.push_back(f.rule + "@" + std::to_string(f.line));
  }
  return found;
}

using Rules = std::vector<std::string>;

/// The sound row with the first `from` replaced.
std::string with(const std::string& from, const std::string& to) {
  std::string row = kSound;
  row.replace(row.find(from), from.size(), to);
  return row;
}

TEST(Check, ASoundTableHasNoFinding) { EXPECT_EQ(rules(kSound), Rules{}); }

TEST(Check, ARowWithoutSourceLicenceOrUnit) {
  EXPECT_EQ(rules(with("src", "")), Rules{"source@2"});
  EXPECT_EQ(rules(with("CC0", " ")), Rules{"licence@2"});
  EXPECT_EQ(rules(with(",W,", ",,")), Rules{"unit@2"});
}

TEST(Check, AnUnknownGradeOrDistribution) {
  EXPECT_EQ(rules(with(",A,", ",E,")), Rules{"grade@2"});
  EXPECT_EQ(rules(with("triangular", "gamma")), Rules{"distribution@2"});
}

TEST(Check, ADistributionThatDoesNotFitItsColumns) {
  EXPECT_EQ(rules(with("10,8,12,triangular", "10,,,triangular")), Rules{"distribution@2"});
  EXPECT_EQ(rules(with("triangular", "fixed")), Rules{"distribution@2"});
  EXPECT_EQ(rules(with("10,8,12,triangular", "10,0,12,lognormal")), Rules{"distribution@2"});
}

TEST(Check, LowAboveHigh) { EXPECT_EQ(rules(with("10,8,12", "10,12,8")), Rules{"range@2"}); }

TEST(Check, AValueOutsideItsRange) {
  EXPECT_EQ(rules(with("10,8,12", "13,8,12")), Rules{"range@2"});
  EXPECT_EQ(rules(with("10,8,12", "7,8,12")), Rules{"range@2"});
}

TEST(Check, OneEndWithoutTheOther) { EXPECT_EQ(rules(with("10,8,12", "10,8,")), Rules{"range@2"}); }

TEST(Check, SomethingThatIsNotANumber) {
  EXPECT_EQ(rules(with("10,8,12", "27.29.5,8,12")).front(), "number@2");
  EXPECT_EQ(rules(with("2020", "twenty")).front(), "number@2");
  EXPECT_EQ(rules(with("8,12", "eight,12")).front(), "number@2");
}

TEST(Check, AKeyThatIsNoKey) { EXPECT_EQ(rules(with("a.b", "A B")), Rules{"key@2"}); }

TEST(Check, AnUnknownPlaceOrANameInPlaceOfACode) {
  EXPECT_EQ(rules(with("BE", "XX")), Rules{"place@2"});
  EXPECT_EQ(rules(with("BE", "Belgium")), Rules{"place@2"});
}

TEST(Check, AnImplausibleYear) {
  EXPECT_EQ(rules(with("2020", "1850")), Rules{"year@2"});
  EXPECT_EQ(rules(with("2020", "2999")), Rules{"year@2"});
}

TEST(Check, ARowTellsAllItsFaultsAtOnce) {
  std::string row = with("BE", "XX");
  row.replace(row.find("CC0"), 3, "");
  EXPECT_EQ(rules(row), (Rules{"licence@2", "place@2"}));
}

TEST(Check, AnIdThatStandsTwice) {
  EXPECT_EQ(rules(kSound + kSound), Rules{"duplicate@3"});
  EXPECT_EQ(rules(kSound + with("2020,,", "2020,other,")), Rules{});
  EXPECT_EQ(rules(kSound + with("2020", "2021")), Rules{});
}

TEST(Check, AUnitUnlikeTheOthersOfItsKey) {
  EXPECT_EQ(rules(kSound + with("n1", "n2") + "a.b,n3,BE,2020,,10,,,fixed,kW,CC0,A,src,\n"), Rules{"unit@4"});
}

std::string peers(int n) {
  std::string rows;
  for (int i = 0; i < n; ++i) rows += with("n1", "p" + std::to_string(i));
  return rows;
}

TEST(Check, AValueTwentyTimesOffItsPeersWithoutANote) {
  EXPECT_EQ(rules(peers(4) + with("10,8,12,triangular", "201,,,fixed")), Rules{"outlier@6"});
  EXPECT_EQ(rules(peers(4) + with("10,8,12,triangular", "0.49,,,fixed")), Rules{"outlier@6"});
  EXPECT_EQ(rules(peers(4) + with("10,8,12,triangular", "0,,,fixed")), Rules{"outlier@6"});
  EXPECT_EQ(rules(peers(4) + with("10,8,12,triangular", "199,,,fixed")), Rules{});
}

TEST(Check, ANoteExcusesAnOutlierAndFewPeersAccuseNobody) {
  EXPECT_EQ(rules(peers(4) + "a.b,n1,BE,2020,,201,,,fixed,W,CC0,A,src,a big one\n"), Rules{});
  EXPECT_EQ(rules(peers(3) + with("10,8,12,triangular", "201,,,fixed")), Rules{});
}

TEST(Check, TheFiguresBesideAreComparedWithButNotChecked) {
  const std::string text = kHeader + peers(4) + "a.b,x,NOWHERE,1,,10,,,fixed,W,CC0,A,src,\n";
  const Catalog beside{{Table("other.csv", text)}};
  EXPECT_EQ(rules(with("10,8,12,triangular", "201,,,fixed"), &beside), Rules{"outlier@2"});
}

TEST(Check, AKeyLineThatHidesAKey) {
  const std::string text = "# keys: c.d\n" + kHeader + kSound;
  const TableText table{"t.csv", text};
  const auto findings = check({&table, 1});
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(text_of(findings[0]), "t.csv:3: the line '# keys:' does not name a.b, so it would never be found [keys]");
}

TEST(Check, ATableThatIsNotOne) {
  const TableText table{"t.csv", "nonsense\n1\n"};
  const auto findings = check({&table, 1});
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].rule, "csv");
}

TEST(Check, TheBuiltInTablesKeepEveryRule) {
  for (const Finding& f : check_built_in()) ADD_FAILURE() << text_of(f);
}

}  // namespace
}  // namespace cradle::catalog
