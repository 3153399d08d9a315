// The power of disks by their capacity and of the network adapter by its traffic. Always basis "modelled".
#pragma once

#include <filesystem>
#include <memory>

#include "cradle/sensor/power_model.h"
#include "cradle/sensor/sensor.h"

namespace cradle::sensor {

/// Terabytes (10^12 bytes) of the disks that the kernel shows, by kind; partitions, memory disks and mappings left out.
struct DiskCapacity {
  double ssd_tb = 0, hdd_tb = 0;
};
DiskCapacity disk_capacity(const std::filesystem::path& root);

/// Part "disk": W/TB × TB at any traffic (a drive's rotation or flash refresh and its controller dominate). nullptr
/// without a disk or a figure.
std::unique_ptr<Sensor> disk_model(const std::filesystem::path& root, const PowerModelInputs& inputs);

/// Part "network": J/GB × bytes in and out of the adapters (loopback and virtual interfaces left out); what leaves the
/// machine costs more elsewhere, and that is for a study. nullptr without an adapter or a figure.
std::unique_ptr<Sensor> network_model(const std::filesystem::path& root, const PowerModelInputs& inputs);

/// Bytes in and out of interfaces that have hardware behind them, from the text of /proc/net/dev.
double adapter_bytes(std::string_view net_dev, const std::filesystem::path& root);

}  // namespace cradle::sensor
