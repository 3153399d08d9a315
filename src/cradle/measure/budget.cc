// Quantities of three kinds, read and shown.
#include "cradle/measure/budget.h"

#include <charconv>
#include <cmath>

#include "cradle/base/error.h"
#include "cradle/base/quantity.h"
#include "cradle/base/text.h"

namespace cradle::measure {
namespace {

using Of = Budget::Of;

struct Unit {
  std::string_view name;
  Of of;
  double factor;  // to J, g or s
};

constexpr double kJoulesPerWh = base::kJoulesPerKwh / 1000;

// m and M differ, so case counts.
constexpr Unit kUnits[] = {{"mJ", Of::kEnergy, 1e-3},
                           {"J", Of::kEnergy, 1},
                           {"kJ", Of::kEnergy, 1e3},
                           {"MJ", Of::kEnergy, 1e6},
                           {"GJ", Of::kEnergy, 1e9},
                           {"mWh", Of::kEnergy, kJoulesPerWh * 1e-3},
                           {"Wh", Of::kEnergy, kJoulesPerWh},
                           {"kWh", Of::kEnergy, kJoulesPerWh * 1e3},
                           {"MWh", Of::kEnergy, kJoulesPerWh * 1e6},
                           {"mg", Of::kEmissions, 1e-3},
                           {"g", Of::kEmissions, 1},
                           {"kg", Of::kEmissions, 1e3},
                           {"t", Of::kEmissions, 1e6},
                           {"s", Of::kTime, 1},
                           {"min", Of::kTime, 60},
                           {"h", Of::kTime, 3600},
                           {"d", Of::kTime, 86400}};

const Unit* unit_named(std::string_view name) {
  bool gas = false;
  for (const std::string_view suffix : {"CO2e", "CO2"})
    if (!gas && name.ends_with(suffix)) {
      name.remove_suffix(suffix.size());
      gas = true;
    }
  for (const Unit& unit : kUnits)
    if (unit.name == name && (!gas || unit.of == Of::kEmissions)) return &unit;
  return nullptr;
}

/// format_value's units: kilograms for emissions; time is written by hand.
double shown(const Budget& budget, double amount) { return budget.of == Of::kEmissions ? amount / 1000 : amount; }
std::string_view shown_unit(const Budget& budget) { return budget.of == Of::kEmissions ? "kgCO2e" : "J"; }

}  // namespace

Budget parse_budget(std::string_view text) {
  const std::string_view whole = base::trim(text);
  double number = 0;
  const auto [end, fault] = std::from_chars(whole.data(), whole.data() + whole.size(), number);
  const std::string_view name = base::trim(whole.substr(static_cast<std::size_t>(end - whole.data())));
  const Unit* unit = fault == std::errc() ? unit_named(name) : nullptr;
  if (!unit || !std::isfinite(number) || !(number > 0))
    base::fail_usage(
        "'{}' is not a budget; expected energy (1kWh, 2.5MJ), emissions (500gCO2e, 1.2kgCO2e) or time (3h, 90min)",
        text);
  return {unit->of, number * unit->factor, std::string(whole)};
}

double in_unit_of(const Budget& budget, double billed_j, double t_s, const std::optional<record::GridFactor>& factor) {
  switch (budget.of) {
    case Of::kTime: return t_s;
    case Of::kEmissions: return factor ? billed_j / base::kJoulesPerKwh * factor->kg_per_kwh.value * 1000 : 0;
    case Of::kEnergy: break;
  }
  return billed_j;
}

std::string format_amount(const Budget& budget, double amount) {
  if (budget.of == Of::kTime) return base::format_seconds(amount);
  return base::format_value(shown(budget, amount), shown_unit(budget));
}

std::string format_amount(const Budget& budget, const base::Interval& amount) {
  if (budget.of == Of::kTime)
    return fmt::format("{} ({}–{})", base::format_seconds(amount.value), base::format_seconds(amount.low),
                       base::format_seconds(amount.high));
  return base::format_interval({shown(budget, amount.value), shown(budget, amount.low), shown(budget, amount.high)},
                               shown_unit(budget));
}

}  // namespace cradle::measure
