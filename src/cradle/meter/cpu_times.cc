// The first line of /proc/stat.
#include "cradle/meter/cpu_times.h"

#include <unistd.h>

#include <cstdio>

namespace cradle::meter {

BusyTime::BusyTime(const std::filesystem::path& root) : stat_(root / "proc/stat") {}

std::optional<double> BusyTime::seconds() {
  const auto text = stat_.text();
  if (!text) {
    why_ = stat_.why();
    return std::nullopt;
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
