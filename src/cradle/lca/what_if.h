// A demand's scores with some parameters at other values: for sweeps and for differences between two results.
#pragma once

#include <span>
#include <utility>
#include <vector>

#include "cradle/lca/solve.h"
#include "cradle/lca/system.h"

namespace cradle::lca {

/// Scores [criterion] of a demand where each named parameter (index in the inventory, value in its unit) has that value
/// and every other figure its central one. Exact: bit by bit what compiling the inventory with these values gives, at
/// the cost of one pass over the exchanges and one solve. Throws Error on a parameter that does not exist or stands
/// twice, on a value that is not finite, and as solve() does.
std::vector<double> scores_with(const System& system, const Demand& demand,
                                std::span<const std::pair<int, double>> parameters);

}  // namespace cradle::lca
