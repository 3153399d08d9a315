// Cells, sentences and notes of a bench.
#include "cradle/recipe/bench_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "cradle/base/text.h"
#include "cradle/recipe/tasks.h"

namespace cradle::recipe {
namespace {

constexpr int kColumns = 120;

using base::format_number;

std::string range_text(const base::Interval& i) {
  return fmt::format("{} ({}–{})", format_number(i.value), format_number(i.low), format_number(i.high));
}

/// A ratio that is not decided shows its interval only: its middle would be read as a result.
std::string ratio_cell(const Bench& bench, const Benched& b, const std::optional<Ratio>& ratio) {
  if (&b == &bench.results.front()) return "1";
  if (!ratio) return "–";
  if (b.runs.size() < 2) return format_number(ratio->value.value) + " (one run)";
  if (ratio->decided) return range_text(ratio->value);
  return fmt::format("undecided ({}–{})", format_number(ratio->value.low), format_number(ratio->value.high));
}

double half_of(const base::Interval& i) { return i.high - i.value; }

std::string half_cell(const Benched& b, const base::Interval& i, double factor) {
  return b.runs.size() < 2 ? "–" : format_number(half_of(i) * factor, 2);
}

std::string watts_cell(const Benched& b) { return format_number(b.joules.value / b.seconds.value); }

/// What one row shows, and what its columns are called.
struct Layout {
  std::vector<std::string> header;
  std::vector<std::vector<std::string>> rows;
};

Layout layout_of_models(const Bench& bench) {
  const Benched& first = bench.results.front();
  const base::Scaled joules = base::scale_for(first.joules.value, "J");
  const bool judged = !first.qualities.empty();
  Layout layout;
  layout.header = {"model",       "precision", "ms",   joules.unit + "/image",
                   "±",           "W",         "size", judged ? first.quality.metric : "accuracy",
                   "energy ratio"};
  for (const Benched& b : bench.results)
    layout.rows.push_back(
        {b.name, b.info.precision, format_number(b.latency.median_ms), format_number(b.joules.value * joules.factor),
         half_cell(b, b.joules, joules.factor), watts_cell(b), base::format_bytes(b.info.size_bytes),
         judged
             ? fmt::format("{:.3f} ({:.3f}–{:.3f})", b.quality.value.value, b.quality.value.low, b.quality.value.high)
             : "–",
         ratio_cell(bench, b, energy_ratio(first, b))});
  return layout;
}

Layout layout_of_commands(const Bench& bench) {
  const Benched& first = bench.results.front();
  const base::Scaled joules = base::scale_for(first.joules.value, "J");
  const bool brief = first.seconds.value < 1;
  const double seconds = brief ? 1e3 : 1;
  Layout layout;
  layout.header = {"command", brief ? "ms" : "s", "±", joules.unit + "/run", "±", "W", "energy ratio", "time ratio"};
  for (const Benched& b : bench.results)
    layout.rows.push_back({b.name, format_number(b.seconds.value * seconds), half_cell(b, b.seconds, seconds),
                           format_number(b.joules.value * joules.factor), half_cell(b, b.joules, joules.factor),
                           watts_cell(b), ratio_cell(bench, b, energy_ratio(first, b)),
                           ratio_cell(bench, b, time_ratio(first, b))});
  return layout;
}

base::Table table_of(const Layout& layout) {
  base::Table table(layout.header);
  for (const auto& row : layout.rows) table.row(row);
  return table;
}

std::size_t width_of_table(const std::string& text) {
  std::size_t widest = 0;
  for (const std::string& line : base::split(text, '\n')) widest = std::max(widest, base::width_of(line));
  return widest;
}

/// The table with names as short as the columns ask, but for eight characters.
std::string fitted(Layout layout) {
  constexpr std::size_t kLeastName = 8;
  std::size_t longest = 0;
  for (const auto& row : layout.rows) longest = std::max(longest, base::width_of(row[0]));
  const std::size_t width = width_of_table(table_of(layout).text());
  if (width <= kColumns) return table_of(layout).text();
  const std::size_t excess = width - kColumns;
  const std::size_t most = longest > excess + kLeastName ? longest - excess : kLeastName;
  for (auto& row : layout.rows) row[0] = base::cut(row[0], most);
  return table_of(layout).text();
}

std::string escaped(std::string_view cell) {
  std::string out;
  for (const char c : cell) out += c == '|' ? "\\|" : std::string(1, c);
  return out;
}

/// "B needs 0.62 (0.60–0.64) of the energy of A." or why that cannot be said.
std::string verdict(const Benched& a, const Benched& b, const std::optional<Ratio>& ratio, std::string_view what) {
  if (!ratio)
    return fmt::format("{} of {} against {}: undecided; in some run there was less of it than the meter can tell", what,
                       b.name, a.name);
  if (b.runs.size() < 2)
    return fmt::format("{} of {} against {}: undecided; one run of each says nothing about chance", what, b.name,
                       a.name);
  if (!ratio->decided)
    return fmt::format("{} of {} against {}: undecided; the ratio lies between {} and {}", what, b.name, a.name,
                       format_number(ratio->value.low), format_number(ratio->value.high));
  return fmt::format("{} needs {} {} the {} of {}", b.name, range_text(ratio->value),
                     ratio->value.value > 1 ? "times" : "of", what, a.name);
}

std::string idle_note(const Bench& bench) {
  if (!bench.idle) return "The machine at rest was not measured.\n";
  const base::Interval& w = bench.idle->watts;
  return base::wrapped(
      fmt::format("At rest the machine takes {} W (P5–P95 {}–{}; {:.3g} s with all that ran beside; {}).",
                  format_number(w.value), format_number(w.low), format_number(w.high), bench.idle->seconds,
                  bench.idle->modelled ? "modelled, not measured" : bench.idle->basis),
      kColumns);
}

/// The whole machine, and what of it comes on top of rest: only where counters say both.
std::string machine_table(const Bench& bench) {
  base::Table table({"whole machine", "J/" + bench.unit, "above idle", "±"});
  for (const Benched& b : bench.results) {
    if (!b.above_idle_j) return "";
    double sum = 0;
    for (const BenchRun& run : b.runs) sum += *run.machine_j;
    table.row({base::cut(b.name, 60), format_number(sum / static_cast<double>(b.runs.size())),
               format_number(b.above_idle_j->value), half_cell(b, *b.above_idle_j, 1)});
  }
  return table.text() + "\n";
}

std::string nothing_note(const Bench& bench) {
  if (!bench.nothing) return "";
  return base::wrapped(fmt::format("A run of nothing takes {} and {}; they are in every figure.",
                                   base::format_seconds(bench.nothing->s), base::format_joules(bench.nothing->j)),
                       kColumns);
}

std::string settling_note(const Bench& bench) {
  const int n = bench.settling.discarded;
  if (n == 0) return "";
  return base::wrapped(fmt::format("{} round{} at the beginning {} discarded: the machine was still warming up.", n,
                                   n == 1 ? "" : "s", n == 1 ? "was" : "were"),
                       kColumns);
}

std::string modelled_note(const Bench& bench) {
  if (std::none_of(bench.results.begin(), bench.results.end(), [](const auto& b) { return b.modelled; })) return "";
  return base::wrapped(
      fmt::format(
          "Energy is modelled, not measured: no counter could be read (cradle doctor says why). The energy ratio "
          "is a ratio of {}; ± is the spread of runs only, the model's own error ({}–{} times) is common to all.",
          bench.unit == "run" ? "CPU times" : "times", format_number(bench.results.front().meter_error.low),
          format_number(bench.results.front().meter_error.high)),
      kColumns);
}

}  // namespace

std::string bench_table(const Bench& bench, bool markdown) {
  Layout layout = bench.unit == "run" ? layout_of_commands(bench) : layout_of_models(bench);
  if (!markdown) return fitted(std::move(layout));
  for (auto& row : layout.rows) row[0] = escaped(row[0]);
  return table_of(layout).markdown();
}

std::string agreement_text(const Bench& bench) {
  constexpr double kDecided = 0.05;
  const auto& benched = bench.results;
  std::string text;
  for (std::size_t i = 1; i < benched.size(); ++i)
    if (const auto agreement = agreement_of(benched.front().right, benched[i].right))
      text += fmt::format("{} against {}: {} images only the one has right, {} only the other; p {} (McNemar){}\n",
                          benched[i].name, benched.front().name, agreement->only_b, agreement->only_a,
                          format_number(agreement->p, 2), agreement->p < kDecided ? "" : ", undecided");
  return text;
}

std::string bench_verdicts(const Bench& bench) {
  const Benched& a = bench.results.front();
  std::string text;
  for (const Benched& b : bench.results) {
    if (&b == &a) continue;
    text += verdict(a, b, energy_ratio(a, b), "energy") + "\n";
    text += verdict(a, b, time_ratio(a, b), "time") + "\n";
  }
  return text + agreement_text(bench);
}

std::string bench_notes(const Bench& bench) {
  const Benched& first = bench.results.front();
  std::string text;
  if (!first.engine.empty())
    text = base::wrapped("Engine: " + first.engine + (first.note.empty() ? "." : "; " + first.note + "."), kColumns);
  if (first.command.empty() && first.qualities.empty() && first.task == kNoTask)
    text += base::wrapped(
        "Measured on noise: nothing says what these models are for (--task, and --data for images of "
        "one's own, judge their accuracy).",
        kColumns);
  text += base::wrapped("Stopped " + bench.stopped + ".", kColumns);
  text += settling_note(bench) + nothing_note(bench) + idle_note(bench) + machine_table(bench) + modelled_note(bench);
  for (const std::string& warning : warnings_of(bench)) text += base::wrapped("warning: " + warning, kColumns);
  std::size_t records = 0;
  for (const Benched& b : bench.results) records += b.runs.size() + b.discarded.size();
  return text + fmt::format("{} run records lie in {}\n", records, first.runs.front().file.parent_path().string());
}

}  // namespace cradle::recipe
