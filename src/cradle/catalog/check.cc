// Rules for tables of factors.
#include "cradle/catalog/check.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <unordered_map>

#include "cradle/base/error.h"
#include "cradle/base/file.h"
#include "cradle/base/statistics.h"
#include "cradle/base/text.h"
#include "cradle/catalog/built_in.h"
#include "cradle/catalog/precision.h"

namespace cradle::catalog {
namespace {

constexpr double kFarOff = 20.0;         // issue 2, item 4: a value 20 times off its peers
constexpr std::size_t kFewestPeers = 5;  // a median of fewer says little
constexpr double kJump = 3.0;            // issue 4, item 1: compare rows with their peers; between years, within a kind
constexpr int kFirstYear = 1970;         // before, no figure about computing can be meant

template <class... Args>
void note(std::vector<Finding>& findings, const Factor& f, std::string_view rule, fmt::format_string<Args...> format,
          Args&&... args) {
  findings.push_back({f.table, f.line, std::string(rule), fmt::format(format, std::forward<Args>(args)...)});
}

/// A figure may speak of next year, not of a farther one. A clock that was never set counts as 2026, when this was
/// written.
int last_year() { return std::max(2026, std::stoi(base::format_utc(base::unix_now()).substr(0, 4))) + 1; }

void check_place_and_year(const Factor& f, int newest, std::vector<Finding>& findings) {
  if (f.year < kFirstYear || f.year > newest)
    note(findings, f, "year", "the year {} is not plausible; expected {} to {}", f.year, kFirstYear, newest);
  if (f.place.empty()) return;
  try {
    const std::string& code = resolve_place(f.place).code;
    if (code != f.place) note(findings, f, "place", "'{}' is a name; write the code {}", f.place, code);
  } catch (const base::Error& e) {
    note(findings, f, "place", "{}", e.what());
  }
}

void check_ids(const std::vector<const Factor*>& factors, std::vector<Finding>& findings) {
  std::unordered_map<std::string, const Factor*> seen;
  for (const Factor* f : factors) {
    const auto [at, fresh] = seen.emplace(id_of(*f), f);
    if (!fresh)
      note(findings, *f, "duplicate", "{} stands already at {}; give one of them a set", at->first, where(*at->second));
  }
}

/// What the figures of one key have in common.
struct Peers {
  std::map<std::string, int> units;
  std::vector<double> values;

  const std::string& unit() const {
    return std::max_element(units.begin(), units.end(),
                            [](const auto& a, const auto& b) { return a.second < b.second; })
        ->first;
  }
};

std::map<std::string, Peers> peers_of(const std::vector<const Factor*>& factors) {
  std::map<std::string, Peers> peers;
  for (const Factor* f : factors) {
    Peers& p = peers[f->key];
    ++p.units[f->unit];
    p.values.push_back(f->distribution.value);
  }
  for (auto& [key, p] : peers) std::sort(p.values.begin(), p.values.end());
  return peers;
}

void check_against(const Peers& peers, const Factor& f, std::vector<Finding>& findings) {
  if (f.unit != peers.unit()) {
    note(findings, f, "unit", "the unit is {}, but other figures of {} are in {}", f.unit, f.key, peers.unit());
    return;
  }
  if (peers.values.size() < kFewestPeers || !f.note.empty()) return;
  const double median = base::sample_quantile(peers.values, 0.5);
  const double value = f.distribution.value;
  if (median > 0.0 && (value > kFarOff * median || value * kFarOff < median))
    note(findings, f, "outlier",
         "{} is {} times off the median {} of {} figures of {}; correct it or explain it in note",
         base::format_number(value), kFarOff, base::format_number(median), peers.values.size(), f.key);
}

void check_declared(const TableText& table, const std::vector<Factor>& factors, std::vector<Finding>& findings) {
  const std::vector<std::string> keys = declared_keys(table.text), places = declared_places(table.text);
  for (const Factor& f : factors) {
    if (!keys.empty() && std::find(keys.begin(), keys.end(), f.key) == keys.end())
      note(findings, f, "keys", "the line '# keys:' does not name {}, so it would never be found", f.key);
    if (!f.place.empty() && !is_declared(f.place, places))
      note(findings, f, "places", "the line '# places:' does not name {}, so it would never be found", f.place);
  }
}

bool apart(double a, double b) { return a > kJump * b || b > kJump * a; }

template <class... Args>
void remark(std::vector<Finding>& findings, const Factor& f, std::string_view rule, fmt::format_string<Args...> format,
            Args&&... args) {
  note(findings, f, rule, format, std::forward<Args>(args)...);
  findings.back().severity = Severity::kRemark;
}

/// Compares each figure with the one before it, by year, then by set, of the same thing and place.
void check_jumps(const std::vector<const Factor*>& all, const std::set<const Factor*>& own,
                 std::vector<Finding>& findings) {
  std::map<std::tuple<std::string_view, std::string_view, std::string_view>, std::vector<const Factor*>> groups;
  for (const Factor* f : all) groups[{f->key, f->name, f->place}].push_back(f);
  for (auto& [thing, rows] : groups) {
    std::stable_sort(rows.begin(), rows.end(), [](const Factor* a, const Factor* b) {
      return std::tie(a->year, a->set) < std::tie(b->year, b->set);
    });
    for (std::size_t i = 1; i < rows.size(); ++i) {
      const Factor *before = rows[i - 1], *f = rows[i];
      if (!own.contains(f)) std::swap(before, f);  // then the one before may be the one to be checked
      if (!own.contains(f) || !f->note.empty() || !before->note.empty()) continue;
      if (apart(f->distribution.value, before->distribution.value))
        remark(findings, *f, "jump", "{} is more than {} times off {}, {} ({}); explain it in note if it is right",
               base::format_number(f->distribution.value), kJump, base::format_number(before->distribution.value),
               id_of(*before), where(*before));
    }
  }
}

/// "country" of a place that exists; nothing otherwise.
std::string kind_of(const Factor& f) {
  try {
    return f.place.empty() ? "" : resolve_place(f.place).kind;
  } catch (const base::Error&) {
    return "";  // a fault of its own
  }
}

/// Compares each figure of a place with those of all places of its kind.
void check_kinds(const std::vector<const Factor*>& all, const std::set<const Factor*>& own,
                 std::vector<Finding>& findings) {
  std::map<std::pair<std::string, std::string>, std::vector<const Factor*>> groups;
  for (const Factor* f : all)
    if (std::string kind = kind_of(*f); !kind.empty()) groups[{f->key, std::move(kind)}].push_back(f);
  for (const auto& [group, rows] : groups) {
    if (rows.size() < kFewestPeers) continue;
    std::vector<double> values;
    for (const Factor* f : rows) values.push_back(f->distribution.value);
    std::sort(values.begin(), values.end());
    const double median = base::sample_quantile(values, 0.5);
    for (const Factor* f : rows)
      if (own.contains(f) && f->note.empty() && apart(f->distribution.value, median))
        remark(findings, *f, "median",
               "{} is more than {} times off the median {} of {} figures of {} for places of kind {}",
               base::format_number(f->distribution.value), kJump, base::format_number(median), values.size(), f->key,
               group.second);
  }
}

std::string row_order(const Finding& f) { return fmt::format("{}:{:09}", f.table, f.line); }

}  // namespace

std::vector<Finding> check(std::span<const TableText> tables, const Catalog* beside) {
  std::vector<Finding> findings;
  std::vector<Reading> readings;
  for (const TableText& table : tables) {
    readings.push_back(read_table(table.text, table.name));
    const Reading& reading = readings.back();
    findings.insert(findings.end(), reading.findings.begin(), reading.findings.end());
    check_declared(table, reading.factors, findings);
  }
  std::vector<const Factor*> own;
  for (const Reading& reading : readings)
    for (const Factor& f : reading.factors) own.push_back(&f);
  std::vector<const Factor*> all = own;
  if (beside)
    for (const Table& table : beside->tables)
      for (const Factor& f : table.factors()) all.push_back(&f);
  const std::map<std::string, Peers> peers = peers_of(all);
  const int newest = last_year();
  for (const Reading& reading : readings)  // so that a row with several faults tells them all
    for (const Factor& f : reading.faulty) check_place_and_year(f, newest, findings);
  for (const Factor* f : own) {
    check_place_and_year(*f, newest, findings);
    check_against(peers.at(f->key), *f, findings);
  }
  check_ids(own, findings);
  const std::set<const Factor*> to_check(own.begin(), own.end());
  check_jumps(all, to_check, findings);
  check_kinds(all, to_check, findings);
  std::stable_sort(findings.begin(), findings.end(),
                   [](const Finding& a, const Finding& b) { return row_order(a) < row_order(b); });
  return findings;
}

std::vector<Finding> row_findings(const Factor& factor) {
  std::vector<Finding> findings;
  check_place_and_year(factor, last_year(), findings);
  return findings;
}

std::size_t faults_in(std::span<const Finding> findings) {
  return static_cast<std::size_t>(
      std::count_if(findings.begin(), findings.end(), [](const Finding& f) { return f.severity == Severity::kFault; }));
}

std::vector<Finding> check_built_in() {
  std::vector<TableText> tables;
  for (const base::EmbeddedFile& file : embedded_files())
    if (has_factors(file.name)) tables.push_back({std::string(file.name), file.bytes});
  std::vector<Finding> findings = check(tables);
  try {
    places();
  } catch (const base::Error& e) {
    findings.push_back({"places.csv", 0, "places", e.what()});
  }
  try {
    device_classes();
  } catch (const base::Error& e) {
    findings.push_back({"precisions.csv", 0, "precisions", e.what()});
  }
  return findings;
}

std::string text_of(const Finding& f) {
  if (f.line == 0) return fmt::format("{} [{}]", f.message, f.rule);
  const std::string_view severity = f.severity == Severity::kRemark ? "remark: " : "";
  return fmt::format("{}:{}: {}{} [{}]", f.table, f.line, severity, f.message, f.rule);
}

}  // namespace cradle::catalog
