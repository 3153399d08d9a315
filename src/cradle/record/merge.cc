// Joules of several records, each once: who measured which part, when, and what of it is new.
#include "cradle/record/merge.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <vector>

#include "cradle/base/clock.h"
#include "cradle/base/error.h"
#include "cradle/base/file.h"
#include "cradle/base/quantity.h"
#include "cradle/record/physical_parts.h"
#include "cradle/record/run_id.h"

namespace cradle::record {
namespace {

constexpr std::string_view kMerged = "merged";  // kind of the event that says what was done
constexpr double kWorthAWord = 1e-3;            // relative: a correction below it is rounding

struct Merging {
  std::vector<Rank> ranks;
  std::size_t hosts = 0;
  double from = 0;
  Claimed wall;
  std::map<const PartEnergy*, std::string> merged_name;
  RunRecord out;
};

void note(Merging& m, std::string detail, std::string part = "") {
  m.out.events.push_back({0, std::string(kMerged), std::move(part), std::move(detail)});
}

void check(std::span<const RunRecord> runs) {
  if (runs.size() < 2) base::fail_usage("{} records given; merging needs two or more", runs.size());
  std::set<std::string> ids;
  for (const RunRecord& run : runs) {
    if (!ids.insert(run.id).second)
      base::fail_usage("run {} was given twice; its energy would be counted twice: name each run once", run.id);
    if (std::any_of(run.events.begin(), run.events.end(), [](const Event& e) { return e.kind == kMerged; }))
      base::fail_usage("run {} is merged already; merge the runs that it was made of", run.id);
    if (run.billed.rule != runs[0].billed.rule)
      base::fail("run {} bills '{}', run {} bills '{}'; runs must bill by one rule to be merged", runs[0].id,
                 runs[0].billed.rule, run.id, run.billed.rule);
  }
}

void find_hosts(Merging& m, UnknownHosts unknown) {
  std::map<std::string, std::size_t> number_of;
  for (Rank& rank : m.ranks) {
    std::string key = "known " + rank.run->machine.host_id;
    if (rank.run->machine.host_id.empty()) {
      if (unknown == UnknownHosts::kRefuse)
        base::fail(
            "run {} does not say on which computer it ran, so it cannot be told whether it measured the same parts as "
            "the others; pass --unknown-hosts different (parts add) or same (shared parts count once)",
            rank.run->id);
      key = unknown == UnknownHosts::kSame ? "unknown" : "unknown " + rank.run->id;
    }
    rank.host = number_of.try_emplace(key, number_of.size()).first->second;
  }
  m.hosts = number_of.size();
}

void merge_parts(Merging& m) {
  for (PhysicalPart& part : physical_parts(m.ranks)) {
    part.merged.coverage = m.out.duration_s > 0 ? std::clamp(part.covered_s / m.out.duration_s, 0.0, 1.0) : 0;
    if (part.measured_by.size() > 1)
      note(m, fmt::format("measured by {} records; each joule was counted once", part.measured_by.size()),
           part.merged.part);
    for (const PartEnergy* reading : part.measured_by) m.merged_name[reading] = part.merged.part;
    m.out.total.value += part.merged.j.value;
    m.out.total.low += part.merged.j.low;
    m.out.total.high += part.merged.j.high;
    m.out.parts.push_back(std::move(part.merged));
  }
}

/// mine adds, idle is counted as its joules are, others is the rest; by host, because each host is a whole.
void merge_split(Merging& m) {
  Split& split = m.out.split;
  for (std::size_t host = 0; host < m.hosts; ++host) {
    double total = 0, mine = 0, idle = 0;
    for (const Rank& rank : m.ranks) {
      if (rank.host != host) continue;
      total += rank.counted_j;
      mine += rank.run->split.mine_j;
      idle += rank.share() * rank.run->split.idle_j;
    }
    if (mine > total * (1 + kWorthAWord))
      note(m, fmt::format("the ranks of node {} claim {} J of {} J; cut to it", host, mine, total));
    mine = std::min(mine, total);
    idle = std::min(idle, total - mine);
    split.mine_j += mine;
    split.idle_j += idle;
    split.others_j += std::max(0.0, total - mine - idle);
  }
  split.method = "sum of ranks";
}

/// What is billed, and how much of each rank's bill that is.
std::vector<double> merge_bill(Merging& m) {
  Billed& billed = m.out.billed;
  billed.rule = m.ranks[0].run->billed.rule;
  std::vector<double> shares;
  for (const Rank& rank : m.ranks) shares.push_back(billed.rule == "machine" ? rank.share() : 1);
  for (std::size_t host = 0; host < m.hosts; ++host) {
    double whole = 0, bill = 0;
    for (const Rank& rank : m.ranks)
      if (rank.host == host) {
        whole += rank.counted_j;
        bill += shares[rank.number] * rank.run->billed.j.value;
      }
    if (bill > whole * (1 + kWorthAWord))  // ranks that disagree about a part cannot bill more than it took
      note(m, fmt::format("the ranks of node {} bill {} J of {} J; cut to it", host, bill, whole));
    const double cut = bill > whole ? whole / bill : 1;
    for (const Rank& rank : m.ranks) {
      if (rank.host != host) continue;
      const double share = shares[rank.number] *= cut;
      billed.j.value += share * rank.run->billed.j.value;
      billed.j.low += share * rank.run->billed.j.low;
      billed.j.high += share * rank.run->billed.j.high;
    }
  }
  return shares;
}

void merge_emissions(Merging& m, const std::vector<double>& shares) {
  const auto missing = std::find_if(m.ranks.begin(), m.ranks.end(), [](const Rank& r) { return !r.run->emissions; });
  if (missing != m.ranks.end()) {
    if (std::any_of(m.ranks.begin(), m.ranks.end(), [](const Rank& r) { return r.run->emissions.has_value(); }))
      note(m, fmt::format("run {} has no CO2e, so their sum is not known", missing->run->id));
    return;
  }
  Emissions sum = *m.ranks[0].run->emissions;
  sum.co2e_g = {};
  for (std::size_t i = 0; i < m.ranks.size(); ++i) {
    const Emissions& e = *m.ranks[i].run->emissions;
    sum.co2e_g.value += shares[i] * e.co2e_g.value;
    sum.co2e_g.low += shares[i] * e.co2e_g.low;
    sum.co2e_g.high += shares[i] * e.co2e_g.high;
    if (e.factor_id == sum.factor_id && e.factor_place == sum.factor_place && e.factor_source == sum.factor_source)
      continue;
    sum.factor_id = "mean of the ranks, weighted by energy";
    if (sum.factor_place != e.factor_place) sum.factor_place += " + " + e.factor_place;
    if (sum.factor_source != e.factor_source) sum.factor_source += " + " + e.factor_source;
    if (sum.factor_year != e.factor_year) sum.factor_year = 0;
  }
  if (m.out.billed.j.value > 0)
    sum.factor_kg_per_kwh = sum.co2e_g.value / 1000 / (m.out.billed.j.value / base::kJoulesPerKwh);
  m.out.emissions = sum;
}

void merge_marks_and_events(Merging& m) {
  for (const Rank& rank : m.ranks) {
    for (const Mark& mark : rank.run->marks)
      m.out.marks.push_back({fmt::format("rank-{}/{}", rank.number, mark.name), mark.t_s + rank.wall.from, mark.j});
    for (const Event& event : rank.run->events) {
      const auto part = std::find_if(rank.run->parts.begin(), rank.run->parts.end(),
                                     [&](const PartEnergy& p) { return p.part == event.part; });
      m.out.events.push_back({event.t_s + rank.wall.from, event.kind,
                              part == rank.run->parts.end() ? event.part : m.merged_name[&*part],
                              fmt::format("rank {}: {}", rank.number, event.detail)});
    }
  }
  std::stable_sort(m.out.marks.begin(), m.out.marks.end(), [](const Mark& a, const Mark& b) { return a.t_s < b.t_s; });
  std::stable_sort(m.out.events.begin(), m.out.events.end(),
                   [](const Event& a, const Event& b) { return a.t_s < b.t_s; });
}

/// Adds what another host brings to the machine.
void add_machine(const Machine& other, Machine& machine) {
  machine.host_id += "+" + other.host_id;
  if (machine.cpu.find(other.cpu) == std::string::npos) machine.cpu += " + " + other.cpu;
  machine.logical_cpus += other.logical_cpus;
  machine.memory_gb += other.memory_gb;
}

void merge_rest(Merging& m, const MergeOptions& options) {
  RunRecord& out = m.out;
  std::string ids;
  std::set<std::size_t> hosts;
  bool one_name = true, one_place = true, one_work = true;
  const RunRecord& first = *m.ranks[0].run;
  for (const Rank& rank : m.ranks) {
    const RunRecord& run = *rank.run;
    if (hosts.insert(rank.host).second && hosts.size() > 1) add_machine(run.machine, out.machine);
    one_name = one_name && run.name == first.name;
    one_place = one_place && run.place == first.place;
    one_work = one_work && run.work && first.work && run.work->unit == first.work->unit;
    out.complete = out.complete && run.complete;
    if (out.exit_code == 0) out.exit_code = run.exit_code;
    out.self.cpu_s += run.self.cpu_s;
    out.self.rss_bytes += run.self.rss_bytes;
    out.self.j += run.self.j;
    if (!out.quality) out.quality = run.quality;
    if (!out.model) out.model = run.model;
    if (!out.data) out.data = run.data;
    note(m, fmt::format("rank {} is run {} on node {}", rank.number, run.id, rank.host));
  }
  out.name = !options.name.empty() ? options.name : one_name ? first.name : "merged";
  out.place = one_place ? first.place : "";
  if (one_work) {
    out.work = Work{first.work->unit, 0};
    for (const Rank& rank : m.ranks) out.work->amount += rank.run->work->amount;
  }
}

/// The same runs give the same id in any order.
std::string id_of(const Merging& m) {
  std::set<std::string> ids;
  for (const Rank& rank : m.ranks) ids.insert(rank.run->id);
  return derived_id(m.from, fmt::format("merged {}", fmt::join(ids, " ")));
}

}  // namespace

RunRecord merge(std::span<const RunRecord> runs, const MergeOptions& options) {
  check(runs);
  Merging m;
  std::vector<double> starts;
  for (const RunRecord& run : runs)
    starts.push_back(base::clock_of(run.started, fmt::format("run {}: 'started'", run.id)).unix_s);
  m.from = *std::min_element(starts.begin(), starts.end());
  double last_s = 0;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const double from = starts[i] - m.from, to = from + std::max(0.0, runs[i].duration_s);
    m.ranks.push_back({&runs[i], i, 0, {from, to}, 0});
    m.wall.claim({from, to});
    last_s = std::max(last_s, to);
  }
  find_hosts(m, options.unknown_hosts);
  m.out.machine = runs[0].machine;
  m.out.command = runs[0].command;
  m.out.duration_s = m.wall.length();
  m.out.started = base::format_utc(m.from);
  m.out.finished = base::format_utc(m.from + last_s);
  m.out.id = id_of(m);
  merge_parts(m);
  merge_split(m);
  merge_emissions(m, merge_bill(m));
  merge_rest(m, options);
  merge_marks_and_events(m);
  return std::move(m.out);
}

}  // namespace cradle::record
