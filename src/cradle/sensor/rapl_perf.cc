// The "power" unit of perf: its type, events, scales and CPUs stand in sysfs.
#include "cradle/sensor/rapl_perf.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <map>

#include "cradle/sensor/attribute.h"
#include "cradle/sensor/machine.h"

namespace cradle::sensor {
namespace {

namespace fs = std::filesystem;

// RAPL counters are renewed about every millisecond, in steps of 61 µJ: a part at 1 W has made 80 steps in this time.
constexpr int kDead_ms = 5;

/// "0x02" of "event=0x02"; nullopt if the line has another form.
std::optional<std::uint64_t> config_of(const std::string& text) {
  const std::string prefix = "event=";
  if (!text.starts_with(prefix)) return std::nullopt;
  return std::strtoull(text.c_str() + prefix.size(), nullptr, 0);
}

int socket_of(const fs::path& root, int cpu) {
  return static_cast<int>(
      attribute_number(root / fmt::format("sys/devices/system/cpu/cpu{}/topology/physical_package_id", cpu))
          .value_or(0));
}

std::shared_ptr<const int> kept(int descriptor) {
  return {new int(descriptor), [](const int* fd) {
            ::close(*fd);
            delete fd;
          }};
}

std::string reason_of(int error) {
  if (error == EACCES || error == EPERM)
    return "not permitted (perf_event_paranoid is above 0 and this program has no CAP_PERFMON)";
  return std::strerror(error);
}

}  // namespace

std::vector<PerfDomain> perf_domains(const Site& site, bool by_die, std::string& why) {
  std::vector<PerfDomain> domains;
  const fs::path unit = site.root / "sys/bus/event_source/devices/power";
  const auto type = attribute_number(unit / "type");
  if (!type || !site.open_event) return domains;
  // One CPU per socket (or die) stands in cpumask: the kernel reads its counter there.
  const std::vector<int> cpus = numbers_in_list(attribute_text(unit / "cpumask").value_or("0"));
  for (const char* domain : {"pkg", "ram", "psys"}) {
    const fs::path event = unit / "events" / (std::string("energy-") + domain);
    const auto text = attribute_text(event);
    const auto config = text ? config_of(*text) : std::nullopt;
    const double scale = std::atof(attribute_text(event.string() + ".scale").value_or("").c_str());
    if (!config || scale <= 0 || attribute_text(event.string() + ".unit") != "Joules") continue;
    std::map<int, int> opened;  // by socket
    for (const int cpu : cpus) {
      if (std::string_view(domain) == "psys" && !opened.empty()) break;  // one platform, whatever the sockets
      const int socket = socket_of(site.root, cpu);
      const auto in_socket =
          std::count_if(cpus.begin(), cpus.end(), [&](int c) { return socket_of(site.root, c) == socket; });
      const int nth = opened[socket]++;
      if (nth > 0 && !by_die) continue;
      const int die = by_die && in_socket > 1 ? nth : -1;
      const int fd = site.open_event(static_cast<std::uint32_t>(*type), *config, cpu);
      if (fd >= 0)
        domains.push_back({domain, socket, die, scale, kept(fd)});
      else
        why = reason_of(-fd);
    }
  }
  return domains;
}

std::optional<double> read_perf(const PerfDomain& domain, std::string& why) {
  std::uint64_t count = 0;
  ssize_t n;
  do n = ::read(*domain.descriptor, &count, sizeof count);
  while (n < 0 && errno == EINTR);
  if (n == static_cast<ssize_t>(sizeof count)) return static_cast<double>(count) * domain.joules_per_count;
  why = fmt::format("perf power/energy-{}/: {}", domain.domain, n < 0 ? std::strerror(errno) : "no count");
  return std::nullopt;
}

std::set<std::string> drop_dead(std::vector<PerfDomain>& domains) {
  std::set<std::string> dead;
  const auto is_dead = [](const PerfDomain& domain) {
    std::string why;
    return read_perf(domain, why) == 0.0;
  };
  // All of them wait at once, and only as long as one of them has not moved.
  for (int waited_ms = 0; waited_ms < kDead_ms && std::any_of(domains.begin(), domains.end(), is_dead); ++waited_ms)
    ::usleep(1000);
  std::erase_if(domains, [&](const PerfDomain& domain) {
    if (!is_dead(domain)) return false;
    dead.insert(domain.domain);
    return true;
  });
  return dead;
}

}  // namespace cradle::sensor
