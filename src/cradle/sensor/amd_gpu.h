// AMD GPUs by the amdgpu driver: the energy accumulator of its metrics table, or the board's power over time.
#pragma once

#include "cradle/sensor/sensor.h"
#include "cradle/sensor/site.h"

namespace cradle::sensor {

/// Appends a part per discrete GPU. One inside a processor (APU) is in the package's counter already; the second die of
/// an MI250 reports zero, since its sibling reports both: both are named, not counted. Users of a GPU are the processes
/// that have memory or a queue on it, as ROCm's kernel driver names them.
void discover_amd_gpus(const Site& site, Discovery& found);

/// Joules in the accumulator of a gpu_metrics table; nullopt if this version has none whose unit is documented.
std::optional<double> accumulated_joules(std::string_view gpu_metrics);

}  // namespace cradle::sensor
