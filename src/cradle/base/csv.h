// Comma-separated tables (RFC 4180) with line numbers, for the catalogue and for people's own packs.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cradle::base {

/// One row and where it began, for error messages.
struct CsvRow {
  int line = 0;
  std::vector<std::string> cells;
};

/// A parsed table; every row has as many cells as the header.
struct Csv {
  std::vector<std::string> header;
  std::vector<CsvRow> rows;
};

/// Parses `text`; `name` is for messages. Lines that begin with '#' and empty lines are skipped. Throws Error with
/// name:line on an open quote or a row whose number of cells differs from the header's. Cost linear.
Csv parse_csv(std::string_view text, std::string_view name);

/// The rows of a table that may be damaged, the header's among them: each has the cells it has. `comments`: lines that
/// begin with '#' are skipped. Throws Error with name:line on an open quote. Cost linear.
std::vector<CsvRow> csv_rows(std::string_view text, std::string_view name, bool comments);

/// A cell as it must stand in a file: quoted if it holds a comma, a quote or a line break.
std::string csv_cell(std::string_view value);

/// The number in a cell; throws Error with `where` unless the whole cell is one finite number.
double csv_number(std::string_view cell, std::string_view where);

}  // namespace cradle::base
