// A result and a comparison as text for the terminal: tables that fit the window, and wrapped lines below them.
#include "cradle/report/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <span>

#include "cradle/report/facts.h"
#include "cradle/report/figures.h"

namespace cradle::report {
namespace {

using base::cut;
using base::width_of;
using base::wrapped;
using study::Comparison;
using study::CriterionInfo;
using study::Figure;
using study::Result;

std::size_t widest_line(std::string_view block) {
  std::size_t widest = 0;
  for (const std::string& line : base::split(block, '\n')) widest = std::max(widest, width_of(line));
  return widest;
}

/// "1.42 (1.1–1.9)": the interval needs one digit less than the figure.
std::string cell(const Figure* figure, double factor) { return cell_text(figure, factor, 2); }

/// The heads of criteria's columns, "ADPe* µgSb", after `first`.
std::vector<std::string> header_of(const Result& result, std::string first, std::span<const CriterionInfo> criteria) {
  std::vector<std::string> header = {std::move(first)};
  for (const CriterionInfo& c : criteria) header.push_back(fmt::format("{} {}", marked(c), scale_of(result, c).unit));
  return header;
}

std::string life_cycle_table(const Result& result, std::span<const CriterionInfo> criteria) {
  std::vector<base::Scaled> scales;
  for (const CriterionInfo& c : criteria) scales.push_back(scale_of(result, c));
  base::Table table(header_of(result, "phase", criteria));
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

/// Totals under the choices that the study did not take, below its own. Central figures: a small table.
std::string choice_table(const Result& result, std::span<const CriterionInfo> criteria) {
  base::Table table(header_of(result, "total by", criteria));
  const auto row = [&](std::string name, auto&& total) {
    std::vector<std::string> cells = {std::move(name)};
    for (const CriterionInfo& c : criteria) {
      const Figure* figure = total(c.code);
      cells.push_back(figure ? number_text(figure->value * scale_of(result, c).factor) : "–");
    }
    table.row(cells);
  };
  row("this study", [&](const std::string& code) { return total_of(result, code); });
  for (const study::Alternative& a : result.alternatives)
    if (!a.chosen && !a.per_unit.empty())
      row(fmt::format("{}: {}", a.kind, a.name), [&](const std::string& code) { return total_of(a, code); });
  return table.text();
}

/// "allocation active-time, electricity location-average, end-of-life cut-off": what the study chose.
std::string chosen_text(const Result& result) {
  std::string out;
  for (const study::Alternative& a : result.alternatives)
    if (a.chosen) out += fmt::format("{}{} {}", out.empty() ? "" : ", ", a.kind, a.name);
  return out.empty() ? "choices not recorded" : out;
}

std::string energy_table(const Result& result) {
  base::Table table({"electricity", "at the computer", "at the facility's meter"});
  for (const study::Energy& e : result.energy)
    table.row({e.phase.empty() ? "total" : e.phase, energy_text(e.node_kwh), energy_text(e.facility_kwh)});
  return table.text();
}

/// All criteria side by side, or in the fewest tables of about the same number of criteria that fit.
std::string tables_that_fit(const Result& result, int columns,
                            std::string (*table)(const Result&, std::span<const CriterionInfo>)) {
  const std::span<const CriterionInfo> all(result.criteria);
  std::string out;
  for (std::size_t tables = 1; tables <= all.size(); ++tables) {
    out.clear();
    for (std::size_t i = 0, from = 0; i < tables; ++i) {
      const std::size_t to = (i + 1) * all.size() / tables;
      out += (out.empty() ? "" : "\n") + table(result, all.subspan(from, to - from));
      from = to;
    }
    if (widest_line(out) <= static_cast<std::size_t>(columns)) break;
  }
  return out;
}

/// ", 3.1 days (2.9 to 3.3)" of B's use; nothing where the comparison has no days.
std::string days_clause(const Figure& days) {
  if (!has_days(days) || std::isinf(days.value)) return "";
  return ", " + days_text(days);
}

std::string break_even_line(const Comparison::BreakEven& b) {
  const std::string never = fmt::format("never in {} of the draws", probability_text(b.probability_never));
  if (std::isinf(b.amount.value)) return fmt::format("{}: B does not pay back; {}", b.criterion, never);
  if (b.amount.value == 0 && b.amount.p95 == 0)
    return fmt::format("{}: B costs no more to make, so there is nothing to pay back", b.criterion);
  return fmt::format("{}: B has paid back after {} images{}; {}", b.criterion, count_text(b.amount),
                     days_clause(b.days), never);
}

std::string comparison_table(const Comparison& comparison, std::span<const CriterionInfo> criteria) {
  base::Table table({"criterion", "A", "B", "B - A", "B better", "verdict"});
  for (const Comparison::Row& r : comparison.rows) {
    const base::Scaled scale = base::scale_for(std::max(r.a.value, r.b.value), r.unit);
    table.row({fmt::format("{} {}", marked(criteria, r.criterion), scale.unit), cell(&r.a, scale.factor),
               cell(&r.b, scale.factor), cell(&r.difference, scale.factor), probability_of(r), verdict_of(r)});
  }
  return table.text();
}

/// The inputs whose range moves the first criterion's total most, the greatest three; the page has them all.
std::string swing_table(const Result& result, int columns) {
  constexpr std::size_t kRows = 3;
  if (result.criteria.empty()) return "";
  const CriterionInfo& c = result.criteria.front();
  const std::vector<study::Sensitivity> inputs = by_swing(result, c.code);
  if (inputs.empty()) return "";
  const base::Scaled scale = scale_of(result, c);
  const std::size_t room = static_cast<std::size_t>(std::max(12, columns - 26));  // beside the other columns
  base::Table table({fmt::format("what moves {} {}", marked(c), scale.unit), "at its P5", "at its P95"});
  for (const study::Sensitivity& s : std::span(inputs).first(std::min(kRows, inputs.size())))
    table.row({cut(s.name, room), number_text(s.at_p5 * scale.factor), number_text(s.at_p95 * scale.factor)});
  return table.text();
}

/// The inputs that bring most of the variance of each total (Sobol), the greatest five.
std::string variance_table(const Result& result, int columns) {
  constexpr int kRows = 5;
  const std::size_t room = static_cast<std::size_t>(std::max(12, columns - 50));  // beside the other columns
  base::Table table({"variance of", "by the input", "alone", "with others"});
  for (const CriterionInfo& c : result.criteria) {
    int rows = 0;
    for (const study::VarianceShare& v : result.variance) {
      if (v.criterion != c.code || rows++ >= kRows) continue;
      table.row({marked(c), cut(v.name, room),
                 fmt::format("{:.0f} % ({:.0f}–{:.0f})", 100 * v.first, 100 * v.first_low, 100 * v.first_high),
                 fmt::format("{:.0f} % ({:.0f}–{:.0f})", 100 * v.total, 100 * v.total_low, 100 * v.total_high)});
    }
  }
  return table.text();
}

}  // namespace

std::string table(const Result& result, int columns) {
  assert(columns >= 40);
  return wrapped(result.name, columns) +
         wrapped(fmt::format("for {}; each figure with its P5–P95", result.functional_unit.text), columns) + '\n' +
         tables_that_fit(result, columns, life_cycle_table);
}

std::string choices(const Result& result, int columns) {
  const bool others = std::any_of(result.alternatives.begin(), result.alternatives.end(),
                                  [](const study::Alternative& a) { return !a.chosen && !a.per_unit.empty(); });
  std::string out;
  if (others)
    out += tables_that_fit(result, columns, choice_table) +
           wrapped(fmt::format("this study: {}; central figures, their intervals stand in `cradle report`",
                               chosen_text(result)),
                   columns);
  for (const study::Alternative& a : result.alternatives)
    if (!a.chosen && a.per_unit.empty())
      out += wrapped(fmt::format("{}: {}: no figure{}{}", a.kind, a.name, a.note.empty() ? "" : ": ", a.note), columns);
  if (!result.energy.empty()) out += (out.empty() ? "" : "\n") + energy_table(result);
  return out;
}

std::string text(const Result& result, int columns) {
  const std::string between = choices(result, columns);
  const std::string moves = swing_table(result, columns);
  return table(result, columns) + '\n' + between + (between.empty() ? "" : "\n") + moves + (moves.empty() ? "" : "\n") +
         (result.variance.empty() ? "" : variance_table(result, columns) + '\n') + notes(result, columns);
}

std::string notes(const Result& result, int columns) {
  std::string below;
  for (const study::MissingPhase& m : result.missing_phases)
    below += m.outside ? wrapped(fmt::format("not counted: {}, {}", m.phase, m.reason), columns)
                       : wrapped(fmt::format("NO DATA for {} (not zero, and not in the totals): {}", m.phase, m.reason),
                                 columns);
  for (const std::string& note : footnotes(result.criteria)) below += wrapped(note, columns);
  for (const std::string& w : result.warnings) below += wrapped("warning: " + w, columns);
  for (const std::string& a : result.assumptions) below += wrapped("assumed: " + a, columns);
  for (const study::UsedPack& p : result.packs)
    below += wrapped(fmt::format("pack {}: {} figures of one's own, sha256 {}", p.name, p.rows, p.sha256.substr(0, 12)),
                     columns);
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
  out += '\n' + comparison_table(comparison, comparison.criteria);
  if (!comparison.break_even.empty()) out += '\n';
  for (const Comparison::BreakEven& b : comparison.break_even) out += wrapped(break_even_line(b), columns);
  for (const std::string& note : footnotes(comparison.criteria)) out += wrapped(note, columns);
  for (const std::string& w : comparison.warnings) out += wrapped("warning: " + w, columns);
  return out;
}

}  // namespace cradle::report
