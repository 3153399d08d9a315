// The truth rules, one after the other.
#include "cradle/meter/part_meter.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "cradle/base/text.h"

namespace cradle::meter {
namespace {

using base::Interval;

// Asleep means that the two clocks differ by more than their reading can (both are read within microseconds).
constexpr double kAsleep_s = 0.01;
// A powered part takes more than one step of its counter in this time by orders of magnitude: 61 µJ against joules.
constexpr double kStandsStill_s = 1.0;

void add_to(Interval& a, const Interval& b) {
  a.value += b.value;
  a.low += b.low;
  a.high += b.high;
}

Interval times(const Interval& i, double k) { return {i.value * k, i.low * k, i.high * k}; }

/// The bill of `e` joules with `idle_w` at zero load; the formula of attribute().
struct Shares {
  double busy = 0;      // of busy time: c/b
  double capacity = 0;  // of the machine: c/(n·Δt)
};

double idle_of(double e, double idle_w, double awake_s, bool anybody) {
  return anybody ? std::min(e, idle_w * awake_s) : e;
}

double bill(double e, double idle_w, double awake_s, bool anybody, const Shares& s) {
  const double idle = idle_of(e, idle_w, awake_s, anybody);
  return (e - idle) * s.busy + idle * s.capacity;
}

}  // namespace

Joules& Joules::operator+=(const Joules& other) {
  add_to(j, other.j);
  add_to(billed, other.billed);
  split.mine_j += other.split.mine_j;
  split.others_j += other.split.others_j;
  split.idle_j += other.split.idle_j;
  return *this;
}

Joules attribute(const Interval& e, const sensor::PartDescription& part, const Use& use, Scope scope) {
  // The kernel counts the two CPU times with different clocks (ticks, nanoseconds): mine is part of busy by definition.
  const double mine = std::max(0.0, use.mine_cpu_s);
  const double busy = std::max(mine, use.busy_cpu_s);
  const bool anybody = busy > 0 || use.mine;
  const double awake_s = use.awake_s;
  Shares s;
  if (use.mine) {
    s.busy = s.capacity = std::clamp(*use.mine, 0.0, 1.0);
  } else if (busy > 0) {
    s.busy = mine / busy;
    if (awake_s > 0) s.capacity = std::min(s.busy, mine / (use.cpus * awake_s));
  }

  Joules out;
  out.j = e;
  out.split.idle_j = idle_of(e.value, part.idle_w.value, awake_s, anybody);
  out.split.mine_j = (e.value - out.split.idle_j) * s.busy;
  out.split.others_j = e.value - out.split.idle_j - out.split.mine_j;
  if (scope == Scope::kMachine) {
    out.billed = e;
    return out;
  }
  // A model's energy and its idle power err together (one TDP); a counter's energy and a modelled idle do not, and more
  // idle means less for the command: the bill is least with little energy and much idle.
  const bool together = part.start.basis == record::Basis::kModelled;
  const double value = bill(e.value, part.idle_w.value, awake_s, anybody, s);
  const double low = bill(e.low, together ? part.idle_w.low : part.idle_w.high, awake_s, anybody, s);
  const double high = bill(e.high, together ? part.idle_w.high : part.idle_w.low, awake_s, anybody, s);
  out.billed = {value, std::min({low, value, high}), std::max({low, value, high})};
  return out;
}

Joules remainder(const Joules& whole, const Joules& inside) {
  const double left = std::max(0.0, whole.j.value - inside.j.value);
  Joules rest;
  // Low and high of parts add up to those of the total, so the rest is what brings them to those of the whole (unless
  // the parts inside alone are less certain than that: then their doubt stands).
  rest.j = {left, std::clamp(whole.j.low - inside.j.low, 0.0, left), std::max(left, whole.j.high - inside.j.high)};
  const Joules& like = inside.j.value > 0 ? inside : whole;
  if (like.j.value <= 0) return rest;
  rest.split.mine_j = left * like.split.mine_j / like.j.value;
  rest.split.others_j = left * like.split.others_j / like.j.value;
  rest.split.idle_j = left - rest.split.mine_j - rest.split.others_j;
  const double share = like.billed.value / like.j.value;
  rest.billed = {left * share, rest.j.low * std::min(share, like.j.low > 0 ? like.billed.low / like.j.low : share),
                 rest.j.high * std::max(share, like.billed.high / like.j.high)};
  rest.billed.high = std::max(rest.billed.high, rest.billed.value);
  return rest;
}

PartMeter::PartMeter(sensor::PartDescription part, double cpus, Scope scope)
    : part_(std::move(part)), basis_(part_.start.basis), weakest_(basis_), cpus_(std::max(0.01, cpus)), scope_(scope) {
  if (part_.guess_w.high <= 0) part_.guess_w = {part_.most_w / 2, 0, part_.most_w};
}

void PartMeter::event(const char* kind, std::string detail) {
  events_->push_back({t_s_, kind, part_.start.part, std::move(detail)});
}

void PartMeter::say_gap(const std::string& why) {
  if (!failing_) event("gap", why);
  failing_ = true;
}

void PartMeter::say_note(const std::string& note) {
  // Figures in it change; what stands before them is its kind.
  if (!note.empty() && notes_.insert(note.substr(0, note.find_first_of("0123456789"))).second) event("note", note);
}

void PartMeter::change_basis(const Instant& now, const CpuTimes& cpu, const sensor::Reading& reading,
                             record::Basis to) {
  event("basis-change", fmt::format("{} to {}: {}", name_of(basis_), name_of(to), reading.why));
  count_gap(now, cpu, true);
  basis_ = to;
  weakest_ = std::max(weakest_, to);
  has_counter_ = to == record::Basis::kCounter;
  has_power_ = to == record::Basis::kIntegrated;
  counter_j_ = reading.counter_j;
  power_w_ = reading.w;
  power_at_ = now;
  trapezoids_ = {};
  trapezoids_s_ = 0;
  failing_ = false;
}

void PartMeter::start(const Instant& now, const CpuTimes& cpu, const sensor::Reading& reading, double t_s,
                      std::vector<record::Event>& events) {
  events_ = &events;
  t_s_ = t_s;
  since_ = power_at_ = now;
  since_cpu_ = cpu;
  has_counter_ = has_power_ = reading.ok;
  counter_j_ = reading.counter_j;
  power_w_ = reading.w;
  mine_ = reading.mine;
  if (!reading.ok) say_gap(reading.why);
  if (reading.ok && reading.basis) basis_ = weakest_ = *reading.basis;
}

void PartMeter::add(const Instant& now, const CpuTimes& cpu, const sensor::Reading& reading, bool settle, double t_s,
                    std::vector<record::Event>& events) {
  events_ = &events;
  t_s_ = t_s;
  mine_ = reading.mine;
  say_note(reading.note);
  const record::Basis basis = reading.basis.value_or(part_.start.basis);
  if (reading.ok && basis != basis_) return change_basis(now, cpu, reading, basis);
  switch (basis_) {
    case record::Basis::kCounter: return add_counter(now, cpu, reading, settle);
    case record::Basis::kIntegrated: return add_power(now, cpu, reading, settle);
    case record::Basis::kModelled: return add_model(now, cpu, reading, settle);
  }
}

void PartMeter::add_counter(const Instant& now, const CpuTimes& cpu, const sensor::Reading& reading, bool settle) {
  const double awake_s = now.awake_s - since_.awake_s;
  const double asleep_s = now.boot_s - since_.boot_s - awake_s;
  // Until a reading succeeds the interval stays open: the counter itself will tell what it held.
  if (!reading.ok) {
    say_gap(reading.why);
    return count_gap(now, cpu, false);
  }
  if (!has_counter_) {  // nothing to subtract from: what came before is lost
    event("gap", "read for the first time");
    has_counter_ = true;
    failing_ = false;
    counter_j_ = reading.counter_j;
    return count_gap(now, cpu, true);
  }
  const double most_j = part_.most_w * (awake_s + part_.update_s) + part_.resolution_j;
  double delta = reading.counter_j - counter_j_;
  const bool wrapped =
      delta < 0 && asleep_s < kAsleep_s && delta + part_.range_j >= 0 && delta + part_.range_j <= most_j;
  if (wrapped) delta += part_.range_j;
  if (delta < 0 || delta > most_j) {
    if (!settle) return count_gap(now, cpu, false);
    const std::string back = fmt::format("the counter went back by {}{}; what it held between two readings is lost",
                                         base::format_joules(-delta), part_.range_j > 0 ? "" : ", its range unknown");
    const std::string jump =
        fmt::format("the counter jumped by {} in {}, more than {} allow; the jump is left out",
                    base::format_joules(delta), base::format_seconds(awake_s), base::format_watts(part_.most_w));
    event("reset", delta < 0 ? back : jump);
    failing_ = false;
    counter_j_ = reading.counter_j;
    return count_gap(now, cpu, true);
  }
  if (delta == 0) {  // not renewed yet, or dead
    if (awake_s >= kStandsStill_s) say_gap("the counter stands still");
    return count_gap(now, cpu, false);
  }
  Interval e = {delta, delta, delta};
  // Only when the meter itself was stopped for minutes (job control) can more wraps fit into one interval.
  const double more = part_.range_j > 0 ? std::floor((most_j - delta) / part_.range_j) : 0;
  if (more >= 1) {
    const double expected = covered_s_ > 0 ? read_j_ / covered_s_ * awake_s : delta;
    e.value += std::clamp(std::round((expected - delta) / part_.range_j), 0.0, more) * part_.range_j;
    e.high += more * part_.range_j;
  }
  if (settle) {
    if (wrapped) event("wrap", fmt::format("the counter passed its range of {}", base::format_joules(part_.range_j)));
    if (failing_)
      event("gap",
            fmt::format("read again after {}: the counter went on, nothing is lost", base::format_seconds(awake_s)));
    if (more >= 1)
      event("gap", fmt::format("{} without a reading: the counter may have wrapped up to {} more times",
                               base::format_seconds(awake_s), more));
    failing_ = false;
    counter_j_ = reading.counter_j;
  }
  count({e.value * part_.tolerance.value, e.low * part_.tolerance.low, e.high * part_.tolerance.high}, awake_s, now,
        cpu, settle);
}

void PartMeter::add_power(const Instant& now, const CpuTimes& cpu, const sensor::Reading& reading, bool settle) {
  const double awake_s = now.awake_s - power_at_.awake_s;
  const bool good = reading.ok && reading.w.value >= 0 && reading.w.value <= part_.most_w;
  if (good && has_power_) {
    const Interval w = {(power_w_.value + reading.w.value) / 2, (power_w_.low + reading.w.low) / 2,
                        (power_w_.high + reading.w.high) / 2};
    add_to(
        trapezoids_,
        times({w.value * part_.tolerance.value, w.low * part_.tolerance.low, w.high * part_.tolerance.high}, awake_s));
    trapezoids_s_ += awake_s;
  } else {  // power that was not read cannot be made up later
    add_to(trapezoids_, filling(awake_s));
  }
  if (!good)
    say_gap(reading.ok ? fmt::format("{} is not a power this part can take", base::format_watts(reading.w.value))
                       : reading.why);
  else if (failing_)
    event("gap", "read again");
  if (good) failing_ = false;
  has_power_ = good;
  power_w_ = reading.w;
  power_at_ = now;
  count(trapezoids_, trapezoids_s_, now, cpu, settle);
  if (settle) trapezoids_ = {}, trapezoids_s_ = 0;
}

void PartMeter::add_model(const Instant& now, const CpuTimes& cpu, const sensor::Reading& reading, bool settle) {
  if (!reading.ok) {
    say_gap(reading.why);
    return count_gap(now, cpu, settle);
  }
  if (failing_) event("gap", "modelled again");
  failing_ = false;
  const double awake_s = now.awake_s - since_.awake_s;
  count(times(reading.w, awake_s), awake_s, now, cpu, settle);
}

Interval PartMeter::filling(double awake_s) const {
  if (covered_s_ <= 0) return times(part_.guess_w, awake_s);
  const double mean_w = read_j_ / covered_s_;
  return {mean_w * awake_s, 0, std::max(mean_w, part_.most_w) * awake_s};
}

void PartMeter::count(const Interval& e, double covered_s, const Instant& now, const CpuTimes& cpu, bool settle) {
  const double awake_s = now.awake_s - since_.awake_s;
  const double mine_s = cpu.mine_s - since_cpu_.mine_s;
  const double busy_s = cpu.busy_s - since_cpu_.busy_s;
  open_ = attribute(e, part_, {awake_s, mine_s, busy_s, cpus_, mine_}, scope_);
  open_covered_s_ = covered_s;
  if (!settle) return;
  closed_ += open_;
  covered_s_ += covered_s;
  if (covered_s > 0) read_j_ += e.value;
  if (early_gap_s_ > 0 && covered_s > 0 && awake_s > 0) {
    // The first power that is known, and its shares, stand for the time before it.
    const double scale = early_gap_s_ / awake_s;
    closed_ +=
        attribute(filling(early_gap_s_), part_, {early_gap_s_, mine_s * scale, busy_s * scale, cpus_, mine_}, scope_);
    early_gap_s_ = 0;
  }
  open_ = {};
  open_covered_s_ = 0;
  since_ = now;
  since_cpu_ = cpu;
}

void PartMeter::count_gap(const Instant& now, const CpuTimes& cpu, bool settle) {
  const double awake_s = now.awake_s - since_.awake_s;
  if (settle && covered_s_ <= 0) {
    early_gap_s_ += awake_s;
    count({}, 0, now, cpu, true);
  } else {
    count(filling(awake_s), 0, now, cpu, settle);
  }
}

Joules PartMeter::joules() const {
  Joules sum = closed_;
  sum += open_;
  // Still nothing read: the guess, and to idle, since nobody can say who caused it.
  if (early_gap_s_ > 0) sum += attribute(filling(early_gap_s_), part_, {early_gap_s_, 0, 0, cpus_}, scope_);
  if (weakest_ != record::Basis::kCounter || covered_s_ <= 0) return sum;
  const double step = part_.resolution_j + part_.update_s * read_j_ / covered_s_;
  const double billed = sum.j.value > 0 ? sum.billed.value / sum.j.value : 0;
  sum.j.low = std::max(0.0, sum.j.low - step);
  sum.j.high += step;
  sum.billed.low = std::max(0.0, sum.billed.low - step * billed);
  sum.billed.high += step * billed;
  return sum;
}

}  // namespace cradle::meter
