// Units that sources publish figures in, and how many of the program's own units they are.
#pragma once

#include <string>
#include <string_view>

namespace cradle::scenario {

/// What a unit measures, and its size in the base unit of that: kilogram, joule, litre; 1 for a ratio.
struct Unit {
  std::string dimension;  ///< mass, energy, volume, ratio
  double size = 1;
};

/// "t", "lb CO2e", "MWh", "kL", "kg per device", "kgCO2e/chip", "1"; of what a mass is a mass, and per what, is left
/// out. Throws Error "<where>: …" with the nearest known unit otherwise.
Unit unit_named(std::string_view text, std::string_view where);

/// `value`, which is in `from`, in `to`. Throws Error with `where` if the two measure different things.
double converted(double value, std::string_view from, std::string_view to, std::string_view where);

/// "1287 MWh" to six digits; a ratio has no unit behind it.
std::string with_unit(double value, std::string_view unit);

}  // namespace cradle::scenario
