// Finds what can be read on this machine, and models what cannot, so that every part is counted once.
#pragma once

#include "cradle/sensor/machine.h"
#include "cradle/sensor/power_model.h"
#include "cradle/sensor/sensor.h"
#include "cradle/sensor/site.h"

namespace cradle::sensor {

/// Sensors whose parts partition the machine: counters where they can be read, models for the rest. Of several meters
/// that contain the whole machine the best is read, last, and counts what remains of it. What is closed, hidden, or
/// counted elsewhere stands in `missing` with its reason and remedy. With empty inputs nothing is modelled and that is
/// a missing source too. Costs a few milliseconds; NVIDIA's library, where there is one, tens. Throws Error if a
/// wattmeter that the user named cannot be opened.
Discovery discover(const Site& site, const MachineFacts& facts, const PowerModelInputs& inputs);

}  // namespace cradle::sensor
