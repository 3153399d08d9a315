// Finds the powercap zones, sorts out which of them count, and reads their energy_uj.
#include "cradle/sensor/rapl_powercap.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "cradle/base/text.h"
#include "cradle/sensor/attribute.h"

namespace cradle::sensor {
namespace {

namespace fs = std::filesystem;
using base::Interval;

// Intel SDM volume 3, section 15.10.1: energy unit 2^-14 J by default (AMD: 2^-16), renewed about every millisecond.
constexpr double kResolution_j = 1.0 / 16384;
constexpr double kUpdate_s = 0.001;

// The most a part can take, generously: what counts is to be below the 65,536 J (AMD) or 262,144 J (Intel) that a false
// wrap would add in a few seconds, and never below the truth. Twice the largest TDP sold (500 W: AMD EPYC 9965, Intel
// Xeon 6980P, data sheets of 2024); 24 DIMMs of 16 W; four times a socket for a platform. Assumed, grade C.
constexpr double kMostPackage_w = 1000;
constexpr double kMostDram_w = 400;
constexpr double kMostPlatform_w = 4000;

// True joules per joule read, P5 to P95. Assumed, grade C, from published comparisons with external meters: Intel
// packages since Haswell follow the wall closely (Hackenberg et al., HPPAC 2015; Khan et al., ACM TOMPECS 3(2), 2018);
// dram within 20 % over a run (Desrochers, Paradis, Weaver, MEMSYS 2016); AMD's figures come from an on-chip model
// (Schöne et al., IEEE CLUSTER 2021); psys depends on the board's wiring.
constexpr Interval kIntelPackage = {1, 0.95, 1.05};
constexpr Interval kAmdPackage = {1, 0.85, 1.15};
constexpr Interval kDram = {1, 0.8, 1.2};
constexpr Interval kPlatform = {1, 0.9, 1.1};

struct Zone {
  fs::path path;
  std::string id;      // "intel-rapl:0:2"
  std::string name;    // "dram"
  std::string parent;  // the name of the package it belongs to: "package-0"
  double counter_j = 0;
};

class RaplZone : public Sensor {
 public:
  RaplZone(Attribute energy, PartDescription part) : energy_(std::move(energy)), part_(std::move(part)) {}
  PartDescription describe() const override { return part_; }
  Reading read(const Usage&) override {
    const auto uj = energy_.number();
    if (!uj) return {false, energy_.why(), 0, {}};
    return {true, "", static_cast<double>(*uj) * 1e-6, {}};
  }

 private:
  Attribute energy_;
  PartDescription part_;
};

/// "intel-rapl:0" before "intel-rapl:0:1" before "intel-rapl:10" before "intel-rapl-mmio:0".
std::vector<double> order_of(const std::string& id) {
  std::vector<double> key{id.starts_with("intel-rapl:") ? 0.0 : 1.0};
  const auto pieces = base::split(id, ':');
  for (std::size_t i = 1; i < pieces.size(); ++i) key.push_back(std::atof(pieces[i].c_str()));
  return key;
}

/// Every zone, whether the tree is flat (as sysfs shows it) or nested (as the devices lie).
std::vector<Zone> zones_under(const fs::path& folder) {
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
  std::vector<Zone> zones;
  for (const auto& [id, path] : paths) {
    const auto name = attribute_text(path / "name");
    if (!name) continue;
    const std::string above = id.substr(0, id.rfind(':'));
    const auto parent = paths.find(above);
    zones.push_back(
        {path, id, *name, parent == paths.end() ? "" : attribute_text(parent->second / "name").value_or(""), 0});
  }
  std::sort(zones.begin(), zones.end(), [](const Zone& a, const Zone& b) { return order_of(a.id) < order_of(b.id); });
  return zones;
}

std::string part_of(const Zone& zone) {
  if (zone.name == "psys") return "platform";
  if (zone.name.starts_with("package")) return "cpu-" + zone.name;
  const std::string prefix = "package-";
  return "dram-" + (zone.parent.starts_with(prefix) ? zone.parent.substr(prefix.size()) : zone.id);
}

/// Largest sustained limit that firmware names, as the best hint at TDP; 0 if none is readable.
double limit_w(const Zone& zone) {
  const auto named = attribute_number(zone.path / "constraint_0_max_power_uw");
  if (named && *named > 0) return *named * 1e-6;
  return attribute_number(zone.path / "constraint_0_power_limit_uw").value_or(0) * 1e-6;
}

/// Idle power and a first guess from the load curve; a share of the machine's model for each of its sockets.
void add_expectations(const Zone& zone, const MachineFacts& facts, const PowerModelInputs& inputs, PartDescription& d) {
  const double sockets = facts.sockets;
  Interval idle, full;
  if (!inputs.load_curve.empty() && zone.name != "dram") {
    PowerModelInputs socket = inputs;
    const double limit = limit_w(zone);
    if (limit > 1 && limit < kMostPackage_w && zone.name != "psys")
      socket.tdp_w = {limit, limit, limit};
    else
      socket.tdp_w = {inputs.tdp_w.value / sockets, inputs.tdp_w.low / sockets, inputs.tdp_w.high / sockets};
    const double count = zone.name == "psys" ? sockets : 1;
    const Interval a = cpu_power(socket, 0), b = cpu_power(socket, 1);
    idle = {a.value * count, a.low * count, a.high * count};
    full = {b.value * count, b.low * count, b.high * count};
  }
  if (zone.name == "dram" || zone.name == "psys") {
    const double gb = facts.record.memory_gb / (zone.name == "dram" ? sockets : 1);
    for (Interval* i : {&idle, &full}) {
      i->value += inputs.ram_w_per_gb.value * gb;
      i->low += inputs.ram_w_per_gb.low * gb;
      i->high += inputs.ram_w_per_gb.high * gb;
    }
  }
  d.idle_w = idle;
  d.idle_basis = idle.value > 0 ? "modelled" : "unknown";
  if (full.high > 0) d.guess_w = {(idle.value + full.value) / 2, idle.low, std::min(full.high, d.most_w)};
}

PartDescription description_of(const Zone& zone, const MachineFacts& facts, const PowerModelInputs& inputs) {
  PartDescription d;
  const bool psys = zone.name == "psys", dram = zone.name == "dram";
  d.start = {part_of(zone),
             psys   ? "board"
             : dram ? "memory"
                    : "cpu",
             record::Basis::kCounter, "rapl-powercap " + zone.id};
  d.resolution_j = kResolution_j;
  d.update_s = kUpdate_s;
  d.range_j = attribute_number(zone.path / "max_energy_range_uj").value_or(0) * 1e-6;
  d.most_w = psys ? kMostPlatform_w * facts.sockets : dram ? kMostDram_w : kMostPackage_w;
  const bool amd = base::lower(facts.record.cpu).find("amd") != std::string::npos;
  d.tolerance = psys ? kPlatform : dram ? kDram : amd ? kAmdPackage : kIntelPackage;
  add_expectations(zone, facts, inputs, d);
  return d;
}

Missing denied(const Zone& zone, const Attribute& energy) {
  Missing m{"RAPL " + part_of(zone), energy.why(), ""};
  if (energy.why().find("ermission denied") != std::string::npos) {
    m.why += " (since kernel 5.10 only root may read RAPL)";
    m.remedy =
        "echo 'SUBSYSTEM==\"powercap\", ACTION==\"add\", RUN+=\"/bin/chmod a+r /sys%p/energy_uj\"' | sudo tee "
        "/etc/udev/rules.d/70-cradle-rapl.rules && sudo udevadm trigger --subsystem-match=powercap --action=add";
  }
  return m;
}

/// True if the two counters are one: b, read between two readings of a, lies between them.
bool mirrors(const Zone& a, const Zone& b) {
  const auto first = attribute_number(a.path / "energy_uj");
  const auto between = attribute_number(b.path / "energy_uj");
  const auto second = attribute_number(a.path / "energy_uj");
  const double step_uj = kResolution_j * 1e6;
  return first && between && second && *between >= *first - step_uj && *between <= *second + step_uj;
}

/// The package that a zone lies in, its die left out: "package-1-die-0" → "package-1".
std::string package_of(const Zone& zone) {
  const std::string& name = zone.name == "dram" ? zone.parent : zone.name;
  return name.substr(0, name.find("-die-"));
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

RaplCover discover_rapl(const fs::path& root, const MachineFacts& facts, const PowerModelInputs& inputs,
                        Discovery& found) {
  const fs::path folder = root / "sys/class/powercap";
  std::vector<Zone> zones = zones_under(folder);
  if (zones.empty()) found.missing.push_back(no_rapl(facts, folder));

  // Readable zones that matter, each name once (MMIO repeats what MSR shows), mirrored dies once.
  std::vector<Zone> readable;
  std::set<std::string> seen;
  std::map<std::string, Missing> closed;
  for (Zone& zone : zones) {
    const bool package = zone.name.starts_with("package");
    if (!package && zone.name != "dram" && zone.name != "psys") continue;  // core, uncore: inside the package
    if (seen.count(part_of(zone))) continue;
    Attribute energy(zone.path / "energy_uj");
    const auto uj = energy.number();
    if (!uj || *uj == 0) {
      Missing m = denied(zone, energy);
      if (uj) m.why = energy.path().string() + ": the counter stands at 0: it is not connected";
      closed.emplace(part_of(zone), m);
      continue;
    }
    const auto twin = std::find_if(readable.begin(), readable.end(), [&](const Zone& other) {
      return (zone.name == "dram") == (other.name == "dram") && package_of(zone) == package_of(other) &&
             mirrors(other, zone);
    });
    seen.insert(part_of(zone));
    if (twin != readable.end()) {
      found.missing.push_back({"RAPL " + part_of(zone),
                               fmt::format("repeats the counter of {}, which is counted once", part_of(*twin)), "",
                               true});
      continue;
    }
    readable.push_back(zone);
  }
  for (const auto& [part, why] : closed)
    if (!seen.count(part)) found.missing.push_back(why);

  const bool platform = std::any_of(readable.begin(), readable.end(), [](const Zone& z) { return z.name == "psys"; });
  std::set<std::string> packages, drams;
  for (const Zone& zone : readable) {
    if (platform && zone.name != "psys") {
      found.missing.push_back(
          {"RAPL " + part_of(zone), "contained in platform (psys), not counted beside it", "", true});
      continue;
    }
    if (zone.name != "psys") (zone.name == "dram" ? drams : packages).insert(package_of(zone));
    found.sensors.push_back(
        std::make_unique<RaplZone>(Attribute(zone.path / "energy_uj"), description_of(zone, facts, inputs)));
  }
  return {platform, static_cast<int>(packages.size()), static_cast<int>(drams.size())};
}

}  // namespace cradle::sensor
