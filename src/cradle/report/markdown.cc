// A result and a comparison as Markdown: the tables of the terminal, plus every factor with its source.
#include <fmt/format.h>

#include <algorithm>

#include "cradle/report/escape.h"
#include "cradle/report/figures.h"
#include "cradle/report/text.h"

namespace cradle::report {
namespace {

using study::Comparison;
using study::CriterionInfo;
using study::Figure;
using study::Result;

std::string cell(const Figure* figure, double factor) {
  if (!figure) return "–";
  if (is_certain(*figure)) return number_text(figure->value * factor);
  return fmt::format("{} ({})", number_text(figure->value * factor),
                     range_text(figure->p5 * factor, figure->p95 * factor));
}

std::string life_cycle_table(const Result& result) {
  std::vector<std::string> header = {"phase"};
  for (const CriterionInfo& c : result.criteria)
    header.push_back(markdown_cell(fmt::format("{} ({})", c.name, scale_of(result, c).unit)));
  base::Table table(header);
  for (const std::string& phase : phases_in_order(result)) {
    std::vector<std::string> row = {markdown_cell(phase)};
    for (const CriterionInfo& c : result.criteria)
      row.push_back(cell(impact_of(result, phase, c.code), scale_of(result, c).factor));
    table.row(row);
  }
  std::vector<std::string> row = {"**total**"};
  for (const CriterionInfo& c : result.criteria)
    row.push_back(cell(total_of(result, c.code), scale_of(result, c).factor));
  table.row(row);
  return table.markdown();
}

std::string factor_table(const Result& result) {
  base::Table table({"figure", "value", "unit", "place", "year", "status", "grade", "source", "licence"});
  for (const study::UsedFactor& f : result.factors) {
    table.row({markdown_cell(f.name), fmt::format("{} ({})", number_text(f.value), range_text(f.low, f.high)),
               markdown_cell(f.unit), markdown_cell(f.place), f.year == 0 ? "" : fmt::format("{}", f.year),
               markdown_cell(f.status), markdown_cell(f.grade), markdown_cell(f.source), markdown_cell(f.licence)});
  }
  return table.markdown();
}

std::string bullets(std::string_view title, const std::vector<std::string>& lines) {
  if (lines.empty()) return "";
  std::string out = fmt::format("\n{}\n\n", title);
  for (const std::string& line : lines) out += fmt::format("- {}\n", markdown_cell(line));
  return out;
}

std::vector<std::string> missing_lines(const Result& result) {
  std::vector<std::string> lines;
  for (const study::MissingPhase& m : result.missing_phases) lines.push_back(fmt::format("{}: {}", m.phase, m.reason));
  return lines;
}

std::vector<std::string> note_lines(const Result& result) {
  std::vector<std::string> lines;
  for (const CriterionInfo& c : result.criteria)
    if (!c.note.empty()) lines.push_back(fmt::format("{} ({}): {}", c.name, c.code, c.note));
  return lines;
}

}  // namespace

std::string markdown(const Result& result) {
  std::string out = fmt::format("# {}\n\n", markdown_cell(result.name));
  if (!result.question.empty()) out += fmt::format("{}\n\n", markdown_cell(result.question));
  out += fmt::format("For {}; each figure with its P5–P95.\n\n", markdown_cell(result.functional_unit.text));
  out += life_cycle_table(result);
  out += bullets("**No data** (not zero, and not in the totals):", missing_lines(result));
  out += bullets("Notes on the criteria:", note_lines(result));
  out += bullets("Warnings:", result.warnings);
  out += bullets("Assumptions:", result.assumptions);
  out += fmt::format("\n## Every figure used\n\n{}", factor_table(result));
  out += fmt::format("\n{} samples, seed {}", result.samples, result.seed);
  if (!result.energy_basis.empty()) out += fmt::format("; basis of the energy: {}", markdown_cell(result.energy_basis));
  return out + ".\n";
}

std::string markdown(const Comparison& comparison) {
  std::string out =
      fmt::format("# {} (A) and {} (B)\n\n", markdown_cell(comparison.name_a), markdown_cell(comparison.name_b));
  out += fmt::format("For {}; each figure with its P5–P95; both sides by the same {} random draws (seed {}).\n\n",
                     markdown_cell(comparison.functional_unit.text), comparison.samples, comparison.seed);
  base::Table table({"criterion", "A", "B", "B - A", "probability that B is better", "verdict"});
  for (const Comparison::Row& r : comparison.rows) {
    const base::Scaled scale = base::scale_for(std::max(r.a.value, r.b.value), r.unit);
    table.row({markdown_cell(fmt::format("{} ({})", r.criterion, scale.unit)), cell(&r.a, scale.factor),
               cell(&r.b, scale.factor), cell(&r.difference, scale.factor), probability_of(r), verdict_of(r)});
  }
  out += table.markdown();
  if (!comparison.break_even.empty()) {
    base::Table paid({"criterion", "B has paid back after (images)", "never, share of draws"});
    for (const Comparison::BreakEven& b : comparison.break_even)
      paid.row({markdown_cell(b.criterion), count_text(b.amount), probability_text(b.probability_never)});
    out += '\n' + paid.markdown();
  }
  return out + bullets("Warnings:", comparison.warnings);
}

}  // namespace cradle::report
