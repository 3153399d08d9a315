#include "cradle/base/text.h"

#include <gtest/gtest.h>

namespace cradle::base {
namespace {

TEST(Text, ChoosesTheUnitAPersonWouldChoose) {
  EXPECT_EQ(format_joules(1420033.1), "1.42 MJ");
  EXPECT_EQ(format_joules(0.0000123), "12.3 µJ");
  EXPECT_EQ(format_joules(0), "0 J");
  EXPECT_EQ(format_joules(999.9), "1.00 kJ");
  EXPECT_EQ(format_kilograms(0.0042), "4.20 g");
  EXPECT_EQ(format_kilograms(552100), "552 t");
  EXPECT_EQ(format_seconds(245), "4 min 05 s");
  EXPECT_EQ(format_seconds(0.00042), "420 µs");
  EXPECT_EQ(format_count(30123), "30.1 k");
  EXPECT_EQ(format_count(1), "1");
  EXPECT_EQ(format_count(957.4), "957");
}

TEST(Text, ScalesCompoundUnitsButNotFactors) {
  EXPECT_EQ(format_value(0.0042, "kgCO2e"), "4.20 gCO2e");
  EXPECT_EQ(format_value(2.5, "MJ"), "2.50 MJ");
  EXPECT_EQ(format_value(0.0025, "MJ"), "2.50 kJ");
  EXPECT_EQ(format_value(0.0025, "kWh"), "2.50 Wh");
  EXPECT_EQ(format_value(2.5e-7, "kWh"), "250 µWh");
  EXPECT_EQ(format_value(0, "kWh"), "0 kWh");
  EXPECT_EQ(format_value(0.0042, "kgCO2e/kWh"), "0.00420 kgCO2e/kWh");
  EXPECT_EQ(format_interval({1420, 1100, 1900}, "J"), "1.42 kJ (1.10–1.90)");
}

TEST(Text, KeepsThreeDigits) {
  EXPECT_EQ(format_number(1234567), "1230000");
  EXPECT_EQ(format_number(9.999), "10.0");
  EXPECT_EQ(format_number(0.001234), "0.00123");
}

TEST(Text, SuggestsTheNearestName) {
  const std::vector<std::string> places = {"France", "Germany", "jetson-agx-xavier"};
  EXPECT_EQ(nearest("Frnace", places), "France");
  EXPECT_EQ(nearest("jetson", places), "jetson-agx-xavier");
  EXPECT_EQ(nearest("zzzzzzzz", places), std::nullopt);
  EXPECT_EQ(suggestion("germani", places), "; did you mean 'Germany'?");
}

TEST(Text, AlignsColumnsByCharactersNotBytes) {
  Table table({"part", "energy"});
  table.row({"µ", "12 J"});
  table.row({"cpu", "3 J"});
  EXPECT_EQ(table.text(), "part  energy\nµ       12 J\ncpu      3 J\n");
}

TEST(Text, SplitsAndTrims) {
  EXPECT_EQ(split("a|b|", '|'), (std::vector<std::string>{"a", "b", ""}));
  EXPECT_EQ(trim("  x y\n"), "x y");
}

TEST(Text, WrapsBetweenWordsAndCutsNamesByCharacters) {
  EXPECT_EQ(wrapped("one two three", 7), "one two\n  three\n");
  EXPECT_EQ(wrapped("immeasurable", 4), "immeasurable\n");
  EXPECT_EQ(width_of("±3 µJ"), 5u);
  EXPECT_EQ(cut("µµµµ", 4), "µµµµ");
  EXPECT_EQ(cut("µµµµµ", 4), "µµµ…");
}

}  // namespace
}  // namespace cradle::base
