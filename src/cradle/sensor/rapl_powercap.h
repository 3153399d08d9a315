// RAPL energy counters as Linux shows them under /sys/class/powercap (Intel, and AMD since kernel 5.8).
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "cradle/sensor/machine.h"
#include "cradle/sensor/sensor.h"

namespace cradle::sensor {

/// One zone of powercap that can be read: a package, a die, its memory, or the platform.
struct PowercapZone {
  std::filesystem::path path;
  std::string id;      ///< "intel-rapl:0:2"
  std::string name;    ///< "dram"
  std::string parent;  ///< name of the package it belongs to: "package-0"

  std::string part() const;     ///< "cpu-package-0", "dram-0", "platform"
  std::string package() const;  ///< the package it lies in, its die left out: "package-1-die-0" gives "package-1"
};

/// The readable zones that count, in order of their numbers; core and uncore are inside the package and never among
/// them, the MMIO interface repeats zones by name, and dies of one package whose counters are one and the same stand
/// once. What is closed, repeated or absent goes to `missing` with reason and remedy.
std::vector<PowercapZone> powercap_zones(const std::filesystem::path& root, const MachineFacts& facts,
                                         std::vector<Missing>& missing);

}  // namespace cradle::sensor
