// What a run may cost: so many joules, grams of CO2e or seconds.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "cradle/record/journal.h"

namespace cradle::measure {

struct Budget {
  enum class Of { kEnergy, kEmissions, kTime };
  Of of = Of::kEnergy;
  double amount = 0;  ///< joules, grams of CO2e or seconds
  std::string text;   ///< as it was given
};

/// "1kWh", "2.5MJ", "500gCO2e", "3h", "90 min". Energy: mJ J kJ MJ GJ, mWh Wh kWh MWh; emissions: mg g kg t, with or
/// without CO2 or CO2e; time: s min h d. Throws Error (usage) with examples.
Budget parse_budget(std::string_view text);

/// What `billed_j` joules and `t_s` seconds are in the budget's unit (`factor` for emissions).
double in_unit_of(const Budget& budget, double billed_j, double t_s, const std::optional<record::GridFactor>& factor);
/// For people, P10 and P90 behind: "3.60 MJ", "1.42 MJ (1.1–1.9)".
std::string format_amount(const Budget& budget, double amount);
std::string format_amount(const Budget& budget, const base::Interval& amount);

}  // namespace cradle::measure
