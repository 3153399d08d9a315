// Arithmetic of figures with intervals.
#pragma once

#include "cradle/base/statistics.h"

namespace cradle::base {

/// The product of two positive figures whose errors have nothing in common: the logarithmic half-widths, downwards and
/// upwards, add in quadrature. A low of 0 stays 0.
Interval product_of(const Interval& a, const Interval& b);

}  // namespace cradle::base
