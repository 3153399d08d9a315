// NVIDIA GPUs: their energy counter where it exists, else their power over time, and whose work they did.
#pragma once

#include "cradle/sensor/sensor.h"
#include "cradle/sensor/site.h"

namespace cradle::sensor {

/// Appends a part per GPU and slice that the run sees; GPUs that are lost or unreadable go to `found.missing`. Those
/// that CUDA_VISIBLE_DEVICES hides go to `hidden`, each as a sensor whose work is none of the command's (to be read
/// where a meter of the whole machine is, so that they are not in what remains of it) and as a missing source (where
/// not). The counter is tried, not guessed from the model. Without one, power is integrated, with an interval that
/// grows by what its sensor does not see. Cost of one reading: one call for the counter, and two more for whose work it
/// was.
void discover_nvml(const Site& site, Discovery& found, Discovery& hidden);

}  // namespace cradle::sensor
