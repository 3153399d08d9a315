// The first line of /proc/stat, or a few lines of cpu.stat.
#include "cradle/meter/cpu_times.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "cradle/base/file.h"
#include "cradle/meter/cgroup.h"

namespace cradle::meter {
namespace {

namespace fs = std::filesystem;

// Five fields of /proc/stat, each cut to a hundredth of a second.
constexpr double kCutOff_s = 0.05;

double tick_s() {
  static const double tick = 1.0 / static_cast<double>(::sysconf(_SC_CLK_TCK));
  return tick;
}

/// The number in the line that begins with `word`.
std::optional<double> number_after(std::string_view text, std::string_view word) {
  const std::size_t at = text.find(word);
  if (at == std::string_view::npos) return std::nullopt;
  text.remove_prefix(at + word.size());
  const auto number = sensor::take_number(text);
  return number ? std::optional(static_cast<double>(*number)) : std::nullopt;
}

/// cpu user nice system idle iowait irq softirq …
std::optional<double> ticks_of(std::string_view text) {
  if (!text.starts_with("cpu ")) return std::nullopt;
  double fields[7] = {};
  for (double& field : fields) {
    const auto number = sensor::take_number(text);
    if (!number) return std::nullopt;
    field = static_cast<double>(*number);
  }
  return fields[0] + fields[1] + fields[2] + fields[5] + fields[6];
}

/// The cpu.stat of the machine's root group where systemd mounts version 2, alone or beside version 1; "" if what is
/// mounted there is something else, or only the part of the hierarchy that a container sees.
fs::path root_group_file(const fs::path& root) {
  std::error_code ignored;
  for (const char* place : {"sys/fs/cgroup", "sys/fs/cgroup/unified"}) {
    const fs::path folder = root / place;
    if (fs::exists(folder / "cgroup.controllers", ignored) && !fs::exists(folder / "cgroup.events", ignored))
      return folder / "cpu.stat";
  }
  return "";
}

}  // namespace

BusyTime::BusyTime(const fs::path& root) : stat_(root / "proc/stat") {
  const fs::path file = root_group_file(root);
  if (file.empty()) return;
  if (BusyTime group(file, Form::kRootGroup); group.agrees_with(*this)) *this = std::move(group);
}

BusyTime::BusyTime(const fs::path& file, Form form) : stat_(file), form_(form) {}

/// Whether this tells what `other`, /proc/stat, tells right before and right after.
bool BusyTime::agrees_with(BusyTime& other) {
  const auto before = other.seconds(), now = seconds(), after = other.seconds();
  return before && now && after && *now >= *before && *now <= *after + kCutOff_s;
}

BusyTime BusyTime::of_own_group() {
  const std::string groups = sensor::attribute_text("/proc/self/cgroup").value_or("");
  const std::string mounts = base::read_file("/proc/self/mountinfo");
  if (const auto second = own_group(groups, mounts, 2); second && fs::exists(*second / "cpu.stat"))
    return BusyTime(*second / "cpu.stat", Form::kGroupV2);
  if (const auto first = own_group(groups, mounts, 1)) return BusyTime(*first / "cpuacct.usage", Form::kGroupV1);
  return BusyTime("/");
}

std::optional<double> BusyTime::seconds() {
  const auto text = stat_.text();
  if (!text) {
    why_ = stat_.why();
    return std::nullopt;
  }
  std::optional<double> sum;
  double unit_s = 1e-6;
  switch (form_) {
    case Form::kProcStat:
      sum = ticks_of(*text);
      unit_s = tick_s();
      break;
    case Form::kRootGroup: {  // its usage_usec would hold steal
      const auto user = number_after(*text, "user_usec "), system = number_after(*text, "system_usec ");
      if (user && system) sum = *user + *system;
      break;
    }
    case Form::kGroupV2: sum = number_after(*text, "usage_usec "); break;
    case Form::kGroupV1:
      sum = number_after(*text, "");
      unit_s = 1e-9;
      break;
  }
  if (sum) return *sum * unit_s;
  why_ = fmt::format("{}: expected CPU times, found '{}'", stat_.path().string(),
                     text->substr(0, std::min<std::size_t>(40, text->find('\n'))));
  return std::nullopt;
}

}  // namespace cradle::meter
