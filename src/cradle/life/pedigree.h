// How the grade of a figure widens its distribution.
#pragma once

#include "cradle/base/distribution.h"
#include "cradle/catalog/factor.h"

namespace cradle::life {

/// Geometric standard deviation, squared, that a grade adds to what the row states: A 1.00, B 1.05, C 1.20, D 1.50. The
/// steps are those of the pedigree matrix's reliability score 1, 2, 4 and 5 (Weidema, Wesnaes 1996, J. Cleaner Prod. 4;
/// factors of Frischknecht et al. 2007, ecoinvent report 1, table 7.4); that grades stand for these scores is ours.
double pedigree_gsd_squared(catalog::Grade grade);

/// The row's distribution widened by its grade, central value unchanged: with s = ln(GSD²)/2, lognormal and normal add
/// s (of the logarithm; of the relative spread) in quadrature, a fixed figure becomes lognormal with sigma s, the
/// distance of a triangular one's bounds from its mode grows by GSD², uniform ones and tables of quantiles stay. Shares
/// (keys util.* and grid.loss) stay at most 1 and PUE at least 1. Facts of a device (power, area,
/// memory, mass, count, year) are not widened: their grade speaks of the source, and an area is not known to a factor.
base::Distribution widened(const catalog::Factor& factor);

}  // namespace cradle::life
