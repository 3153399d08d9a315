// RAPL energy counters as Linux shows them under /sys/class/powercap (Intel, and AMD since kernel 5.8).
#pragma once

#include <filesystem>

#include "cradle/sensor/machine.h"
#include "cradle/sensor/power_model.h"
#include "cradle/sensor/sensor.h"

namespace cradle::sensor {

/// What RAPL covers of the machine, so that models fill in for the rest.
struct RaplCover {
  bool platform = false;  ///< psys: everything
  int packages = 0;       ///< sockets whose package is read
  int drams = 0;          ///< sockets whose memory is read
};

/// Appends the readable zones to `found.sensors` and the others, with reason and remedy, to `found.missing`.
/// psys stands alone: it contains packages and memory. Else packages and their dram zones (dram is no part of the
/// package); core and uncore are inside the package and never counted; the MMIO interface repeats zones by name; dies
/// of one package whose counters are one and the same are counted once.
RaplCover discover_rapl(const std::filesystem::path& root, const MachineFacts& facts, const PowerModelInputs& inputs,
                        Discovery& found);

}  // namespace cradle::sensor
