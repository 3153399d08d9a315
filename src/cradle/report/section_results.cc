// The page's masthead, summary, and life-cycle table: what was assessed and what came out.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "cradle/report/escape.h"
#include "cradle/report/figures.h"
#include "cradle/report/markup.h"
#include "cradle/report/sections.h"

namespace cradle::report {
namespace {

using study::CriterionInfo;
using study::Figure;
using study::Result;

/// "design", "design and data", "design, data and use".
std::string listed(const std::vector<std::string>& names) {
  std::string out;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) out += i + 1 == names.size() ? " and " : ", ";
    out += names[i];
  }
  return out;
}

std::string headline(const Result& result) {
  if (result.criteria.empty()) return "";
  const CriterionInfo& first = result.criteria.front();
  const Figure* total = total_of(result, first.code);
  if (!total) return "";
  const base::Scaled scale = scale_of(result, first);
  std::string out =
      fmt::format("<p class=\"headline\">{} {} <strong>{} {}</strong> <span class=\"within\">(P5–P95: {})</span>",
                  prose_html(result.functional_unit.text), result.functional_unit.amount == 1 ? "costs" : "cost",
                  data_html(total->value, scale.factor), unit_html(scale.unit),
                  range_html(total->p5 * scale.factor, total->p95 * scale.factor));
  if (const auto largest = largest_phase(result, first.code))
    out += fmt::format(", {} of it in {}", html_text(percent_text(largest->share)),
                       html_text(phase_words(largest->phase)));
  std::vector<std::string> names;
  for (const study::MissingPhase& m : result.missing_phases)
    if (!m.outside) names.push_back(html_text(m.phase));
  if (!names.empty()) {
    out += fmt::format(". <em>Not counted, for want of data: {}</em>", listed(names));
  }
  return out + ".</p>\n";
}

/// The phases of one criterion side by side in one thin bar; credits (below zero) have no length.
std::string mix_html(const Result& result, const CriterionInfo& criterion) {
  double sum = 0;
  for (const std::string& phase : phases_in_order(result))
    if (const Figure* f = impact_of(result, phase, criterion.code)) sum += std::max(0.0, f->value);
  if (!(sum > 0)) return "";
  std::string out = "<svg class=\"mix\" viewBox=\"0 0 100 6\" preserveAspectRatio=\"none\" aria-hidden=\"true\">";
  double at = 0;
  for (const std::string& phase : phases_in_order(result)) {
    const Figure* f = impact_of(result, phase, criterion.code);
    const double width = f ? 100.0 * std::max(0.0, f->value) / sum : 0.0;
    if (width > 0)
      out +=
          fmt::format("<rect class=\"{}\" x=\"{:.2f}\" width=\"{:.2f}\" height=\"6\"/>", phase_class(phase), at, width);
    at += width;
  }
  return out + "</svg>";
}

std::string card(const Result& result, const CriterionInfo& criterion) {
  const Figure* total = total_of(result, criterion.code);
  const base::Scaled scale = scale_of(result, criterion);
  std::string out = fmt::format("<li class=\"card\"><h3>{} <abbr>{}</abbr></h3>",
                                html_text(capitalised(criterion.name)), html_text(marked(criterion)));
  if (!total) return out + "<p class=\"big\">no total</p></li>\n";
  out += fmt::format("<p class=\"big\">{} <span class=\"unit\">{}</span></p><p class=\"range\">{}</p>{}",
                     data_html(total->value, scale.factor), unit_html(scale.unit),
                     range_html(total->p5 * scale.factor, total->p95 * scale.factor), mix_html(result, criterion));
  if (const auto largest = largest_phase(result, criterion.code))
    out += fmt::format(
        "<p class=\"mostly\"><svg class=\"swatch\" viewBox=\"0 0 10 10\" aria-hidden=\"true\">"
        "<rect class=\"{}\" width=\"10\" height=\"10\"/></svg>{} in {}</p>",
        phase_class(largest->phase), html_text(percent_text(largest->share)), html_text(phase_words(largest->phase)));
  return out + "</li>\n";
}

std::string notice(std::string_view css_class, std::string_view title, const std::vector<std::string>& lines) {
  if (lines.empty()) return "";
  std::string out = fmt::format("<div class=\"notice {}\" role=\"note\"><h3>{}</h3><ul>\n", css_class, title);
  for (const std::string& line : lines) out += fmt::format("<li>{}</li>\n", line);
  return out + "</ul></div>\n";
}

std::string cell(const Figure* figure, double factor, std::string_view phase, std::string_view criterion,
                 std::optional<double> share) {
  const std::string where =
      fmt::format("data-phase=\"{}\" data-criterion=\"{}\"", html_text(phase), html_text(criterion));
  if (!figure) return fmt::format("<td {} class=\"empty\"><abbr title=\"no figure\">–</abbr></td>", where);
  std::string out = fmt::format("<td {}>{}", where, figure_html(*figure, factor));
  if (share)
    out += fmt::format("<span class=\"share\">{}<span>{}</span></span>", bar_html(*share, phase_class(phase)),
                       html_text(percent_text(*share)));
  return out + "</td>";
}

std::string phase_row(const Result& result, const std::string& phase, const std::vector<base::Scaled>& scales) {
  std::string out = fmt::format(
      "<tr data-phase=\"{}\"{}><th scope=\"row\"><svg class=\"swatch\" viewBox=\"0 0 10 10\" aria-hidden=\"true\">"
      "<rect class=\"{}\" width=\"10\" height=\"10\"/></svg>{}</th>",
      html_text(phase), missing_phase(result, phase) ? " class=\"missing\"" : "", phase_class(phase),
      html_text(phase_label(phase)));
  const study::MissingPhase* missing = missing_phase(result, phase);
  const bool has_figures = std::any_of(result.impacts.begin(), result.impacts.end(),
                                       [&](const study::Impact& i) { return i.phase == phase; });
  if (missing && missing->outside && !has_figures)
    return out + fmt::format("<td colspan=\"{}\">{}</td></tr>\n", result.criteria.size(), prose_html(missing->reason));
  if (missing && !has_figures)
    return out + fmt::format(
                     "<td colspan=\"{}\"><strong>No data</strong> – not zero, and not in the totals: {}</td>"
                     "</tr>\n",
                     result.criteria.size(), prose_html(missing->reason));
  for (std::size_t i = 0; i < result.criteria.size(); ++i) {
    const std::string& code = result.criteria[i].code;
    out += cell(impact_of(result, phase, code), scales[i].factor, phase, code, share_of(result, phase, code));
  }
  return out + "</tr>\n";
}

std::string life_cycle_table(const Result& result) {
  std::vector<base::Scaled> scales;
  std::string head = "<tr><th scope=\"col\">Phase</th>";
  std::string notes;
  for (const CriterionInfo& c : result.criteria) {
    scales.push_back(scale_of(result, c));
    head += fmt::format("<th scope=\"col\">{}<span class=\"unit\">{}, {}</span></th>", html_text(capitalised(c.name)),
                        html_text(marked(c)), unit_html(scales.back().unit));
    if (!c.note.empty())
      notes += fmt::format("<li><strong>* {}:</strong> {}</li>\n", html_text(c.code), prose_html(c.note));
  }
  std::string body;
  for (const std::string& phase : phases_in_order(result)) body += phase_row(result, phase, scales);
  std::string foot = "<tr><th scope=\"row\">Total</th>";
  for (std::size_t i = 0; i < result.criteria.size(); ++i) {
    const std::string& code = result.criteria[i].code;
    foot += cell(total_of(result, code), scales[i].factor, "total", code, std::nullopt);
  }
  std::string out = fmt::format(
      "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Impact by phase and criterion, table\">"
      "<table id=\"table-life-cycle\" class=\"numbers\">\n<caption>Impact by phase and criterion for {}. Each cell: "
      "central figure, P5–P95 below it, and the share of the criterion’s total.</caption>\n"
      "<thead>{}</tr></thead>\n<tbody>\n{}</tbody>\n<tfoot>{}</tr></tfoot>\n</table></div>\n",
      prose_html(result.functional_unit.text), head, body, foot);
  if (!notes.empty()) out += fmt::format("<ul class=\"footnotes\">\n{}</ul>\n", notes);
  return out;
}

}  // namespace

std::string masthead(const Result& result, std::string_view program) {
  std::string out = fmt::format(
      "<header class=\"masthead\">\n<p class=\"kicker\"><span>Life-cycle assessment of an AI model</span>"
      "<span>{}</span></p>\n<h1>{}</h1>\n",
      html_text(program), html_text(result.name));
  if (!result.question.empty()) out += fmt::format("<p class=\"question\">{}</p>\n", prose_html(result.question));
  out += "<dl class=\"facts\">\n" + fact_html("Functional unit", prose_html(result.functional_unit.text));
  if (!result.functional_unit.quality.empty())
    out += fact_html("Stated quality", prose_html(result.functional_unit.quality));
  if (!result.application.empty()) out += fact_html("Application", html_text(result.application));
  if (!result.audience.empty()) out += fact_html("Audience", html_text(result.audience));
  if (!result.energy_basis.empty()) out += fact_html("Basis of the energy", html_text(result.energy_basis));
  out += fact_html("Samples", fmt::format("{}, seed {}", result.samples, result.seed));
  return out + "</dl>\n</header>\n";
}

std::string summary_section(const Result& result) {
  std::string body = headline(result) + "<ul class=\"cards\">\n";
  for (const CriterionInfo& c : result.criteria) body += card(result, c);
  body += "</ul>\n";
  std::vector<std::string> missing, warnings;
  for (const study::MissingPhase& m : result.missing_phases)
    if (!m.outside)
      missing.push_back(fmt::format("<strong>{}:</strong> {}", html_text(phase_label(m.phase)), prose_html(m.reason)));
  for (const std::string& w : result.warnings) warnings.push_back(prose_html(w));
  body += notice("missing", "No data: these phases are not zero, and not in the totals", missing);
  body += notice("warning", "Mind this when reading the figures", warnings);
  return section_html("summary", "Summary", body);
}

std::string life_cycle_section(const Result& result) {
  return section_html(
      "life-cycle", "The life cycle",
      chart_html("chart-life-cycle",
                 "Share of each phase in the total of each criterion; the table below has the figures",
                 "Share of each phase in the total of each criterion. The whisker is the P5–P95 of the total, "
                 "relative to its central figure; one without an end goes on beyond the axis.") +
          life_cycle_table(result));
}

}  // namespace cradle::report
