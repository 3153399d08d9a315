// The page's other choices (allocation, electricity, end of life), its electricity, and its shares of the variance.
#include <fmt/format.h>

#include "cradle/base/text.h"
#include "cradle/report/escape.h"
#include "cradle/report/facts.h"
#include "cradle/report/figures.h"
#include "cradle/report/markup.h"
#include "cradle/report/sections.h"

namespace cradle::report {
namespace {

using study::CriterionInfo;
using study::Result;

/// A table that may scroll sideways; `head` is the cells of the header row.
std::string table_html(std::string_view label, std::string_view caption, std::string_view head, std::string_view rows) {
  return fmt::format(
      "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{}, table\"><table class=\"numbers plain\">\n"
      "<caption>{}</caption>\n<thead><tr>{}</tr></thead>\n<tbody>\n{}</tbody></table></div>\n",
      label, caption, head, rows);
}

std::string column(std::string_view text) { return fmt::format("<th scope=\"col\">{}</th>", text); }

std::string choice_row(const Result& result, const study::Alternative& a) {
  std::string row = fmt::format("<tr data-kind=\"{}\" data-choice=\"{}\"><th scope=\"row\">{}{}</th>",
                                html_text(a.kind), html_text(a.name), html_text(a.name),
                                a.chosen ? "<span class=\"unit\"> the study’s choice</span>" : "");
  for (const CriterionInfo& c : result.criteria) {
    const study::Figure* total = total_of(a, c.code);
    row += fmt::format(
        "<td data-criterion=\"{}\">{}</td>", html_text(c.code),
        total ? figure_html(*total, scale_of(result, c).factor) : std::string("<abbr title=\"no figure\">–</abbr>"));
  }
  return row + fmt::format("<td class=\"words\">{}</td></tr>\n", prose_html(a.note));
}

std::string choice_table(const Result& result, std::string_view kind, std::string_view title) {
  std::string rows;
  for (const study::Alternative* a : alternatives_of(result, kind)) rows += choice_row(result, *a);
  if (rows.empty()) return "";
  std::string head = column("Choice");
  for (const CriterionInfo& c : result.criteria)
    head += column(fmt::format("{}<span class=\"unit\">{}, {}</span>", html_text(capitalised(c.name)),
                               html_text(marked(c)), unit_html(scale_of(result, c).unit)));
  return fmt::format("<h3>{}</h3>\n", title) +
         table_html(title, "Totals for the functional unit under each choice, with P5–P95.",
                    head + "<th scope=\"col\" class=\"words\">Note</th>", rows);
}

std::string energy_table_html(const Result& result) {
  if (result.energy.empty()) return "";
  const study::Energy* total = energy_of(result, "");
  const base::Scaled scale = base::scale_for((total ? *total : result.energy.front()).facility_kwh.value, "kWh");
  std::string rows;
  for (const study::Energy& e : result.energy)
    rows += fmt::format("<tr data-phase=\"{}\"><th scope=\"row\">{}</th><td>{}</td><td>{}</td></tr>\n",
                        e.phase.empty() ? "total" : html_text(e.phase),
                        e.phase.empty() ? "Total" : html_text(phase_label(e.phase)),
                        figure_html(e.node_kwh, scale.factor), figure_html(e.facility_kwh, scale.factor));
  const std::string unit = fmt::format("<span class=\"unit\">{}</span>", unit_html(scale.unit));
  return table_html("Electricity by phase",
                    fmt::format("Electricity for {}, with P5–P95. At the facility’s meter the "
                                "overhead of cooling and distribution (PUE) is included.",
                                prose_html(result.functional_unit.text)),
                    column("Phase") + column("At the computer" + unit) + column("At the facility’s meter" + unit),
                    rows);
}

std::string known(double x) {
  return x > 0 ? data_html(x, 1.0) : fmt::format("<data value=\"{}\">not known</data>", exact_text(x));
}

std::string count_html(double n) {
  return fmt::format("<data value=\"{}\">{}</data>", exact_text(n), n > 0 ? base::format_count(n) : "not known");
}

std::string training_facts(const study::TrainingFacts& t) {
  std::string facts = fact_html("Operations, FLOP", known(t.operations));
  if (!t.operations_rule.empty()) facts += fact_html("Counted by", html_text(t.operations_rule));
  facts += fact_html("Wall clock, hours", known(t.hours)) + fact_html("Device-hours", known(t.device_hours));
  facts += fact_html("Devices", count_html(t.count) + (t.device.empty() ? "" : " × " + html_text(t.device)));
  if (!t.energy_basis.empty()) facts += fact_html("Basis of its energy", html_text(t.energy_basis));
  if (!t.boundary.empty()) facts += fact_html("Energy known at", html_text(t.boundary));
  return fmt::format("<h3>The training</h3>\n<dl class=\"facts\">\n{}</dl>\n", facts);
}

std::string share_cell(double value, double low, double high) {
  return fmt::format("<td><span class=\"value\">{}</span><span class=\"range\">{} to {}</span></td>",
                     data_html(value, 1.0), data_html(low, 1.0), data_html(high, 1.0));
}

std::string variance_table(const Result& result, const CriterionInfo& criterion) {
  std::string rows;
  for (const study::VarianceShare& v : result.variance)
    if (v.criterion == criterion.code)
      rows +=
          fmt::format("<tr data-input=\"{}\" data-criterion=\"{}\"><th scope=\"row\">{}</th>{}{}</tr>\n",
                      html_text(v.input), html_text(v.criterion), html_text(v.name),
                      share_cell(v.first, v.first_low, v.first_high), share_cell(v.total, v.total_low, v.total_high));
  if (rows.empty()) return "";
  return fmt::format("<h3>{} <span class=\"unit\">{}</span></h3>\n", html_text(capitalised(criterion.name)),
                     html_text(marked(criterion))) +
         table_html(fmt::format("Variance of {}", html_text(criterion.name)),
                    "Share of the variance of the total, with P5–P95 by bootstrap.",
                    column("Input") + column("Alone (first order)") + column("With interactions (total)"), rows);
}

}  // namespace

std::string choices_section(const Result& result) {
  const std::string tables = choice_table(result, "allocation", "Allocation of hardware") +
                             choice_table(result, "electricity", "View of electricity") +
                             choice_table(result, "end-of-life", "Treatment of the end of life");
  if (tables.empty()) return "";
  std::string intro = "<p>The same study, with one choice changed at a time.";
  if (result.alternative_samples > 0) intro += fmt::format(" Intervals are of {} samples.", result.alternative_samples);
  return section_html("choices", "Under other choices", intro + "</p>\n" + tables);
}

std::string energy_section(const Result& result) {
  std::string body = energy_table_html(result);
  if (result.images > 0)
    body += fmt::format("<p>The model serves {} images in its life.</p>\n", data_html(result.images, 1.0));
  if (result.training) body += training_facts(*result.training);
  return body.empty() ? body : section_html("energy", "Electricity and training", body);
}

std::string variance_section(const Result& result) {
  std::string tables;
  for (const CriterionInfo& c : result.criteria) tables += variance_table(result, c);
  if (tables.empty()) return "";
  return section_html(
      "variance", "Where the doubt comes from",
      "<p>What part of the variance of each total an input causes alone, and together with all inputs it "
      "interacts with (Sobol).</p>\n" +
          tables);
}

}  // namespace cradle::report
