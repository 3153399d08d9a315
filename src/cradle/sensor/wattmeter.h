// An external wattmeter: whatever writes watts into a file, a FIFO, a device or a Unix socket.
#pragma once

#include "cradle/sensor/sensor.h"
#include "cradle/sensor/site.h"

namespace cradle::sensor {

/// Appends the meter at site.wattmeter as part "wall", which contains every other part. One reading per line: the last
/// number on it, in watts, or with the unit W, kW or mW behind it ("2026-11-23T10:00:00 231.4 W"). All lines since the
/// reading before are averaged. A meter that says nothing for 10 s is a gap. Throws Error if it cannot be opened: the
/// user asked for it.
void discover_wattmeter(const Site& site, Discovery& found);

/// Watts on one line; nullopt if there is no number.
std::optional<double> watts_on(std::string_view line);

}  // namespace cradle::sensor
