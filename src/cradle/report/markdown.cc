// A result and a comparison as Markdown: the tables of the terminal, plus every factor with its source.
#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "cradle/report/escape.h"
#include "cradle/report/figures.h"
#include "cradle/report/paper.h"
#include "cradle/report/text.h"

namespace cradle::report {
namespace {

using study::Comparison;
using study::CriterionInfo;
using study::Figure;
using study::Result;

std::string cell(const Figure* figure, double factor) { return cell_text(figure, factor); }

std::string factor_table(const Result& result) {
  base::Table table({"figure", "value", "unit", "place", "year", "status", "grade", "source", "licence"});
  for (const study::UsedFactor& f : result.factors) {
    table.row({markdown_cell(f.name), factor_value(f), markdown_cell(f.unit), markdown_cell(f.place),
               f.year == 0 ? "" : fmt::format("{}", f.year), markdown_cell(f.status), markdown_cell(f.grade),
               markdown_cell(f.source), markdown_cell(f.licence)});
  }
  return table.markdown();
}

std::string titled(std::string_view title, const std::vector<std::string>& lines) {
  if (lines.empty()) return "";
  std::vector<std::string> escaped;
  for (const std::string& line : lines) escaped.push_back(markdown_cell(line));
  return paragraph(title) + bullets(escaped);
}

/// The tables of other choices and of electricity, each with its title; "" where the result has none.
std::string choices_part(const Result& result) {
  std::string out;
  const auto part = [&](std::string_view title, const std::string& table) {
    if (!table.empty()) out += heading(2, title) + table;
  };
  part("Total by the rule of allocation", alternatives_table(result, "allocation"));
  part("Total by the view of electricity", alternatives_table(result, "electricity"));
  part("Total by the treatment of the end of life", alternatives_table(result, "end-of-life"));
  part("Electricity", energy_table(result));
  return out;
}

std::string days_cell(const Figure& days) { return has_days(days) ? days_text(days) : "–"; }

std::vector<std::string> missing_lines(const Result& result) {
  std::vector<std::string> lines;
  for (const study::MissingPhase& m : result.missing_phases)
    if (!m.outside) lines.push_back(fmt::format("{}: {}", m.phase, m.reason));
  return lines;
}

}  // namespace

std::string markdown(const Result& result) {
  std::string out = fmt::format("# {}\n\n", markdown_cell(result.name));
  if (!result.question.empty()) out += fmt::format("{}\n\n", markdown_cell(result.question));
  out += fmt::format("For {}; each figure with its P5–P95.\n\n", markdown_cell(result.functional_unit.text));
  out += impact_table(result) + footnote_list(result);
  out += titled("**No data** (not zero, and not in the totals):", missing_lines(result));
  out += titled("Warnings:", result.warnings);
  out += titled("Assumptions:", result.assumptions);
  out += choices_part(result);
  out += heading(2, "Every figure used") + factor_table(result);
  out += fmt::format("\n{} samples, seed {}", result.samples, result.seed);
  if (!result.energy_basis.empty()) out += fmt::format("; basis of the energy: {}", markdown_cell(result.energy_basis));
  return out + ".\n";
}

std::string markdown(const Comparison& comparison) {
  const std::span<const CriterionInfo> criteria = comparison.criteria;
  std::string out =
      fmt::format("# {} (A) and {} (B)\n\n", markdown_cell(comparison.name_a), markdown_cell(comparison.name_b));
  out += fmt::format("For {}; each figure with its P5–P95; both sides by the same {} random draws (seed {}).\n\n",
                     markdown_cell(comparison.functional_unit.text), comparison.samples, comparison.seed);
  base::Table table({"criterion", "A", "B", "B - A", "probability that B is better", "verdict"});
  for (const Comparison::Row& r : comparison.rows) {
    const base::Scaled scale = base::scale_for(std::max(r.a.value, r.b.value), r.unit);
    table.row({fmt::format("{} ({})", marked_markdown(criteria, r.criterion), scale.unit), cell(&r.a, scale.factor),
               cell(&r.b, scale.factor), cell(&r.difference, scale.factor), probability_of(r), verdict_of(r)});
  }
  out += table.markdown();
  if (!comparison.break_even.empty()) {
    base::Table paid({"criterion", "B has paid back after (images)", "days of use of B", "never, share of draws"});
    for (const Comparison::BreakEven& b : comparison.break_even)
      paid.row({marked_markdown(criteria, b.criterion), count_text(b.amount), days_cell(b.days),
                probability_text(b.probability_never)});
    out += '\n' + paid.markdown();
  }
  for (const std::string& note : footnotes(criteria)) out += fmt::format("\n\\{}\n", markdown_cell(note));
  if (comparison.warnings.empty()) return out;
  return out + '\n' + titled("Warnings:", comparison.warnings);
}

}  // namespace cradle::report
