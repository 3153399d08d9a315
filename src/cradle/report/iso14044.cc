// The ISO 14044-style report: its head, its review statement, and what is missing; the other sections have files.
#include "cradle/report/iso14044.h"

#include <fmt/format.h>

#include "cradle/report/escape.h"
#include "cradle/report/facts.h"
#include "cradle/report/figures.h"
#include "cradle/report/paper.h"

namespace cradle::report {
namespace {

using study::Result;

std::string head(const Result& result, const Origin& origin) {
  std::string out = heading(1, fmt::format("Life-cycle assessment: {}", markdown_cell(result.name)));
  out += paragraph(fmt::format(
      "Laid out after the reporting items of ISO 14040 and ISO 14044. Every figure and every conclusion is computed "
      "from "
      "the result of one assessment; nothing is added by hand. No conformity is claimed: section 8 lists what a "
      "conformant report would still need."));
  base::Table table({"item", "stated"});
  table.row({"report written by", markdown_cell(origin.program)});
  table.row({"date", origin.written.empty() ? "*not stated*" : origin.written + " UTC"});
  table.row({"study", stated(result.study_file)});
  table.row({"SHA-256 of the study", stated(result.study_sha256)});
  table.row({"SHA-256 of the built-in data", stated(result.data_sha256)});
  for (const study::UsedPack& p : result.packs)
    table.row({"user's table of factors",
               fmt::format("{} ({} rows, SHA-256 {})", markdown_cell(p.name), p.rows, markdown_cell(p.sha256))});
  for (const std::string& m : result.methods) table.row({"further method", markdown_cell(m)});
  table.row({"samples, seed", fmt::format("{}, {}", result.samples, result.seed)});
  return out + table.markdown() + '\n';
}

bool reviewed(const Result& result) { return !result.reviewer.empty() && result.reviewer != "none"; }

}  // namespace

std::string iso_review(const Result& result) {
  std::string out = heading(2, "7. Critical review");
  if (result.reviewer == "panel")
    out += paragraph(
        "The study states a critical review by a panel. Its statement and the answers to it are not in the "
        "result and belong here.");
  else if (result.reviewer == "external" || result.reviewer == "internal")
    out += paragraph(
        fmt::format("The study states a critical review by an {} expert. The review's statement is not in the "
                    "result and belongs here.",
                    result.reviewer));
  else if (result.reviewer == "none")
    out += paragraph("The study states that no critical review took place.");
  else if (result.reviewer.empty())
    out += paragraph("The study does not say whether a critical review took place.");
  else
    out += paragraph(fmt::format("The study names as reviewer: {}.", markdown_cell(result.reviewer)));
  if (result.comparison_to_public && result.reviewer != "panel")
    out += paragraph(
        "**The study is meant for a comparative assertion disclosed to the public, for which ISO 14044 asks "
        "for a critical review by a panel of interested parties; the study states none.**");
  return out;
}

namespace {

void missing_of_goal(const Result& result, std::vector<std::string>& lines) {
  if (result.question.empty()) lines.push_back("goal: the reasons for the study (`[goal] question`)");
  if (result.application.empty()) lines.push_back("goal: the intended application (`[goal] application`)");
  if (result.audience.empty()) lines.push_back("goal: the audience (`[goal] audience`)");
  if (result.functional_unit.quality.empty())
    lines.push_back("functional unit: the quality the function must have (`[functional_unit] quality`)");
  if (result.allocation.empty()) lines.push_back("allocation: the rule is not recorded in the result");
  if (alternatives_of(result, "allocation").size() < 2)
    lines.push_back("allocation: no result under another rule, which the sensitivity check asks for");
}

void missing_of_life(const Result& result, std::vector<std::string>& lines) {
  for (const study::MissingPhase& m : uncounted_phases(result))
    lines.push_back(fmt::format("phase without data: {} – {}", markdown_cell(m.phase), markdown_cell(m.reason)));
  for (const study::MissingPhase& m : partly_counted_phases(result))
    lines.push_back(
        fmt::format("phase in part without data: {} – {}", markdown_cell(m.phase), markdown_cell(m.reason)));
  for (const Gap& g : gaps(result))
    lines.push_back(fmt::format("no figure: {} in {}", markdown_cell(g.phase), markdown_cell(g.criterion)));
  for (const study::CriterionInfo& c : result.criteria)
    if (!c.note.empty()) lines.push_back(fmt::format("criterion {}: {}", marked_markdown(c), markdown_cell(c.note)));
}

void missing_of_data(const Result& result, std::vector<std::string>& lines) {
  for (const study::UsedFactor& f : result.factors)
    if (f.source.empty()) lines.push_back(fmt::format("source of the figure: {}", markdown_cell(f.name)));
  if (result.tree.empty()) lines.push_back("contributions of processes: the result has no tree");
  if (result.sensitivity.empty()) lines.push_back("sensitivity check: the result has none");
}

}  // namespace

std::string iso_missing(const Result& result, const Origin& origin) {
  std::vector<std::string> lines;
  missing_of_goal(result, lines);
  missing_of_life(result, lines);
  missing_of_data(result, lines);
  if (!reviewed(result)) lines.push_back("critical review: none is stated (`[goal] review`)");
  if (result.comparison_to_public && result.reviewer != "panel")
    lines.push_back("critical review by a panel, for a comparative assertion disclosed to the public");
  if (origin.written.empty()) lines.push_back("date of the report");
  // These no result of cradle holds, whatever the study says.
  lines.push_back("who commissioned and who carried out the assessment");
  lines.push_back(
      "elementary flows: published factors arrive already characterised, so that the inventory holds impacts "
      "per unit, not substances");
  lines.push_back("the version of the characterisation model behind each published factor, beyond its source and year");
  lines.push_back("technological representativeness of each factor, beyond its note and grade");
  lines.push_back("an estimate of what the phases without data would add");
  return heading(2, "8. What is missing for a conformant report") +
         paragraph("Computed from the result; the author may know of more.") + bullets(lines);
}

std::string iso14044(const Result& result, const Origin& origin) {
  return head(result, origin) + iso_goal(result) + iso_scope(result) + iso_inventory(result) +
         iso_data_quality(result) + iso_impacts(result) + iso_interpretation(result) + iso_review(result) +
         iso_missing(result, origin);
}

}  // namespace cradle::report
