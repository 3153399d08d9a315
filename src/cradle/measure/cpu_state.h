// How warm and how fast the CPU is at this instant: what makes the same work cost more or less from run to run.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace cradle::measure {

struct CpuState {
  std::optional<double> temperature_c;  ///< the hottest of the CPU's zones; absent: `temperature_missing` says why
  std::optional<double> mhz;            ///< mean over the CPUs; absent: `mhz_missing` says why
  std::string temperature_missing, mhz_missing;
};

/// From class/thermal (zones of the CPU), else class/hwmon (coretemp, k10temp, zenpower), and from scaling_cur_freq
/// under devices/system/cpu; `sys` is /sys or a test's copy of it. Costs one small file for each CPU. Never throws.
CpuState cpu_state(const std::filesystem::path& sys = "/sys");

/// "52 °C, 3400 MHz"; what is absent is said with its reason.
std::string text_of(const CpuState& state);

}  // namespace cradle::measure
