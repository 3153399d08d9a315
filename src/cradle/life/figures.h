// Samples as figures with their interval.
#pragma once

#include <span>
#include <string_view>

#include "cradle/lca/solve.h"
#include "cradle/lca/system.h"
#include "cradle/study/result.h"

namespace cradle::life {

/// The central value with P5, P50 and P95 of the samples.
study::Figure figure_of(double central, std::span<const double> samples);

/// The adjoint of a study's system. Throws Error naming `file` and the criterion if a figure of it is no finite number.
lca::Adjoint finite_adjoint(const lca::System& system, std::string_view file);

}  // namespace cradle::life
