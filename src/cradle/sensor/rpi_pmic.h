// The Raspberry Pi 5's power management chip, which measures current and voltage of each of its rails.
#pragma once

#include "cradle/sensor/sensor.h"
#include "cradle/sensor/site.h"

namespace cradle::sensor {

/// Appends part "soc" (the board's supply, from the sum of the rails) if the firmware answers; returns whether.
bool discover_rpi_pmic(const Site& site, Discovery& found);

/// The sum over rails of current times voltage in the answer to "pmic_read_adc"; nullopt and the reason if no rail has
/// both ("EXT5V_V" has a voltage alone).
std::optional<double> pmic_watts(std::string_view answer, std::string& why);

/// Asks the firmware a vcgencmd command through /dev/vcio; empty where there is no such device, and an answer of ""
/// with the reason where it cannot be opened.
Ask rpi_firmware(const std::filesystem::path& device);

}  // namespace cradle::sensor
