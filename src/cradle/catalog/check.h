// The rules every table of factors must keep; run on the built-in tables by a test and on anyone's by `cradle data
// check`.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cradle/catalog/catalog.h"

namespace cradle::catalog {

/// A table to be checked.
struct TableText {
  std::string name;
  std::string_view text;
};

/// All findings, in the order of tables and lines.
/// Faults. Of a row: no source, licence or unit; an unknown key, grade or distribution; not low <= value <= high; an
/// unknown place; a year that is not plausible. Among rows: an id that stands twice; a second unit of one key; a key or
/// place that its table's line "# keys:" or "# places:" does not name; a value 20 times above or below the median of at
/// least five figures of the same key.
/// Remarks, to be looked at. "jump": a value more than three times above or below that of the year or source before, of
/// the same key, name and place. "median": one more than three times above or below the median of the same key over at
/// least five figures of the same kind of place.
/// A note excuses a far value, a jump (on either side) and a remark. `beside` supplies figures to compare with, not to
/// check.
std::vector<Finding> check(std::span<const TableText> tables, const Catalog* beside = nullptr);

/// The faults of a row that can be told without its table: place and year.
std::vector<Finding> row_findings(const Factor& factor);

/// How many of the findings are faults.
std::size_t faults_in(std::span<const Finding> findings);

/// The embedded tables, places included.
std::vector<Finding> check_built_in();

/// "electricity.csv:12: message [rule]"; "electricity.csv:12: remark: message [rule]".
std::string text_of(const Finding& finding);

}  // namespace cradle::catalog
