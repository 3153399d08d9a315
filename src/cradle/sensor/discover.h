// Finds what can be read on this machine, and models what cannot, so that every part is counted once.
#pragma once

#include <filesystem>

#include "cradle/sensor/machine.h"
#include "cradle/sensor/power_model.h"
#include "cradle/sensor/sensor.h"

namespace cradle::sensor {

/// Sensors whose parts partition the machine: counters where they can be read, models for the rest. What is closed,
/// hidden, or not known to this version stands in `missing` with its reason and remedy. With empty inputs nothing is
/// modelled and that is a missing source too. `root` is "/" on a real machine. Costs a few milliseconds at most.
Discovery discover(const std::filesystem::path& root, const MachineFacts& facts, const PowerModelInputs& inputs);

}  // namespace cradle::sensor
