// Rules for tables of factors.
#include "cradle/catalog/check.h"

#include <algorithm>
#include <map>
#include <unordered_map>

#include "cradle/base/error.h"
#include "cradle/base/file.h"
#include "cradle/base/statistics.h"
#include "cradle/base/text.h"
#include "cradle/catalog/built_in.h"

namespace cradle::catalog {
namespace {

constexpr double kFarOff = 20.0;         // issue 2, item 4: a value 20 times off its peers
constexpr std::size_t kFewestPeers = 5;  // a median of fewer says little
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

void check_key_line(const TableText& table, const std::vector<Factor>& factors, std::vector<Finding>& findings) {
  const std::vector<std::string> declared = declared_keys(table.text);
  if (declared.empty()) return;
  for (const Factor& f : factors)
    if (std::find(declared.begin(), declared.end(), f.key) == declared.end())
      note(findings, f, "keys", "the line '# keys:' does not name {}, so it would never be found", f.key);
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
    check_key_line(table, reading.factors, findings);
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
  std::stable_sort(findings.begin(), findings.end(),
                   [](const Finding& a, const Finding& b) { return row_order(a) < row_order(b); });
  return findings;
}

std::vector<Finding> check_built_in() {
  std::vector<TableText> tables;
  for (const base::EmbeddedFile& file : embedded_files())
    if (file.name != "places.csv") tables.push_back({std::string(file.name), file.bytes});
  std::vector<Finding> findings = check(tables);
  try {
    places();
  } catch (const base::Error& e) {
    findings.push_back({"places.csv", 0, "places", e.what()});
  }
  return findings;
}

std::string text_of(const Finding& f) {
  if (f.line == 0) return fmt::format("{} [{}]", f.message, f.rule);
  return fmt::format("{}:{}: {} [{}]", f.table, f.line, f.message, f.rule);
}

}  // namespace cradle::catalog
