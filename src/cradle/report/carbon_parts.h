// Carbon taken apart as SCI wants it: operational emissions E·I and embodied emissions M, phase by phase.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cradle/study/result.h"

namespace cradle::report {

/// Emissions of one component for the functional unit. Creation and disposal of hardware are embodied, all else is
/// operational (ISO/IEC 21031:2024, clauses on O and M).
struct CarbonPart {
  std::string phase;
  std::string name;  ///< "use", "hardware of the training"
  bool embodied = false;
  bool other = false;  ///< operational, and by the tree not of electricity: a drive to install a device
  /// Whether hardware served the training or the use; nullopt: the tree does not tell (and for operational parts).
  std::optional<bool> of_training = std::nullopt;
  double kg = 0;  ///< kgCO2e
  std::optional<double> kwh =
      std::nullopt;  ///< electricity at the facility's meter, if it causes `kg` and the result has it
};

/// They add up to the GWP total. A phase with electricity has a part even if its emissions are 0. Throws Error, with
/// `form` in its sentence, if the result has no GWP; under a market view the total may be nothing.
std::vector<CarbonPart> carbon_parts(const study::Result& result, std::string_view form);

/// Factors in kgCO2e/kWh that the result used.
std::vector<const study::UsedFactor*> grid_factors(const study::Result& result);

/// "training and use": the activities whose electricity has a carbon intensity stated by the study itself
/// (`carbon_kg_per_kwh`), which no view changes; "" if none has. Safe in Markdown.
std::string stated_carbon(const study::Result& result);
/// What of contracts and offsets is in a score by location.
std::string contract_sentence(const study::Result& result);

/// Grams, as SCI states emissions: "6.9", "1.14e-06".
std::string grams_text(double kg);

/// Whether the study's view of electricity is location-based (average or marginal); "" (older results) is.
bool is_location_based(const study::Result& result);

/// The GWP total under an alternative of the result ("electricity", "location-average"); nullptr if it has none.
const study::Figure* alternative_total(const study::Result& result, std::string_view kind, std::string_view name);

/// Whether the study shares hardware as SCI's M does, TE · TiR/EL · RR/ToR: by the calendar, idle life on nobody.
bool is_calendar_shared(const study::Result& result);

}  // namespace cradle::report
