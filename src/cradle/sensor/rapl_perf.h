// RAPL energy counters as performance events of the kernel: 64 bits that never wrap, for CAP_PERFMON instead of root.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "cradle/sensor/sensor.h"
#include "cradle/sensor/site.h"

namespace cradle::sensor {

/// One RAPL domain of one socket, opened.
struct PerfDomain {
  std::string domain;  ///< "pkg", "ram", "psys"
  int socket = 0;      ///< physical package id of the CPU that it is read on
  int die = -1;        ///< −1: the socket has one counter
  double joules_per_count = 0;
  std::shared_ptr<const int> descriptor;  ///< closed with the last copy
};

/// Every domain that can be opened; why the others cannot stands in `why` ("" if there is no such unit at all). Where
/// the kernel names several CPUs of one socket, its dies: with `by_die` each counts (Intel), without they are taken for
/// mirrors of one counter (AMD, whose dies repeat that of the socket).
std::vector<PerfDomain> perf_domains(const Site& site, bool by_die, std::string& why);

/// Joules since the event was opened; nullopt and the reason if it cannot be read. Cost: one system call.
std::optional<double> read_perf(const PerfDomain& domain, std::string& why);

/// Takes out the domains whose counter does not move in the 5 ms after it was opened, and names them ("psys"). The
/// kernel offers the platform's counter unasked on processors whose board, or whose host, does not feed it (seen in a
/// KVM guest on a Xeon of 2023): it stands at 0 for ever. What cannot be read stays. Cost: about 1 ms, 5 ms with a dead
/// one.
std::set<std::string> drop_dead(std::vector<PerfDomain>& domains);

}  // namespace cradle::sensor
