// SCI for AI (draft of the Green Software Foundation): the consumer's and the provider's score, never one number.
#include <fmt/format.h>

#include <algorithm>

#include "cradle/report/carbon_parts.h"
#include "cradle/report/escape.h"
#include "cradle/report/facts.h"
#include "cradle/report/figures.h"
#include "cradle/report/paper.h"
#include "cradle/report/standards.h"

namespace cradle::report {
namespace {

using study::Result;

enum class Side { kConsumer, kProvider, kUndivided };

/// Use falls on the consumer; design, data, training, deployment and end of life on the provider; hardware follows
/// what it served, where the tree tells.
Side side_of(const CarbonPart& p) {
  if (p.phase == "use") return Side::kConsumer;
  if (p.phase != "production") return Side::kProvider;
  if (!p.of_training) return Side::kUndivided;
  return *p.of_training ? Side::kProvider : Side::kConsumer;
}

double sum_of(const std::vector<CarbonPart>& parts, Side side) {
  double kg = 0;
  for (const CarbonPart& p : parts)
    if (side_of(p) == side) kg += p.kg;
  return kg;
}

std::string kind_of(const CarbonPart& p) {
  if (p.embodied) return "embodied, M";
  return p.other ? "operational, not of electricity" : "operational, E · I";
}

std::string part_table(const std::vector<CarbonPart>& parts, Side side) {
  base::Table table({"part", "phase", "kind", "E, kWh", "gCO2e"});
  for (const CarbonPart& p : parts)
    if (side_of(p) == side)
      table.row({markdown_cell(p.name), markdown_cell(p.phase), kind_of(p), p.kwh ? number_text(*p.kwh) : "–",
                 grams_text(p.kg)});
  table.row({"**sum**", "", "", "", grams_text(sum_of(parts, side))});
  return table.markdown() + '\n';
}

bool any_of_side(const std::vector<CarbonPart>& parts, Side side) {
  return std::any_of(parts.begin(), parts.end(), [&](const CarbonPart& p) { return side_of(p) == side; });
}

std::string consumer_section(const Result& result, const std::vector<CarbonPart>& parts) {
  std::string out = heading(2, "Consumer score");
  out += paragraph(
      "Boundary: operation and monitoring – the phase use with the hardware that served it, as far as the result "
      "has data.");
  if (!any_of_side(parts, Side::kConsumer))
    return out + paragraph("**No score**: the result has no figure for the use.");
  const double kg = sum_of(parts, Side::kConsumer);
  out += paragraph(
      fmt::format("**Consumer SCI = {} gCO2e per {}**", grams_text(kg), markdown_cell(result.functional_unit.text)));
  if (result.functional_unit.kind == "image" && result.functional_unit.amount > 0)
    out +=
        paragraph(fmt::format("Per image (per inference): {} gCO2e.", grams_text(kg / result.functional_unit.amount)));
  return out + part_table(parts, Side::kConsumer);
}

/// The whole model's provider emissions and what they may be divided by.
std::string provider_score(const Result& result, double kg_per_unit) {
  const auto models = models_per_unit(result);
  if (!models)
    return paragraph(fmt::format("**Provider emissions = {} gCO2e per {}**", grams_text(kg_per_unit),
                                 markdown_cell(result.functional_unit.text))) +
           paragraph(
               "The result does not say how many functional units one model serves, so the emissions of the whole "
               "model, and a score per FLOP, cannot be given.");
  const double kg = kg_per_unit / *models;
  std::string out = paragraph(fmt::format("Emissions of the whole model: {} ({} gCO2e for {}, that is {} of a model).",
                                          figure_text({kg, kg, kg, kg}, "kgCO2e"), grams_text(kg_per_unit),
                                          markdown_cell(result.functional_unit.text), number_text(*models)));
  if (!result.training || !(result.training->operations > 0))
    return out + paragraph(
                     "**No score per FLOP**: the operations of the training are not known. Divide the emissions of "
                     "the whole model by its parameters or training tokens; the result holds neither.");
  const double operations = result.training->operations;
  return out + paragraph(fmt::format("**Provider SCI = {} gCO2e per 10¹⁸ FLOP** ({} FLOP, counted by: {})",
                                     grams_text(kg / operations * 1e18), number_text(operations),
                                     stated(result.training->operations_rule)));
}

std::string provider_section(const Result& result, const std::vector<CarbonPart>& parts) {
  std::string out = heading(2, "Provider score");
  out += paragraph(
      "Boundary: design, data, training with the hardware that served it, deployment and end of life, as far "
      "as the result has data. Drafts of the specification differ on which side deployment falls: it has a "
      "row of its own.");
  if (!any_of_side(parts, Side::kProvider))
    return out + paragraph("**No score**: the result has no figure for any phase of the provider.");
  return out + provider_score(result, sum_of(parts, Side::kProvider)) +
         paragraph(fmt::format("For {}:", markdown_cell(result.functional_unit.text))) +
         part_table(parts, Side::kProvider);
}

std::string assumptions_section(const Result& result, const std::vector<CarbonPart>& parts) {
  const bool has_hardware = std::any_of(parts.begin(), parts.end(), [](const CarbonPart& p) { return p.embodied; });
  std::vector<std::string> lines = {
      "gross values: all operations, runs and idle time that the study counts are in them; effective values (useful "
      "work only) are not known to the result",
      fmt::format("electricity by location, view {}. {}", stated(result.view), contract_sentence(result)),
      fmt::format("energy of the operation and training: {} (basis {})", measured_or_estimated(result.energy_basis),
                  stated(result.energy_basis))};
  if (has_hardware && !is_calendar_shared(result))
    lines.push_back(
        fmt::format("hardware is shared by the study's rule {}, not by the calendar as ISO/IEC 21031 does: the "
                    "result has its phases under that rule only (`calendar-time` in the study gives the other)",
                    stated(chosen_of(result, "allocation"))));
  for (const std::string& a : result.assumptions) lines.push_back(markdown_cell(a));
  return heading(2, "Assumptions") + bullets(lines);
}

/// Why a market view has no score, and what to do about it.
std::string no_score_line(const Result& result) {
  const std::string why = fmt::format(
      "**No score can be given**: the study's view of electricity is `{}`, a market-based measure, and the result has "
      "the phases under that view only.",
      markdown_cell(result.view));
  const std::string again = " Assess the study again with `[electricity] view = \"location-average\"`";
  const std::string activities = stated_carbon(result);
  if (activities.empty()) return why + again + ".";
  return why + again +
         fmt::format(
             ", and without `carbon_kg_per_kwh` or with one by location: the study itself states the carbon "
             "intensity of the electricity of {}, which no view changes.",
             activities);
}

std::string missing_section(const Result& result, const std::vector<CarbonPart>& parts) {
  std::vector<std::string> lines;
  for (const study::MissingPhase& m : uncounted_phases(result))
    lines.push_back(fmt::format("{}: {}", markdown_cell(m.phase), markdown_cell(m.reason)));
  if (any_of_side(parts, Side::kUndivided))
    lines.push_back("hardware of the training apart from that of the use: see \"In neither score\"");
  lines.push_back("intervals of the two scores: the result has them for phases and for the total, not for these sums");
  lines.push_back("effective values beside the gross ones");
  lines.push_back("runs that were stopped early or failed, unless the study counts them in design or training");
  lines.push_back("why this functional unit was chosen: the author's to state");
  return heading(2, "What is missing") + bullets(lines);
}

}  // namespace

std::string sci_ai(const Result& result, const Origin& origin) {
  const std::vector<CarbonPart> parts = carbon_parts(result, "SCI for AI");
  std::string out = heading(1, fmt::format("SCI for AI: {}", markdown_cell(result.name)));
  out += paragraph(
      fmt::format("Laid out after the draft specification SCI for AI, which builds on ISO/IEC 21031:2024, by {}"
                  "{}{}. Two scores that are not to be added. It makes no claim of conformity.",
                  markdown_cell(origin.program), origin.written.empty() ? "" : ", ", origin.written));
  if (!is_location_based(result)) {
    out += paragraph(no_score_line(result));
    return out + missing_section(result, parts);
  }
  out += consumer_section(result, parts) + provider_section(result, parts);
  if (any_of_side(parts, Side::kUndivided))
    out += heading(2, "In neither score") +
           paragraph("The tree of the result does not tell the training's hardware from the use's:") +
           part_table(parts, Side::kUndivided);
  return out + assumptions_section(result, parts) + missing_section(result, parts);
}

}  // namespace cradle::report
