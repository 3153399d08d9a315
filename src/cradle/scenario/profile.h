// Hourly profiles of electricity: the carbon of a kilowatt-hour at each hour of a year, from a file.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace cradle::scenario {

/// What a profile's file says (docs/FORMATS.md).
struct Profile {
  std::string file;
  std::string place;      ///< code
  bool relative = false;  ///< unit "1": shape only, scaled by the place's annual factor; else kg CO2e per kWh
  std::string view = "location-average";
  int zone_h = 0;  ///< hours by which its clock is ahead of UTC
  int year = 0;    ///< 0: not said
  std::string source;
  bool typical_days = false;  ///< one day for each month, repeated
  /// From the first hour of January on: 8,760 or, of a leap year, 8,784. A relative one has a mean of 1.
  std::vector<double> hours;
};

/// Throws Error name:line for a missing or unknown comment, an hour that is missing or stands twice, a value that is
/// negative or cannot be kg per kWh, and a unit other than kgCO2e/kWh and 1.
Profile parse_profile(std::string_view text, const std::string& name);
Profile read_profile(const std::filesystem::path& path);

/// Days of each month of a year that has this many hours.
const std::vector<int>& days_of_months(std::size_t hours_of_year);
/// Month (0 to 11) in which a day of the year lies.
int month_of_day(int day, std::size_t hours_of_year);

}  // namespace cradle::scenario
