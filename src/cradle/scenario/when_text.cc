// The answer of `cradle when` as text and as JSON.
#include <fmt/format.h>

#include "cradle/base/text.h"
#include "cradle/scenario/when.h"
#include "cradle/study/result_json.h"

namespace cradle::scenario {
namespace {

std::string interval_of(const study::Figure& f) { return base::format_interval({f.value, f.p5, f.p95}, "kgCO2e"); }

std::string hour_text(int hour) { return fmt::format("{:02}:00", hour); }

std::string months_text(const PlaceWhen& p) {
  static constexpr const char* kNames[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                           "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  base::Table table({fmt::format("{} by month", p.place), "best start", "", "worst start", ""});
  for (const MonthBest& m : p.months)
    table.row({kNames[m.month - 1], hour_text(m.best_hour), base::format_value(m.best_kg, "kgCO2e"),
               hour_text(m.worst_hour), base::format_value(m.worst_kg, "kgCO2e")});
  return table.text();
}

base::Json start_json(const StartHour& s) {
  base::Json json = study::figure_json({{"hour", s.hour}}, s.co2e_kg);
  json.update({{"days_p5", s.days_p5},
               {"days_p95", s.days_p95},
               {"saving", s.saving},
               {"probability_lower", s.probability_lower}});
  return json;
}

base::Json place_json(const PlaceWhen& p) {
  base::Json json = {{"place", p.place}};
  json["fault"] = p.fault.empty() ? base::Json(nullptr) : base::Json(p.fault);
  if (!p.fault.empty()) return json;
  json["profile"] = nullptr;
  if (p.profile)
    json["profile"] = {{"file", p.profile->file},
                       {"unit", p.profile->relative ? "1" : "kgCO2e/kWh"},
                       {"year", p.profile->year},
                       {"zone_h", p.profile->zone_h},
                       {"source", p.profile->source}};
  json["note"] = p.note;
  json["typical_kg"] = study::figure_json(base::Json::object(), p.typical_kg);
  json["hours"] = base::Json::array();
  for (const StartHour& h : p.hours) json["hours"].push_back(start_json(h));
  json["best_hour"] = p.hours[static_cast<std::size_t>(p.best)].hour;
  json["worst_hour"] = p.hours[static_cast<std::size_t>(p.worst)].hour;
  json["months"] = base::Json::array();
  for (const MonthBest& m : p.months)
    json["months"].push_back({{"month", m.month},
                              {"best_hour", m.best_hour},
                              {"best_kg", m.best_kg},
                              {"worst_hour", m.worst_hour},
                              {"worst_kg", m.worst_kg}});
  json["start"] = p.start ? start_json(*p.start) : base::Json(nullptr);
  return json;
}

}  // namespace

std::string text(const When& w) {
  std::string out =
      fmt::format("{}\none training: {}, {} at the facility's meter in its own place, power {}; view {}\n", w.study,
                  base::format_seconds(w.duration_s), base::format_value(w.facility_kwh, "kWh"),
                  w.curve == "measured" ? "as measured" : "taken as even", w.view);
  out += fmt::format("starts on any day of {}; CO2e with P5–P95\n\n",
                     w.month ? fmt::format("month {}", *w.month) : "the year");
  base::Table table({"place", "best start", "CO2e", "saves", "on days", "worst start", "CO2e", "typical start"});
  std::string more, faults, flat;
  for (const PlaceWhen& p : w.places) {
    if (!p.fault.empty()) {
      faults += fmt::format("{}: failed: {}\n", p.place, p.fault);
      continue;
    }
    if (p.hours.size() == 1) {
      table.row({p.place, "any", interval_of(p.typical_kg), "–", "–", "any", "", interval_of(p.typical_kg)});
      flat += fmt::format("{}: {}\n", p.place, p.note);
      continue;
    }
    const StartHour &best = p.hours[static_cast<std::size_t>(p.best)],
                    &worst = p.hours[static_cast<std::size_t>(p.worst)];
    table.row({p.place, hour_text(best.hour), interval_of(best.co2e_kg), fmt::format("{:.1f} %", 100 * best.saving),
               fmt::format("{:.0f} %", 100 * best.probability_lower), hour_text(worst.hour),
               base::format_value(worst.co2e_kg.value, "kgCO2e"), interval_of(p.typical_kg)});
    if (p.start)
      more += fmt::format("{}: starting {} ({}): {}, {:+.1f} % against a typical start{}\n", p.place,
                          w.start == "now" ? "now" : "then", hour_text(p.start->hour), interval_of(p.start->co2e_kg),
                          -100 * p.start->saving, w.start == "now" ? " of the same day" : "");
    if (!w.month) more += "\n" + months_text(p);
  }
  out += table.text();
  out +=
      "\nsaves: against the mean of all starts; on days: share of the days on which it is lower than that day's mean\n";
  out += flat + faults;
  if (!more.empty()) out += (more.front() == '\n' ? "" : "\n") + more;
  for (const std::string& note : w.notes) out += fmt::format("{}{}\n", &note == &w.notes.front() ? "\n" : "", note);
  return out;
}

base::Json to_json(const When& w) {
  base::Json json = {{"schema", kWhenSchema},      {"study", w.study}, {"view", w.view},
                     {"duration_s", w.duration_s}, {"power", w.curve}, {"facility_kwh", w.facility_kwh}};
  json["month"] = w.month ? base::Json(*w.month) : base::Json(nullptr);
  json["places"] = base::Json::array();
  for (const PlaceWhen& p : w.places) json["places"].push_back(place_json(p));
  json["notes"] = w.notes;
  json["seed"] = w.seed;
  json["samples"] = w.samples;
  return json;
}

}  // namespace cradle::scenario
