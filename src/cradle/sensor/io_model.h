// The power of disks by their capacity and of the network adapter by its traffic. Always basis "modelled".
#pragma once

#include <filesystem>
#include <memory>

#include "cradle/sensor/power_model.h"
#include "cradle/sensor/sensor.h"
#include "cradle/sensor/site.h"

namespace cradle::sensor {

/// Terabytes (10^12 bytes) of the drives that the kernel shows, by kind; what has no hardware of its own (loops, memory
/// disks, mappings, arrays, network disks) is left out, and a drive with several paths counts once.
struct DiskCapacity {
  double ssd_tb = 0, hdd_tb = 0;
};
DiskCapacity disk_capacity(const std::filesystem::path& root);

/// Part "disk": W/TB × TB at any traffic (a drive's rotation or flash refresh and its controller dominate). nullptr
/// without a disk or a figure.
std::unique_ptr<Sensor> disk_model(const std::filesystem::path& root, const PowerModelInputs& inputs);

/// Part "network": J/GB × bytes in and out of the adapters that are there now (loopback and virtual interfaces left
/// out); what leaves the machine costs more elsewhere, and that is for a study. nullptr without an adapter or a figure.
/// Cost of a reading: two system calls per adapter.
std::unique_ptr<Sensor> network_model(const Site& site, const PowerModelInputs& inputs);

}  // namespace cradle::sensor
