// Carbon taken apart as SCI wants it: operational emissions E·I and embodied emissions M, phase by phase.
#include "cradle/report/carbon_parts.h"

#include <fmt/format.h>

#include "cradle/base/error.h"
#include "cradle/base/text.h"
#include "cradle/report/facts.h"
#include "cradle/report/figures.h"

namespace cradle::report {
namespace {

constexpr std::string_view kGwp = "GWP";

void add_embodied(const study::Result& result, const std::string& phase, double kg, std::vector<CarbonPart>& parts) {
  const std::string what = phase == "production" ? "hardware" : "disposal of hardware";
  const auto split = split_by_training(result, phase, kGwp);
  if (!split) {
    parts.push_back({phase, what, true, std::nullopt, kg, std::nullopt});
    return;
  }
  if (split->training != 0.0)
    parts.push_back({phase, what + " of the training", true, true, split->training, std::nullopt});
  if (split->other != 0.0) parts.push_back({phase, what + " of the use", true, false, split->other, std::nullopt});
}

}  // namespace

std::vector<CarbonPart> carbon_parts(const study::Result& result, std::string_view form) {
  if (!total_of(result, kGwp))
    base::fail("{} is a score of carbon, and the result '{}' has no total in GWP; assess the study with that criterion",
               form, result.name);
  std::vector<CarbonPart> parts;
  for (const std::string& phase : counted_phases(result)) {
    const study::Figure* impact = impact_of(result, phase, kGwp);
    if (!impact) continue;
    if (phase == "production" || phase == "end-of-life") {
      add_embodied(result, phase, impact->value, parts);
      continue;
    }
    const study::Energy* energy = energy_of(result, phase);
    parts.push_back({phase, phase_words(phase), false, std::nullopt, impact->value,
                     energy ? std::optional(energy->facility_kwh.value) : std::nullopt});
  }
  return parts;
}

std::vector<const study::UsedFactor*> grid_factors(const study::Result& result) {
  std::vector<const study::UsedFactor*> found;
  for (const study::UsedFactor& f : result.factors)
    if (f.unit == "kgCO2e/kWh" || f.unit == "kg/kWh") found.push_back(&f);
  return found;
}

std::string grams_text(double kg) { return number_text(1000.0 * kg); }

bool is_location_based(const study::Result& result) {
  return result.view.empty() || result.view.starts_with("location");
}

const study::Figure* alternative_total(const study::Result& result, std::string_view kind, std::string_view name) {
  for (const study::Alternative* a : alternatives_of(result, kind))
    if (a->name == name) return total_of(*a, kGwp);
  return nullptr;
}

bool is_calendar_shared(const study::Result& result) { return chosen_of(result, "allocation") == "calendar-time"; }

}  // namespace cradle::report
