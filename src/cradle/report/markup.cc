// Small pieces of HTML that several sections of the page are made of: numbers, units, figures, bars, badges.
#include "cradle/report/markup.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>

#include "cradle/report/escape.h"
#include "cradle/report/figures.h"

namespace cradle::report {
namespace {

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
  return text;
}

/// "412000" → "412 000" with narrow no-break spaces; only whole numbers of five digits and more need it.
std::string grouped(std::string number) {
  const std::size_t sign = number.starts_with('-') ? 1 : 0;
  const bool whole = number.find_first_not_of("0123456789", sign) == std::string::npos;
  if (!whole || number.size() - sign < 5) return number;
  for (std::size_t at = number.size(); at > sign + 3;) number.insert(at -= 3, " ");
  return number;
}

/// How a status came about, for people who hover over the word.
std::string_view meaning_of(std::string_view status) {
  if (status == "measured") return "read from a sensor during a run";
  if (status == "modelled") return "computed by a model, because no sensor could be read";
  if (status == "catalogue") return "taken from a published source";
  if (status == "input") return "stated in the study file";
  if (status == "assumed") return "assumed, because nothing better is known";
  return "";
}

}  // namespace

std::string number_html(double x, int significant) {
  std::string number = grouped(number_text(x, significant));
  const std::size_t e = number.find('e');
  // "never" has an e of its own; an exponent follows a digit.
  if (e != std::string::npos && e > 0 && std::isdigit(static_cast<unsigned char>(number[e - 1])))
    number = fmt::format("{} × 10<sup>{}</sup>", number.substr(0, e), std::stoi(number.substr(e + 1)));
  return replaced(number, "-", "−");
}

std::string range_html(double low, double high) {
  const bool worded = low < 0 || std::isinf(high);
  return fmt::format("{}{}{}", number_html(low), worded ? " to " : "–", number_html(high));
}

std::string unit_html(std::string_view unit) {
  std::string out(unit);
  for (const std::string_view mass : {"kg", "mg", "µg", "ng", "kt", "g", "t"}) {
    if (!unit.starts_with(mass) || unit.size() == mass.size()) continue;
    if (!std::isupper(static_cast<unsigned char>(unit[mass.size()]))) continue;
    out.insert(mass.size(), " ");  // no-break space
    break;
  }
  return html_text(replaced(out, "CO2", "CO₂"));
}

std::string prose_html(std::string_view text) {
  return html_text(replaced(replaced(replaced(std::string(text), ">=", "≥"), "<=", "≤"), "CO2", "CO₂"));
}

std::string data_html(double exact, double factor) {
  return fmt::format("<data value=\"{}\">{}</data>", exact_text(exact), number_html(exact * factor));
}

std::string figure_html(const study::Figure& f, double factor) {
  if (is_certain(f)) return fmt::format("<span class=\"value\">{}</span>", data_html(f.value, factor));
  const bool worded = f.p5 < 0 || std::isinf(f.p95);
  return fmt::format("<span class=\"value\">{}</span><span class=\"range\">{}{}{}</span>", data_html(f.value, factor),
                     data_html(f.p5, factor), worded ? " to " : "–", data_html(f.p95, factor));
}

std::string phase_class(std::string_view phase) {
  constexpr std::array<std::string_view, 7> kKnown = {"design",     "production", "data",       "training",
                                                      "deployment", "use",        "end-of-life"};
  const bool known = std::find(kKnown.begin(), kKnown.end(), phase) != kKnown.end();
  return fmt::format("phase-{}", known ? phase : "other");
}

std::string bar_html(double share, std::string_view css_class) {
  return fmt::format(
      "<svg class=\"bar\" viewBox=\"0 0 100 4\" preserveAspectRatio=\"none\" aria-hidden=\"true\">"
      "<rect class=\"{}\" width=\"{:.2f}\" height=\"4\"/></svg>",
      css_class, 100.0 * std::clamp(share, 0.0, 1.0));
}

std::string status_html(std::string_view status) {
  if (status.empty()) return "";
  const std::string_view meaning = meaning_of(status);
  const std::string shown = html_text(status);
  return fmt::format("<span class=\"status status-{}\" title=\"{}\">{}</span>", meaning.empty() ? "other" : shown,
                     meaning, shown);
}

std::string grade_html(std::string_view grade) {
  if (grade.empty()) return "";
  const bool known = grade == "A" || grade == "B" || grade == "C" || grade == "D";
  return fmt::format(
      "<span class=\"grade grade-{}\" title=\"grade of the evidence: A is best, D is weakest\">{}</span>",
      known ? grade : "other", html_text(grade));
}

std::string fact_html(std::string_view term, std::string_view html) {
  return fmt::format("<div><dt>{}</dt><dd>{}</dd></div>\n", term, html);
}

std::string section_html(std::string_view id, std::string_view title, std::string_view body) {
  return fmt::format(
      "<section id=\"{0}\" aria-labelledby=\"{0}-title\">\n<h2 id=\"{0}-title\">{1}</h2>\n{2}</section>\n", id, title,
      body);
}

std::string chart_html(std::string_view id, std::string_view label, std::string_view caption) {
  return fmt::format(
      "<figure id=\"{0}\" class=\"needs-script\" hidden>\n<div class=\"controls\"></div>\n"
      "<div class=\"chart\" role=\"img\" aria-label=\"{1}\"></div>\n<figcaption>{2}</figcaption>\n</figure>\n",
      id, html_text(label), caption);
}

}  // namespace cradle::report
