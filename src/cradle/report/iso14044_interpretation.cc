// The ISO 14044-style report: hotspots, the three checks, uncertainty, limitations, and computed conclusions.
#include <fmt/format.h>

#include <algorithm>

#include "cradle/report/escape.h"
#include "cradle/report/facts.h"
#include "cradle/report/figures.h"
#include "cradle/report/iso14044.h"
#include "cradle/report/paper.h"

namespace cradle::report {
namespace {

using study::CriterionInfo;
using study::Result;

constexpr std::size_t kHotspots = 3;        // processes named per criterion
constexpr double kSmallContribution = .01;  // smaller ones are not called a hotspot

std::string hotspots(const Result& result) {
  base::Table table({"criterion", "leading phase", "leading processes"});
  for (const CriterionInfo& c : result.criteria) {
    const auto phase = largest_phase(result, c.code);
    std::string processes;
    std::size_t named = 0;
    for (const Contribution& p : contributions(result, c.code)) {
      if (named == kHotspots || p.share < kSmallContribution) break;
      processes += fmt::format("{}{} / {}: {}", named++ ? "; " : "", markdown_cell(p.phase), markdown_cell(p.process),
                               percent_text(p.share));
    }
    table.row({marked_markdown(c),
               phase ? fmt::format("{}: {}", markdown_cell(phase->phase), percent_text(phase->share)) : "–",
               processes.empty() ? "–" : processes});
  }
  return heading(3, "6.1 Hotspots") + table.markdown() + '\n';
}

std::string completeness(const Result& result) {
  std::vector<std::string> header = {"phase"};
  for (const CriterionInfo& c : result.criteria) header.push_back(marked_markdown(c));
  header.push_back("remark");
  base::Table table(header);
  const auto row = [&](const std::string& phase, const std::string& remark) {
    std::vector<std::string> cells = {markdown_cell(phase)};
    for (const CriterionInfo& c : result.criteria)
      cells.push_back(impact_of(result, phase, c.code) ? "counted" : "no figure");
    cells.push_back(markdown_cell(remark));
    table.row(cells);
  };
  for (const std::string& phase : counted_phases(result)) {
    const study::MissingPhase* partly = missing_phase(result, phase);
    row(phase, partly ? "in part: " + partly->reason : "");
  }
  for (const study::MissingPhase& m : uncounted_phases(result)) row(m.phase, m.reason);
  return heading(3, "6.2 Completeness check") + table.markdown() + '\n';
}

std::string swing_text(const Result& result, const study::Sensitivity& s) {
  const study::Figure* total = total_of(result, s.criterion);
  return total && total->value > 0 ? percent_text(swing_of(s) / total->value) : "–";
}

std::string tornado(const Result& result) {
  if (result.sensitivity.empty()) return paragraph("The result holds no tornado.");
  base::Table table({"criterion", "input", "total at its P5", "total at its P95", "swing, share of the total"});
  for (const CriterionInfo& c : result.criteria) {
    const base::Scaled scale = scale_of(result, c);
    for (const study::Sensitivity& s : by_swing(result, c.code))
      table.row({fmt::format("{}, {}", marked_markdown(c), scale.unit), markdown_cell(s.name),
                 number_text(s.at_p5 * scale.factor), number_text(s.at_p95 * scale.factor), swing_text(result, s)});
  }
  return paragraph("One input at a time goes from its P5 to its P95 while the others stay central:") +
         table.markdown() + '\n';
}

std::string share_text(double value, double low, double high) {
  return fmt::format("{} ({})", number_text(value, 2), range_text(low, high, 2));
}

std::string sobol(const Result& result) {
  if (result.variance.empty()) return paragraph("Shares of the variance (Sobol) were not asked for.");
  base::Table table({"criterion", "input", "first order (P5–P95)", "total (P5–P95)"});
  for (const study::VarianceShare& v : result.variance)
    table.row({marked_markdown(result.criteria, v.criterion), markdown_cell(v.name),
               share_text(v.first, v.first_low, v.first_high), share_text(v.total, v.total_low, v.total_high)});
  return paragraph(
             "Share of the variance of the total that an input causes alone and with all it interacts with (Sobol):") +
         table.markdown() + '\n';
}

/// "GWP: 4.1–9.0 gCO2e over 6 choices": how far the totals move with the study's choices.
std::vector<std::string> choice_lines(const Result& result) {
  std::vector<std::string> lines;
  for (const CriterionInfo& c : result.criteria) {
    const base::Scaled scale = scale_of(result, c);
    double low = 0, high = 0;
    int choices = 0;
    for (const study::Alternative& a : result.alternatives) {
      const study::Figure* total = total_of(a, c.code);
      if (!total) continue;
      low = choices == 0 ? total->value : std::min(low, total->value);
      high = choices == 0 ? total->value : std::max(high, total->value);
      ++choices;
    }
    const study::Figure* own = total_of(result, c.code);
    if (choices < 2 || !own) continue;
    lines.push_back(
        fmt::format("{}: the total is {} {} by the study's choices and between {} and {} {} under the others",
                    marked_markdown(c), number_text(own->value * scale.factor), scale.unit,
                    number_text(low * scale.factor), number_text(high * scale.factor), scale.unit));
  }
  return lines;
}

std::string sensitivity(const Result& result) {
  std::string out = heading(3, "6.3 Sensitivity check") + tornado(result) + sobol(result);
  const auto lines = choice_lines(result);
  return out + (lines.empty() ? paragraph("The result holds no totals under other choices.")
                              : paragraph("Choices of the study, one at a time:") + bullets(lines));
}

long count_of(const Result& result, auto&& test) {
  return std::count_if(result.factors.begin(), result.factors.end(), test);
}

/// By the basis of the energy: a factor's status does not tell, as a stated or modelled energy is made of several.
std::string energy_line(const Result& result) {
  const std::string kind = measured_or_estimated(result.energy_basis), basis = stated(result.energy_basis);
  if (kind == "not stated") return "energy: the result does not say whether it was measured or estimated";
  if (kind == "measured" || kind == "estimated") return fmt::format("energy: all of it is {} (basis: {})", kind, basis);
  return fmt::format(
      "energy: measured and estimated figures stand side by side (basis: {}); a comparison of the two kinds compares "
      "methods too",
      basis);
}

std::string consistency(const Result& result) {
  std::vector<std::string> lines;
  int oldest = 0, newest = 0;
  for (const study::UsedFactor& f : result.factors) {
    if (f.year == 0) continue;
    oldest = oldest == 0 ? f.year : std::min(oldest, f.year);
    newest = std::max(newest, f.year);
  }
  constexpr int kOld = 10;  // years: what lies further apart is named
  if (oldest != 0) {
    const auto old = count_of(result, [&](const auto& f) { return f.year != 0 && newest - f.year > kOld; });
    lines.push_back(
        fmt::format("years: figures speak of {} to {}; {} of them are more than {} years older than the newest", oldest,
                    newest, old, kOld));
  }
  lines.push_back(energy_line(result));
  if (result.training)
    lines.push_back(fmt::format("training: energy {}, boundary {}", stated(result.training->energy_basis),
                                stated(result.training->boundary)));
  const auto assumed = count_of(result, [](const auto& f) { return f.status == "assumed"; });
  lines.push_back(fmt::format("assumed figures: {} of {}", assumed, result.factors.size()));
  const auto gap_list = gaps(result);
  lines.push_back(
      gap_list.empty()
          ? "criteria: every counted phase has a figure in every criterion"
          : fmt::format("criteria: {} pairs of counted phase and criterion are without a figure, so the criteria "
                        "do not cover the same life",
                        gap_list.size()));
  if (!result.packs.empty() || !result.methods.empty())
    lines.push_back(
        fmt::format("data: beside the built-in data stand tables of the user's ({}) and further methods ({})",
                    result.packs.size(), result.methods.size()));
  return heading(3, "6.4 Consistency check") + bullets(lines);
}

std::string uncertainty(const Result& result) {
  return heading(3, "6.5 Uncertainty") +
         paragraph(fmt::format("Each interval is the 5th to 95th percentile of {} samples (seed {}), in which every "
                               "uncertain figure is drawn "
                               "once and used wherever it occurs. The central figure is computed from central figures. "
                               "It covers the doubt "
                               "of the figures in section 3, not that of the model's structure, of choices (section 5) "
                               "or of phases without "
                               "data. Convention: {}.",
                               result.samples, result.seed, stated(result.convention)));
}

std::string limitations(const Result& result) {
  std::vector<std::string> lines;
  for (const study::MissingPhase& m : uncounted_phases(result))
    lines.push_back(fmt::format("without data: {}", markdown_cell(m.phase)));
  for (const std::string& w : result.warnings) lines.push_back(markdown_cell(w));
  for (const std::string& a : result.assumptions) lines.push_back("assumed: " + markdown_cell(a));
  std::string out = heading(3, "6.6 Limitations");
  return out + (lines.empty() ? paragraph("The result names none.") : bullets(lines)) + footnote_list(result);
}

/// One sentence for each criterion, from its figures alone.
std::string conclusion_of(const Result& result, const CriterionInfo& c) {
  const study::Figure* total = total_of(result, c.code);
  if (!total) return fmt::format("{}: there is no total.", marked_markdown(c));
  std::string out = fmt::format("{}: {} for {}", marked_markdown(c), figure_text(*total, c.unit),
                                markdown_cell(result.functional_unit.text));
  if (const auto phase = largest_phase(result, c.code))
    out += fmt::format(", {} of it in {}", percent_text(phase->share), markdown_cell(phase_words(phase->phase)));
  if (const auto inputs = by_swing(result, c.code); !inputs.empty())
    out += fmt::format("; {} moves it most ({} of the total)", markdown_cell(inputs.front().name),
                       swing_text(result, inputs.front()));
  if (const auto e = evidence_of(result, c.code); e && e->grade_d > 0)
    out += fmt::format("; {} rests on figures of grade D", percent_text(e->grade_d));
  return out + ".";
}

std::string conclusions(const Result& result) {
  std::vector<std::string> lines, phases;
  for (const CriterionInfo& c : result.criteria) {
    lines.push_back(conclusion_of(result, c));
    const auto phase = largest_phase(result, c.code);
    if (phase && std::find(phases.begin(), phases.end(), phase->phase) == phases.end()) phases.push_back(phase->phase);
  }
  if (phases.size() > 1) {
    std::string list;
    for (const std::string& phase : phases) list += (list.empty() ? "" : ", ") + markdown_cell(phase_words(phase));
    lines.push_back(fmt::format("Not one phase leads in all criteria: {}.", list));
  }
  std::string missing;
  for (const study::MissingPhase& m : uncounted_phases(result))
    missing += (missing.empty() ? "" : ", ") + markdown_cell(phase_words(m.phase));
  if (!missing.empty()) lines.push_back(fmt::format("None of these figures holds anything of: {}.", missing));
  return heading(3, "6.7 Conclusions") +
         paragraph("These sentences are computed from the figures above; recommendations are the author's to make.") +
         bullets(lines);
}

}  // namespace

std::string iso_interpretation(const Result& result) {
  return heading(2, "6. Interpretation") + hotspots(result) + completeness(result) + sensitivity(result) +
         consistency(result) + uncertainty(result) + limitations(result) + conclusions(result);
}

}  // namespace cradle::report
