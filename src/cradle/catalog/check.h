// The rules every table of factors must keep; run on the built-in tables by a test and on anyone's by `cradle data
// check`.
#pragma once

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

/// All findings, in the order of tables and lines. Rules of a row: it has a source, a licence and a unit; key, grade
/// and distribution are known; low <= value <= high. Rules among rows: no id twice; the place exists; the year is
/// plausible; a key has one unit; its table's key line names it; and a value 20 times above or below the median of at
/// least five figures of the same key has a note. `beside` supplies figures to compare with, not to check.
std::vector<Finding> check(std::span<const TableText> tables, const Catalog* beside = nullptr);

/// The embedded tables, places included.
std::vector<Finding> check_built_in();

/// "electricity.csv:12: message [rule]".
std::string text_of(const Finding& finding);

}  // namespace cradle::catalog
