// How a result is read for people: the order of phases, the figure of a cell, its share, its unit and its wording.
#include "cradle/report/figures.h"
#include "cradle/base/json.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>

namespace cradle::report {
namespace {

bool contains(const std::vector<std::string>& list, std::string_view name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

}  // namespace

std::vector<std::string> phases_in_order(const study::Result& result) {
  std::vector<std::string> found;
  for (const study::Impact& i : result.impacts)
    if (!contains(found, i.phase)) found.push_back(i.phase);
  for (const study::MissingPhase& m : result.missing_phases)
    if (!contains(found, m.phase)) found.push_back(m.phase);
  const auto rank = [](const std::string& phase) {
    return std::find(std::begin(kLifePhases), std::end(kLifePhases), phase) - std::begin(kLifePhases);
  };
  std::stable_sort(found.begin(), found.end(),
                   [&](const std::string& a, const std::string& b) { return rank(a) < rank(b); });
  return found;
}

const study::Figure* impact_of(const study::Result& result, std::string_view phase, std::string_view criterion) {
  for (const study::Impact& i : result.impacts)
    if (i.phase == phase && i.criterion == criterion) return &i.figure;
  return nullptr;
}

const study::Figure* total_of(const study::Result& result, std::string_view criterion) {
  for (const study::Total& t : result.per_unit)
    if (t.criterion == criterion) return &t.figure;
  return nullptr;
}

const study::MissingPhase* missing_phase(const study::Result& result, std::string_view phase) {
  for (const study::MissingPhase& m : result.missing_phases)
    if (m.phase == phase) return &m;
  return nullptr;
}

std::optional<double> share_of(const study::Result& result, std::string_view phase, std::string_view criterion) {
  const study::Figure* impact = impact_of(result, phase, criterion);
  const study::Figure* total = total_of(result, criterion);
  if (!impact || !total || !(total->value > 0)) return std::nullopt;
  return impact->value / total->value;
}

std::optional<PhaseShare> largest_phase(const study::Result& result, std::string_view criterion) {
  std::optional<PhaseShare> largest;
  for (const std::string& phase : phases_in_order(result)) {
    const auto share = share_of(result, phase, criterion);
    if (share && (!largest || *share > largest->share)) largest = PhaseShare{phase, *share};
  }
  return largest;
}

std::string marked(const study::CriterionInfo& criterion) {
  return criterion.code + (criterion.note.empty() ? "" : "*");
}

std::string marked(std::span<const study::CriterionInfo> criteria, std::string_view code) {
  for (const study::CriterionInfo& c : criteria)
    if (c.code == code) return marked(c);
  return std::string(code);
}

std::vector<std::string> footnotes(std::span<const study::CriterionInfo> criteria) {
  std::vector<std::string> notes;
  for (const study::CriterionInfo& c : criteria)
    if (!c.note.empty()) notes.push_back(fmt::format("* {}: {}", c.code, c.note));
  return notes;
}

base::Scaled scale_of(const study::Result& result, const study::CriterionInfo& criterion) {
  const study::Figure* total = total_of(result, criterion.code);
  double reference = total ? total->value : 0.0;
  if (reference == 0.0)
    for (const study::Impact& i : result.impacts)
      if (i.criterion == criterion.code) reference = std::max(reference, std::abs(i.figure.value));
  return base::scale_for(reference, criterion.unit);
}

std::string phase_words(std::string_view phase) {
  std::string words(phase);
  std::replace(words.begin(), words.end(), '-', ' ');
  return words;
}

std::string phase_label(std::string_view phase) { return capitalised(phase_words(phase)); }

std::string capitalised(std::string_view text) {
  std::string label(text);
  if (!label.empty()) label[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(label[0])));
  return label;
}

std::string number_text(double x, int significant) {
  if (std::isinf(x) && x > 0) return "never";
  return base::format_number(x, significant);
}

std::string range_text(double low, double high, int significant) {
  const bool worded = low < 0 || std::isinf(high);
  return fmt::format("{}{}{}", number_text(low, significant), worded ? " to " : "–", number_text(high, significant));
}

std::string cell_text(const study::Figure* figure, double factor, int digits) {
  if (!figure) return "–";
  if (is_certain(*figure)) return number_text(figure->value * factor);
  return fmt::format("{} ({})", number_text(figure->value * factor),
                     range_text(figure->p5 * factor, figure->p95 * factor, digits));
}

std::string energy_text(const study::Figure& kwh) {
  const base::Scaled scale = base::scale_for(kwh.value, "kWh");
  const std::string number = fmt::format("{} {}", number_text(kwh.value * scale.factor), scale.unit);
  if (is_certain(kwh)) return number;
  return fmt::format("{} ({})", number, range_text(kwh.p5 * scale.factor, kwh.p95 * scale.factor, 2));
}

namespace {

struct DaysUnit {
  double days;
  std::string_view name;
};

DaysUnit days_unit(double days) {
  constexpr double kDaysPerYear = 365.25;
  if (days == 0.0) return {1, "days"};
  if (days < 2.0 / 24) return {1.0 / (24 * 60), "min"};
  if (days < 2.0) return {1.0 / 24, "h"};
  if (days < 2 * kDaysPerYear) return {1, "days"};
  return {kDaysPerYear, "years"};
}

}  // namespace

std::string days_text(double days) {
  if (std::isinf(days)) return "never";
  const DaysUnit unit = days_unit(days);
  return fmt::format("{} {}", number_text(days / unit.days, 2), unit.name);
}

std::string days_text(const study::Figure& days) {
  if (std::isinf(days.value) || is_certain(days)) return days_text(days.value);
  const DaysUnit unit = days_unit(days.value);
  return fmt::format("{} ({} to {})", days_text(days.value), number_text(days.p5 / unit.days, 2),
                     number_text(days.p95 / unit.days, 2));
}

bool has_days(const study::Figure& days) { return days.value != 0 || days.p5 != 0 || days.p95 != 0; }

std::string count_text(const study::Figure& figure) {
  const auto count = [](double n) { return std::isinf(n) ? std::string("never") : base::format_count(n); };
  if (std::isinf(figure.value) && std::isinf(figure.p5)) return "never";
  const auto trimmed = [&](double n) { return std::string(base::trim(count(n))); };
  return fmt::format("{} ({} to {})", trimmed(figure.value), trimmed(figure.p5), trimmed(figure.p95));
}

std::string percent_text(double share) {
  const double percent = 100.0 * share;
  if (percent == 0.0) return "0 %";
  if (std::abs(percent) < 1.0) return percent > 0 ? "<1 %" : ">-1 %";
  // 99.6 % is not all of it: only a share that is (almost) 1 may read 100 %.
  if (percent < 100.0 - 1e-7 && percent > 99.0) return ">99 %";
  return fmt::format("{:.0f} %", percent);
}

std::string probability_text(double probability) {
  if (probability < 0.005) return "<1 %";
  if (probability > 0.995) return ">99 %";
  return fmt::format("{:.0f} %", 100.0 * probability);
}

std::string verdict_of(const study::Comparison::Row& row) {
  if (row.difference.value == 0.0 && is_certain(row.difference)) return "equal";
  // The usual 5 % of either tail, as for the P5 and P95 that stand in every table.
  if (row.probability_b_better >= 0.95) return "B";
  if (row.probability_b_better <= 0.05) return "A";
  return "open";
}

std::string probability_of(const study::Comparison::Row& row) {
  return verdict_of(row) == "equal" ? "–" : probability_text(row.probability_b_better);
}

std::string exact_text(double x) {
  if (!std::isfinite(x)) return "null";
  return base::Json(x).dump();
}

bool is_certain(const study::Figure& figure) { return figure.p5 == figure.value && figure.p95 == figure.value; }

}  // namespace cradle::report
