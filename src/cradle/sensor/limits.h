// How much of the machine this process may use at most, by the limits of the control groups around it.
#pragma once

#include <filesystem>
#include <optional>

namespace cradle::sensor {

struct Limits {
  std::optional<double> cpus;       ///< from cpu.max (v2) or cpu.cfs_quota_us (v1); absent: no limit
  std::optional<double> memory_gb;  ///< from memory.max or memory.limit_in_bytes; absent: no limit
};

/// The tightest limit on the way from this process's group up to what is visible. Costs some file reads, 0.1 ms.
Limits limits_of(const std::filesystem::path& root);

}  // namespace cradle::sensor
