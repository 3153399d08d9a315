#include "cradle/base/csv.h"

#include <gtest/gtest.h>

#include "cradle/base/error.h"

namespace cradle::base {
namespace {

std::string message_of(std::string_view text) {
  try {
    parse_csv(text, "t.csv");
  } catch (const Error& e) {
    return e.what();
  }
  return "";
}

TEST(Csv, ReadsQuotesCommentsAndLineNumbers) {
  const Csv csv = parse_csv("# note\nname,source\n\na,\"b, \"\"c\"\"\nd\"\ne,f\n", "t.csv");
  ASSERT_EQ(csv.rows.size(), 2u);
  EXPECT_EQ(csv.rows[0].cells[1], "b, \"c\"\nd");
  EXPECT_EQ(csv.rows[0].line, 4);
  EXPECT_EQ(csv.rows[1].line, 6);
}

TEST(Csv, SaysWhereARowIsWrong) {
  EXPECT_NE(message_of("a,b\n1,2\n3\n").find("t.csv:3: expected 2 cells"), std::string::npos);
  EXPECT_NE(message_of("a,b\n1,\"2\n").find("t.csv:2: a quoted cell is not closed"), std::string::npos);
  EXPECT_NE(message_of("").find("empty"), std::string::npos);
}

TEST(Csv, RowsOfADamagedTableHaveTheCellsTheyHave) {
  const std::vector<CsvRow> rows = csv_rows("a,b\n#1\n\n1,2,3\n", "t.csv", false);
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_EQ(rows[1].cells, std::vector<std::string>{"#1"});
  EXPECT_EQ(rows[2].cells.size(), 3u);
  EXPECT_EQ(rows[2].line, 4);
  EXPECT_TRUE(csv_rows("", "t.csv", true).empty());
}

TEST(Csv, WhatIsWrittenIsRead) {
  for (const std::string cell : {"plain", "a,b", "\"q\"", "two\nlines", "#no comment"}) {
    const Csv csv = parse_csv("h\n" + csv_cell(cell) + "\n", "t.csv");
    ASSERT_EQ(csv.rows.size(), 1u) << cell;
    EXPECT_EQ(csv.rows[0].cells[0], cell);
  }
}

TEST(Csv, NumbersAreWholeCells) {
  EXPECT_DOUBLE_EQ(csv_number(" 1.5e-3 ", "x"), 0.0015);
  EXPECT_THROW(csv_number("27.29.5", "x"), Error);
  EXPECT_THROW(csv_number("", "x"), Error);
  EXPECT_THROW(csv_number("nan", "x"), Error);
}

}  // namespace
}  // namespace cradle::base
