// Opens a generated report in a real browser: no console message, charts drawn, numbers equal to result.json.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <regex>
#include <string>

#include "cradle/base/file.h"
#include "cradle/base/json.h"
#include "cradle/base/scratch_test.h"
#include "cradle/report/html.h"
#include "cradle/report/sample_result.h"

namespace cradle {
namespace {

struct Visit {
  int status = 0;
  std::string dom;  ///< the document after its scripts have run
  std::string log;  ///< what the browser wrote, the page's console included
};

/// Opens `page` in a browser that knows nothing and reaches nothing. Takes one to three seconds.
Visit visit(const std::string& page) {
  const auto* test = testing::UnitTest::GetInstance()->current_test_info();
  const std::filesystem::path folder = base::scratch_folder() / test->name();
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  base::write_file(folder / "report.html", page);
  const std::string at = folder.string();
  const std::string command = "'" CRADLE_CHROMIUM
                              "' --headless --no-sandbox --disable-gpu --disable-quic --no-first-run"
                              " --disable-background-networking --disable-component-update --disable-sync"
                              " --enable-logging=stderr --window-size=1200,900 --user-data-dir='" +
                              at + "/profile' --dump-dom 'file://" + at + "/report.html' >'" + at + "/dom' 2>'" + at +
                              "/log' </dev/null";
  Visit v;
  v.status = std::system(command.c_str());
  v.dom = base::read_file(folder / "dom");
  v.log = base::read_file(folder / "log");
  std::filesystem::remove_all(folder);
  return v;
}

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

std::string chart_of(const std::string& dom, const std::string& id) {
  const std::size_t from = dom.find("id=\"" + id + "\"");
  return from == std::string::npos ? "" : dom.substr(from, dom.find("</figure>", from) - from);
}

TEST(ReportPage, OpensWithoutAConsoleMessageAndDrawsItsCharts) {
  const Visit v = visit(report::html(report::sample_result(), report::sample_comparison()));
  ASSERT_EQ(v.status, 0) << v.log;
  EXPECT_FALSE(contains(v.log, "CONSOLE")) << v.log;
  EXPECT_TRUE(contains(v.dom, "<table id=\"table-life-cycle\""));
  if (!report::has_charts()) return;  // built with CRADLE_WITH_WEB=OFF: the page is its tables
  EXPECT_TRUE(contains(v.dom, "data-charts=\"3\"")) << v.log;
  for (const char* id : {"chart-life-cycle", "chart-comparison", "chart-sensitivity"}) {
    const std::string chart = chart_of(v.dom, id);
    EXPECT_TRUE(contains(chart, "<svg")) << id;
    EXPECT_FALSE(contains(chart.substr(0, chart.find('>')), "hidden")) << id;
  }
  // The share of use in climate change, written on its segment of the bar.
  EXPECT_TRUE(contains(chart_of(v.dom, "chart-life-cycle"), ">76 %</text>"));
}

TEST(ReportPage, TheTableAndTheDataBlockHaveTheNumbersOfResultJson) {
  const study::Result result = report::sample_result();
  const Visit v = visit(report::html(result));
  ASSERT_EQ(v.status, 0) << v.log;
  const base::Json json = study::to_json(result);
  const std::string open = "id=\"cradle-data\">";
  const std::size_t from = v.dom.find(open);
  ASSERT_NE(from, std::string::npos);
  const std::size_t start = from + open.size();
  EXPECT_EQ(base::parse_json(v.dom.substr(start, v.dom.find("</script>", start) - start), "the page"), json);

  const std::regex cell(
      "<td data-phase=\"([^\"]+)\" data-criterion=\"([^\"]+)\"><span class=\"value\"><data value=\"([^\"]+)\">[^<]*"
      "</data></span><span class=\"range\"><data value=\"([^\"]+)\">[^<]*</data>[^<]*<data value=\"([^\"]+)\">");
  std::size_t found = 0;
  for (std::sregex_iterator at(v.dom.begin(), v.dom.end(), cell), end; at != end; ++at) {
    const std::smatch& m = *at;
    const base::Json* expected = nullptr;
    if (m[1] == "total") {
      for (const base::Json& t : json["per_unit"])
        if (t["criterion"] == m[2].str()) expected = &t;
    } else {
      for (const base::Json& i : json["impacts"])
        if (i["phase"] == m[1].str() && i["criterion"] == m[2].str()) expected = &i;
    }
    ASSERT_NE(expected, nullptr) << m[0];
    EXPECT_EQ(std::stod(m[3]), (*expected)["value"].get<double>()) << m[0];
    EXPECT_EQ(std::stod(m[4]), (*expected)["p5"].get<double>()) << m[0];
    EXPECT_EQ(std::stod(m[5]), (*expected)["p95"].get<double>()) << m[0];
    ++found;
  }
  EXPECT_EQ(found, json["impacts"].size() + json["per_unit"].size());
}

TEST(ReportPage, AScriptThatIsNotThePagesOwnDoesNotRun) {
  std::string page = report::html(report::sample_result());
  page.insert(page.find("<main>"), "<script>document.documentElement.dataset.foreign = 'ran';</script>");
  const Visit v = visit(page);
  ASSERT_EQ(v.status, 0) << v.log;
  EXPECT_FALSE(contains(v.dom, "data-foreign=\"ran\""));
  // Also proof that the first test would see a console message if there were one.
  EXPECT_TRUE(contains(v.log, "CONSOLE")) << v.log;
}

TEST(ReportPage, ABrokenDataBlockLeavesTheTables) {
  std::string page = report::html(report::sample_result());
  page.insert(page.find("id=\"cradle-data\">") + 17, "broken");
  const Visit v = visit(page);
  EXPECT_TRUE(contains(v.dom, "<table id=\"table-life-cycle\""));
  if (!report::has_charts()) return;  // built with CRADLE_WITH_WEB=OFF: nothing reads the block
  EXPECT_TRUE(contains(v.dom, "data-charts=\"failed\""));
  EXPECT_TRUE(contains(v.log, "the charts could not be drawn")) << v.log;
}

}  // namespace
}  // namespace cradle
