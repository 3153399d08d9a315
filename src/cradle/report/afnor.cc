// AFNOR SPEC 2314 (frugal AI): what the result answers, and what its author has to; nothing is ticked here.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "cradle/report/escape.h"
#include "cradle/report/facts.h"
#include "cradle/report/figures.h"
#include "cradle/report/paper.h"
#include "cradle/report/standards.h"

namespace cradle::report {
namespace {

using study::Result;

/// What one person may cause in a year within the planetary boundaries: those of the Environmental Footprint's
/// categories (Sala et al. 2020, J. Environ. Manage. 269, 110686; 6.81e12 kgCO2e and 2.19e8 kgSb a year for 6.9e9
/// people). Its water category weighs scarcity and cannot be set beside litres.
struct Boundary {
  std::string_view criterion, unit;
  double per_person_year;
};
constexpr std::array kBoundaries = {Boundary{"GWP", "kgCO2e", 985.0}, Boundary{"ADPe", "kgSb", 3.17e-2}};

std::string totals_text(const Result& result) {
  std::string out;
  for (const study::CriterionInfo& c : result.criteria)
    if (const study::Figure* total = total_of(result, c.code))
      out += fmt::format("{}{} {}", out.empty() ? "" : "; ", marked_markdown(c), figure_text(*total, c.unit));
  return out.empty() ? "no total" : out;
}

std::string names_of(const std::vector<study::MissingPhase>& phases) {
  std::string out;
  for (const study::MissingPhase& m : phases) out += (out.empty() ? "" : ", ") + markdown_cell(m.phase);
  return out.empty() ? "none" : out;
}

std::string boundary_text(const Result& result) {
  std::string out;
  for (const Boundary& b : kBoundaries) {
    const study::Figure* total = total_of(result, b.criterion);
    const auto unit = std::find_if(result.criteria.begin(), result.criteria.end(),
                                   [&](const study::CriterionInfo& c) { return c.code == b.criterion; });
    if (!total || unit == result.criteria.end() || unit->unit != b.unit) continue;
    out += fmt::format("{}{}: {} of one person's year ({} {})", out.empty() ? "" : "; ", marked_markdown(*unit),
                       number_text(total->value / b.per_person_year), number_text(b.per_person_year), b.unit);
  }
  return out.empty() ? "not computed: no total in GWP or ADPe" : out + " (Sala et al. 2020)";
}

std::string alternatives_text(const Result& result) {
  std::string out;
  for (const std::string_view kind : {"allocation", "electricity", "end-of-life"})
    if (const auto n = alternatives_of(result, kind).size(); n > 1)
      out += fmt::format("{}{} choices of {}", out.empty() ? "" : ", ", n, kind);
  return out.empty() ? "no alternative choices in the result" : out + " computed (`--format iso14044`)";
}

void need_rows(const Result& result, base::Table& table) {
  table.row({"need", stated(result.question), "that the need is real, whose it is, and how it was established"});
  table.row(
      {"AI against simpler means", "nothing: only the system of the study was assessed",
       "which solution without AI, or with a smaller model, would serve, and why it was not chosen; `cradle compare` "
       "sets two systems side by side"});
  table.row(
      {"quality that is enough", stated(result.functional_unit.quality), "that this quality is needed, and no more"});
}

void method_rows(const Result& result, base::Table& table) {
  table.row({"service assessed", markdown_cell(result.functional_unit.text), "that this unit describes the service"});
  std::string counted;
  for (const std::string& phase : counted_phases(result))
    counted += (counted.empty() ? "" : ", ") + markdown_cell(phase);
  table.row({"first order: equipment and energy over the life",
             fmt::format("counted: {}; totals: {}", counted, totals_text(result)),
             fmt::format("the phases without data: {}", names_of(uncounted_phases(result)))});
  table.row({"several criteria", fmt::format("{}", result.criteria.size()), "which others matter for this service"});
  table.row({"second order and rebound", "nothing",
             "what the service changes elsewhere, for better and for worse, and how use may grow; in words if not in "
             "figures"});
  table.row({"uncertainty", fmt::format("P5–P95 of {} samples; {}", result.samples, alternatives_text(result)),
             "doubts that are not in the inputs: structure of the model, phases left out"});
  table.row(
      {"limits",
       fmt::format("{} warnings, {} assumptions, stated below", result.warnings.size(), result.assumptions.size()),
       "limits that a program cannot see"});
}

void practice_rows(base::Table& table) {
  for (const std::string_view axis : {"service", "data", "infrastructure"})
    table.row({fmt::format("good practices: {}", axis), "nothing: practices are not read from a result",
               "which of the specification's 31 practices apply on this axis, which are followed, and what shows it"});
}

void communication_rows(const Result& result, base::Table& table) {
  table.row({"scale", boundary_text(result), "how many of these units a year are served, and to whom"});
  table.row({"claims", "none is made here",
             "that whatever is called frugal or green says against what, within what boundary, and by which criteria"});
  table.row({"audience", stated(result.audience), "what may be told to whom"});
}

}  // namespace

std::string afnor_2314(const Result& result, const Origin& origin) {
  std::string out = heading(1, fmt::format("AFNOR SPEC 2314, items of the assessment: {}", markdown_cell(result.name)));
  out += paragraph(
      fmt::format("What the result answers of the items of AFNOR SPEC 2314 (June 2024, frugal AI), and what its "
                  "author has to answer; by {}{}{}. No item is ticked here, and nothing is claimed.",
                  markdown_cell(origin.program), origin.written.empty() ? "" : ", ", origin.written));
  base::Table table({"item", "what the result answers", "what the author must answer"});
  need_rows(result, table);
  method_rows(result, table);
  practice_rows(table);
  communication_rows(result, table);
  out += table.markdown() + '\n' + footnote_list(result);
  std::vector<std::string> limits;
  for (const study::MissingPhase& m : uncounted_phases(result))
    limits.push_back(fmt::format("no data for {} (not zero, and not in the totals): {}", markdown_cell(m.phase),
                                 markdown_cell(m.reason)));
  for (const std::string& w : result.warnings) limits.push_back(markdown_cell(w));
  for (const std::string& a : result.assumptions) limits.push_back(markdown_cell(a));
  return out + heading(2, "Limits") + bullets(limits);
}

}  // namespace cradle::report
