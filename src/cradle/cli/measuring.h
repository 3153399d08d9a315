// From settings and the catalogue to how a command is measured: what cradle run and the model commands share.
#pragma once

#include <string>

#include "cradle/measure/run.h"

namespace cradle::cli {

/// Options for a place ("" unknown: no CO2e): models from the built-in catalogue, the place's grid factor, records kept
/// in `folder` ("": nowhere). Throws Error with the nearest place if it is unknown.
measure::Options measuring(const std::string& place, const std::string& folder = "");

}  // namespace cradle::cli
