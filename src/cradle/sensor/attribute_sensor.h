// Sensors that are one number in one small file: a counter of joules, or watts now.
#pragma once

#include <filesystem>
#include <memory>

#include "cradle/sensor/sensor.h"

namespace cradle::sensor {

/// Basis counter: the file's whole number times `joules_per_unit` (1e-6 for energy_uj).
std::unique_ptr<Sensor> counter_in_file(const std::filesystem::path& path, double joules_per_unit,
                                        PartDescription part);

/// Basis integrated: the file's whole number times `watts_per_unit`.
std::unique_ptr<Sensor> power_in_file(const std::filesystem::path& path, double watts_per_unit, PartDescription part);

/// Basis integrated: the product of two files (volts and amperes) times `watts_per_unit`.
std::unique_ptr<Sensor> power_in_two_files(const std::filesystem::path& volts, const std::filesystem::path& amperes,
                                           double watts_per_unit, PartDescription part);

}  // namespace cradle::sensor
