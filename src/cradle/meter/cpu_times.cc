// The first line of /proc/stat.
#include "cradle/meter/cpu_times.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

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
  std::string_view rest = *text;
  if (seconds_per_unit_ > 0)  // "usage_usec 1234\n…", or the number alone
    return static_cast<double>(sensor::take_number(rest).value_or(0)) * seconds_per_unit_;
  // cpu user nice system idle iowait irq softirq …
  constexpr std::size_t kFields = 7;
  double fields[kFields] = {};
  for (double& field : fields) {
    const auto number = text->starts_with("cpu ") ? sensor::take_number(rest) : std::nullopt;
    if (!number) {
      why_ = fmt::format("{}: expected a line of CPU times, found '{}'", stat_.path().string(),
                         text->substr(0, std::min<std::size_t>(40, text->find('\n'))));
      return std::nullopt;
    }
    field = static_cast<double>(*number);
  }
  static const double tick = 1.0 / static_cast<double>(::sysconf(_SC_CLK_TCK));
  return (fields[0] + fields[1] + fields[2] + fields[5] + fields[6]) * tick;
}

}  // namespace cradle::meter
