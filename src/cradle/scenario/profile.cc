// Hourly profiles, read strictly.
#include "cradle/scenario/profile.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <numeric>

#include "cradle/base/csv.h"
#include "cradle/base/error.h"
#include "cradle/base/file.h"
#include "cradle/base/text.h"
#include "cradle/catalog/place.h"

namespace cradle::scenario {
namespace {

constexpr std::size_t kHours = 8760, kLeapHours = 8784;
// Burning lignite in an old plant comes to about 1.2 kg/kWh; more than 5 is grams taken for kilograms.
constexpr double kMostCarbon = 5;

const std::vector<std::string> kComments = {"place", "unit", "year", "source", "view", "zone", "note"};

int whole(std::string_view text, const std::string& where) {
  const std::string_view digits = text.starts_with('+') ? text.substr(1) : text;
  int value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc() || end != digits.data() + digits.size())
    base::fail("{}: expected a whole number, found '{}'", where, text);
  return value;
}

/// The lines "# key: value" before and among the rows. A comment of another form is talk.
std::map<std::string, std::pair<std::string, std::string>> comments_of(std::string_view text, const std::string& name) {
  std::map<std::string, std::pair<std::string, std::string>> out;  // key → value, where
  int line = 0;
  for (const std::string& row : base::split(text, '\n')) {
    ++line;
    if (!row.starts_with("# ")) continue;
    const std::size_t colon = row.find(':');
    if (colon == std::string::npos) continue;
    const std::string key(base::trim(std::string_view(row).substr(2, colon - 2)));
    const std::string where = fmt::format("{}:{}", name, line);
    if (key.find(' ') != std::string::npos) continue;
    if (std::find(kComments.begin(), kComments.end(), key) == kComments.end())
      base::fail("{}: unknown comment '{}'{}; known are {}", where, key, base::suggestion(key, kComments),
                 fmt::join(kComments, ", "));
    if (!out.emplace(key, std::pair(std::string(base::trim(std::string_view(row).substr(colon + 1))), where)).second)
      base::fail("{}: '{}' stands twice", where, key);
  }
  return out;
}

void read_comments(Profile& p, std::string_view text) {
  auto comments = comments_of(text, p.file);
  for (const char* needed : {"place", "unit", "source"})
    if (comments[needed].first.empty()) base::fail("{}: the line '# {}: …' is missing", p.file, needed);
  try {
    p.place = catalog::resolve_place(comments["place"].first).code;
  } catch (const base::Error& e) {
    base::fail("{}: 'place': {}", comments["place"].second, e.what());
  }
  const auto& [unit, unit_where] = comments["unit"];
  if (unit != "kgCO2e/kWh" && unit != "1")
    base::fail("{}: 'unit': expected kgCO2e/kWh, or 1 for a profile that scales the place's annual factor, found '{}'",
               unit_where, unit);
  p.relative = unit == "1";
  p.source = comments["source"].first;
  if (const auto& [year, where] = comments["year"]; !year.empty()) p.year = whole(year, where);
  if (const auto& [view, where] = comments["view"]; !view.empty()) {
    if (view != "location-average" && view != "location-marginal" && view != "market")
      base::fail("{}: 'view': expected location-average, location-marginal or market, found '{}'", where, view);
    p.view = view;
  }
  if (const auto& [zone, where] = comments["zone"]; !zone.empty() && zone != "UTC") {
    if (!zone.starts_with("UTC"))
      base::fail("{}: 'zone': expected UTC, UTC+1, UTC-5 or the like, found '{}'", where, zone);
    p.zone_h = whole(std::string_view(zone).substr(3), where);
  }
}

double carbon_of(const std::string& cell, const std::string& where, bool relative) {
  const double value = base::csv_number(cell, where);
  if (value < 0) base::fail("{}: carbon per kWh cannot be negative, found {}", where, cell);
  if (!relative && value > kMostCarbon)
    base::fail("{}: {} kg CO2e per kWh is more than any power station emits; was it grams? 429 g/kWh is written 0.429",
               where, cell);
  return value;
}

/// Rows `hour,kg_per_kwh`, each hour of the year once.
void read_year(Profile& p, const base::Csv& csv) {
  if (csv.rows.size() != kHours && csv.rows.size() != kLeapHours)
    base::fail("{}: expected 8,760 or 8,784 rows hour,kg_per_kwh, or 24 × 12 rows month,hour,kg_per_kwh; found {} rows",
               p.file, csv.rows.size());
  for (const base::CsvRow& row : csv.rows) {
    const std::string where = fmt::format("{}:{}", p.file, row.line);
    const int hour = whole(row.cells[0], where);
    if (hour != static_cast<int>(p.hours.size()))
      base::fail("{}: expected hour {} here, found {}; hours run from 0 on and none is left out", where, p.hours.size(),
                 hour);
    p.hours.push_back(carbon_of(row.cells[1], where, p.relative));
  }
}

/// Rows `month,hour,kg_per_kwh`: a day for each month.
void read_typical_days(Profile& p, const base::Csv& csv) {
  p.typical_days = true;
  std::vector<double> days(12 * 24, -1);
  for (const base::CsvRow& row : csv.rows) {
    const std::string where = fmt::format("{}:{}", p.file, row.line);
    const int month = whole(row.cells[0], where), hour = whole(row.cells[1], where);
    if (month < 1 || month > 12 || hour < 0 || hour > 23)
      base::fail("{}: expected a month from 1 to 12 and an hour from 0 to 23, found {} and {}", where, month, hour);
    double& value = days[static_cast<std::size_t>(24 * (month - 1) + hour)];
    if (value >= 0) base::fail("{}: month {}, hour {} stands twice", where, month, hour);
    value = carbon_of(row.cells[2], where, p.relative);
  }
  for (std::size_t i = 0; i < days.size(); ++i)
    if (days[i] < 0) base::fail("{}: month {}, hour {} is missing", p.file, i / 24 + 1, i % 24);
  for (std::size_t month = 0; month < 12; ++month)
    for (int day = 0; day < days_of_months(kHours)[month]; ++day)
      for (std::size_t hour = 0; hour < 24; ++hour) p.hours.push_back(days[24 * month + hour]);
}

}  // namespace

Profile parse_profile(std::string_view text, const std::string& name) {
  Profile p;
  p.file = name;
  read_comments(p, text);
  const base::Csv csv = base::parse_csv(text, name);
  if (csv.header == std::vector<std::string>{"hour", "kg_per_kwh"})
    read_year(p, csv);
  else if (csv.header == std::vector<std::string>{"month", "hour", "kg_per_kwh"})
    read_typical_days(p, csv);
  else
    base::fail("{}: expected the header hour,kg_per_kwh or month,hour,kg_per_kwh, found {}", name,
               fmt::join(csv.header, ","));
  const double mean = std::accumulate(p.hours.begin(), p.hours.end(), 0.0) / static_cast<double>(p.hours.size());
  if (!(mean > 0)) base::fail("{}: every hour is 0", name);
  if (p.relative)
    for (double& value : p.hours) value /= mean;
  return p;
}

Profile read_profile(const std::filesystem::path& path) { return parse_profile(base::read_file(path), path.string()); }

const std::vector<int>& days_of_months(std::size_t hours_of_year) {
  static const std::vector<int> common = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  static const std::vector<int> leap = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return hours_of_year == kLeapHours ? leap : common;
}

int month_of_day(int day, std::size_t hours_of_year) {
  int month = 0;
  for (const int days : days_of_months(hours_of_year)) {
    if (day < days) return month;
    day -= days;
    ++month;
  }
  return 11;
}

}  // namespace cradle::scenario
