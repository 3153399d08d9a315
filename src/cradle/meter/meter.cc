// Reads clock, CPU times and sensors in one go, and hands them to the parts.
#include "cradle/meter/meter.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "cradle/base/text.h"

namespace cradle::meter {
namespace {

// Ten ticks of the kernel's busy time: shorter intervals are counted, but attributed together with the next.
constexpr double kSettle_s = 0.1;
// A suspend takes seconds; the two clocks, read one after the other, differ by microseconds.
constexpr double kSuspend_s = 0.05;
constexpr double kOwn_s = 1;
// A meter of the whole that counts less than its parts by more than their joint tolerance is wrong.
constexpr double kDeficit = 0.05, kDeficit_j = 10;

/// What this process has used itself.
struct Own {
  double cpu_s = 0, memory_bytes = 0;
};

Own own_use() {
  rusage use{};
  getrusage(RUSAGE_SELF, &use);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
  };
  return {seconds(use.ru_utime) + seconds(use.ru_stime), static_cast<double>(use.ru_maxrss) * 1024};
}

}  // namespace

Meter::Meter(std::vector<std::unique_ptr<sensor::Sensor>> sensors, double cpus, Scope scope, Clock clock,
             CpuTimesNow cpu_times)
    : sensors_(std::move(sensors)),
      cpus_(std::max(0.01, cpus)),
      clock_(std::move(clock)),
      cpu_times_(std::move(cpu_times)) {
  for (const auto& sensor : sensors_) parts_.emplace_back(sensor->describe(), cpus_, scope);
}

std::vector<record::PartStart> Meter::parts() const {
  std::vector<record::PartStart> starts;
  for (const PartMeter& part : parts_) starts.push_back(part.description().start);
  return starts;
}

double Meter::longest_period_s() const {
  double longest = std::numeric_limits<double>::infinity();
  for (const PartMeter& part : parts_) {
    const sensor::PartDescription& d = part.description();
    if (d.period_s > 0) longest = std::min(longest, d.period_s);
    // Two readings per wrap, so that a wrap is seen even when one of them fails.
    if (d.start.basis == record::Basis::kCounter && d.range_j > 0)
      longest = std::min(longest, d.range_j / d.most_w / 2);
  }
  return longest;
}

std::string Meter::idle_basis() const {
  std::set<std::string> known;
  bool unknown = false;
  for (const PartMeter& part : parts_) {
    const sensor::PartDescription& d = part.description();
    if (d.idle_basis.empty() || d.idle_basis == "unknown")
      unknown = true;
    else
      known.insert(d.idle_basis);
  }
  if (known.empty()) return "unknown";
  return fmt::format("{}{}", fmt::join(known, " and "), unknown ? ", in part unknown" : "");
}

CpuTimes Meter::cpu_times_now() {
  CpuTimes t = cpu_times_();
  // Times only grow; a source that falls back (a process that vanished between two looks) is held.
  t.mine_s = std::max(t.mine_s, cpu_last_.mine_s);
  t.busy_s = t.busy_unknown_why.empty() ? std::max(t.busy_s, cpu_last_.busy_s) : cpu_last_.busy_s;
  cpu_last_ = t;
  return t;
}

void Meter::start() {
  self_zero_s_ = own_use().cpu_s;
  cpu_last_ = {};
  zero_ = settled_ = last_ = clock_();
  cpu_zero_ = cpu_settled_ = cpu_times_now();
  sensor::Usage usage = usage_at(zero_, cpu_zero_);
  usage.awake_s = usage.busy_cpu_s = 0;
  for (std::size_t i = 0; i < parts_.size(); ++i)
    parts_[i].start(zero_, cpu_zero_, sensors_[i]->read(usage), 0, events_);
}

sensor::Usage Meter::usage_at(const Instant& now, const CpuTimes& cpu) const {
  sensor::Usage usage;
  usage.awake_s = now.awake_s - settled_.awake_s;
  usage.busy_cpu_s = std::max(cpu.busy_s - cpu_settled_.busy_s, cpu.mine_s - cpu_settled_.mine_s);
  usage.cpus = cpus_;
  usage.unknown_why = cpu.busy_unknown_why;
  if (is_mine_) usage.is_mine = &is_mine_;
  return usage;
}

void Meter::subtract_contained(double t_s, std::vector<Joules>& joules) {
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    const auto& contains = parts_[i].description().contains;
    if (contains.empty()) continue;
    Joules inside;
    for (std::size_t k = 0; k < parts_.size(); ++k) {
      const std::string& kind = parts_[k].description().start.kind;
      const bool in =
          std::any_of(contains.begin(), contains.end(), [&](const std::string& c) { return c == "*" || c == kind; });
      if (k != i && in) inside += joules[k];
    }
    const double whole_j = joules[i].j.value;
    if (inside.j.value > whole_j * (1 + kDeficit) + kDeficit_j && deficits_.insert(i).second)
      events_.push_back({t_s, "cross-check", parts_[i].description().start.part,
                         fmt::format("counts {}, less than the {} of the parts inside it, which stand",
                                     base::format_joules(whole_j), base::format_joules(inside.j.value))});
    joules[i] = remainder(joules[i], inside);
  }
}

record::Sample Meter::sample() {
  const Instant now = clock_();
  const CpuTimes cpu = cpu_times_now();
  record::Sample s;
  s.t_s = now.boot_s - zero_.boot_s;

  const double asleep_s = (now.boot_s - last_.boot_s) - (now.awake_s - last_.awake_s);
  if (asleep_s > kSuspend_s)
    events_.push_back({s.t_s, "suspend", "", fmt::format("asleep for {}", base::format_seconds(asleep_s))});
  last_ = now;

  const sensor::Usage usage = usage_at(now, cpu);
  const bool settle = usage.awake_s >= kSettle_s;
  std::vector<Joules> joules;
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    parts_[i].add(now, cpu, sensors_[i]->read(usage), settle, s.t_s, events_);
    joules.push_back(parts_[i].joules());
  }
  subtract_contained(s.t_s, joules);
  Joules sum;
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    s.parts.push_back({joules[i].j, parts_[i].covered_s(), parts_[i].basis()});
    sum += joules[i];
  }
  if (settle) settled_ = now, cpu_settled_ = cpu;
  s.split = sum.split;
  s.billed_j = sum.billed;
  s.mine_cpu_s = cpu.mine_s - cpu_zero_.mine_s;
  s.busy_cpu_s = std::max(s.mine_cpu_s, cpu.busy_s - cpu_zero_.busy_s);
  // Once a second is often enough for what changes by microseconds; a short run asks every time.
  if (s.t_s < kOwn_s || s.t_s - own_at_s_ >= kOwn_s) own_at_s_ = s.t_s, own_ = self_cost(s.split, s.busy_cpu_s);
  s.self = own_;
  return s;
}

/// The meter's joules are its CPU seconds at the run's mean energy per busy CPU second; they are part of `others`.
record::SelfCost Meter::self_cost(const record::Split& split, double busy_s) const {
  const Own own = own_use();
  const double cpu_s = own.cpu_s - self_zero_s_;
  const double j_per_cpu_s = busy_s > 0 ? (split.mine_j + split.others_j) / std::max(busy_s, cpu_s) : 0;
  return {cpu_s, own.memory_bytes, cpu_s * j_per_cpu_s};
}

std::vector<record::Event> Meter::take_events() { return std::exchange(events_, {}); }

}  // namespace cradle::meter
