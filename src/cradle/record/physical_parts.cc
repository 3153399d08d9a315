// Readings of one part take their turns: the one that covers most first, others where it leaves time free.
#include "cradle/record/physical_parts.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

namespace cradle::record {
namespace {

/// One record's reading of one part.
struct Reading {
  Rank* rank = nullptr;
  const PartEnergy* part = nullptr;
  double covered_s() const { return part->coverage * rank->run->duration_s; }
};

/// What a part may hold of others: a meter of the whole computer all, a platform counter (psys) packages and memory.
enum class Holds { kAll, kCpuAndMemory, kNothing };

Holds holds_of(const PartEnergy& part) {
  if (part.kind != "board") return Holds::kNothing;
  return part.part.starts_with("platform") ? Holds::kCpuAndMemory : Holds::kAll;
}

bool can_hold(Holds outer, const PartEnergy& part) {
  if (outer == Holds::kAll) return holds_of(part) != Holds::kAll;
  return outer == Holds::kCpuAndMemory && (part.kind == "cpu" || part.kind == "memory");
}

/// The UUID of a MIG slice or of a GPU, if a sensor's name has one.
std::string uuid_in(const std::string& sensor) {
  for (const char* beginning : {"MIG-", "GPU-"})
    if (const std::size_t at = sensor.find(beginning); at != std::string::npos)
      return sensor.substr(at, sensor.find_first_of(" ,;)", at) - at);
  return "";
}

/// What is one physical part: a UUID wherever it is seen; else a name within a host. Meters of the whole computer are
/// one, whatever reads them; "platform" and "platform-rest" are one counter, alone and beside what lies in it.
std::string identity_of_part(const Reading& r) {
  const Holds holds = holds_of(*r.part);
  if (holds != Holds::kNothing) return fmt::format("{} {}", r.rank->host, holds == Holds::kAll ? "whole" : "platform");
  const std::string uuid = uuid_in(r.part->sensor);
  return uuid.empty() ? fmt::format("{} {} {}", r.rank->host, r.part->kind, r.part->part) : r.part->kind + " " + uuid;
}

/// Time for which a record's counter stands, with all that this record does not measure by itself.
struct Hold {
  const Rank* rank = nullptr;
  Holds holds = Holds::kNothing;
  std::vector<Stretch> stretches;
};

using Identities = std::map<const Rank*, std::set<std::string>>;

/// Time in which the part's joules are in a counter that is counted already, of any host on which the part was seen.
Claimed held(const std::string& identity, const std::vector<Reading>& readings, const std::vector<Hold>& holds,
             const Identities& identities) {
  Claimed claimed;
  for (const Hold& hold : holds) {
    const bool here = std::any_of(readings.begin(), readings.end(),
                                  [&](const Reading& r) { return r.rank->host == hold.rank->host; });
    if (here && can_hold(hold.holds, *readings[0].part) && !identities.at(hold.rank).contains(identity))
      for (const Stretch& s : hold.stretches) claimed.claim(s);
  }
  return claimed;
}

double length_of(const std::vector<Stretch>& pieces) {
  double sum = 0;
  for (const Stretch& s : pieces) sum += s.to - s.from;
  return sum;
}

PhysicalPart one_part(std::vector<Reading> readings, Claimed claimed, std::vector<Hold>& holds) {
  std::sort(readings.begin(), readings.end(), [](const Reading& a, const Reading& b) {
    if (a.covered_s() != b.covered_s()) return a.covered_s() > b.covered_s();
    if (a.rank->run->duration_s != b.rank->run->duration_s) return a.rank->run->duration_s > b.rank->run->duration_s;
    return a.rank->run->id < b.rank->run->id;
  });
  PhysicalPart part{*readings[0].part, 0, {}};
  part.merged.j = {};
  for (const Reading& r : readings) {
    const Stretch wall = r.rank->wall;
    std::vector<Stretch> free = claimed.free_of(wall);
    const double share = wall.to > wall.from ? length_of(free) / (wall.to - wall.from) : (free.empty() ? 0 : 1);
    claimed.claim(wall);
    part.merged.j.value += share * r.part->j.value;
    part.merged.j.low += share * r.part->j.low;
    part.merged.j.high += share * r.part->j.high;
    part.covered_s += share * r.covered_s();
    part.measured_by.push_back(r.part);
    r.rank->counted_j += share * r.part->j.value;
    // What was partly modelled is not called counted: the weaker basis stands.
    if (share > 0) part.merged.basis = std::max(part.merged.basis, r.part->basis);
    if (const Holds outer = holds_of(*r.part); outer != Holds::kNothing)
      holds.push_back({r.rank, outer, std::move(free)});
  }
  return part;
}

/// Names with their node where there are several, and none twice.
void name_parts(std::vector<PhysicalPart>& parts, const std::vector<std::size_t>& hosts, bool several_hosts) {
  std::set<std::string> taken;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    std::string& name = parts[i].merged.part;
    if (several_hosts) name = fmt::format("node-{}/{}", hosts[i], name);
    const std::string first = name;
    for (int n = 2; !taken.insert(name).second; ++n) name = fmt::format("{}-{}", first, n);
  }
}

}  // namespace

std::vector<Stretch> Claimed::free_of(Stretch stretch) const {
  std::vector<Stretch> free;
  double from = stretch.from;
  for (const Stretch& s : stretches_) {
    if (s.to < from || s.from > stretch.to) continue;
    if (s.from > from) free.push_back({from, s.from});
    from = std::max(from, s.to);
    if (from >= stretch.to) return free;
  }
  free.push_back({from, stretch.to});
  return free;
}

void Claimed::claim(Stretch stretch) {
  std::erase_if(stretches_, [&](const Stretch& s) {
    if (s.to < stretch.from || s.from > stretch.to) return false;
    stretch = {std::min(s.from, stretch.from), std::max(s.to, stretch.to)};
    return true;
  });
  stretches_.insert(
      std::find_if(stretches_.begin(), stretches_.end(), [&](const Stretch& s) { return s.from > stretch.from; }),
      stretch);
}

double Claimed::length() const { return length_of(stretches_); }

std::vector<PhysicalPart> physical_parts(std::vector<Rank>& ranks) {
  std::map<std::string, std::vector<Reading>> readings_of;
  std::vector<std::string> order;  // of first appearance, so that a record reads as its ranks do
  Identities identities;
  bool several_hosts = false;
  for (Rank& rank : ranks) {
    several_hosts = several_hosts || rank.host != ranks[0].host;
    std::set<std::string>& own = identities[&rank];
    for (const PartEnergy& part : rank.run->parts) {
      const Reading reading{&rank, &part};
      std::string identity = identity_of_part(reading);
      // Two parts of one record are two, whatever their sensors are called.
      while (!own.insert(identity).second) identity += " " + part.part;
      std::vector<Reading>& readings = readings_of[identity];
      if (readings.empty()) order.push_back(identity);
      readings.push_back(reading);
    }
  }
  // Counters that hold others come first: what they hold depends on for which time they stand.
  std::map<std::string, PhysicalPart> part_of;
  std::vector<Hold> holds;
  for (const Holds outer : {Holds::kAll, Holds::kCpuAndMemory, Holds::kNothing})
    for (const std::string& identity : order) {
      const std::vector<Reading>& readings = readings_of[identity];
      if (holds_of(*readings[0].part) != outer) continue;
      part_of[identity] = one_part(readings, held(identity, readings, holds, identities), holds);
    }
  std::vector<PhysicalPart> parts;
  std::vector<std::size_t> hosts;
  for (const std::string& identity : order) {
    parts.push_back(std::move(part_of[identity]));
    hosts.push_back(readings_of[identity][0].rank->host);
  }
  name_parts(parts, hosts, several_hosts);
  return parts;
}

}  // namespace cradle::record
