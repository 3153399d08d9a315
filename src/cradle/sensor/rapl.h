// RAPL, the energy counters inside the processor, by whichever way this user may read them.
#pragma once

#include "cradle/sensor/machine.h"
#include "cradle/sensor/power_model.h"
#include "cradle/sensor/sensor.h"
#include "cradle/sensor/site.h"

namespace cradle::sensor {

/// What RAPL covers of the machine, so that models fill in for the rest.
struct RaplCover {
  bool platform = false;  ///< psys: packages, memory and what else lies on the board
  int packages = 0;       ///< sockets whose package is read
  int drams = 0;          ///< sockets whose memory is read
};

/// Appends one sensor per part to `found.sensors` (packages, their memory, which is no part of the package, and last
/// the platform, which contains both and counts what remains), and what cannot be read to `found.missing`. A part is
/// read by perf events where they are permitted (64 bits, no wrap), else by powercap; where both can be read, every
/// eighth reading compares them and a difference is noted.
RaplCover discover_rapl(const Site& site, const MachineFacts& facts, const PowerModelInputs& inputs, Discovery& found);

}  // namespace cradle::sensor
