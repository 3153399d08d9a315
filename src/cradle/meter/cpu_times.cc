// The first line of /proc/stat.
#include "cradle/meter/cpu_times.h"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "cradle/base/file.h"
#include "cradle/meter/cgroup.h"

namespace cradle::meter {

BusyTime::BusyTime(const std::filesystem::path& root) : stat_(root / "proc/stat") {}

BusyTime::BusyTime(const std::filesystem::path& file, double seconds_per_unit)
    : stat_(file), seconds_per_unit_(seconds_per_unit) {}

BusyTime BusyTime::of_own_group() {
  const std::string groups = sensor::attribute_text("/proc/self/cgroup").value_or("");
  const std::string mounts = base::read_file("/proc/self/mountinfo");
  if (const auto second = own_group(groups, mounts, 2); second && std::filesystem::exists(*second / "cpu.stat"))
    return BusyTime(*second / "cpu.stat", 1e-6);
  if (const auto first = own_group(groups, mounts, 1)) return BusyTime(*first / "cpuacct.usage", 1e-9);
  return BusyTime("/");
}

std::optional<double> BusyTime::seconds() {
  const auto text = stat_.text();
  if (!text) {
    why_ = stat_.why();
    return std::nullopt;
  }
  if (seconds_per_unit_ > 0) {  // "usage_usec 1234\n…", or the number alone
    const std::size_t digits = text->find_first_of("0123456789");
    return digits == std::string_view::npos
               ? 0
               : std::strtod(std::string(text->substr(digits, 32)).c_str(), nullptr) * seconds_per_unit_;
  }
  const std::string first(text->substr(0, text->find('\n')));
  unsigned long long user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0;
  if (std::sscanf(first.c_str(), "cpu %llu %llu %llu %llu %llu %llu %llu", &user, &nice, &system, &idle, &iowait, &irq,
                  &softirq) != 7) {
    why_ = stat_.path().string() + ": expected a line of CPU times, found '" + first.substr(0, 40) + "'";
    return std::nullopt;
  }
  static const double tick = 1.0 / static_cast<double>(::sysconf(_SC_CLK_TCK));
  return static_cast<double>(user + nice + system + irq + softirq) * tick;
}

}  // namespace cradle::meter
