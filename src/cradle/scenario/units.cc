// Units of published figures.
#include "cradle/scenario/units.h"

#include <iterator>
#include <utility>
#include <vector>

#include "cradle/base/error.h"
#include "cradle/base/quantity.h"
#include "cradle/base/text.h"

namespace cradle::scenario {
namespace {

struct Known {
  const char* name;
  const char* dimension;
  double size;
};
constexpr double kWattHour = base::kJoulesPerKwh / 1000;
// The pound is exact by definition (international yard and pound agreement, 1959).
constexpr Known kUnits[] = {
    {"mg", "mass", 1e-6},
    {"g", "mass", 1e-3},
    {"kg", "mass", 1},
    {"t", "mass", 1e3},
    {"kt", "mass", 1e6},
    {"lb", "mass", 0.45359237},
    {"J", "energy", 1},
    {"kJ", "energy", 1e3},
    {"MJ", "energy", 1e6},
    {"GJ", "energy", 1e9},
    {"Wh", "energy", kWattHour},
    {"kWh", "energy", kWattHour * 1e3},
    {"MWh", "energy", kWattHour * 1e6},
    {"GWh", "energy", kWattHour * 1e9},
    {"mL", "volume", 1e-3},
    {"L", "volume", 1},
    {"kL", "volume", 1e3},
    {"ML", "volume", 1e6},
    {"m3", "volume", 1e3},
    {"1", "ratio", 1},
};

/// Of what a mass is a mass: of carbon dioxide, of antimony.
constexpr std::string_view kSubstances[] = {"CO2e", "CO2eq", "CO2", "Sb", "Sb-eq"};

/// "kgCO2e/chip" → "kg", "lb CO2e" → "lb", "kg per device" → "kg".
std::string bare(std::string_view text) {
  std::string_view unit = text.substr(0, text.find(" per "));
  unit = base::trim(unit.substr(0, unit.find('/')));
  for (const std::string_view substance : kSubstances)
    if (unit.size() > substance.size() && unit.ends_with(substance)) {
      unit.remove_suffix(substance.size());
      break;
    }
  return std::string(base::trim(unit));
}

}  // namespace

Unit unit_named(std::string_view text, std::string_view where) {
  const std::string name = bare(text);
  for (const Known& known : kUnits)
    if (name == known.name) return {known.dimension, known.size};
  std::vector<std::string> names;
  for (const Known& known : kUnits) names.emplace_back(known.name);
  base::fail(
      "{}: 'unit': unknown unit '{}'{}; known are masses (g, kg, t, lb), energies (kWh, MWh, MJ), volumes (L, kL, "
      "ML, m3) and 1 for a ratio",
      where, text, base::suggestion(name, names));
}

double converted(double value, std::string_view from, std::string_view to, std::string_view where) {
  const Unit a = unit_named(from, where), b = unit_named(to, where);
  if (a.dimension != b.dimension)
    base::fail("{}: 'unit': the figure is computed in {} ({}), and {} is a unit of {}; state it in a unit of {}", where,
               from, a.dimension, to, b.dimension, a.dimension);
  return value * a.size / b.size;
}

std::string with_unit(double value, std::string_view unit) {
  return unit == "1" ? fmt::format("{:.6g}", value) : fmt::format("{:.6g} {}", value, unit);
}

}  // namespace cradle::scenario
