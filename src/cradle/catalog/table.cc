// The reader of factor tables and the lazily parsed table.
#include "cradle/catalog/table.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <mutex>
#include <unordered_map>
#include <unordered_set>

#include "cradle/base/csv.h"
#include "cradle/base/error.h"
#include "cradle/base/file.h"
#include "cradle/base/text.h"
#include "cradle/catalog/thing_name.h"

namespace cradle::catalog {
namespace {

enum Column {
  kKey,
  kName,
  kPlace,
  kYear,
  kSet,
  kValue,
  kLow,
  kHigh,
  kDistribution,
  kUnit,
  kLicence,
  kGrade,
  kSource,
  kNote,
  kColumns
};

constexpr std::array<std::string_view, kColumns> kHeader = {"key",     "name",  "place",  "year",         "set",
                                                            "value",   "low",   "high",   "distribution", "unit",
                                                            "licence", "grade", "source", "note"};

/// Where each column of the schema stands in this file. Throws Error on a missing or unknown column.
std::array<std::size_t, kColumns> columns_of(const std::vector<std::string>& header, std::string_view name) {
  const std::vector<std::string> known(kHeader.begin(), kHeader.end());
  for (const std::string& cell : header)
    if (std::find(known.begin(), known.end(), cell) == known.end())
      base::fail("{}: unknown column '{}'{}", name, cell, base::suggestion(cell, known));
  std::array<std::size_t, kColumns> at{};
  for (std::size_t c = 0; c < kColumns; ++c) {
    const auto found = std::find(header.begin(), header.end(), kHeader[c]);
    if (found == header.end())
      base::fail("{}: the column '{}' is missing; a table of factors has the columns {}", name, kHeader[c],
                 fmt::join(kHeader, ","));
    at[c] = static_cast<std::size_t>(found - header.begin());
  }
  return at;
}

bool is_key(std::string_view key) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
  };
  return !key.empty() && key.front() != '.' && key.back() != '.' && std::all_of(key.begin(), key.end(), fits);
}

/// Reads one row; notes what is wrong with it.
class RowReader {
 public:
  RowReader(base::CsvRow& row, const std::array<std::size_t, kColumns>& at, std::string_view table,
            std::vector<Finding>& findings)
      : row_(row), at_(at), table_(table), findings_(findings), before_(findings.size()) {}

  std::string_view text(Column c) const { return base::trim(row_.cells[at_[c]]); }

  /// The cell itself; it is empty afterwards.
  std::string take(Column c) {
    std::string& cell = row_.cells[at_[c]];
    if (const std::string_view trimmed = base::trim(cell); trimmed.size() != cell.size()) return std::string(trimmed);
    return std::move(cell);
  }

  std::string required(Column c) {
    std::string cell = take(c);
    if (cell.empty())
      fault(kHeader[c], "the {} is empty; a figure without {} {} does not exist here", kHeader[c],
            c == kUnit ? "a" : "its", kHeader[c]);
    return cell;
  }

  double number(Column c, double fallback) {
    const std::string_view cell = text(c);
    if (cell.empty() && c != kValue) return fallback;
    try {
      return base::csv_number(cell, kHeader[c]);
    } catch (const base::Error& e) {
      fault("number", "{}", e.what());
      return fallback;
    }
  }

  template <class... Args>
  void fault(std::string_view rule, fmt::format_string<Args...> format, Args&&... args) {
    findings_.push_back(
        {std::string(table_), row_.line, std::string(rule), fmt::format(format, std::forward<Args>(args)...)});
  }

  bool sound() const { return findings_.size() == before_; }

 private:
  base::CsvRow& row_;
  const std::array<std::size_t, kColumns>& at_;
  std::string_view table_;
  std::vector<Finding>& findings_;
  std::size_t before_;
};

/// A uniform distribution has its value in the middle; the file may round it.
bool in_the_middle(double low, double value, double high) {
  return std::abs(value - (low + high) / 2.0) <= 1e-4 * (high - low);
}

base::Distribution shaped(base::Shape shape, double low, double value, double high) {
  switch (shape) {
    case base::Shape::kUniform:
      if (!in_the_middle(low, value, high))
        base::fail("the value {} of a uniform distribution must be the middle of {} and {}", value, low, high);
      return base::uniform_between(low, high);
    case base::Shape::kTriangular: return base::triangular(low, value, high);
    case base::Shape::kNormal: return base::normal_from_range(low, value, high);
    case base::Shape::kLognormal: return base::lognormal_from_range(low, value, high);
    case base::Shape::kTable:
      base::fail("the distribution 'table' has no place in this schema; use triangular, or one row per point");
    case base::Shape::kFixed: break;
  }
  return base::fixed(value);
}

void read_figure(RowReader& row, Factor& f) {
  const double value = row.number(kValue, 0.0);
  f.low = row.number(kLow, value);
  f.high = row.number(kHigh, value);
  const bool ranged = !row.text(kLow).empty() && !row.text(kHigh).empty();
  if (row.text(kLow).empty() != row.text(kHigh).empty())
    row.fault("range", "low and high are either both given or both empty");
  if (f.low > f.high)
    row.fault("range", "low {} is above high {}", f.low, f.high);
  else if (value < f.low || value > f.high)
    row.fault("range", "the value {} lies outside low {} to high {}", value, f.low, f.high);
  if (!row.sound()) return;
  try {
    const base::Shape shape = base::shape_named(row.text(kDistribution));
    if (shape == base::Shape::kFixed && ranged) row.fault("distribution", "a fixed figure has neither low nor high");
    if (shape != base::Shape::kFixed && !ranged)
      row.fault("distribution", "a {} figure needs low and high", base::name_of(shape));
    if (row.sound()) f.distribution = shaped(shape, f.low, value, f.high);
  } catch (const base::Error& e) {
    row.fault("distribution", "{}", e.what());
  }
}

Factor read_factor(RowReader& row, std::string_view table, int line) {
  Factor f;
  f.table = table;
  f.line = line;
  f.key = row.take(kKey);
  if (!is_key(f.key)) row.fault("key", "'{}' is not a key; a key is lower-case words joined by dots: grid.gwp", f.key);
  f.name = row.take(kName);
  f.place = row.take(kPlace);
  f.year = static_cast<int>(row.number(kYear, 0.0));
  f.set = row.take(kSet);
  f.unit = row.required(kUnit);
  f.licence = row.required(kLicence);
  f.source = row.required(kSource);
  f.note = row.take(kNote);
  try {
    f.grade = grade_named(row.text(kGrade));
  } catch (const base::Error& e) {
    row.fault("grade", "{}", e.what());
  }
  read_figure(row, f);
  return f;
}

}  // namespace

Reading read_table(std::string_view text, std::string_view name) {
  Reading reading;
  try {
    base::Csv csv = base::parse_csv(text, name);
    const auto at = columns_of(csv.header, name);
    reading.factors.reserve(csv.rows.size());
    for (base::CsvRow& cells : csv.rows) {
      RowReader row(cells, at, name, reading.findings);
      Factor factor = read_factor(row, name, cells.line);
      (row.sound() ? reading.factors : reading.faulty).push_back(std::move(factor));
    }
  } catch (const base::Error& e) {
    reading.findings.push_back({std::string(name), 0, "csv", e.what()});
  }
  return reading;
}

std::vector<Factor> parse_table(std::string_view text, std::string_view name) {
  Reading reading = read_table(text, name);
  if (reading.findings.empty()) return std::move(reading.factors);
  if (reading.findings.size() == 1 && reading.findings[0].line == 0) throw base::Error(reading.findings[0].message);
  std::string faults;
  constexpr std::size_t kShown = 5;
  for (std::size_t i = 0; i < std::min(reading.findings.size(), kShown); ++i) {
    const Finding& f = reading.findings[i];
    faults += fmt::format("\n  {}:{}: {}", f.table, f.line, f.message);
  }
  if (reading.findings.size() > kShown) faults += fmt::format("\n  and {} more", reading.findings.size() - kShown);
  base::fail("{} cannot be used:{}", name, faults);
}

namespace {

/// The words behind a mark in the comments beside the header.
std::vector<std::string> declared(std::string_view text, std::string_view mark) {
  std::vector<std::string> words;
  // The first line may be the header (so that any reader of CSV understands the table); the mark stands in the comments
  // before or right below it.
  for (bool header_seen = false; text.starts_with('#') || !header_seen;) {
    const std::string_view line = text.substr(0, text.find('\n'));
    if (line.empty()) break;
    if (!line.starts_with('#')) header_seen = true;
    if (line.starts_with(mark))
      for (std::string& word : base::split(base::trim(line.substr(mark.size())), ' '))
        if (!word.empty()) words.push_back(std::move(word));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
  }
  return words;
}

}  // namespace

std::vector<std::string> declared_keys(std::string_view text) { return declared(text, "# keys:"); }
std::vector<std::string> declared_places(std::string_view text) { return declared(text, "# places:"); }

bool is_declared(std::string_view place, const std::vector<std::string>& declared) {
  return declared.empty() || std::any_of(declared.begin(), declared.end(), [&](std::string_view pattern) {
           if (!pattern.ends_with('*')) return place == pattern;
           return place.starts_with(pattern.substr(0, pattern.size() - 1));
         });
}

struct Table::State {
  std::string name;
  std::string owned;
  std::string_view text;
  std::vector<std::string> places;
  std::once_flag parsed;
  std::vector<Factor> factors;
  std::unordered_map<std::string_view, std::vector<std::size_t>> by_key;  // views into factors
  std::unordered_set<std::string_view> names;
  std::once_flag normalised;
  std::vector<std::string> normal_names;
  std::once_flag listed;
  std::vector<std::string> keys;
};

Table::Table(std::string_view name, std::string_view text) : state_(std::make_shared<State>()) {
  state_->name = name;
  state_->text = text;
  state_->places = declared_places(text);
}

Table Table::owning(std::string_view name, std::string text) {
  Table table(name, text);
  table.state_->owned = std::move(text);
  table.state_->text = table.state_->owned;
  return table;
}

const std::string& Table::name() const { return state_->name; }
std::string_view Table::text() const { return state_->text; }
const std::vector<std::string>& Table::places() const { return state_->places; }
std::string Table::sha256() const { return base::sha256_of(state_->text); }

const std::vector<Factor>& Table::factors() const {
  std::call_once(state_->parsed, [this] {
    state_->factors = parse_table(state_->text, state_->name);
    for (std::size_t i = 0; i < state_->factors.size(); ++i) {
      state_->by_key[state_->factors[i].key].push_back(i);
      state_->names.insert(state_->factors[i].name);
    }
  });
  return state_->factors;
}

const std::vector<std::size_t>& Table::rows_of(std::string_view key) const {
  static const std::vector<std::size_t> kNone;
  factors();
  const auto at = state_->by_key.find(key);
  return at == state_->by_key.end() ? kNone : at->second;
}

bool Table::names(std::string_view name) const {
  factors();
  return state_->names.contains(name);
}

const std::vector<std::string>& Table::normal_names() const {
  std::call_once(state_->normalised, [this] {
    for (const Factor& f : factors()) state_->normal_names.push_back(normal_name(f.name));
  });
  return state_->normal_names;
}

const std::vector<std::string>& Table::keys() const {
  std::call_once(state_->listed, [this] {
    state_->keys = declared_keys(state_->text);
    if (!state_->keys.empty()) return;
    for (const Factor& f : factors())
      if (std::find(state_->keys.begin(), state_->keys.end(), f.key) == state_->keys.end())
        state_->keys.push_back(f.key);
  });
  return state_->keys;
}

}  // namespace cradle::catalog
