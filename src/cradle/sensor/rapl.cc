// Chooses between the two ways to read RAPL, and has one check the other.
#include "cradle/sensor/rapl.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "cradle/base/text.h"
#include "cradle/sensor/attribute.h"
#include "cradle/sensor/rapl_perf.h"
#include "cradle/sensor/rapl_powercap.h"

namespace cradle::sensor {
namespace {

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

// The two ways read one register within microseconds of each other: beyond this share, and the energy that passes
// between two steps, one of them is wrong.
constexpr double kAgree = 0.02;
constexpr int kReadingsPerCheck = 8;  // the check costs a second read: an eighth of the readings pay it
constexpr double kLeastToCompare_j = 1;

/// AMD's processors, and Hygon's, which are of the same design: their dies repeat the counter of the socket.
bool is_amd(const MachineFacts& facts) {
  const std::string cpu = base::lower(facts.record.cpu);
  return cpu.find("amd") != std::string::npos || cpu.find("hygon") != std::string::npos;
}

/// One part with one or both ways to read it.
struct Domain {
  std::string part, package;
  bool psys = false, dram = false;
  std::optional<PerfDomain> perf;
  std::optional<PowercapZone> zone;
  double limit_w = 0;
};

class RaplCounter : public Sensor {
 public:
  RaplCounter(Domain domain, PartDescription part) : perf_(std::move(domain.perf)), part_(std::move(part)) {
    if (!domain.zone) return;
    zone_range_j_ = attribute_number(domain.zone->path / "max_energy_range_uj").value_or(0) * 1e-6;
    zone_.emplace(domain.zone->path / "energy_uj");
  }
  PartDescription describe() const override { return part_; }

  Reading read(const Usage&) override {
    if (!perf_) return read_zone();
    std::string why;
    const auto j = read_perf(*perf_, why);
    if (!j) return {false, why, 0, {}};
    Reading reading{true, "", *j, {}};
    if (zone_ && readings_++ % kReadingsPerCheck == 0) compare(*j, reading);
    return reading;
  }

 private:
  Reading read_zone() {
    const auto uj = zone_->number();
    if (!uj) return {false, zone_->why(), 0, {}};
    return {true, "", static_cast<double>(*uj) * 1e-6, {}};
  }

  void compare(double perf_j, Reading& reading) {
    const Reading other = read_zone();
    if (!other.ok) return;
    double by_zone = other.counter_j - zone_j_;
    const bool went_back = by_zone < 0;
    if (went_back) by_zone += zone_range_j_;
    const double by_perf = perf_j - perf_j_;
    if (compared_ && by_perf < kLeastToCompare_j && by_zone < kLeastToCompare_j) return;
    const double slack = kAgree * std::max(by_perf, by_zone) + part_.resolution_j;
    // Beyond a wrap of the zone nothing can be compared, nor across one whose range is not known.
    const bool comparable = compared_ && (zone_range_j_ > 0 ? by_perf < zone_range_j_ / 2 : !went_back);
    if (comparable && std::abs(by_zone - by_perf) > slack)
      reading.note = fmt::format("perf counted {} where powercap counted {}", base::format_joules(by_perf),
                                 base::format_joules(by_zone));
    compared_ = true;
    perf_j_ = perf_j;
    zone_j_ = other.counter_j;
  }

  std::optional<PerfDomain> perf_;
  std::optional<Attribute> zone_;
  PartDescription part_;
  double zone_range_j_ = 0;
  unsigned readings_ = 0;
  bool compared_ = false;
  double perf_j_ = 0, zone_j_ = 0;
};

/// Largest sustained limit that firmware names, as the best hint at TDP; 0 if none is readable.
double limit_w(const PowercapZone& zone) {
  const auto named = attribute_number(zone.path / "constraint_0_max_power_uw");
  if (named && *named > 0) return *named * 1e-6;
  return attribute_number(zone.path / "constraint_0_power_limit_uw").value_or(0) * 1e-6;
}

/// Idle power and a first guess from the load curve; a share of the machine's model for each of its sockets.
void add_expectations(const Domain& domain, const MachineFacts& facts, const PowerModelInputs& inputs,
                      PartDescription& d) {
  const double sockets = facts.sockets;
  Interval idle, full;
  if (!inputs.load_curve.empty() && !domain.dram) {
    PowerModelInputs socket = inputs;
    const double limit = domain.limit_w;
    if (limit > 1 && limit < kMostPackage_w && !domain.psys)
      socket.tdp_w = {limit, limit, limit};
    else
      socket.tdp_w = {inputs.tdp_w.value / sockets, inputs.tdp_w.low / sockets, inputs.tdp_w.high / sockets};
    const double count = domain.psys ? sockets : 1;
    const Interval a = cpu_power(socket, 0), b = cpu_power(socket, 1);
    idle = {a.value * count, a.low * count, a.high * count};
    full = {b.value * count, b.low * count, b.high * count};
  }
  if (domain.dram || domain.psys) {
    const double gb = facts.record.memory_gb / (domain.dram ? sockets : 1);
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

PartDescription description_of(const Domain& domain, const MachineFacts& facts, const PowerModelInputs& inputs) {
  PartDescription d;
  d.start = {domain.part,
             domain.psys   ? "board"
             : domain.dram ? "memory"
                           : "cpu",
             record::Basis::kCounter,
             domain.perf ? "rapl-perf energy-" + domain.perf->domain : "rapl-powercap " + domain.zone->id};
  d.resolution_j = domain.perf ? domain.perf->joules_per_count : kResolution_j;
  d.resolution_j = std::max(d.resolution_j, kResolution_j);
  d.update_s = kUpdate_s;
  // The kernel's own timer adds perf's counts up in 64 bits: they do not wrap.
  if (!domain.perf) d.range_j = attribute_number(domain.zone->path / "max_energy_range_uj").value_or(0) * 1e-6;
  d.most_w = domain.psys ? kMostPlatform_w * facts.sockets : domain.dram ? kMostDram_w : kMostPackage_w;
  d.tolerance = domain.psys ? kPlatform : domain.dram ? kDram : is_amd(facts) ? kAmdPackage : kIntelPackage;
  if (domain.psys) d.contains = {"cpu", "memory"};
  add_expectations(domain, facts, inputs, d);
  return d;
}

std::string part_of(const PerfDomain& perf) {
  if (perf.domain == "psys") return "platform";
  const std::string die = perf.die < 0 ? "" : fmt::format("-die-{}", perf.die);
  return fmt::format("{}{}{}", perf.domain == "ram" ? "dram-" : "cpu-package-", perf.socket, die);
}

/// Each part once, with all the ways to read it; packages before what lies in them, the platform last.
std::vector<Domain> domains_of(const std::vector<PowercapZone>& zones, std::vector<PerfDomain> perf) {
  std::vector<Domain> domains;
  for (const PowercapZone& zone : zones)
    domains.push_back({zone.part(), zone.package(), zone.name == "psys", zone.name == "dram", {}, zone, limit_w(zone)});
  for (PerfDomain& p : perf) {
    const std::string part = part_of(p);
    const auto at = std::find_if(domains.begin(), domains.end(), [&](const Domain& d) { return d.part == part; });
    if (at != domains.end())
      at->perf = std::move(p);
    else
      domains.push_back({part, fmt::format("package-{}", p.socket), p.domain == "psys", p.domain == "ram", p, {}, 0});
  }
  std::stable_partition(domains.begin(), domains.end(), [](const Domain& d) { return !d.psys; });
  return domains;
}

}  // namespace

RaplCover discover_rapl(const Site& site, const MachineFacts& facts, const PowerModelInputs& inputs, Discovery& found) {
  std::vector<Missing> missing;
  const std::vector<PowercapZone> zones = powercap_zones(site.root, facts, missing);
  std::string why;
  std::vector<PerfDomain> perf = perf_domains(site, !is_amd(facts), why);
  // Where powercap shows dies it also shows which of them mirror each other; perf does not.
  if (std::any_of(zones.begin(), zones.end(),
                  [](const PowercapZone& z) { return z.part().find("-die-") != std::string::npos; }))
    perf.clear();
  for (const std::string& domain : drop_dead(perf))
    missing.push_back({"RAPL by perf energy-" + domain, "the counter stands at 0: it is not connected", ""});
  RaplCover cover;
  std::set<std::string> packages, drams, parts;
  for (Domain& domain : domains_of(zones, std::move(perf))) {
    parts.insert(domain.part);
    if (domain.psys)
      cover.platform = true;
    else
      (domain.dram ? drams : packages).insert(domain.package);
    PartDescription part = description_of(domain, facts, inputs);
    if (domain.psys && !packages.empty()) part.start.part = "platform-rest";
    found.sensors.push_back(std::make_unique<RaplCounter>(std::move(domain), std::move(part)));
  }
  for (Missing& m : missing)  // what perf reads, powercap need not
    if (m.name == "RAPL" ? parts.empty() : !parts.count(m.name.substr(5))) found.missing.push_back(std::move(m));
  if (!why.empty() && parts.empty())
    found.missing.push_back({"RAPL by perf events", why, "sudo setcap cap_perfmon=ep \"$(command -v cradle)\""});
  cover.packages = static_cast<int>(packages.size());
  cover.drams = static_cast<int>(drams.size());
  return cover;
}

}  // namespace cradle::sensor
