// Clocks without zones, stable ids, and sums, for every importer alike.
#include "cradle/report/imported_run.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>

#include "cradle/base/error.h"
#include "cradle/base/file.h"
#include "cradle/base/text.h"
#include "cradle/catalog/catalog.h"
#include "cradle/record/journal.h"

namespace cradle::report {
namespace {

constexpr std::size_t kIdentityDigits = 12;       // 48 bits: no two of a million imports share one
constexpr double kP95OfTenPercent = 1.645 * 0.1;  // normal, sd 10 %

/// Takes `digits` digits from the front of `text`; -1 if they are not there.
int take_number(std::string_view& text, std::size_t digits) {
  int value = -1;
  if (text.size() < digits) return -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + digits, value);
  if (error != std::errc() || end != text.data() + digits || value < 0) return -1;
  text.remove_prefix(digits);
  return value;
}

bool take(std::string_view& text, char c) {
  if (!text.starts_with(c)) return false;
  text.remove_prefix(1);
  return true;
}

/// The zone at the end of a clock, in seconds east of Greenwich; throws nothing, says whether it was one.
bool take_zone(std::string_view& text, double& east_s) {
  if (take(text, 'Z')) return true;
  if (text.empty() || (text[0] != '+' && text[0] != '-')) return false;
  const double sign = text[0] == '-' ? -1 : 1;
  text.remove_prefix(1);
  const int hours = take_number(text, 2);
  take(text, ':');
  const int minutes = take_number(text, 2);
  if (hours < 0 || minutes < 0) return false;
  east_s = sign * (hours * 3600.0 + minutes * 60.0);
  return true;
}

}  // namespace

Clock clock_of(std::string_view text, std::string_view where) {
  const auto refuse = [&] {
    base::fail("{}: expected a time as 2025-10-09T11:25:18, found '{}'", where, text.substr(0, 60));
  };
  std::string_view rest = base::trim(text);
  int field[6];  // year, month, day, hour, minute, second
  const char after[] = {'-', '-', 'T', ':', ':', '\0'};
  for (int i = 0; i < 6; ++i) {
    field[i] = take_number(rest, i == 0 ? 4 : 2);
    if (field[i] < 0 || (after[i] && !take(rest, after[i]) && !(after[i] == 'T' && take(rest, ' ')))) refuse();
  }
  const std::chrono::year_month_day day{std::chrono::year(field[0]), std::chrono::month(unsigned(field[1])),
                                        std::chrono::day(unsigned(field[2]))};
  if (!day.ok() || field[0] < 1970 || field[3] > 23 || field[4] > 59 || field[5] > 60) refuse();
  double fraction = 0;
  if (take(rest, '.') || take(rest, ',')) {
    double scale = 0.1;
    while (!rest.empty() && rest[0] >= '0' && rest[0] <= '9') {
      fraction += scale * (rest[0] - '0');
      scale /= 10;
      rest.remove_prefix(1);
    }
  }
  Clock clock;
  double east_s = 0;
  clock.zoned = take_zone(rest, east_s);
  if (!rest.empty()) refuse();
  const auto days = std::chrono::sys_days(day).time_since_epoch().count();
  clock.unix_s = days * 86400.0 + field[3] * 3600.0 + field[4] * 60.0 + field[5] + fraction - east_s;
  return clock;
}

std::string imported_id(double started_unix_s, std::string_view identity) {
  std::string stamp = base::format_utc(std::max(0.0, started_unix_s));  // 2026-11-23T16:04:05Z
  std::erase_if(stamp, [](char c) { return c == '-' || c == ':' || c == 'Z'; });
  std::replace(stamp.begin(), stamp.end(), 'T', '-');
  return stamp + "-" + base::sha256_of(identity).substr(0, kIdentityDigits);
}

std::string_view identity_of(std::string_view id) {
  const std::size_t dash = id.rfind('-');
  return dash == std::string_view::npos ? id : id.substr(dash + 1);
}

base::Interval widened(double j, double spread) { return {j, j / spread, j * spread}; }

double most_watts_of_gpu(std::string_view device, double count) {
  std::string_view name = base::trim(device);
  if (const std::size_t x = name.find(" x "); x != std::string_view::npos) name = base::trim(name.substr(x + 3));
  if (name.empty()) return kMostDevice_w * count;
  const auto tdp = catalog::try_find(catalog::built_in(), {"gpu.tdp", std::string(name), "", {}, ""});
  const bool its_own = tdp && !(*tdp)->name.empty();
  return count * (its_own ? (*tdp)->distribution.value : kMostDevice_w);
}

std::string place_of(const std::vector<std::string>& candidates) {
  for (const std::string& text : candidates) {
    const std::string sought = base::lower(base::trim(text));
    if (sought.empty()) continue;
    for (const catalog::Place& place : catalog::places()) {
      const auto is = [&](const std::string& name) { return base::lower(name) == sought; };
      if (is(place.code) || is(place.name) || std::any_of(place.aliases.begin(), place.aliases.end(), is))
        return place.code;
    }
  }
  return "";
}

void bill_everything(record::RunRecord& run, std::string rule, std::string tool) {
  run.total = {};
  for (const record::PartEnergy& part : run.parts) {
    run.total.value += part.j.value;
    run.total.low += part.j.low;
    run.total.high += part.j.high;
  }
  run.split = {run.total.value, 0, 0, tool + " does not split"};
  run.billed = {run.total, std::move(rule)};
}

void note(record::RunRecord& run, std::string detail, std::string part) {
  run.events.push_back({0, "imported", std::move(part), std::move(detail)});
}

void note_gap(record::RunRecord& run, std::string part, std::string detail) {
  run.events.push_back({0, "gap", std::move(part), std::move(detail)});
}

record::Emissions emissions_by_factor(const record::RunRecord& run, double kg_per_kwh, std::string id,
                                      std::string place, std::string source) {
  const record::GridFactor factor{
      std::move(id),
      std::move(place),
      std::move(source),
      0,
      {kg_per_kwh, kg_per_kwh * (1 - kP95OfTenPercent), kg_per_kwh * (1 + kP95OfTenPercent)}};
  return record::emissions_of(run.billed.j, factor);
}

}  // namespace cradle::report
