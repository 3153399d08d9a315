// From runs to what they say of each contender.
#include "cradle/recipe/bench_result.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <map>

#include "cradle/base/error.h"

namespace cradle::recipe {
namespace {

std::vector<Sample> samples_of(const std::vector<BenchRun>& runs) {
  std::vector<Sample> all;
  for (const BenchRun& run : runs) all.push_back(run.sample);
  return all;
}

void sum_up_latency(Benched& b) {
  std::vector<double> least, median, p95;
  for (const BenchRun& run : b.runs) {
    if (!run.record.latency) return;
    least.push_back(run.record.latency->min_ms);
    median.push_back(run.record.latency->median_ms);
    p95.push_back(run.record.latency->p95_ms);
  }
  b.latency = {*std::min_element(least.begin(), least.end()), base::summary_of(median).value,
               base::summary_of(p95).value};
}

/// Joules of the whole machine less what it would have taken at rest, where both are read from sensors.
std::optional<base::Interval> above_idle(const Benched& b, const std::optional<Idle>& idle) {
  if (!idle || idle->modelled || b.modelled) return std::nullopt;
  std::vector<double> above;
  for (const BenchRun& run : b.runs) {
    if (!run.machine_j) return std::nullopt;
    above.push_back(*run.machine_j - idle->watts.value * run.sample.s);
  }
  base::Interval interval = mean_interval(above);
  interval.low = 2 * interval.value - interval.high;  // a difference may be below 0
  return interval;
}

void sum_up(Benched& b, const std::optional<Idle>& idle) {
  const std::vector<Sample> samples = samples_of(b.runs);
  b.joules = mean_interval(joules_of(samples));
  b.seconds = mean_interval(seconds_of(samples));
  b.modelled = std::any_of(b.runs.begin(), b.runs.end(), [](const auto& r) { return record::is_modelled(r.record); });
  for (const BenchRun& run : b.runs) b.record_files.push_back(run.file);
  const base::Interval& j = b.runs.front().record.billed.j;
  b.meter_error = j.value > 0 ? base::Interval{1.0, j.low / j.value, j.high / j.value} : base::Interval{1.0, 1.0, 1.0};
  b.above_idle_j = above_idle(b, idle);
  sum_up_latency(b);
}

}  // namespace

Idle measure_idle(const Workspace& workspace, double seconds) {
  measure::Options options = workspace.measuring;
  options.name = "idle";
  options.scope = meter::Scope::kMachine;
  const auto done = measure::run({{"sleep", fmt::format("{}", seconds)}, {}, true}, options);
  if (!done.not_started.empty()) base::fail("cannot start sleep, to measure the machine at rest: {}", done.not_started);
  if (done.record.exit_code != 0)
    base::fail("interrupted while the machine's rest was measured (sleep ended with exit code {})",
               done.record.exit_code);
  const base::Interval& total = done.record.total;
  const double s = done.record.duration_s;
  return {{total.value / s, total.low / s, total.high / s},
          record::basis_text(done.record),
          record::is_modelled(done.record),
          s};
}

measure::CpuState note_cpu(record::RunRecord& record) {
  measure::CpuState state = measure::cpu_state();
  record.events.push_back({record.duration_s, "note", "cpu", "just after the run: " + measure::text_of(state)});
  return state;
}

void fill(Bench& bench, const Workspace& workspace, const RoundPlan& plan, const Contest& contest) {
  if (plan.idle_s > 0) {
    if (contest.tell) contest.tell(fmt::format("{:.3g} s of rest under the meter", plan.idle_s));
    bench.idle = measure_idle(workspace, plan.idle_s);
  }
  const Rounds rounds = run_rounds(plan, contest);
  bench.settling = rounds.settling;
  bench.stopped = rounds.stopped;
  for (Benched& b : bench.results) {
    assert(b.runs.size() == rounds.samples[0].size());
    const auto first = b.runs.begin() + bench.settling.discarded;
    b.discarded.assign(std::make_move_iterator(b.runs.begin()), std::make_move_iterator(first));
    b.runs.erase(b.runs.begin(), first);
    sum_up(b, bench.idle);
  }
}

std::optional<Ratio> energy_ratio(const Benched& a, const Benched& b) {
  return paired_ratio(joules_of(samples_of(a.runs)), joules_of(samples_of(b.runs)));
}

std::optional<Ratio> time_ratio(const Benched& a, const Benched& b) {
  return paired_ratio(seconds_of(samples_of(a.runs)), seconds_of(samples_of(b.runs)));
}

std::optional<Agreement> agreement_of(std::string_view a, std::string_view b) {
  if (a.empty() || a.size() != b.size()) return std::nullopt;
  Agreement agreement;
  for (std::size_t i = 0; i < a.size(); ++i) {
    agreement.only_a += a[i] == '1' && b[i] == '0';
    agreement.only_b += a[i] == '0' && b[i] == '1';
  }
  agreement.p = base::mcnemar_p(agreement.only_a, agreement.only_b);
  return agreement;
}

std::vector<std::string> told_apart(std::vector<std::string> names) {
  std::map<std::string, int> seen;
  for (std::string& name : names)
    if (const int count = ++seen[name]; count > 1) name += fmt::format(" [{}]", count);
  return names;
}

std::vector<std::string> warnings_of(const Bench& bench) {
  std::vector<std::string> warnings;
  if (!bench.settling.settled)
    warnings.push_back(
        "the machine had not settled in the first half of the rounds: times or power still drifted; "
        "more --warmup or more --runs help");
  constexpr double kBrief = 10;  // assumed: below, a tenth of the figure is not the command's
  for (const Benched& b : bench.results) {
    if (bench.nothing && b.seconds.value < kBrief * bench.nothing->s)
      warnings.push_back(
          fmt::format("{}: a run takes less than {} times as long as a run of nothing: compare with care, "
                      "or let it do more at once",
                      b.name, kBrief));
    const std::vector<Sample> samples = samples_of(b.runs);
    const std::size_t by_time = outliers(seconds_of(samples)).size(), by_joules = outliers(joules_of(samples)).size();
    if (by_time + by_joules == 0) continue;
    warnings.push_back(
        fmt::format("{}: {} of {} runs are outliers by time and {} by energy (modified Z score above 3.5); they count "
                    "all the same; was the machine doing something else?",
                    b.name, by_time, b.runs.size(), by_joules));
  }
  return warnings;
}

}  // namespace cradle::recipe
