// Samples as figures with their interval.
#pragma once

#include <span>

#include "cradle/study/result.h"

namespace cradle::life {

/// The central value with P5, P50 and P95 of the samples.
study::Figure figure_of(double central, std::span<const double> samples);

}  // namespace cradle::life
