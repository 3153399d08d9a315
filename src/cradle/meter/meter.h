// The sampler: reads every sensor at an instant and keeps the machine's joules, whole and by who caused them.
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "cradle/meter/clock.h"
#include "cradle/meter/part_meter.h"
#include "cradle/record/journal.h"
#include "cradle/sensor/sensor.h"

namespace cradle::meter {

/// CPU times now, of the command and of the machine.
using CpuTimesNow = std::function<CpuTimes()>;

/// Counts the energy of a run. total = Σ parts; split and bill add up over the parts. Not thread-safe.
class Meter {
 public:
  /// `cpus`: logical CPUs of the machine.
  Meter(std::vector<std::unique_ptr<sensor::Sensor>> sensors, double cpus, Scope scope, Clock clock,
        CpuTimesNow cpu_times);

  std::vector<record::PartStart> parts() const;
  /// "modelled", "measured and modelled", "modelled, in part unknown", "unknown": where the idle power of the parts
  /// comes from.
  std::string idle_basis() const;

  /// The longest time between two readings that loses nothing, by any part: half the shortest wrap, the update time of
  /// a power sensor. Infinite if no part asks.
  double longest_period_s() const;

  /// Whose a process is, for devices that name the processes that use them.
  void know_processes(sensor::IsMine is_mine) { is_mine_ = std::move(is_mine); }

  /// First readings; time zero.
  void start();
  /// Reads all sensors; joules since start(). Costs the raw reads and some microseconds.
  record::Sample sample();
  /// Events since the last call.
  std::vector<record::Event> take_events();

  /// Seconds since start() of an instant on CLOCK_BOOTTIME.
  double seconds_at(double boot_s) const { return boot_s - zero_.boot_s; }
  Clock clock() const { return clock_; }

 private:
  CpuTimes cpu_times_now();
  sensor::Usage usage_at(const Instant& now, const CpuTimes& cpu) const;
  /// Parts that contain others are left with what the others do not count.
  void subtract_contained(double t_s, std::vector<Joules>& joules);
  record::SelfCost self_cost(const record::Split& split, double busy_s) const;

  std::vector<std::unique_ptr<sensor::Sensor>> sensors_;
  std::vector<PartMeter> parts_;
  double cpus_;
  Clock clock_;
  CpuTimesNow cpu_times_;
  sensor::IsMine is_mine_;
  std::set<std::size_t> deficits_;  // parts whose inside was seen to take more than they
  Instant zero_, settled_, last_;
  CpuTimes cpu_zero_, cpu_settled_, cpu_last_;
  double self_zero_s_ = 0, own_at_s_ = 0;
  record::SelfCost own_;  // as it was at own_at_s_
  std::vector<record::Event> events_;
};

}  // namespace cradle::meter
