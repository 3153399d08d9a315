// Energy counters of HPE Cray nodes, as their firmware shows them under /sys/cray/pm_counters.
#pragma once

#include "cradle/sensor/sensor.h"
#include "cradle/sensor/site.h"

namespace cradle::sensor {

/// Appends accelerators, processor and memory as parts of their own where `others` reads none of that kind (whose
/// sensors know more: processes, single sockets), and the node, which contains them and counts what remains. Each file
/// holds "<joules> J <time> us", renewed ten times a second. Returns whether the node is read.
bool discover_pm_counters(const Site& site, const Discovery& others, Discovery& found);

}  // namespace cradle::sensor
