// Text for people: units a person would choose, intervals, aligned tables, and the nearest name to a wrong one.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cradle/base/statistics.h"

namespace cradle::base {

/// A number with three significant digits and no exponent where a person would not use one: 1.42, 14.2, 1 420, 0.0142.
std::string format_number(double x, int significant = 3);

/// Energy in µJ … TJ: 1420033.1 → "1.42 MJ".
std::string format_joules(double j);
std::string format_watts(double w);       ///< "38.2 W", "1.2 kW"
std::string format_seconds(double s);     ///< "0.42 ms", "12.3 s", "4 min 05 s", "3 h 12 min"
std::string format_kilograms(double kg);  ///< µg … t, for a mass of CO2e, antimony or waste
std::string format_litres(double l);      ///< µL … m³
std::string format_bytes(double bytes);   ///< "1.4 MB", decimal units
std::string format_count(double n);       ///< "30 k", "1.5 M"

/// A value in the unit of a criterion or factor, scaled: format_value(0.0042, "kgCO2e") → "4.2 gCO2e"; units that are
/// not known to scale are printed as they stand: "0.0042 x TDP".
std::string format_value(double value, std::string_view unit);
/// "1.42 MJ (1.1–1.9)": value and interval in one shared unit.
std::string format_interval(const Interval& interval, std::string_view unit);
/// The bare number of `value` in the unit that format_value would choose for `reference`, and that unit.
struct Scaled {
  double factor;     ///< multiply by this
  std::string unit;  ///< to get this unit
};
Scaled scale_for(double reference, std::string_view unit);

/// The candidate nearest to `wrong` by edit distance without regard to case, if it is near enough to be meant.
std::optional<std::string> nearest(std::string_view wrong, std::span<const std::string> candidates);
/// "; did you mean 'X'?" or nothing: to be appended to an error.
std::string suggestion(std::string_view wrong, std::span<const std::string> candidates);

std::string lower(std::string_view text);
std::string_view trim(std::string_view text);
std::vector<std::string> split(std::string_view text, char separator);
bool starts_with_ignoring_case(std::string_view text, std::string_view prefix);

std::size_t width_of(std::string_view line);  ///< UTF-8 characters
/// A paragraph in lines of at most `columns`, the second and later ones indented by two; words are never cut.
std::string wrapped(std::string_view paragraph, int columns);
/// A name of at most `most` characters; longer ones end in "…". Characters, not bytes.
std::string cut(std::string_view name, std::size_t most);

/// Columns of text, aligned; the first row is the header. Numbers right, words left. Width counts UTF-8 characters.
class Table {
 public:
  explicit Table(std::vector<std::string> header);
  void row(std::vector<std::string> cells);  ///< as many cells as the header has
  std::string text(std::string_view indent = "") const;
  std::string markdown() const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace cradle::base
