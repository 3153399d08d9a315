// The report as one web page: the sections, the style, the data and the script in one file with a strict policy.
#include "cradle/report/html.h"

#include <fmt/format.h>

#include <vector>

#include "cradle/base/embedded.h"
#include "cradle/base/file.h"
#include "cradle/base/json.h"
#include "cradle/report/escape.h"
#include "cradle/report/sections.h"

namespace cradle::report {

const std::vector<base::EmbeddedFile>& embedded_files();  // report.css and, with CRADLE_WITH_WEB, report.js

namespace {

std::string_view asset(std::string_view name) {
  for (const base::EmbeddedFile& f : embedded_files())
    if (f.name == name) return f.bytes;
  return {};
}

int digit_of(char hexadecimal) { return hexadecimal <= '9' ? hexadecimal - '0' : hexadecimal - 'a' + 10; }

/// SHA-256 in base64, as a content security policy wants it (RFC 4648, section 4).
std::string policy_hash(std::string_view bytes) {
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const std::string hex = base::sha256_of(bytes);
  std::string out;
  unsigned bits = 0;
  int held = 0;
  for (const char c : hex) {
    bits = ((bits << 4) | static_cast<unsigned>(digit_of(c))) & 0xFFFu;
    held += 4;
    if (held < 6) continue;
    held -= 6;
    out += kAlphabet[(bits >> held) & 63u];
  }
  // 256 bits are 42 characters and 4 bits more: two zero bits and one '=' complete the last group.
  out += kAlphabet[(bits << (6 - held)) & 63u];
  return "sha256-" + out + "=";
}

/// The bytes between the script's tags, exactly as they will be hashed by the browser.
std::string script_body() {
  const std::string_view script = asset("report.js");
  return script.empty() ? std::string() : fmt::format("\n{}", script);
}

std::string policy_for(std::string_view script) {
  // The charts set style attributes on their SVG, which only 'unsafe-inline' allows; no style can make a request here,
  // because default-src forbids all of them.
  return fmt::format(
      "default-src 'none'; script-src {}; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action "
      "'none'",
      script.empty() ? "'none'" : fmt::format("'{}'", policy_hash(script)));
}

std::string contents(const std::vector<std::pair<std::string_view, std::string_view>>& sections) {
  std::string out = "<nav aria-label=\"Contents\"><ol>\n";
  for (const auto& [id, title] : sections) out += fmt::format("<li><a href=\"#{}\">{}</a></li>\n", id, title);
  return out + "</ol></nav>\n";
}

std::string footer(std::string_view program) {
  return fmt::format(
      "<footer>\n<p>Written by {}. Every number of this page is in it as data too: the element "
      "<code>cradle-data</code> "
      "holds the whole result. The page makes no request to any network.</p>\n</footer>\n",
      html_text(program));
}

}  // namespace

bool has_charts() { return !asset("report.js").empty(); }

std::string html(const study::Result& result, const std::optional<study::Comparison>& comparison,
                 std::string_view program) {
  const std::string script = script_body();
  const std::string sensitivity = sensitivity_section(result);
  const std::string breakdown = breakdown_section(result);
  std::vector<std::pair<std::string_view, std::string_view>> listed = {{"summary", "Summary"},
                                                                       {"life-cycle", "Life cycle"}};
  if (comparison) listed.emplace_back("comparison", "Comparison");
  if (!sensitivity.empty()) listed.emplace_back("sensitivity", "What moves it");
  if (!breakdown.empty()) listed.emplace_back("breakdown", "Where from");
  listed.emplace_back("evidence", "Figures used");
  listed.emplace_back("method", "Method");

  std::string out = fmt::format(
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"{}\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"generator\" content=\"{}\">\n"
      "<link rel=\"icon\" href=\"data:,\">\n<title>{}</title>\n<style>\n{}</style>\n</head>\n<body>\n",
      policy_for(script), html_text(program), html_text(result.name), asset("report.css"));
  out +=
      masthead(result, program) + contents(listed) + "<main>\n" + summary_section(result) + life_cycle_section(result);
  if (comparison) out += comparison_section(*comparison, result);
  out += sensitivity + breakdown + evidence_section(result) + method_section(result) + "</main>\n" + footer(program);
  out += fmt::format("<script type=\"application/json\" id=\"cradle-data\">{}</script>\n",
                     script_json(study::to_json(result)));
  if (comparison)
    out += fmt::format("<script type=\"application/json\" id=\"cradle-comparison\">{}</script>\n",
                       script_json(study::to_json(*comparison)));
  if (!script.empty()) out += fmt::format("<script>{}</script>\n", script);
  return out + "</body>\n</html>\n";
}

}  // namespace cradle::report
