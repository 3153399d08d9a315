// When and where the same training would cost least: hourly profiles met with the training's power (cradle when).
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cradle/base/json.h"
#include "cradle/life/assess.h"
#include "cradle/scenario/power_curve.h"
#include "cradle/scenario/profile.h"
#include "cradle/study/study.h"

namespace cradle::scenario {

inline constexpr std::string_view kWhenSchema = "cradle.when/1";

/// Starting at one hour of the day, on any day of the months looked at.
struct StartHour {
  int hour = 0;
  study::Figure co2e_kg;             ///< mean over the days; the interval is that of energy, PUE and annual factor
  double days_p5 = 0, days_p95 = 0;  ///< spread of the central figure between days
  double saving = 0;                 ///< 1 − figure / that of a typical start
  double probability_lower = 0;      ///< share of days on which it is lower than the mean start of that day
};

struct MonthBest {
  int month = 1;
  int best_hour = 0, worst_hour = 0;
  double best_kg = 0, worst_kg = 0;  ///< central
};

/// One place's answer.
struct PlaceWhen {
  std::string place;
  std::optional<Profile> profile;  ///< without its hours
  std::string note;                ///< that it is flat for want of a profile
  study::Figure typical_kg;        ///< mean over all starts
  std::vector<StartHour> hours;    ///< 24, or one for a flat place
  int best = 0, worst = 0;         ///< into hours
  std::vector<MonthBest> months;
  std::optional<StartHour> start;  ///< the start that was asked for
  std::string fault;               ///< why there is no figure
};

struct When {
  std::string study, view, curve;  ///< basis of the power curve
  double duration_s = 0;
  double facility_kwh = 0;  ///< in the study's own place
  std::optional<int> month;
  std::string start;              ///< "", "now" or an hour
  std::vector<PlaceWhen> places;  ///< the least best start first
  std::vector<std::string> notes;
  std::uint64_t seed = 0;
  int samples = 0;
};

struct WhenOptions {
  std::vector<std::string> places;              ///< codes or names; empty: the study's and those of the profiles
  std::vector<std::filesystem::path> profiles;  ///< each says its place
  std::optional<int> month;                     ///< 1 to 12: days of this month only
  std::optional<int> start_hour;                ///< of the profile's clock
  std::optional<double> now_unix_s;             ///< instead: this instant
  life::AssessOptions assess;
};

/// The CO2e of one training of the study at every start hour of every place. Its figure at the annual average comes
/// from the assessment in that place; a profile multiplies it by the mean of the hours it runs in, weighted by its
/// power, over the annual average. Throws Error if the study has no training, two profiles are of one place, or a
/// profile is of another view than the study's. Cost: an assessment a place, and 8,760 starts × hours of training.
When when(const std::filesystem::path& study, const WhenOptions& options, const catalog::Catalog& catalog);

/// For each start (an hour of the year) the mean of the profile over the training, weighted by its energy.
std::vector<double> means_by_start(const std::vector<double>& profile, const PowerCurve& curve);

std::string text(const When& when);
base::Json to_json(const When& when);

}  // namespace cradle::scenario
