// Carbon taken apart as SCI wants it: operational emissions E·I and embodied emissions M, phase by phase.
#include "cradle/report/carbon_parts.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "cradle/base/error.h"
#include "cradle/base/text.h"
#include "cradle/report/escape.h"
#include "cradle/report/facts.h"
#include "cradle/report/figures.h"

namespace cradle::report {
namespace {

constexpr std::string_view kGwp = "GWP";

bool is_grid_factor(const study::UsedFactor& f) { return f.unit == "kgCO2e/kWh" || f.unit == "kg/kWh"; }

CarbonPart embodied_part(const std::string& phase, std::string name, std::optional<bool> of_training, double kg) {
  CarbonPart part{phase, std::move(name)};
  part.embodied = true;
  part.of_training = of_training;
  part.kg = kg;
  return part;
}

void add_embodied(const study::Result& result, const std::string& phase, double kg, std::vector<CarbonPart>& parts) {
  const std::string what = phase == "production" ? "hardware" : "disposal of hardware";
  const auto split = split_by_training(result, phase, kGwp);
  if (!split || kg == 0.0) {
    parts.push_back(embodied_part(phase, what, std::nullopt, kg));
    return;
  }
  if (split->training != 0.0) parts.push_back(embodied_part(phase, what + " of the training", true, split->training));
  if (split->other != 0.0) parts.push_back(embodied_part(phase, what + " of the use", false, split->other));
}

/// What a leaf is of: its factor of carbon ("driving a car or small van"), else its process.
std::string cause_of(const Leaf& leaf) {
  for (const study::UsedFactor* f : leaf.factors)
    if (f->unit.starts_with("kg")) return f->name;
  return leaf.process;
}

/// The leaves of a phase that no carbon intensity of electricity leads to; without a tree there are none.
CarbonPart other_part(const study::Result& result, const std::string& phase) {
  CarbonPart part{phase, ""};
  part.other = true;
  std::vector<std::string> causes;
  for (const Leaf& leaf : leaves_of(result, kGwp)) {
    const bool electric = std::any_of(leaf.factors.begin(), leaf.factors.end(),
                                      [](const study::UsedFactor* f) { return is_grid_factor(*f); });
    if (leaf.phase != phase || electric) continue;
    part.kg += leaf.value;
    const std::string cause = cause_of(leaf);
    if (std::find(causes.begin(), causes.end(), cause) == causes.end()) causes.push_back(cause);
  }
  part.name = fmt::format("{}, not electricity: {}", phase_words(phase), fmt::join(causes, ", "));
  return part;
}

void add_operational(const study::Result& result, const std::string& phase, double kg, std::vector<CarbonPart>& parts) {
  const study::Energy* energy = energy_of(result, phase);
  const CarbonPart other = other_part(result, phase);
  CarbonPart electricity{phase, phase_words(phase)};
  electricity.kg = kg - other.kg;
  if (energy) electricity.kwh = energy->facility_kwh.value;
  constexpr double kRounding = 1e-9;  // of the sum of the leaves
  if (energy || other.kg == 0.0 || std::abs(electricity.kg) > kRounding * std::abs(kg)) parts.push_back(electricity);
  if (other.kg != 0.0) parts.push_back(other);
}

/// Phases with a figure or with electricity: where a kilowatt-hour is said to emit nothing a phase may have the latter
/// alone.
std::vector<std::string> phases_with_parts(const study::Result& result) {
  std::vector<std::string> phases = counted_phases(result);
  for (const study::Energy& e : result.energy)
    if (!e.phase.empty() && std::find(phases.begin(), phases.end(), e.phase) == phases.end()) phases.push_back(e.phase);
  return phases;
}

}  // namespace

std::vector<CarbonPart> carbon_parts(const study::Result& result, std::string_view form) {
  if (!total_of(result, kGwp) && is_location_based(result))
    base::fail("{} is a score of carbon, and the result '{}' has no total in GWP; assess the study with that criterion",
               form, result.name);
  std::vector<CarbonPart> parts;
  for (const std::string& phase : phases_with_parts(result)) {
    const study::Figure* impact = impact_of(result, phase, kGwp);
    const double kg = impact ? impact->value : 0;
    const bool embodied = phase == "production" || phase == "end-of-life";
    if (embodied && impact) add_embodied(result, phase, kg, parts);
    if (!embodied && (impact || energy_of(result, phase))) add_operational(result, phase, kg, parts);
  }
  return parts;
}

std::vector<const study::UsedFactor*> grid_factors(const study::Result& result) {
  std::vector<const study::UsedFactor*> found;
  for (const study::UsedFactor& f : result.factors)
    if (is_grid_factor(f)) found.push_back(&f);
  return found;
}

std::string stated_carbon(const study::Result& result) {
  constexpr std::string_view kStated = "carbon:";  // how the id of such a factor begins
  std::vector<std::string> activities;
  for (const study::UsedFactor& f : result.factors)
    if (f.id.starts_with(kStated)) activities.push_back(markdown_cell(f.id.substr(kStated.size())));
  return fmt::format("{}", fmt::join(activities, " and "));
}

std::string contract_sentence(const study::Result& result) {
  const std::string activities = stated_carbon(result);
  if (activities.empty()) return "No offset, certificate or purchase agreement enters it.";
  return fmt::format(
      "The carbon intensity of the electricity of {} is stated by the study, so whether an offset, a certificate or a "
      "purchase agreement stands behind it is the study's word.",
      activities);
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
