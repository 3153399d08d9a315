// The assessment: a study through the engine to a result; and two of them compared on the same draws.
#pragma once

#include <cstdint>

#include "cradle/catalog/catalog.h"
#include "cradle/study/result.h"
#include "cradle/study/study.h"

namespace cradle::life {

using study::Comparison;
using study::Result;
using study::Study;

struct AssessOptions {
  int samples = 10000;  ///< Monte Carlo samples, at least 100
  std::uint64_t seed = 1;
  int threads = 1;  ///< the result does not depend on it
};

/// Phase × criterion with P5 to P95, contributions down to factors, one-at-a-time sensitivities, missing phases.
/// Throws Error for what build_model refuses. Cost: one solve per sample; a study has some 30 processes.
Result assess(const Study& study, const catalog::Catalog& catalog, const AssessOptions& options = {});

/// A and B on one functional unit, every shared input (grid factor, PUE, lifetime, the meter's error) drawn once for
/// both. Throws Error if the functional units differ. Warns where a record misses the stated quality.
Comparison compare(const Study& a, const Study& b, const catalog::Catalog& catalog, const AssessOptions& options = {});

}  // namespace cradle::life
