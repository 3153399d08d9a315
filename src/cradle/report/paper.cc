// Pieces of Markdown that the reporting forms are made of: headings, lists, and the tables of a result.
#include "cradle/report/paper.h"

#include <fmt/format.h>

#include "cradle/report/carbon_parts.h"
#include "cradle/report/escape.h"
#include "cradle/report/facts.h"
#include "cradle/report/figures.h"

namespace cradle::report {

using study::CriterionInfo;
using study::Result;

std::string heading(int level, std::string_view text) {
  return fmt::format("{} {}\n\n", std::string(static_cast<std::size_t>(level), '#'), text);
}

std::string paragraph(std::string_view text) { return fmt::format("{}\n\n", text); }

std::string bullets(const std::vector<std::string>& lines) {
  if (lines.empty()) return "";
  std::string out;
  for (const std::string& line : lines) out += fmt::format("- {}\n", line);
  return out + '\n';
}

std::string stated(std::string_view text) { return text.empty() ? "*not stated*" : markdown_cell(text); }

std::string figure_text(const study::Figure& figure, std::string_view unit) {
  const base::Scaled scale = base::scale_for(figure.value, unit);
  const std::string number = fmt::format("{} {}", number_text(figure.value * scale.factor), scale.unit);
  if (is_certain(figure)) return number;
  return fmt::format("{} ({})", number, range_text(figure.p5 * scale.factor, figure.p95 * scale.factor));
}

std::string marked_markdown(const CriterionInfo& criterion) {
  return markdown_cell(criterion.code) + (criterion.note.empty() ? "" : "\\*");
}

std::string marked_markdown(std::span<const CriterionInfo> criteria, std::string_view code) {
  for (const CriterionInfo& c : criteria)
    if (c.code == code) return marked_markdown(c);
  return markdown_cell(code);
}

std::string criterion_head(const Result& result, const CriterionInfo& criterion) {
  return fmt::format("{} ({}), {}", marked_markdown(criterion), markdown_cell(criterion.name),
                     markdown_cell(scale_of(result, criterion).unit));
}

std::string impact_table(const Result& result) {
  std::vector<std::string> header = {"phase"};
  for (const CriterionInfo& c : result.criteria) header.push_back(criterion_head(result, c));
  base::Table table(header);
  const auto row = [&](const std::string& name, auto&& figure_of) {
    std::vector<std::string> cells = {name};
    for (const CriterionInfo& c : result.criteria)
      cells.push_back(cell_text(figure_of(c.code), scale_of(result, c).factor));
    table.row(cells);
  };
  for (const std::string& phase : phases_in_order(result))
    row(markdown_cell(phase), [&](const std::string& code) { return impact_of(result, phase, code); });
  row("**total**", [&](const std::string& code) { return total_of(result, code); });
  return table.markdown() + '\n';
}

std::string alternatives_table(const Result& result, std::string_view kind) {
  const auto alternatives = alternatives_of(result, kind);
  if (alternatives.empty()) return "";
  const std::string stands =
      stated_carbon(result).empty() ? "" : " (the carbon intensity that the study states stands under it too)";
  std::vector<std::string> header = {"choice"};
  for (const CriterionInfo& c : result.criteria) header.push_back(criterion_head(result, c));
  header.push_back("note");
  base::Table table(header);
  for (const study::Alternative* a : alternatives) {
    const std::string name = markdown_cell(a->name);
    std::vector<std::string> cells = {a->chosen ? fmt::format("**{}** (chosen)", name) : name};
    for (const CriterionInfo& c : result.criteria)
      cells.push_back(cell_text(total_of(*a, c.code), scale_of(result, c).factor));
    cells.push_back(markdown_cell(a->note) + (kind == "electricity" ? stands : ""));
    table.row(cells);
  }
  return table.markdown() + '\n';
}

std::string energy_table(const Result& result) {
  if (result.energy.empty()) return "";
  base::Table table({"phase", "electricity at the computer", "electricity at the facility's meter"});
  for (const study::Energy& e : result.energy)
    table.row(
        {e.phase.empty() ? "**total**" : markdown_cell(e.phase), energy_text(e.node_kwh), energy_text(e.facility_kwh)});
  return table.markdown() + '\n';
}

std::string footnote_list(const Result& result) {
  std::string out;
  for (const std::string& note : footnotes(result.criteria)) out += fmt::format("\\{}  \n", markdown_cell(note));
  return out.empty() ? out : out + '\n';
}

std::string how_obtained(std::string_view status) {
  if (status == "modelled") return "modelled (estimated)";
  if (status == "catalogue") return "published";
  if (status == "input") return "stated in the study";
  return stated(status);
}

std::string factor_value(const study::UsedFactor& f) {
  if (f.low == f.high) return number_text(f.value);
  return fmt::format("{} ({})", number_text(f.value), range_text(f.low, f.high));
}

}  // namespace cradle::report
