#include "cradle/scenario/profile.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <numeric>

#include "cradle/base/error.h"

namespace cradle::scenario {
namespace {

const std::string kHead = "# place: FR\n# unit: kgCO2e/kWh\n# year: 2024\n# source: test\n";

std::string year(int hours, const std::string& head = kHead) {
  std::string text = head + "hour,kg_per_kwh\n";
  for (int h = 0; h < hours; ++h) text += fmt::format("{},{}\n", h, 0.01 + 0.001 * (h % 24));
  return text;
}
std::string typical(const std::string& head = kHead) {
  std::string text = head + "month,hour,kg_per_kwh\n";
  for (int m = 1; m <= 12; ++m)
    for (int h = 0; h < 24; ++h) text += fmt::format("{},{},{}\n", m, h, 0.1 * m + 0.001 * h);
  return text;
}
std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}
std::string fault_of(const std::string& text) {
  try {
    parse_profile(text, "p.csv");
  } catch (const base::Error& e) {
    return e.what();
  }
  return "no error";
}

TEST(Profile, ReadsAYearAndALeapYear) {
  const Profile p = parse_profile(year(8760), "p.csv");
  EXPECT_EQ(p.place, "FR");
  EXPECT_EQ(p.year, 2024);
  EXPECT_EQ(p.hours.size(), 8760u);
  EXPECT_FALSE(p.typical_days);
  EXPECT_DOUBLE_EQ(p.hours[25], 0.011);
  EXPECT_EQ(parse_profile(year(8784), "p.csv").hours.size(), 8784u);
}

TEST(Profile, TypicalDaysFillTheirMonths) {
  const Profile p = parse_profile(typical(), "p.csv");
  ASSERT_EQ(p.hours.size(), 8760u);
  EXPECT_TRUE(p.typical_days);
  EXPECT_DOUBLE_EQ(p.hours[24 * 31 - 1], 0.123);       // 31 January, 23:00
  EXPECT_DOUBLE_EQ(p.hours[24 * 31], 0.2);             // 1 February, 0:00
  EXPECT_DOUBLE_EQ(p.hours[24 * (31 + 28)], 0.1 * 3);  // 1 March
  EXPECT_DOUBLE_EQ(p.hours.back(), 0.1 * 12 + 0.001 * 23);
  EXPECT_EQ(month_of_day(58, 8760), 1);
  EXPECT_EQ(month_of_day(59, 8760), 2);
  EXPECT_EQ(month_of_day(59, 8784), 1) << "29 February";
}

TEST(Profile, ARelativeOneHasAMeanOfOne) {
  const Profile p = parse_profile(replaced(typical(), "kgCO2e/kWh", "1"), "p.csv");
  EXPECT_TRUE(p.relative);
  EXPECT_NEAR(std::accumulate(p.hours.begin(), p.hours.end(), 0.0) / 8760, 1, 1e-12);
}

TEST(Profile, NamesTheLineOfEveryFault) {
  const auto has = [](const std::string& text, const std::string& part) {
    const std::string fault = fault_of(text);
    EXPECT_NE(fault.find(part), std::string::npos) << fault;
  };
  has(year(8759), "found 8759 rows");
  has(replaced(year(8760), "\n7,", "\n8,"), "p.csv:13: expected hour 7 here, found 8");
  has(replaced(year(8760), "\n3,0.013", "\n3,-0.013"), "p.csv:9: carbon per kWh cannot be negative");
  has(replaced(year(8760), "\n3,0.013", "\n3,56"), "was it grams?");
  has(replaced(year(8760), "# place: FR\n", ""), "'# place: …' is missing");
  has(replaced(year(8760), "# place: FR", "# place: Frnace"), "p.csv:1: 'place'");
  has(replaced(year(8760), "kgCO2e/kWh", "g/kWh"), "p.csv:2: 'unit'");
  has(replaced(year(8760), "# year", "# yaer"), "p.csv:3: unknown comment 'yaer'; did you mean 'year'?");
  has(replaced(year(8760), "# year: 2024", "# zone: CET"), "p.csv:3: 'zone'");
  has(replaced(typical(), "\n2,0,", "\n1,0,"), "month 1, hour 0 stands twice");
  has(replaced(typical(), "\n1,5,0.105", ""), "month 1, hour 5 is missing");
  has(replaced(typical(), "month,hour", "mon,hour"), "expected the header");
}

}  // namespace
}  // namespace cradle::scenario
