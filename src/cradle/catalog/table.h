// Tables of factors: CSV text in, factors and faults out; built-in tables are parsed when first asked for.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cradle/catalog/factor.h"

namespace cradle::catalog {

/// A fault makes a table unfit for use; a remark is worth a look and may be right.
enum class Severity { kFault, kRemark };

/// What is wrong with a row or strange about it, and where. Line 0 stands for the table as a whole.
struct Finding {
  std::string table;
  int line = 0;
  std::string rule;     ///< short name of the rule: "source", "range", "outlier", …
  std::string message;  ///< a whole sentence
  Severity severity = Severity::kFault;
};

/// The factors that could be read and the faults of the rows that could not.
struct Reading {
  std::vector<Factor> factors;
  std::vector<Factor> faulty;  ///< what could be made out of the other rows; only to be checked further
  std::vector<Finding> findings;
};

/// Reads a table in the schema of docs/FORMATS.md without throwing on bad rows: every fault of every row is a finding.
Reading read_table(std::string_view text, std::string_view name);

/// The same, but the first faults (five at most) are thrown as one Error.
std::vector<Factor> parse_table(std::string_view text, std::string_view name);

/// The keys that the comment line "# keys: …" beside the header promises; empty without such a line.
std::vector<std::string> declared_keys(std::string_view text);

/// The places that the line "# places: …" beside the header promises, by the same rules: codes, or beginnings of codes
/// with a star behind ("aws:*"); empty without such a line.
std::vector<std::string> declared_places(std::string_view text);

/// Whether a place is one of the declared ones: "US-OR" of {"US", "US-*"}. True if none is declared.
bool is_declared(std::string_view place, const std::vector<std::string>& declared);

/// A named table whose rows are parsed at the first call of factors(), once, whichever thread asks.
class Table {
 public:
  /// `text` must live as long as the table (embedded files do).
  Table(std::string_view name, std::string_view text);
  /// A table that keeps its text itself.
  static Table owning(std::string_view name, std::string text);

  const std::string& name() const;
  std::string_view text() const;
  /// Throws Error on a faulty table. Cost: about 2 µs per row the first time, nothing afterwards.
  const std::vector<Factor>& factors() const;
  /// Where the rows of a key stand in factors(), ascending; empty if there are none.
  const std::vector<std::size_t>& rows_of(std::string_view key) const;
  /// Whether a row has exactly this name.
  bool names(std::string_view name) const;
  /// The normal form (thing_name.h) of each row's name, in the order of factors(); made once, about 1 µs per name.
  const std::vector<std::string>& normal_names() const;
  /// The keys of its rows; from the comment line if there is one, so that nothing is parsed to look elsewhere.
  const std::vector<std::string>& keys() const;
  /// The declared places; empty if the table may hold any. Parses nothing.
  const std::vector<std::string>& places() const;
  std::string sha256() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace cradle::catalog
