// What a laptop's battery gives while it discharges: the whole machine, screen included.
#pragma once

#include "cradle/sensor/sensor.h"
#include "cradle/sensor/site.h"

namespace cradle::sensor {

/// Appends part "battery" (power now, of all batteries together), which contains every other part; nothing while the
/// machine runs from the mains, and then `found.missing` says so. A battery that begins to charge in mid-run is a gap
/// with its reason.
void discover_battery(const Site& site, Discovery& found);

}  // namespace cradle::sensor
