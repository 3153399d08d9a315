// CPU time of the whole machine, from /proc/stat.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "cradle/sensor/attribute.h"

namespace cradle::meter {

/// Seconds that all processors of the machine were busy since boot: user, nice, system, irq and softirq (guests are in
/// user). Not idle, not iowait, and not steal, which is time the hypervisor gave to somebody else.
class BusyTime {
 public:
  explicit BusyTime(const std::filesystem::path& root);
  /// The same of everything in the control group that this process is in: of a container, all that runs in it.
  static BusyTime of_own_group();
  /// nullopt and why() if /proc/stat cannot be read. In steps of the kernel's tick, 10 ms. Cost about 7 µs.
  std::optional<double> seconds();
  const std::string& why() const { return why_; }

 private:
  BusyTime(const std::filesystem::path& file, double seconds_per_unit);
  sensor::Attribute stat_;
  double seconds_per_unit_ = 0;  // 0: the file is /proc/stat; else a group's own, with one number to multiply
  std::string why_;
};

}  // namespace cradle::meter
