// NVIDIA GPUs: their energy counter where it exists, else their power over time, and whose work they did.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cradle/sensor/sensor.h"
#include "cradle/sensor/site.h"

namespace cradle::sensor {

/// One GPU of the machine, as selection sees it.
struct GpuName {
  std::string uuid;                    ///< "GPU-4e81…"
  std::vector<std::string> mig_uuids;  ///< "MIG-…", of its slices
};

/// What CUDA_VISIBLE_DEVICES selects: per GPU the slices (indices into mig_uuids), or the whole GPU.
struct Selected {
  int gpu = 0;
  std::vector<int> slices;  ///< empty: the whole GPU
};

/// The devices that CUDA would show for `visible`: numbers, unique beginnings of GPU UUIDs, MIG UUIDs; all that follow
/// the first entry that names nothing are hidden (CUDA C++ Programming Guide, "CUDA Environment Variables").
std::vector<Selected> select_gpus(std::string_view visible, const std::vector<GpuName>& gpus);

/// Appends a part per selected GPU and slice; GPUs that are not selected, lost or unreadable go to `found.missing`.
/// The counter is tried, not guessed from the model. Without one, power is integrated, with an interval that grows by
/// what its sensor does not see. Cost of one reading: one call for the counter, and two more for whose work it was.
void discover_nvml(const Site& site, Discovery& found);

}  // namespace cradle::sensor
