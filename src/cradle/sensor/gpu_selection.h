// Which GPUs a CUDA program sees, from CUDA_VISIBLE_DEVICES.
#pragma once

#include <string>
#include <string_view>
#include <vector>

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

/// The devices that CUDA would show for `visible`: a list of numbers, of unique beginnings of GPU UUIDs, or of MIG
/// UUIDs, by its first entry. All that follow the first entry that names nothing of this kind are hidden (CUDA C++
/// Programming Guide, "CUDA Environment Variables"); a number ends at its last digit ("1gpu" is 1) and a device that is
/// named twice hides all (not documented: what PyTorch's torch.cuda was written to repeat).
std::vector<Selected> select_gpus(std::string_view visible, const std::vector<GpuName>& gpus);

/// True if `visible` names GPUs by numbers.
bool selects_by_number(std::string_view visible);

}  // namespace cradle::sensor
