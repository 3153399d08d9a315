// Power and energy channels of the kernel's hardware monitoring: Grace, Intel GPUs, Jetson rails, ACPI board meters.
#pragma once

#include "cradle/sensor/sensor.h"
#include "cradle/sensor/site.h"

namespace cradle::sensor {

/// What hardware monitoring covers of the machine.
struct HwmonCover {
  bool board = false;       ///< an ACPI meter or a Jetson's input rail: everything
  bool processors = false;  ///< Grace sockets or a Jetson's rails: processors and memory
};

/// Appends the channels that cradle understands, by the name of their driver; other devices (disks, fans, voltage
/// regulators) are left alone.
HwmonCover discover_hwmon(const Site& site, Discovery& found);

/// How many parts of a kind are found already: the number of the next ("gpu-2").
int next_number(const Discovery& found, std::string_view kind);

}  // namespace cradle::sensor
