// The page's evidence (every figure used, with its source) and method (assumptions, conventions, how to repeat it).
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "cradle/report/escape.h"
#include "cradle/report/figures.h"
#include "cradle/report/markup.h"
#include "cradle/report/sections.h"

namespace cradle::report {
namespace {

using study::Result;
using study::UsedFactor;

constexpr std::array<std::string_view, 5> kStatuses = {"measured", "modelled", "catalogue", "input", "assumed"};
constexpr std::array<std::string_view, 4> kGrades = {"A", "B", "C", "D"};

std::string tally(const Result& result) {
  const auto count = [&](auto&& test) { return std::count_if(result.factors.begin(), result.factors.end(), test); };
  std::string out = fmt::format("<p class=\"tally\"><span>{} figures:</span>", result.factors.size());
  for (const std::string_view status : kStatuses)
    if (const auto n = count([&](const UsedFactor& f) { return f.status == status; }))
      out += fmt::format("<span><b>{}</b> {}</span>", n, status_html(status));
  out += "</p>\n<p class=\"tally\"><span>Grades:</span>";
  for (const std::string_view grade : kGrades)
    if (const auto n = count([&](const UsedFactor& f) { return f.grade == grade; }))
      out += fmt::format("<span><b>{}</b> {}</span>", n, grade_html(grade));
  if (const auto n = count([](const UsedFactor& f) { return f.grade.empty(); }))
    out += fmt::format("<span><b>{}</b> without grade</span>", n);
  return out + "</p>\n";
}

std::string value_html(const UsedFactor& f) {
  std::string out = fmt::format("<span class=\"value\">{} <span class=\"unit\">{}</span></span>",
                                data_html(f.value, 1.0), unit_html(f.unit));
  if (f.low != f.high)
    out += fmt::format("<span class=\"range\">{}{}{}</span>", data_html(f.low, 1.0), f.low < 0 ? " to " : "–",
                       data_html(f.high, 1.0));
  return out + fmt::format("<span class=\"shape\">{}</span>", html_text(f.distribution));
}

std::string row_html(const UsedFactor& f, std::size_t number) {
  const auto cell = [](std::string_view label, std::string_view html) {
    return fmt::format("<td data-label=\"{}\">{}</td>", label, html);
  };
  std::string source = f.source.empty() ? "<strong>no source</strong>" : prose_html(f.source);
  if (!f.licence.empty()) source += fmt::format("<span class=\"licence\">{}</span>", html_text(f.licence));
  if (!f.note.empty()) source += fmt::format("<span class=\"note\">{}</span>", prose_html(f.note));
  return fmt::format("<tr id=\"factor-{}\" class=\"{}\"><th scope=\"row\">{}<code>{}</code></th>", number,
                     f.grade == "D" ? "weak" : "", html_text(f.name), html_text(f.id)) +
         cell("Value", value_html(f)) + cell("Place", html_text(f.place)) +
         cell("Year", f.year == 0 ? std::string() : fmt::format("{}", f.year)) + cell("Status", status_html(f.status)) +
         cell("Grade", grade_html(f.grade)) + cell("Source", source) + "</tr>\n";
}

std::string convention_html(const Result& result) {
  if (result.convention == "median" || result.convention == "mean")
    return fmt::format("the value of a lognormal is its {}, unless the figure says otherwise", result.convention);
  return prose_html(result.convention);
}

}  // namespace

std::string evidence_section(const Result& result) {
  std::string rows;
  for (std::size_t i = 0; i < result.factors.size(); ++i) rows += row_html(result.factors[i], i + 1);
  return section_html(
      "evidence", "Every figure used",
      tally(result) +
          "<p>The words are kept apart: <em>measured</em> was read from a sensor, <em>modelled</em> computed where no "
          "sensor could be read, <em>catalogue</em> is a published figure, <em>input</em> is stated in the study, "
          "<em>assumed</em> has no better ground. Grade A is the best evidence, D the weakest; rows of grade D are "
          "marked on their left edge.</p>\n"
          "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Every figure used, table\">"
          "<table id=\"table-factors\" class=\"factors\">\n<caption>Figures of this assessment, with central value, "
          "P5–P95 and source.</caption>\n<thead><tr><th scope=\"col\">Figure</th>"
          "<th scope=\"col\">Value</th><th scope=\"col\">Place</th><th scope=\"col\">Year</th><th scope=\"col\">Status"
          "</th><th scope=\"col\">Grade</th><th scope=\"col\">Source and licence</th></tr></thead>\n<tbody>\n" +
          rows + "</tbody></table></div>\n");
}

std::string method_section(const Result& result) {
  std::string body;
  if (!result.assumptions.empty()) {
    body += "<h3>Assumptions</h3>\n<ul>\n";
    for (const std::string& a : result.assumptions) body += fmt::format("<li>{}</li>\n", prose_html(a));
    body += "</ul>\n";
  }
  body += fmt::format(
      "<h3>How the figures were computed</h3>\n<p>The central figure of each cell is computed from the central figures "
      "of all inputs. Its interval is the 5th to the 95th percentile of {} samples, in each of which every uncertain "
      "input is drawn once and used wherever it occurs. A total is the sum over the phases that have data.</p>\n",
      result.samples);
  body += "<dl class=\"facts method\">\n" + fact_html("Samples", fmt::format("{}", result.samples)) +
          fact_html("Seed", fmt::format("{}", result.seed));
  if (!result.convention.empty()) body += fact_html("Convention", convention_html(result));
  if (!result.energy_basis.empty()) body += fact_html("Basis of the energy", html_text(result.energy_basis));
  if (!result.allocation.empty()) body += fact_html("Allocation of hardware", html_text(result.allocation));
  if (!result.view.empty()) body += fact_html("View of electricity", html_text(result.view));
  if (!result.reviewer.empty()) body += fact_html("Critical review", html_text(result.reviewer));
  if (!result.study_file.empty())
    body += fact_html("Study", fmt::format("<code>{}</code>", html_text(result.study_file)));
  if (!result.study_sha256.empty())
    body += fact_html("SHA-256 of the study", fmt::format("<code>{}</code>", html_text(result.study_sha256)));
  if (!result.data_sha256.empty())
    body += fact_html("SHA-256 of the built-in data", fmt::format("<code>{}</code>", html_text(result.data_sha256)));
  for (const study::UsedPack& p : result.packs)
    body += fact_html("Table of the user's", fmt::format("{}, {} rows, SHA-256 <code>{}</code>", html_text(p.name),
                                                         p.rows, html_text(p.sha256)));
  for (const std::string& m : result.methods) body += fact_html("Further method", html_text(m));
  body += "</dl>\n";
  if (!result.study_file.empty())
    body += fmt::format("<p>To repeat it:</p>\n<pre><code>cradle assess {} --samples {} --seed {}</code></pre>\n",
                        html_text(result.study_file), result.samples, result.seed);
  return section_html("method", "Assumptions and method", body);
}

}  // namespace cradle::report
