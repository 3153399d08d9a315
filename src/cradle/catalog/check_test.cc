// One test per rule: a table with one fault yields that finding at its line, and the sound table none.
#include "cradle/catalog/check.h"

#include <gtest/gtest.h>

namespace cradle::catalog {
namespace {

const std::string kHeader = "key,name,place,year,set,value,low,high,distribution,unit,licence,grade,source,note\n";
const std::string kSound = "a.b,n1,BE,2020,,10,8,12,triangular,W,CC0,A,src,\n";

/// "rule@line" of each finding of a severity, in order.
std::vector<std::string> findings(Severity severity, const std::string& rows, const Catalog* beside) {
  const std::string text = kHeader + rows;
  const TableText table{"t.csv", text};
  std::vector<std::string> found;
  for (const Finding& f : check({&table, 1}, beside)) {
    EXPECT_EQ(f.table, "t.csv");
    EXPECT_FALSE(f.message.empty());
    if (f.severity == severity) found.push_back(f.rule + "@" + std::to_string(f.line));
  }
  return found;
}

std::vector<std::string> rules(const std::string& rows, const Catalog* beside = nullptr) {
  return findings(Severity::kFault, rows, beside);
}

std::vector<std::string> remarks(const std::string& rows, const Catalog* beside = nullptr) {
  return findings(Severity::kRemark, rows, beside);
}

using Rules = std::vector<std::string>;

/// The sound row with the first `from` replaced.
std::string with(const std::string& from, const std::string& to) {
  std::string row = kSound;
  row.replace(row.find(from), from.size(), to);
  return row;
}

TEST(Check, ASoundTableHasNoFinding) {
  EXPECT_EQ(rules(kSound), Rules{});
  EXPECT_EQ(remarks(kSound), Rules{});
}

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

TEST(Check, APlaceLineThatHidesAPlace) {
  const std::string text = "# places: US US-* aws:*\n" + kHeader + kSound;
  const TableText table{"t.csv", text};
  const auto findings = check({&table, 1});
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(text_of(findings[0]),
            "t.csv:3: the line '# places:' does not name BE, so it would never be found [places]");
}

std::string in(const std::string& place, int year, double value, const std::string& note = "",
               const std::string& set = "") {
  return "a.b,," + place + "," + std::to_string(year) + "," + set + "," + std::to_string(value) +
         ",,,fixed,W,CC0,A,src," + note + "\n";
}

TEST(Remarks, AJumpOfMoreThanThreeBetweenYears) {
  EXPECT_EQ(remarks(in("BE", 2020, 1.0) + in("BE", 2021, 3.1)), Rules{"jump@3"});
  EXPECT_EQ(remarks(in("BE", 2020, 3.1) + in("BE", 2021, 1.0)), Rules{"jump@3"});
  EXPECT_EQ(remarks(in("BE", 2020, 1.0) + in("BE", 2021, 2.9)), Rules{});
  EXPECT_EQ(remarks(in("BE", 2020, 1.0) + in("FR", 2021, 3.1)), Rules{}) << "another place";
  EXPECT_EQ(remarks(in("BE", 2020, 1.0) + in("BE", 2020, 0.0, "", "other")), Rules{"jump@3"}) << "another source";
}

TEST(Remarks, YearsAreComparedInTheirOrderNotInThatOfTheTable) {
  EXPECT_EQ(remarks(in("BE", 2022, 6.0) + in("BE", 2020, 1.0) + in("BE", 2021, 2.5)), Rules{});
  EXPECT_EQ(remarks(in("BE", 2022, 8.0) + in("BE", 2020, 1.0) + in("BE", 2021, 2.5)), Rules{"jump@2"});
}

TEST(Remarks, ANoteOnEitherSideExcusesAJump) {
  EXPECT_EQ(remarks(in("BE", 2020, 1.0) + in("BE", 2021, 4.0, "a dry year")), Rules{});
  EXPECT_EQ(remarks(in("BE", 2020, 1.0, "a wet year") + in("BE", 2021, 4.0)), Rules{});
}

TEST(Remarks, AJumpAgainstAFigureBesideIsToldAtTheRowThatIsChecked) {
  const Catalog later{{Table::owning("other.csv", kHeader + in("BE", 2021, 4.0))}};
  EXPECT_EQ(remarks(in("BE", 2020, 1.0), &later), Rules{"jump@2"});
  EXPECT_EQ(remarks(in("BE", 2022, 1.0), &later), Rules{"jump@2"});
}

std::string countries() {
  std::string rows;
  for (const char* place : {"BE", "FR", "DE", "NL", "LU"}) rows += in(place, 2020, 1.0);
  return rows;
}

TEST(Remarks, AValueMoreThanThreeTimesOffTheMedianOfItsKindOfPlace) {
  EXPECT_EQ(remarks(countries() + in("NO", 2020, 0.3)), Rules{"median@7"});
  EXPECT_EQ(remarks(countries() + in("PL", 2020, 3.1)), Rules{"median@7"});
  EXPECT_EQ(remarks(countries() + in("PL", 2020, 2.9)), Rules{});
  EXPECT_EQ(remarks(countries() + in("NO", 2020, 0.3, "hydropower")), Rules{});
  EXPECT_EQ(remarks(countries() + in("US-OR", 2020, 0.3)), Rules{}) << "a state is compared with states";
}

TEST(Remarks, TheyDoNotCountAsFaultsAndAreToldAsRemarks) {
  const std::string text = kHeader + in("BE", 2020, 1.0) + in("BE", 2021, 4.0);
  const TableText table{"t.csv", text};
  const auto findings = check({&table, 1});
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(faults_in(findings), 0u);
  EXPECT_EQ(
      text_of(findings[0]),
      "t.csv:3: remark: 4.00 is more than 3 times off 1.00, a.b@BE:2020 (t.csv:2); explain it in note if it is right "
      "[jump]");
}

TEST(Check, TheBuiltInTablesKeepEveryRuleAndThoseOfElectricityNeedNoRemark) {
  for (const Finding& f : check_built_in())
    if (f.severity == Severity::kFault || f.table.starts_with("electricity") || f.table.starts_with("cloud") ||
        f.table == "us_states.csv")
      ADD_FAILURE() << text_of(f);
}

}  // namespace
}  // namespace cradle::catalog
