// A result and a comparison as text for the terminal: tables that fit the window, and wrapped lines below them.
#include "cradle/report/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <span>

#include "cradle/report/figures.h"

namespace cradle::report {
namespace {

using study::Comparison;
using study::CriterionInfo;
using study::Figure;
using study::Result;

constexpr std::string_view kNothing = "–";

std::size_t width_of(std::string_view line) {
  return static_cast<std::size_t>(
      std::count_if(line.begin(), line.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

std::size_t widest_line(std::string_view block) {
  std::size_t widest = 0;
  for (const std::string& line : base::split(block, '\n')) widest = std::max(widest, width_of(line));
  return widest;
}

/// A paragraph in lines of at most `columns`, the second and later ones indented by two; words are never cut.
std::string wrapped(std::string_view paragraph, int columns) {
  std::string out, line;
  for (const std::string& word : base::split(paragraph, ' ')) {
    if (word.empty()) continue;
    const std::size_t gap = line.find_first_not_of(' ') == std::string::npos ? 0 : 1;
    if (gap == 1 && width_of(line) + 1 + width_of(word) > static_cast<std::size_t>(columns)) {
      out += line + '\n';
      line = "  " + word;
    } else {
      line += (gap == 1 ? " " : "") + word;
    }
  }
  return out + line + '\n';
}

/// "1.42 (1.1–1.9)": the interval needs one digit less than the figure.
std::string cell(const Figure* figure, double factor) {
  if (!figure) return std::string(kNothing);
  if (is_certain(*figure)) return number_text(figure->value * factor);
  return fmt::format("{} ({})", number_text(figure->value * factor),
                     range_text(figure->p5 * factor, figure->p95 * factor, 2));
}

std::string life_cycle_table(const Result& result, std::span<const CriterionInfo> criteria) {
  std::vector<std::string> header = {"phase"};
  std::vector<base::Scaled> scales;
  for (const CriterionInfo& c : criteria) {
    scales.push_back(scale_of(result, c));
    header.push_back(fmt::format("{} {}", c.code, scales.back().unit));
  }
  base::Table table(header);
  for (const std::string& phase : phases_in_order(result)) {
    std::vector<std::string> row = {phase};
    for (std::size_t i = 0; i < criteria.size(); ++i)
      row.push_back(cell(impact_of(result, phase, criteria[i].code), scales[i].factor));
    table.row(row);
  }
  std::vector<std::string> row = {"total"};
  for (std::size_t i = 0; i < criteria.size(); ++i)
    row.push_back(cell(total_of(result, criteria[i].code), scales[i].factor));
  table.row(row);
  return table.text();
}

/// All criteria side by side, or in the fewest tables of about the same number of criteria that fit.
std::string life_cycle_tables(const Result& result, int columns) {
  const std::span<const CriterionInfo> all(result.criteria);
  std::string out;
  for (std::size_t tables = 1; tables <= all.size(); ++tables) {
    out.clear();
    for (std::size_t i = 0, from = 0; i < tables; ++i) {
      const std::size_t to = (i + 1) * all.size() / tables;
      out += (out.empty() ? "" : "\n") + life_cycle_table(result, all.subspan(from, to - from));
      from = to;
    }
    if (widest_line(out) <= static_cast<std::size_t>(columns)) break;
  }
  return out;
}

std::string break_even_line(const Comparison::BreakEven& b) {
  const std::string never = fmt::format("never in {} of the draws", probability_text(b.probability_never));
  if (std::isinf(b.amount.value)) return fmt::format("{}: B does not pay back; {}", b.criterion, never);
  return fmt::format("{}: B has paid back after {} {}; {}", b.criterion, count_text(b.amount), "images", never);
}

std::string comparison_table(const Comparison& comparison) {
  base::Table table({"criterion", "A", "B", "B - A", "B better", "verdict"});
  for (const Comparison::Row& r : comparison.rows) {
    const base::Scaled scale = base::scale_for(std::max(r.a.value, r.b.value), r.unit);
    table.row({fmt::format("{} {}", r.criterion, scale.unit), cell(&r.a, scale.factor), cell(&r.b, scale.factor),
               cell(&r.difference, scale.factor), probability_of(r), verdict_of(r)});
  }
  return table.text();
}

}  // namespace

std::string table(const Result& result, int columns) {
  assert(columns >= 40);
  return wrapped(result.name, columns) +
         wrapped(fmt::format("for {}; each figure with its P5–P95", result.functional_unit.text), columns) + '\n' +
         life_cycle_tables(result, columns);
}

std::string text(const Result& result, int columns) { return table(result, columns) + '\n' + notes(result, columns); }

std::string notes(const Result& result, int columns) {
  std::string below;
  for (const study::MissingPhase& m : result.missing_phases)
    below += wrapped(fmt::format("NO DATA for {} (not zero, and not in the totals): {}", m.phase, m.reason), columns);
  for (const CriterionInfo& c : result.criteria)
    if (!c.note.empty()) below += wrapped(fmt::format("{}: {}", c.code, c.note), columns);
  for (const std::string& w : result.warnings) below += wrapped("warning: " + w, columns);
  if (!result.energy_basis.empty())
    below += wrapped(fmt::format("basis of the energy: {}", result.energy_basis), columns);
  below += wrapped(fmt::format("{} samples, seed {}", result.samples, result.seed), columns);
  return below;
}

std::string text(const Comparison& comparison, int columns) {
  assert(columns >= 40);
  std::string out = wrapped("A: " + comparison.name_a, columns) + wrapped("B: " + comparison.name_b, columns);
  out += wrapped(fmt::format("for {}; each figure with its P5–P95; both sides by the same {} random draws (seed {})",
                             comparison.functional_unit.text, comparison.samples, comparison.seed),
                 columns);
  out += '\n' + comparison_table(comparison);
  if (!comparison.break_even.empty()) out += '\n';
  for (const Comparison::BreakEven& b : comparison.break_even) out += wrapped(break_even_line(b), columns);
  for (const std::string& w : comparison.warnings) out += wrapped("warning: " + w, columns);
  return out;
}

}  // namespace cradle::report
