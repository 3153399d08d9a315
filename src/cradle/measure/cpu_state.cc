// The kernel's thermal zones, hardware monitors and frequency files.
#include "cradle/measure/cpu_state.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>

#include "cradle/base/text.h"

namespace cradle::measure {
namespace {

namespace fs = std::filesystem;

std::string line_in(const fs::path& file) {
  std::ifstream in(file);
  std::string line;
  std::getline(in, line);
  return line;
}

std::optional<double> number_in(const fs::path& file) {
  std::ifstream in(file);
  double number = 0;
  if (!(in >> number)) return std::nullopt;
  return number;
}

/// Folders in `parent` whose name begins so; none if it cannot be listed.
std::vector<fs::path> folders(const fs::path& parent, std::string_view begin) {
  std::vector<fs::path> found;
  std::error_code error;
  for (fs::directory_iterator at(parent, error), end; !error && at != end; at.increment(error))
    if (at->path().filename().native().starts_with(begin)) found.push_back(at->path());
  return found;
}

/// "x86_pkg_temp" of Intel, "cpu-thermal" and "CPU-therm" of boards.
bool is_zone_of_cpu(const std::string& type) {
  return type == "x86_pkg_temp" || base::lower(type).find("cpu") != std::string::npos;
}

bool is_monitor_of_cpu(const std::string& name) {
  return name == "coretemp" || name == "k10temp" || name == "zenpower";
}

void take_hottest(const std::optional<double>& millidegrees, CpuState& state) {
  if (millidegrees) state.temperature_c = std::max(state.temperature_c.value_or(-273.15), *millidegrees / 1000);
}

}  // namespace

CpuState cpu_state(const fs::path& sys) {
  CpuState state;
  for (const fs::path& zone : folders(sys / "class/thermal", "thermal_zone"))
    if (is_zone_of_cpu(line_in(zone / "type"))) take_hottest(number_in(zone / "temp"), state);
  if (!state.temperature_c)
    for (const fs::path& monitor : folders(sys / "class/hwmon", "hwmon"))
      if (is_monitor_of_cpu(line_in(monitor / "name"))) take_hottest(number_in(monitor / "temp1_input"), state);
  if (!state.temperature_c)
    state.temperature_missing = "neither class/thermal nor class/hwmon of " + sys.string() + " shows one of the CPU";

  double sum_khz = 0;
  int cpus = 0;
  for (const fs::path& cpu : folders(sys / "devices/system/cpu", "cpu"))
    if (const auto khz = number_in(cpu / "cpufreq/scaling_cur_freq")) {
      sum_khz += *khz;
      ++cpus;
    }
  if (cpus > 0)
    state.mhz = sum_khz / cpus / 1000;
  else
    state.mhz_missing = "no CPU has a cpufreq/scaling_cur_freq in " + (sys / "devices/system/cpu").string();
  return state;
}

std::string text_of(const CpuState& state) {
  return fmt::format("{}, {}",
                     state.temperature_c ? fmt::format("{:.0f} °C", *state.temperature_c)
                                         : "temperature unknown: " + state.temperature_missing,
                     state.mhz ? fmt::format("{:.0f} MHz", *state.mhz) : "frequency unknown: " + state.mhz_missing);
}

}  // namespace cradle::measure
