// CPU time of the whole machine, from the root control group or /proc/stat.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "cradle/sensor/attribute.h"

namespace cradle::meter {

/// Seconds that all processors of the machine were busy since boot: user, nice, system, irq and softirq (guests are in
/// user). Not idle, not iowait, and not steal, which is time the hypervisor gave to somebody else.
/// The cpu.stat of version 2's root control group shows the same counters of the kernel to the microsecond, and a
/// reading costs half of one of /proc/stat, which adds up every interrupt line of every processor on the way. It is
/// taken where it is the machine's root (a container's has cgroup.events) and tells, at the beginning, what /proc/stat
/// tells.
class BusyTime {
 public:
  explicit BusyTime(const std::filesystem::path& root);
  /// The same of everything in the control group that this process is in: of a container, all that runs in it.
  static BusyTime of_own_group();
  /// nullopt and why() if the file cannot be read. In steps of the kernel's tick: 10 ms by /proc/stat. Cost 2 to 4 µs,
  /// ten times that right after a sleep.
  std::optional<double> seconds();
  const std::string& why() const { return why_; }
  const std::filesystem::path& file() const { return stat_.path(); }

 private:
  enum class Form { kProcStat, kRootGroup, kGroupV2, kGroupV1 };
  BusyTime(const std::filesystem::path& file, Form form);
  bool agrees_with(BusyTime& other);
  sensor::Attribute stat_;
  Form form_ = Form::kProcStat;
  std::string why_;
};

}  // namespace cradle::meter
