// Software Carbon Intensity by ISO/IEC 21031:2024: (E · I + M) per R, with each component and what is missing.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>

#include "cradle/report/carbon_parts.h"
#include "cradle/report/escape.h"
#include "cradle/report/facts.h"
#include "cradle/report/figures.h"
#include "cradle/report/paper.h"
#include "cradle/report/standards.h"

namespace cradle::report {
namespace {

using study::Result;

/// The score's terms, in kgCO2e and kWh for the functional unit.
struct Score {
  std::optional<study::Figure> total;  ///< nullopt: there is no location-based total
  bool interval = true;                ///< whether `total` has its P5–P95
  bool by_calendar = true;             ///< whether M is shared as the standard's formula does
  std::vector<CarbonPart> parts;
  double operational = 0, embodied = 0, kwh = 0;
  double without_kwh = 0;  ///< operational emissions outside E · I: not of electricity, or of an unknown one
};

/// No figure of hardware is not hardware of no impact.
bool knows_hardware(const Score& s) {
  return std::any_of(s.parts.begin(), s.parts.end(), [](const CarbonPart& p) { return p.embodied; });
}

/// One part in place of all embodied ones.
void take_calendar(double kg, Score& score) {
  std::erase_if(score.parts, [](const CarbonPart& p) { return p.embodied; });
  CarbonPart hardware{"", "hardware by the calendar, creation and disposal"};
  hardware.embodied = true;
  hardware.kg = score.embodied = kg;
  score.parts.push_back(hardware);
}

/// Under a market view the parts of the electricity are not known by location; their sum is: the alternative changes
/// the electricity's carbon alone, so that is its total − M − what is not electricity.
void take_location_average(const Result& result, const study::Figure& alternative, Score& score) {
  CarbonPart electricity{"", "electricity of all phases, by location averages"};
  double other = 0;
  for (const CarbonPart& p : score.parts)
    if (p.other) other += p.kg;
  electricity.kg = alternative.value - score.embodied - other;
  if (const study::Energy* all = energy_of(result, ""))
    electricity.kwh = score.kwh = all->facility_kwh.value;
  else if (score.kwh > 0)
    electricity.kwh = score.kwh;
  std::erase_if(score.parts, [](const CarbonPart& p) { return !p.embodied && !p.other; });
  score.parts.push_back(electricity);
  score.operational = electricity.kg + other;
  score.without_kwh = other + (electricity.kwh ? 0 : electricity.kg);
}

Score score_of(const Result& result) {
  Score score;
  score.parts = carbon_parts(result, "SCI");
  for (const CarbonPart& p : score.parts) {
    (p.embodied ? score.embodied : score.operational) += p.kg;
    if (p.kwh) score.kwh += *p.kwh;
    if (!p.embodied && !p.kwh) score.without_kwh += p.kg;
  }
  const double operational = score.operational;  // by the study's own view
  const study::Figure* location = nullptr;
  if (is_location_based(result)) {
    score.total = *total_of(result, "GWP");
  } else {
    // The alternative holds what the study states as it stands, contract or not.
    if (stated_carbon(result).empty()) location = alternative_total(result, "electricity", "location-average");
    if (!location) return score;
    score.total = *location;
    take_location_average(result, *location, score);
  }
  if (is_calendar_shared(result) || !knows_hardware(score)) return score;
  const study::Figure* calendar = alternative_total(result, "allocation", "calendar-time");
  score.by_calendar = calendar != nullptr;
  if (!calendar) return score;
  // The alternative changes M alone.
  take_calendar(calendar->value - operational, score);
  score.total = *calendar;
  if (!location) return score;
  // Two changes at once: their sum is known, its spread is not.
  score.total->value = score.operational + score.embodied;
  score.interval = false;
  return score;
}

std::string intensity_text(double kg, double kwh) { return kwh > 0 ? number_text(1000.0 * kg / kwh) : "–"; }

std::string view_line(const Result& result, const Score& score) {
  if (is_location_based(result))
    return fmt::format("Electricity by location: the study's view is {}.",
                       result.view.empty() ? "not recorded (results before views were recorded are location averages)"
                                           : fmt::format("`{}`", markdown_cell(result.view)));
  const std::string refused = fmt::format(
      "The study's view of electricity is `{}`, a market-based measure, which may not be used in this score.",
      markdown_cell(result.view));
  if (const std::string activities = stated_carbon(result); !activities.empty())
    return refused + fmt::format(
                         " The study itself states the carbon intensity of the electricity of {}, which no view "
                         "changes, so its total by location is not known and **no score can be given**: leave "
                         "`carbon_kg_per_kwh` out of the study, or state one by location under `[electricity] view = "
                         "\"location-average\"`.",
                         activities);
  if (!score.total)
    return refused +
           " The result holds no alternative `location-average`, so **no score can be given**: assess the study again "
           "with `[electricity] view = \"location-average\"`.";
  return refused + " The score below is that of the result's alternative `location-average`.";
}

std::string allocation_line(const Result& result, const Score& score) {
  if (!knows_hardware(score))
    return "**M is not known**: the result has no figure for the creation or disposal of hardware. The score below is "
           "without it, and what it would add is not zero.";
  const std::string rule = stated(chosen_of(result, "allocation"));
  if (is_calendar_shared(result)) return "M shares hardware by the calendar (TiR/EL), as the study does.";
  if (score.by_calendar)
    return fmt::format(
        "M shares hardware by the calendar (TiR/EL): it is that of the result's alternative `calendar-time`; "
        "the study's own rule is {}.",
        rule);
  return fmt::format(
      "**M is by the study's rule {}**: the standard shares hardware by the calendar (TiR/EL), and the result "
      "holds no alternative `calendar-time`.",
      rule);
}

/// No figure of electricity is not an electricity of zero.
bool knows_electricity(const Score& s) {
  return std::any_of(s.parts.begin(), s.parts.end(), [](const CarbonPart& p) { return p.kwh.has_value(); });
}

/// "deployment, not electricity: driving a car; use (no figure of its electricity)": what I is not of.
std::string outside_words(const Score& s) {
  std::string out;
  for (const CarbonPart& p : s.parts)
    if (!p.embodied && !p.kwh && p.kg != 0)
      out += fmt::format("{}{}{}", out.empty() ? "" : "; ", markdown_cell(p.name),
                         p.other ? "" : " (no figure of its electricity)");
  return out;
}

std::string terms_table(const Result& result, const Score& s) {
  base::Table table({"term", "value", "unit", "what it is"});
  const bool known = knows_electricity(s);
  const double from_electricity = s.operational - s.without_kwh;
  table.row(
      {"E", known ? number_text(s.kwh) : "not known", "kWh",
       "electricity at the facility's meter (with PUE), idle and provisioned included where the study counts them"});
  table.row({"I", known ? intensity_text(from_electricity, s.kwh) : "not known", "gCO2e/kWh",
             "effective: emissions of the electricity / E"});
  table.row({"O = E · I", known ? grams_text(from_electricity) : "not known", "gCO2e",
             "operational emissions of electricity"});
  if (s.without_kwh != 0)
    table.row({"O, other", grams_text(s.without_kwh), "gCO2e",
               "operational emissions that are in the score, but in neither E nor I: " + outside_words(s)});
  table.row({"M", knows_hardware(s) ? grams_text(s.embodied) : "not known", "gCO2e",
             "share of the creation and disposal of hardware"});
  table.row({"R", base::format_count(result.functional_unit.amount), markdown_cell(result.functional_unit.kind),
             markdown_cell(result.functional_unit.text)});
  return table.markdown() + '\n';
}

std::string share_text(double kg, double total) { return total == 0 ? "–" : percent_text(kg / total); }

std::string component_table(const Score& s) {
  base::Table table({"component", "phase", "E, kWh", "I, gCO2e/kWh", "O, gCO2e", "M, gCO2e", "share"});
  double sum = 0;
  for (const CarbonPart& p : s.parts) {
    sum += p.kg;
    table.row({markdown_cell(p.name), p.phase.empty() ? "all" : markdown_cell(p.phase),
               p.kwh ? number_text(*p.kwh) : "–", p.kwh ? intensity_text(p.kg, *p.kwh) : "–",
               p.embodied ? "" : grams_text(p.kg), p.embodied ? grams_text(p.kg) : "",
               share_text(p.kg, s.total->value)});
  }
  table.row({"**sum**", "", knows_electricity(s) ? number_text(s.kwh) : "–", "", grams_text(s.operational),
             knows_hardware(s) ? grams_text(s.embodied) : "–", share_text(sum, s.total->value)});
  return table.markdown() + '\n';
}

std::string score_section(const Result& result, const Score& s) {
  std::string out = heading(2, "Score");
  out += paragraph(view_line(result, s));
  if (!s.total) return out;
  out += paragraph(allocation_line(result, s));
  const std::string interval =
      s.interval ? fmt::format(" ({})", range_text(1000.0 * s.total->p5, 1000.0 * s.total->p95)) : "";
  out += paragraph(fmt::format("**SCI = {} gCO2e{} per {}**", grams_text(s.total->value), interval,
                               markdown_cell(result.functional_unit.text)));
  out += paragraph(
      fmt::format("SCI = ({} + M) per R; {}. {}", s.without_kwh != 0 ? "E · I + O, other" : "E · I",
                  s.interval ? "the interval is P5–P95" : "the result has no interval for two changed choices at once",
                  contract_sentence(result)));
  return out + terms_table(result, s);
}

/// ", the training and hardware among them": of what a reader asks first, that which is inside.
std::string among_them(const Result& result) {
  const std::vector<std::string> phases = counted_phases(result);
  const auto inside = [&](std::string_view phase) {
    return std::find(phases.begin(), phases.end(), phase) != phases.end();
  };
  std::string out = inside("training") ? "the training" : "";
  if (inside("production")) {
    const auto split = split_by_training(result, "production", "GWP");
    const bool served = inside("training") && split && split->training != 0.0;
    out += fmt::format("{}{}", out.empty() ? "" : " and ", served ? "the hardware that served it" : "hardware");
  }
  return out.empty() ? "" : fmt::format(", {} among them", out);
}

/// How the footprints behind M were obtained, by their status.
std::string hardware_words(const Result& result) {
  std::vector<std::string> how;
  for (const std::string_view phase : {"production", "end-of-life"})
    for (const study::UsedFactor* f : factors_of_phase(result, phase, "GWP"))
      if (const std::string word = how_obtained(f->status);
          f->unit.starts_with("kgCO2e") && std::find(how.begin(), how.end(), word) == how.end())
        how.push_back(word);
  if (!how.empty())
    return fmt::format("calculated from footprints ({}) and the study's shares of them", fmt::join(how, "; "));
  return impact_of(result, "production", "GWP") ? "the result does not say what its figure is made of" : "not known";
}

std::string bound_step(const Result& result) {
  std::vector<std::string> lines;
  for (const std::string& phase : counted_phases(result))
    lines.push_back(fmt::format("inside: {}", markdown_cell(phase)));
  for (const study::MissingPhase& m : uncounted_phases(result))
    lines.push_back(fmt::format("outside for want of data, **not zero**: {} – {}", markdown_cell(m.phase),
                                markdown_cell(m.reason)));
  return heading(3, "1. Bound") +
         paragraph(fmt::format(
             "The software boundary is that of the study: all phases with data{}, as far as they fall on one R.",
             among_them(result))) +
         bullets(lines);
}

std::string define_step(const Result& result) {
  std::string out = heading(3, "3. Define");
  out += paragraph(fmt::format(
      "Electricity: {} (basis: {}). Hardware: {}. Factors of I:", measured_or_estimated(result.energy_basis),
      stated(result.energy_basis), hardware_words(result)));
  base::Table table({"factor", "kgCO2e/kWh", "place", "year", "how obtained", "grade", "source"});
  bool given = false;
  for (const study::UsedFactor* f : grid_factors(result)) {
    given = given || f->status == "input";
    table.row({markdown_cell(f->name), factor_value(*f), markdown_cell(f->place),
               f->year ? fmt::format("{}", f->year) : "", how_obtained(f->status), markdown_cell(f->grade),
               markdown_cell(f->source)});
  }
  out +=
      grid_factors(result).empty() ? paragraph("The result names no factor in kgCO2e/kWh.") : table.markdown() + '\n';
  if (given)
    out += paragraph(
        "An intensity stated in the study itself is among them: whether it is location-based is for its "
        "author to say.");
  out += paragraph(
      "Factors of M (M = TE · TS · RS: footprint × share of its life × share of its resources), as the study's own "
      "rule multiplies them:");
  base::Table hardware({"factor", "value", "unit", "how obtained", "grade", "source"});
  const auto factors = factors_of_phase(result, "production", "GWP");
  for (const study::UsedFactor* f : factors)
    hardware.row({markdown_cell(f->name), factor_value(*f), markdown_cell(f->unit), how_obtained(f->status),
                  markdown_cell(f->grade), markdown_cell(f->source)});
  return out + (factors.empty() ? paragraph("The result names none.") : hardware.markdown() + '\n');
}

/// The use and its own hardware, if the tree tells it from the training's.
std::string operation_line(const Score& s) {
  double kg = 0;
  bool any = false;
  for (const CarbonPart& p : s.parts) {
    if (p.embodied && !p.of_training)
      return "The result does not tell the hardware of the training from that of the use by this rule, so no score of "
             "the "
             "operation alone can be given.";
    if (p.phase != "use" && !(p.embodied && !*p.of_training)) continue;
    kg += p.kg;
    any = true;
  }
  if (!any) return "The result has no figure of the operation, so no score of it alone can be given.";
  return fmt::format(
      "Of it, the operation alone ({}): {} gCO2e per R. A part of a total has no "
      "interval of its own in the result.",
      knows_hardware(s) ? "use and its own hardware" : "use; its hardware is not known", grams_text(kg));
}

std::string missing_section(const Result& result) {
  std::vector<std::string> lines = {
      "a baseline by the same method to compare the score with (SCI is for comparing "
      "actions; `cradle compare` gives paired differences)",
      "whether the functional unit is the one by which the application scales: the author's "
      "to argue"};
  for (const study::MissingPhase& m : uncounted_phases(result))
    lines.push_back(fmt::format("{}: {}", markdown_cell(m.phase), markdown_cell(m.reason)));
  if (result.energy.empty())
    lines.push_back("electricity by phase: the result has none, so E and I cannot be told apart");
  return heading(2, "What is missing") + bullets(lines);
}

}  // namespace

std::string sci(const Result& result, const Origin& origin) {
  const Score score = score_of(result);
  std::string out = heading(1, fmt::format("Software Carbon Intensity: {}", markdown_cell(result.name)));
  out += paragraph(fmt::format("Laid out after ISO/IEC 21031:2024 by {}{}{}. It makes no claim of conformity.",
                               markdown_cell(origin.program), origin.written.empty() ? "" : ", ", origin.written));
  out += score_section(result, score);
  out += heading(2, "Steps") + bound_step(result);
  out += heading(3, "2. Scale") + paragraph(fmt::format("R is {}; every component below is for the same R.",
                                                        markdown_cell(result.functional_unit.text)));
  out += define_step(result) + heading(3, "4. Quantify");
  if (score.total) {
    out += component_table(score);
    if (result.tree.empty())
      out += paragraph(
          "The result has no tree, so all operational emissions of a phase with electricity are taken as the "
          "electricity's.");
    if (is_location_based(result)) out += paragraph(operation_line(score));
  } else {
    out += paragraph("Not possible under a market view, see above.");
  }
  return out + missing_section(result);
}

}  // namespace cradle::report
