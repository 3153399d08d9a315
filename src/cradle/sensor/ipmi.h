// The power that a server's management controller (BMC) measures at its supplies, by IPMI's DCMI extension.
#pragma once

#include "cradle/sensor/sensor.h"
#include "cradle/sensor/site.h"

namespace cradle::sensor {

/// Appends part "node-rest" (whole server: it contains every other part) if the controller answers; returns whether.
bool discover_ipmi(const Site& site, Discovery& found);

/// Watts in the answer to "Get Power Reading" (completion code first); nullopt and the reason if it holds none.
std::optional<double> dcmi_watts(std::string_view answer, std::string& why);

/// Asks /dev/ipmi0: netfn, command and data in, completion code and data out. Waits for at most 0.1 s.
Ask ipmi_device(const std::filesystem::path& device);

}  // namespace cradle::sensor
