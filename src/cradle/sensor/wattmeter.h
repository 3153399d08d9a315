// An external wattmeter: whatever writes watts into a file, a FIFO, a device or a Unix socket.
#pragma once

#include "cradle/sensor/sensor.h"
#include "cradle/sensor/site.h"

namespace cradle::sensor {

/// Appends the meter at site.wattmeter as part "wall", which contains every other part. One reading per line, as
/// watts_on() finds it. All lines since the reading before are averaged. A file may grow, be rewritten or be replaced;
/// of what it holds before the run only a last line of the last 10 s counts. A meter that says nothing for 10 s is a
/// gap. Throws Error if it cannot be opened: the user asked for it. Cost of a reading: two to five system calls.
void discover_wattmeter(const Site& site, Discovery& found);

/// Watts on one line: the last number with the unit W, kW, mW or MW behind it ("231.4 W, 229.8 V"), else the last
/// number without letters attached or another unit behind it ("2026-11-23T10:00:00 231.4"). nullopt if there is none or
/// it is negative.
std::optional<double> watts_on(std::string_view line);

}  // namespace cradle::sensor
