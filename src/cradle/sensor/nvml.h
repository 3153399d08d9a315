// NVIDIA GPUs: their energy counter where it exists, else their power over time, and whose work they did.
#pragma once

#include <future>

#include "cradle/sensor/sensor.h"
#include "cradle/sensor/site.h"

namespace cradle::sensor {

/// What NVML names.
struct NvidiaGpus {
  Discovery found;  ///< a part per GPU and slice that the run sees; those that are lost or unreadable are `missing`
  /// GPUs that CUDA_VISIBLE_DEVICES hides, each as a sensor whose work is none of the command's (to be read where a
  /// meter of the whole machine is, so that they are not in what remains of it) and as a missing source (where not).
  Discovery hidden;
};

/// Starts to look for NVIDIA GPUs, in a thread if their library is there: the driver takes tens of milliseconds to
/// answer, in which others can be asked. `site` must live as long as the answer is awaited. The counter is tried, not
/// guessed from the model. Without one, power is integrated, with an interval that grows by what its sensor does not
/// see. Cost of one reading: one call for the counter, and two more for whose work it was.
std::future<NvidiaGpus> look_for_nvidia(const Site& site);

}  // namespace cradle::sensor
