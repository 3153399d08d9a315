// When and where a training would cost least.
#include "cradle/scenario/when.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <ctime>
#include <map>

#include "cradle/base/error.h"
#include "cradle/base/statistics.h"
#include "cradle/catalog/place.h"
#include "cradle/record/run_record.h"

namespace cradle::scenario {
namespace {

using study::Figure;
using study::Override;
using study::Result;
using study::Study;

/// The study as one training, whatever its functional unit is, in another place if one is given.
Study one_training(const std::filesystem::path& path, const std::string& place) {
  std::vector<Override> overrides = {{"functional_unit.kind", "training"}, {"functional_unit.amount", "1"}};
  if (!place.empty()) overrides.emplace_back("training.place", place);
  return study::read_study(path, overrides);
}

PowerCurve curve_for(const Study& s, const Result& r) {
  if (s.training->runs.empty()) return flat_curve(r.training ? r.training->hours * 3600 : 0);
  std::vector<record::RunRecord> runs;
  for (const auto& cited : s.training->runs) runs.push_back(record::read_record(cited.path));
  return curve_of(runs);
}

Figure training_co2e(const Result& r) {
  for (const auto& i : r.impacts)
    if (i.phase == "training" && i.criterion == "GWP") return i.figure;
  base::fail("the training has no climate figure");
}

double training_kwh(const Result& r) {
  for (const auto& e : r.energy)
    if (e.phase == "training") return e.facility_kwh.value;
  base::fail("the training uses no electricity");
}

/// The annual factor behind the training's figure, which already has what the grid loses and the facility adds: that
/// of its place, or of one around it, or stated.
double annual_factor(const Result& r, const std::string& place) {
  const study::UsedFactor* found = nullptr;
  int candidates = 0;
  for (const auto& f : r.factors) {
    if (f.id == "carbon:training") return f.value;
    if (!f.id.starts_with("grid.gwp")) continue;
    ++candidates;
    if (!found || f.place == place) found = &f;
  }
  if (found && (candidates == 1 || found->place == place)) return found->value;
  return training_co2e(r).value / training_kwh(r);  // the same without losses
}

Figure scaled(const Figure& f, double k) { return {f.value * k, f.p5 * k, f.p50 * k, f.p95 * k}; }

double mean_of_day(const std::vector<double>& by_start, std::size_t day) {
  double sum = 0;
  for (std::size_t h = 0; h < 24; ++h) sum += by_start[24 * day + h];
  return sum / 24;
}

/// Days (from 0) of the month, or of the whole year.
std::vector<std::size_t> days_of(std::size_t hours, std::optional<int> month) {
  std::vector<std::size_t> days;
  for (std::size_t d = 0; d < hours / 24; ++d)
    if (!month || month_of_day(static_cast<int>(d), hours) + 1 == *month) days.push_back(d);
  return days;
}

/// `by_start`: multiples of the annual average.
StartHour start_at(const std::vector<double>& by_start, const std::vector<std::size_t>& days, std::size_t hour,
                   const Figure& annual, double typical) {
  std::vector<double> values;
  double lower = 0;
  for (const std::size_t d : days) {
    values.push_back(by_start[24 * d + hour]);
    lower += values.back() < mean_of_day(by_start, d) * (1 - 1e-12);
  }
  const double mean = base::mean_of(values);
  std::sort(values.begin(), values.end());
  StartHour s;
  s.hour = static_cast<int>(hour);
  s.co2e_kg = scaled(annual, mean);
  s.days_p5 = annual.value * base::sample_quantile(values, 0.05);
  s.days_p95 = annual.value * base::sample_quantile(values, 0.95);
  s.saving = 1 - mean / typical;
  s.probability_lower = lower / static_cast<double>(days.size());
  return s;
}

std::pair<int, int> best_and_worst(const std::vector<StartHour>& hours) {
  const auto by_value = [](const StartHour& a, const StartHour& b) { return a.co2e_kg.value < b.co2e_kg.value; };
  return {static_cast<int>(std::min_element(hours.begin(), hours.end(), by_value) - hours.begin()),
          static_cast<int>(std::max_element(hours.begin(), hours.end(), by_value) - hours.begin())};
}

std::vector<StartHour> all_hours(const std::vector<double>& by_start, const std::vector<std::size_t>& days,
                                 const Figure& annual) {
  double typical = 0;
  for (const std::size_t d : days) typical += mean_of_day(by_start, d) / static_cast<double>(days.size());
  std::vector<StartHour> out;
  for (std::size_t h = 0; h < 24; ++h) out.push_back(start_at(by_start, days, h, annual, typical));
  return out;
}

/// The hour of the profile's year in which an instant lies, by its own clock and calendar.
std::size_t hour_of_year(double unix_s, const Profile& p) {
  const auto local = static_cast<std::time_t>(unix_s + 3600.0 * p.zone_h);
  std::tm tm{};
  gmtime_r(&local, &tm);
  const auto& months = days_of_months(p.hours.size());
  int day = 0;
  for (int m = 0; m < tm.tm_mon; ++m) day += months[static_cast<std::size_t>(m)];
  day += std::min(tm.tm_mday, months[static_cast<std::size_t>(tm.tm_mon)]) - 1;  // 29 February in another year
  return static_cast<std::size_t>(24 * day + tm.tm_hour);
}

void meet_profile(PlaceWhen& place, const Profile& profile, const PowerCurve& curve, const Figure& annual,
                  double factor, const WhenOptions& options) {
  std::vector<double> by_start = means_by_start(profile.hours, curve);
  if (!profile.relative)
    for (double& value : by_start) value /= factor;
  place.hours = all_hours(by_start, days_of(by_start.size(), options.month), annual);
  double typical = 0;
  for (const StartHour& h : place.hours) typical += h.co2e_kg.value / 24;
  place.typical_kg = scaled(annual, typical / annual.value);
  std::tie(place.best, place.worst) = best_and_worst(place.hours);
  for (int month = 1; month <= 12; ++month) {
    const auto hours = all_hours(by_start, days_of(by_start.size(), month), annual);
    const auto [best, worst] = best_and_worst(hours);
    place.months.push_back({month, best, worst, hours[static_cast<std::size_t>(best)].co2e_kg.value,
                            hours[static_cast<std::size_t>(worst)].co2e_kg.value});
  }
  if (options.now_unix_s) {
    const std::size_t at = hour_of_year(*options.now_unix_s, profile);
    place.start = start_at(by_start, {at / 24}, at % 24, annual, mean_of_day(by_start, at / 24));
  } else if (options.start_hour) {
    place.start = place.hours[static_cast<std::size_t>(*options.start_hour)];
  }
}

void stay_flat(PlaceWhen& place, const Figure& annual) {
  place.note = "no profile of this place: every hour at its annual average";
  place.typical_kg = annual;
  StartHour any;
  any.co2e_kg = annual;
  any.days_p5 = any.days_p95 = annual.value;
  place.hours = {any};
}

std::map<std::string, Profile> profiles_of(const Study& s, const WhenOptions& options) {
  std::map<std::string, Profile> out;
  std::vector<std::filesystem::path> files = options.profiles;
  if (files.empty() && !s.profile.empty()) files.push_back(s.profile);
  for (const auto& file : files) {
    Profile p = read_profile(file);
    if (p.view != s.view)
      base::fail(
          "{}: the profile is of the view {}, the study of {}; say [electricity] view = \"{}\", or take another "
          "profile",
          p.file, p.view, s.view, p.view);
    const std::string place = p.place;
    if (!out.emplace(place, std::move(p)).second)
      base::fail_usage("{}: two profiles are of {}; give one", file.string(), place);
  }
  return out;
}

std::vector<std::string> places_of(const Study& s, const std::map<std::string, Profile>& profiles,
                                   const WhenOptions& options) {
  std::vector<std::string> out;
  const auto add = [&](const std::string& code) {
    if (std::find(out.begin(), out.end(), code) == out.end()) out.push_back(code);
  };
  for (const std::string& place : options.places) add(catalog::resolve_place(place).code);
  if (!options.places.empty()) return out;
  if (!s.training->supply.place.empty()) add(catalog::resolve_place(s.training->supply.place).code);
  for (const auto& [place, profile] : profiles) add(place);
  return out;
}

PlaceWhen at_place(const std::filesystem::path& path, const std::string& code, bool own,
                   const std::map<std::string, Profile>& profiles, const WhenOptions& options,
                   const catalog::Catalog& catalog) {
  PlaceWhen place;
  place.place = code;
  try {
    const Study s = one_training(path, own ? "" : code);
    if (s.training->supply.carbon && !own)
      base::fail("{}: [training] states its own carbon_kg_per_kwh, which another place would not change", s.file);
    const Result r = life::assess(s, catalog, options.assess);
    const Figure annual = training_co2e(r);
    if (const auto at = profiles.find(code); at != profiles.end()) {
      meet_profile(place, at->second, curve_for(s, r), annual, annual_factor(r, code), options);
      place.profile = at->second;
      place.profile->hours.clear();
    } else {
      stay_flat(place, annual);
    }
  } catch (const base::Error& e) {
    if (e.fault() == base::Fault::kUsage) throw;
    place.fault = e.what();
  }
  return place;
}

void check(const WhenOptions& o) {
  if (o.month && (*o.month < 1 || *o.month > 12)) base::fail_usage("--month: expected 1 to 12, found {}", *o.month);
  if (o.start_hour && (*o.start_hour < 0 || *o.start_hour > 23))
    base::fail_usage("--start: expected an hour from 0 to 23, or now; found {}", *o.start_hour);
}

std::vector<std::string> notes_of(const std::map<std::string, Profile>& profiles) {
  std::vector<std::string> notes;
  if (!profiles.empty())
    notes.emplace_back(
        "a profile is one year's: the doubt between years is in the interval only as far as the annual factor has it");
  for (const auto& [place, p] : profiles)
    notes.push_back(
        fmt::format("{}: {}{}, {}, its clock {}{}", place, p.source, p.year ? fmt::format(", {}", p.year) : "",
                    p.relative ? "shape on the annual factor" : "kg CO2e per kWh",
                    p.zone_h == 0 ? "UTC" : fmt::format("UTC{:+d}", p.zone_h),
                    p.typical_days ? ", one typical day for each month: the days of a month are alike" : ""));
  return notes;
}

}  // namespace

std::vector<double> means_by_start(const std::vector<double>& profile, const PowerCurve& curve) {
  const std::size_t n = profile.size();
  // A training of more than a year meets every hour again.
  std::vector<double> shares(std::min(curve.shares.size(), n), 0.0);
  for (std::size_t k = 0; k < curve.shares.size(); ++k) shares[k % n] += curve.shares[k];
  std::vector<double> twice(profile);
  twice.insert(twice.end(), profile.begin(), profile.end());
  std::vector<double> out(n, 0.0);
  for (std::size_t s = 0; s < n; ++s) {
    double sum = 0;
    for (std::size_t k = 0; k < shares.size(); ++k) sum += shares[k] * twice[s + k];
    out[s] = sum;
  }
  return out;
}

When when(const std::filesystem::path& path, const WhenOptions& options, const catalog::Catalog& catalog) {
  check(options);
  const Study as_written = study::read_study(path);
  if (!as_written.training)
    base::fail("{}: the study has no [training] that could start at another hour", path.string());
  const auto profiles = profiles_of(as_written, options);
  const Study own = one_training(path, "");
  const Result r = life::assess(own, catalog, options.assess);
  const PowerCurve curve = curve_for(own, r);
  When w;
  w.study = as_written.name;
  w.view = as_written.view;
  w.curve = curve.basis;
  w.duration_s = curve.duration_s;
  w.facility_kwh = training_kwh(r);
  w.month = options.month;
  w.start = options.now_unix_s ? "now" : options.start_hour ? std::to_string(*options.start_hour) : "";
  w.seed = options.assess.seed;
  w.samples = options.assess.samples;
  w.notes = notes_of(profiles);
  const std::string home =
      own.training->supply.place.empty() ? "" : catalog::resolve_place(own.training->supply.place).code;
  for (const std::string& place : places_of(as_written, profiles, options))
    w.places.push_back(at_place(path, place, place == home, profiles, options, catalog));
  if (w.places.empty()) base::fail_usage("{}: the training has no place; name some with --places", path.string());
  std::stable_sort(w.places.begin(), w.places.end(), [](const PlaceWhen& a, const PlaceWhen& b) {
    if (a.fault.empty() != b.fault.empty()) return a.fault.empty();
    return a.fault.empty() && a.hours[static_cast<std::size_t>(a.best)].co2e_kg.value <
                                  b.hours[static_cast<std::size_t>(b.best)].co2e_kg.value;
  });
  return w;
}

}  // namespace cradle::scenario
