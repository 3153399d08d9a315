// The page's comparison: two models by the same random draws, the probability that B is better, and the break-even.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "cradle/base/text.h"
#include "cradle/report/escape.h"
#include "cradle/report/figures.h"
#include "cradle/report/markup.h"
#include "cradle/report/sections.h"

namespace cradle::report {
namespace {

using study::Comparison;
using study::Result;

std::string verdict_html(const Comparison::Row& row) {
  const std::string verdict = verdict_of(row);
  const std::string text = verdict == "open"    ? "not decided"
                           : verdict == "equal" ? "equal"
                                                : fmt::format("{} is better", verdict);
  return fmt::format("<span class=\"verdict verdict-{}\">{}</span>", verdict, text);
}

std::string signed_html(double x) { return (x > 0 ? "+" : "") + number_html(x); }

/// "Climate change" for "GWP"; the code itself if the result does not know it.
std::string name_of(const Result& result, const std::string& code) {
  for (const study::CriterionInfo& c : result.criteria)
    if (c.code == code) return capitalised(c.name);
  return code;
}

std::string row_html(const Comparison::Row& r, const Result& result) {
  const base::Scaled scale = base::scale_for(std::max(std::abs(r.a.value), std::abs(r.b.value)), r.unit);
  std::string out = fmt::format(
      "<tr data-criterion=\"{}\"><th scope=\"row\">{}<span class=\"unit\">{}, {}</span></th>"
      "<td data-side=\"a\">{}</td><td data-side=\"b\">{}</td><td data-side=\"difference\">{}",
      html_text(r.criterion), html_text(name_of(result, r.criterion)), html_text(marked(result.criteria, r.criterion)),
      unit_html(scale.unit), figure_html(r.a, scale.factor), figure_html(r.b, scale.factor),
      figure_html(r.difference, scale.factor));
  if (r.a.value > 0)
    out += fmt::format("<span class=\"of-a\">{} % of A</span>", signed_html(100.0 * r.difference.value / r.a.value));
  return out + fmt::format(
                   "</td><td data-side=\"probability\"><span class=\"value\"><data value=\"{}\">{}</data></span>"
                   "<span class=\"share\">{}</span></td><td>{}</td></tr>\n",
                   exact_text(r.probability_b_better), html_text(probability_of(r)),
                   bar_html(r.probability_b_better, "probability"), verdict_html(r));
}

std::string count_html(double n) {
  return fmt::format("<data value=\"{}\">{}</data>", exact_text(n),
                     std::isinf(n) ? "never" : base::trim(base::format_count(n)));
}

/// "18.4 k to 66.1 k"; once "never" if no draw pays back within its P5 to P95.
std::string count_range_html(const study::Figure& f) {
  if (std::isinf(f.p5)) return count_html(f.p5);
  return fmt::format("{} to {}", count_html(f.p5), count_html(f.p95));
}

/// "3.1 days", "never", and nothing where the comparison has no days (an older one, or nothing to pay back).
std::string days_html(const study::Figure& days) {
  if (!has_days(days)) return "–";
  const auto one = [](double d) {
    return fmt::format("<data value=\"{}\">{}</data>", exact_text(d), html_text(days_text(d)));
  };
  if (std::isinf(days.p5)) return one(days.p5);
  return fmt::format("{} ({} to {})", one(days.value), one(days.p5), one(days.p95));
}

/// Below the table: what the marks of criteria stand for.
std::string notes_html(const Result& result) {
  std::string notes;
  for (const std::string& note : footnotes(result.criteria)) notes += fmt::format("<li>{}</li>\n", prose_html(note));
  return notes.empty() ? notes : fmt::format("<ul class=\"footnotes\">\n{}</ul>\n", notes);
}

std::string break_even_table(const Comparison& comparison, const Result& result) {
  if (comparison.break_even.empty()) return "";
  std::string rows;
  for (const Comparison::BreakEven& b : comparison.break_even) {
    rows += fmt::format(
        "<tr data-criterion=\"{}\"><th scope=\"row\">{}</th><td>{}</td><td>{}</td><td>{}</td><td>"
        "<data value=\"{}\">{}</data></td></tr>\n",
        html_text(b.criterion), html_text(name_of(result, b.criterion)), count_html(b.amount.value),
        count_range_html(b.amount), days_html(b.days), exact_text(b.probability_never),
        html_text(probability_text(b.probability_never)));
  }
  return fmt::format(
      "<h3>When B has paid back</h3>\n<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Break-even, "
      "table\"><table id=\"table-break-even\" class=\"numbers plain\">\n<caption>Number of images after which what B "
      "cost "
      "once (its training, its compression and their hardware) is paid back by what it saves on "
      "each.</caption>\n<thead><tr>"
      "<th scope=\"col\">Criterion</th><th scope=\"col\">Images</th><th scope=\"col\">P5–P95</th>"
      "<th scope=\"col\">Days of use of B</th><th scope=\"col\">Never, "
      "share of draws</th></tr></thead>\n<tbody>\n{}</tbody></table></div>\n",
      rows);
}

}  // namespace

std::string comparison_section(const Comparison& comparison, const Result& result) {
  std::string rows;
  for (const Comparison::Row& r : comparison.rows) rows += row_html(r, result);
  std::string body = fmt::format(
      "<p class=\"sides\"><span><b>A</b> {}</span><span><b>B</b> {}</span></p>\n"
      "<p>Both sides deliver {}. Each of the {} samples draws every shared figure once and uses it on both sides, so "
      "that what they have in common cannot blur the difference.</p>\n",
      html_text(comparison.name_a), html_text(comparison.name_b), prose_html(comparison.functional_unit.text),
      comparison.samples);
  if (!comparison.warnings.empty()) {
    body += "<div class=\"notice warning\" role=\"note\"><h3>Mind this when comparing</h3><ul>\n";
    for (const std::string& w : comparison.warnings) body += fmt::format("<li>{}</li>\n", prose_html(w));
    body += "</ul></div>\n";
  }
  body += chart_html("chart-comparison", "Difference of B to A in each criterion; the table below has the figures",
                     "B against A: paired difference as a share of A, with its P5–P95. Left of the line, B is better.");
  body += fmt::format(
      "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Comparison, table\"><table "
      "id=\"table-comparison\" class=\"numbers\">\n<caption>A and B for {}. A side is called better when it is so in "
      "at "
      "least 95 % of the draws.</caption>\n<thead><tr><th scope=\"col\">Criterion</th><th scope=\"col\">A</th>"
      "<th scope=\"col\">B</th><th scope=\"col\">B − A</th><th scope=\"col\">Probability that B is better</th>"
      "<th scope=\"col\">Verdict</th></tr></thead>\n<tbody>\n{}</tbody></table></div>\n",
      prose_html(comparison.functional_unit.text), rows);
  body += notes_html(result);
  return section_html("comparison", "Comparison", body + break_even_table(comparison, result));
}

}  // namespace cradle::report
