// Electricity from the grid to the computer: views, losses, the years' path, PUE, water.
#pragma once

#include <vector>

#include "cradle/life/builder.h"

namespace cradle::life {

/// The share of an activity that falls into each year, first year first; {1} for what happens at once.
using YearShares = std::vector<double>;

/// Process "electricity" of 1 kWh at the facility's meter, with the losses of the grid on the way to it. Climate by the
/// study's view: average, marginal or market; where a place has no figure of that view the average stands in with a
/// warning. With the study's decline d, the carbon of year y is multiplied by (1 − d)^y.
int grid_electricity(Builder& builder, const Supply& supply, const std::string& activity,
                     const YearShares& years = {1});

/// The parameter that stands for the PUE of a supply.
int pue_of(Builder& builder, const Supply& supply, const std::string& activity);

/// Process of 1 kWh at the computer: PUE times the grid's, once, and the facility's own water (per kWh at the computer,
/// ISO/IEC 30134-9, so without PUE). `stated_for`: the activity whose stated carbon and water these are, if another's.
int node_electricity(Builder& builder, const Supply& supply, const std::string& activity, const YearShares& years = {1},
                     const std::string& stated_for = "");

/// Whether a supply's computers stand in a data centre: everywhere but at facility = "local".
inline bool in_data_centre(const Supply& supply) { return supply.facility != "local"; }

/// The place's code, resolved; "WORLD" where the study gives the carbon itself and no place.
std::string place_code(const Supply& supply);

}  // namespace cradle::life
