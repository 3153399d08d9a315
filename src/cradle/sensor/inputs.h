// What the meter takes from the catalogue: the power of unread parts, and the grid factor of a place.
#pragma once

#include <string_view>

#include "cradle/catalog/catalog.h"
#include "cradle/record/journal.h"
#include "cradle/sensor/machine.h"
#include "cradle/sensor/power_model.h"

namespace cradle::sensor {

/// TDP, load curve and memory power for this machine. A physical machine has the TDP of its processor times its
/// sockets; a virtual one (or a processor the catalogue does not know) the TDP per core of all processors that fit the
/// name, median, P5 and P95, times its CPUs: half of it as central value and lower bound, since a vCPU is as a rule one
/// of a core's two threads, and the whole of it as upper bound. No processor name: no CPU model (tdp_w stays zero).
/// Throws Error if the catalogue lacks a table. Some 2 ms: of the table of processors only the rows that could fit are
/// parsed.
PowerModelInputs power_inputs(const catalog::Catalog& catalog, const MachineFacts& facts);

/// kg CO2e per kWh of the place (newest year, or what lies around the place). Throws Error with the nearest place.
record::GridFactor grid_factor(const catalog::Catalog& catalog, std::string_view place);

}  // namespace cradle::sensor
