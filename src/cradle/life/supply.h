// Electricity from the grid to the node: the grid's factors, the facility's overhead and water.
#pragma once

#include "cradle/life/builder.h"

namespace cradle::life {

/// Process "electricity at PLACE", per kWh drawn from the grid, with every criterion that the catalogue has.
int grid_electricity(Builder& builder, const Supply& supply);
/// Process "electricity of ACTIVITY", per kWh at the node: the grid's electricity times PUE, and water for cooling.
/// PUE is applied here and nowhere else.
int node_electricity(Builder& builder, const Supply& supply, const std::string& activity);

}  // namespace cradle::life
