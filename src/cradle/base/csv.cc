// Comma-separated tables (RFC 4180) with line numbers.
#include "cradle/base/csv.h"

#include <charconv>
#include <cmath>

#include "cradle/base/error.h"
#include "cradle/base/text.h"

namespace cradle::base {
namespace {

/// Reads one record from `text` at `at`; moves both `at` and `line` behind it.
std::vector<std::string> read_record(std::string_view text, std::size_t& at, int& line, std::string_view name) {
  std::vector<std::string> cells(1);
  const int first_line = line;
  bool quoted = false;
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (quoted) {
      if (c == '"' && at + 1 < text.size() && text[at + 1] == '"') {
        cells.back() += '"';
        ++at;
      } else if (c == '"') {
        quoted = false;
      } else {
        if (c == '\n') ++line;
        cells.back() += c;
      }
    } else if (c == '"' && cells.back().empty()) {
      quoted = true;
    } else if (c == ',') {
      cells.emplace_back();
    } else if (c == '\n') {
      ++at;
      ++line;
      return cells;
    } else if (c != '\r') {
      cells.back() += c;
    }
  }
  if (quoted) fail("{}:{}: a quoted cell is not closed; close it with \"", name, first_line);
  return cells;
}

}  // namespace

std::vector<CsvRow> csv_rows(std::string_view text, std::string_view name, bool comments) {
  std::vector<CsvRow> rows;
  int line = 1;
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  for (std::size_t at = 0; at < text.size();) {
    const int row_line = line;
    if (comments && text[at] == '#') {
      while (at < text.size() && text[at] != '\n') ++at;
      if (at < text.size()) ++at;
      ++line;
      continue;
    }
    std::vector<std::string> cells = read_record(text, at, line, name);
    if (cells.size() > 1 || !trim(cells[0]).empty()) rows.push_back({row_line, std::move(cells)});
  }
  return rows;
}

Csv parse_csv(std::string_view text, std::string_view name) {
  std::vector<CsvRow> rows = csv_rows(text, name, true);
  if (rows.empty()) fail("{}: the table is empty; expected a header line", name);
  Csv csv;
  csv.header = std::move(rows.front().cells);
  rows.erase(rows.begin());
  for (const CsvRow& row : rows)
    if (row.cells.size() != csv.header.size())
      fail("{}:{}: expected {} cells as in the header, found {}; a cell with a comma needs quotes", name, row.line,
           csv.header.size(), row.cells.size());
  csv.rows = std::move(rows);
  return csv;
}

std::string csv_cell(std::string_view value) {
  if (value.find_first_of(",\"\n\r") == std::string_view::npos && !value.starts_with('#')) return std::string(value);
  std::string out = "\"";
  for (const char c : value) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + '"';
}

double csv_number(std::string_view cell, std::string_view where) {
  const std::string_view text = trim(cell);
  double value = 0.0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value))
    fail("{}: expected a number, found '{}'", where, cell);
  return value;
}

}  // namespace cradle::base
