#include "cradle/report/html.h"

#include <gtest/gtest.h>

#include <regex>

#include "cradle/base/file.h"
#include "cradle/base/json.h"
#include "cradle/report/escape.h"
#include "cradle/report/sample_result.h"
#include "cradle/report/sections.h"

namespace cradle::report {
namespace {

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

std::string between(const std::string& text, std::string_view from, std::string_view to) {
  const std::size_t begin = text.find(from);
  if (begin == std::string::npos) return "";
  const std::size_t start = begin + from.size();
  return text.substr(start, text.find(to, start) - start);
}

/// Every number of a JSON value, as result.json spells it.
void collect_numbers(const base::Json& json, std::vector<std::string>& numbers) {
  if (json.is_number_float()) numbers.push_back(json.dump());
  if (json.is_structured())
    for (const auto& item : json) collect_numbers(item, numbers);
}

/// The page without its data blocks and script: what a reader without JavaScript has.
std::string visible(const std::string& page) { return page.substr(0, page.find("<script type=")); }

TEST(Html, TheDataBlocksHoldTheResultAndTheComparison) {
  const std::string page = html(sample_result(), sample_comparison());
  const std::string result = between(page, "id=\"cradle-data\">", "</script>");
  EXPECT_EQ(base::parse_json(result, "page"), study::to_json(sample_result()));
  const std::string comparison = between(page, "id=\"cradle-comparison\">", "</script>");
  EXPECT_EQ(base::parse_json(comparison, "page"), study::to_json(sample_comparison()));
}

TEST(Html, EveryFigureOfTheResultStandsInATableWithAllItsDigits) {
  const study::Result r = sample_result();
  const std::string page = visible(html(r));
  base::Json shown = study::to_json(r);
  // The medians of the samples are data for programs; the page shows value, P5 and P95.
  for (const char* list : {"impacts", "per_unit"})
    for (base::Json& item : shown[list]) item.erase("p50");
  shown.erase("functional_unit");
  std::vector<std::string> numbers;
  collect_numbers(shown, numbers);
  ASSERT_GT(numbers.size(), 100u);
  for (const std::string& n : numbers) EXPECT_TRUE(contains(page, "<data value=\"" + n + "\">")) << n;
}

TEST(Html, EveryFigureOfTheComparisonStandsInATable) {
  const study::Comparison c = sample_comparison();
  const std::string page = visible(html(sample_result(), c));
  base::Json shown = study::to_json(c);
  for (base::Json& row : shown["rows"])
    for (const char* side : {"a", "b", "difference"}) row[side].erase("p50");
  for (base::Json& row : shown["break_even"]) row.erase("p50");
  std::vector<std::string> numbers;
  collect_numbers(shown["rows"], numbers);
  collect_numbers(shown["break_even"], numbers);
  ASSERT_GT(numbers.size(), 40u);
  for (const std::string& n : numbers) EXPECT_TRUE(contains(page, "<data value=\"" + n + "\">")) << n;
  EXPECT_TRUE(contains(page, ">never</data>"));
}

TEST(Html, NoTextOfTheStudyBecomesMarkup) {
  const std::string attack = "</script></title><img src=x onerror=alert(1)>\"'&";
  study::Result r = sample_result();
  r.name = r.question = r.audience = r.study_file = r.convention = r.energy_basis = attack;
  r.functional_unit = {attack, 1, attack, attack};
  for (auto& c : r.criteria) c.name = c.note = attack;
  for (auto& m : r.missing_phases) m.reason = attack;
  for (auto& n : r.tree) n.name = n.kind = attack;
  for (auto& s : r.sensitivity) s.input = s.name = attack;
  for (auto& f : r.factors)
    f.name = f.source = f.note = f.licence = f.grade = f.status = f.place = f.unit = f.distribution = attack;
  r.impacts.push_back({attack, "GWP", {1, 1, 1, 1}});
  r.warnings = r.assumptions = {attack};
  study::Comparison c = sample_comparison();
  c.name_a = c.name_b = attack;
  c.functional_unit = r.functional_unit;
  c.warnings = {attack};
  const std::string page = html(r, c, attack);
  EXPECT_FALSE(contains(page, "<img"));
  EXPECT_EQ(page.find("</title>"), page.rfind("</title>"));
  EXPECT_TRUE(contains(page, "&lt;img src=x onerror=alert(1)&gt;&quot;&#39;&amp;"));
}

TEST(Html, ThePageAsksNothingOfAnyNetwork) {
  const std::string page = html(sample_result(), sample_comparison());
  EXPECT_TRUE(contains(page, "content=\"default-src 'none'; script-src "));
  const std::string markup = visible(page);
  for (const char* request : {"http:", "https:", "//", "url(", "@import", "src=", "<iframe", "<object"}) {
    if (std::string_view(request) == "//") continue;
    EXPECT_FALSE(contains(markup, request)) << request;
  }
  EXPECT_FALSE(contains(page, "'unsafe-inline'; script")) << "scripts are allowed by hash only";
  EXPECT_FALSE(contains(between(page, "script-src", ";"), "unsafe"));
}

TEST(Html, MissingPhasesAreLoudAndNeverZero) {
  const std::string page = html(sample_result());
  EXPECT_TRUE(contains(page, "Not counted, for want of data: design and data"));
  EXPECT_TRUE(contains(page, "No data: these phases are not zero, and not in the totals"));
  const std::string row = between(page, "<tr data-phase=\"data\"", "</tr>");
  EXPECT_TRUE(contains(row, "the study has no [data] table")) << row;
  EXPECT_FALSE(contains(row, "<data")) << row;
}

TEST(Html, FiguresOfGradeDLookLikeItAndNoSourceIsSaid) {
  study::Result r = sample_result();
  r.factors[0].source = "";
  const std::string section = evidence_section(r);
  const std::regex weak("<tr id=\"factor-\\d+\" class=\"weak\">");
  const auto rows = std::distance(std::sregex_iterator(section.begin(), section.end(), weak), std::sregex_iterator());
  EXPECT_EQ(rows, 2);  // the sample has two figures of grade D
  EXPECT_TRUE(contains(section, "<strong>no source</strong>"));
  EXPECT_TRUE(contains(section, "status-modelled"));
}

TEST(Html, TheTreeKeepsNodesWhoseParentIsMissingOrInACircle) {
  study::Result r = sample_result();
  r.tree = {{"a", "nowhere", "orphan", "process", "GWP", 1e-3, ""},
            {"b", "c", "first of a circle", "process", "GWP", 2e-3, ""},
            {"c", "b", "second of a circle", "process", "GWP", 3e-3, ""}};
  const std::string section = breakdown_section(r);
  for (const char* name : {"orphan", "first of a circle", "second of a circle"}) {
    EXPECT_TRUE(contains(section, name)) << name;
    EXPECT_EQ(section.find(name), section.rfind(name)) << name << " once only";
  }
}

TEST(Html, AResultWithoutTreeAndSensitivityHasNoEmptySections) {
  study::Result r = sample_result();
  r.tree.clear();
  r.sensitivity.clear();
  r.missing_phases.clear();
  r.warnings.clear();
  const std::string page = visible(html(r));
  EXPECT_FALSE(contains(page, "id=\"breakdown\""));
  EXPECT_FALSE(contains(page, "#sensitivity"));
  EXPECT_FALSE(contains(page, "class=\"notice"));
  EXPECT_FALSE(contains(page, "id=\"comparison\""));
}

TEST(Html, TheSameResultGivesTheSameBytes) {
  EXPECT_EQ(html(sample_result(), sample_comparison()), html(sample_result(), sample_comparison()));
}

TEST(Html, ACellHasItsExactFiguresAndWhatPeopleRead) {
  const std::string section = life_cycle_section(sample_result());
  EXPECT_EQ(between(section, "<td data-phase=\"production\" data-criterion=\"GWP\">", "</td>"),
            "<span class=\"value\"><data value=\"0.001137\">1.14</data></span>"
            "<span class=\"range\"><data value=\"0.00070494\">0.705</data>–"
            "<data value=\"0.00194427\">1.94</data></span>"
            "<span class=\"share\"><svg class=\"bar\" viewBox=\"0 0 100 4\" preserveAspectRatio=\"none\" "
            "aria-hidden=\"true\"><rect class=\"phase-production\" width=\"16.47\" height=\"4\"/></svg>"
            "<span>16 %</span></span>");
}

}  // namespace
}  // namespace cradle::report
