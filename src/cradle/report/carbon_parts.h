// Carbon taken apart as SCI wants it: operational emissions E·I and embodied emissions M, phase by phase.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cradle/study/result.h"

namespace cradle::report {

/// Emissions of one component for the functional unit. Creation and disposal of hardware are embodied, all else is
/// operational (ISO/IEC 21031:2024, clauses on O and M).
struct CarbonPart {
  std::string phase;
  std::string name;  ///< "use", "hardware of the training"
  bool embodied = false;
  /// Whether hardware served the training or the use; nullopt: the tree does not tell (and for operational parts).
  std::optional<bool> of_training;
  double kg = 0;              ///< kgCO2e
  std::optional<double> kwh;  ///< electricity at the facility's meter, if the result has it for the phase
};

/// They add up to the GWP total. Throws Error, with `form` in its sentence, if the result has no GWP.
std::vector<CarbonPart> carbon_parts(const study::Result& result, std::string_view form);

/// Factors in kgCO2e/kWh that the result used.
std::vector<const study::UsedFactor*> grid_factors(const study::Result& result);

/// Grams, as SCI states emissions: "6.9", "1.14e-06".
std::string grams_text(double kg);

/// Whether the study's view of electricity is location-based (average or marginal); "" (older results) is.
bool is_location_based(const study::Result& result);

/// A market view's total under location averages instead; nullptr if the result has none.
const study::Figure* location_based_total(const study::Result& result);

}  // namespace cradle::report
