// Finds the powercap zones and sorts out which of them count.
#include "cradle/sensor/rapl_powercap.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "cradle/base/text.h"
#include "cradle/sensor/attribute.h"

namespace cradle::sensor {
namespace {

namespace fs = std::filesystem;
/// "intel-rapl:0" before "intel-rapl:0:1" before "intel-rapl:10" before "intel-rapl-mmio:0".
std::vector<double> order_of(const std::string& id) {
  std::vector<double> key{id.starts_with("intel-rapl:") ? 0.0 : 1.0};
  const auto pieces = base::split(id, ':');
  for (std::size_t i = 1; i < pieces.size(); ++i) key.push_back(std::atof(pieces[i].c_str()));
  return key;
}

/// Every zone, whether the tree is flat (as sysfs shows it) or nested (as the devices lie).
std::vector<PowercapZone> zones_under(const fs::path& folder) {
  std::map<std::string, fs::path> paths;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    const std::string id = entry.path().filename();
    if (!id.starts_with("intel-rapl") || id.find(':') == std::string::npos) continue;
    paths.emplace(id, entry.path());
    std::error_code ignored;
    for (const auto& child : fs::directory_iterator(entry.path(), ignored)) {
      const std::string below = child.path().filename();
      if (below.starts_with(id + ":")) paths.emplace(below, child.path());
    }
  }
  std::vector<PowercapZone> zones;
  for (const auto& [id, path] : paths) {
    const auto name = attribute_text(path / "name");
    if (!name) continue;
    const std::string above = id.substr(0, id.rfind(':'));
    const auto parent = paths.find(above);
    zones.push_back(
        {path, id, *name, parent == paths.end() ? "" : attribute_text(parent->second / "name").value_or("")});
  }
  std::sort(zones.begin(), zones.end(),
            [](const PowercapZone& a, const PowercapZone& b) { return order_of(a.id) < order_of(b.id); });
  return zones;
}

Missing denied(const PowercapZone& zone, const Attribute& energy) {
  Missing m{"RAPL " + zone.part(), energy.why(), ""};
  if (energy.why().find("ermission denied") != std::string::npos) {
    m.why += " (since kernel 5.10 only root may read RAPL)";
    m.remedy =
        "echo 'SUBSYSTEM==\"powercap\", ACTION==\"add\", RUN+=\"/bin/chmod a+r /sys%p/energy_uj\"' | sudo tee "
        "/etc/udev/rules.d/70-cradle-rapl.rules && sudo udevadm trigger --subsystem-match=powercap --action=add";
  }
  return m;
}

/// True if the two counters are one: b, read between two readings of a, lies between them.
bool mirrors(const PowercapZone& a, const PowercapZone& b) {
  const auto first = attribute_number(a.path / "energy_uj");
  const auto between = attribute_number(b.path / "energy_uj");
  const auto second = attribute_number(a.path / "energy_uj");
  const double step_uj = 1e6 / 16384;  // one step of the counter, as in rapl.cc
  return first && between && second && *between >= *first - step_uj && *between <= *second + step_uj;
}

Missing no_rapl(const MachineFacts& facts, const fs::path& folder) {
  std::error_code ignored;
  Missing m{"RAPL", fmt::format("{} has no energy counters", folder.string()), ""};
  if (facts.virtual_machine) {
    m.why += ": a virtual machine does not show those of its host";
    m.remedy = "measure on the host";
  } else if (!facts.container.empty()) {
    m.why += fmt::format(": the container ({}) hides them", facts.container);
    m.remedy = "docker run -v /sys/devices/virtual/powercap:/sys/devices/virtual/powercap:ro …";
  } else {
    m.why += ": the kernel module is not loaded, or this processor has none";
    m.remedy = "sudo modprobe intel_rapl_msr";
  }
  return m;
}

}  // namespace

std::string PowercapZone::part() const {
  if (name == "psys") return "platform";
  if (name.starts_with("package")) return "cpu-" + name;
  const std::string prefix = "package-";
  return "dram-" + (parent.starts_with(prefix) ? parent.substr(prefix.size()) : id);
}

std::string PowercapZone::package() const {
  const std::string& of = name == "dram" ? parent : name;
  return of.substr(0, of.find("-die-"));
}

std::vector<PowercapZone> powercap_zones(const fs::path& root, const MachineFacts& facts,
                                         std::vector<Missing>& missing) {
  const fs::path folder = root / "sys/class/powercap";
  const std::vector<PowercapZone> zones = zones_under(folder);
  if (zones.empty()) missing.push_back(no_rapl(facts, folder));
  // Readable zones that matter, each name once (MMIO repeats what MSR shows), mirrored dies once.
  std::vector<PowercapZone> readable;
  std::set<std::string> seen;
  std::map<std::string, Missing> closed;
  for (const PowercapZone& zone : zones) {
    const bool package = zone.name.starts_with("package");
    if (!package && zone.name != "dram" && zone.name != "psys") continue;  // core, uncore: inside the package
    if (seen.count(zone.part())) continue;
    Attribute energy(zone.path / "energy_uj");
    const auto uj = energy.number();
    if (!uj || *uj == 0) {
      Missing m = denied(zone, energy);
      if (uj) m.why = energy.path().string() + ": the counter stands at 0: it is not connected";
      closed.emplace(zone.part(), m);
      continue;
    }
    const auto twin = std::find_if(readable.begin(), readable.end(), [&](const PowercapZone& other) {
      return (zone.name == "dram") == (other.name == "dram") && zone.package() == other.package() &&
             mirrors(other, zone);
    });
    seen.insert(zone.part());
    if (twin == readable.end())
      readable.push_back(zone);
    else
      missing.push_back({"RAPL " + zone.part(),
                         fmt::format("repeats the counter of {}, which is counted once", twin->part()), "", true});
  }
  for (const auto& [part, why] : closed)
    if (!seen.count(part)) missing.push_back(why);
  return readable;
}

}  // namespace cradle::sensor
