// The assessment: a study through the engine to a result; and two of them compared on the same draws.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "cradle/catalog/catalog.h"
#include "cradle/study/result.h"
#include "cradle/study/study.h"

namespace cradle::life {

struct AssessOptions {
  int samples = 10000;  ///< Monte Carlo samples, at least 100
  std::uint64_t seed = 1;
  int threads = 1;     ///< the result does not depend on it
  bool sobol = false;  ///< shares of variance too (Result::variance): some hundred thousand solves more
};

/// Throws Error for options that assess() and compare() refuse.
void check_options(const AssessOptions& options);

/// Phase × criterion with P5 to P95, contributions down to factors, one-at-a-time sensitivities, missing phases,
/// electricity, and the totals under other choices. Throws Error for what build_model refuses. Cost: one solve per
/// sample; a study has some 30 to 80 processes.
study::Result assess(const study::Study& study, const catalog::Catalog& catalog, const AssessOptions& options = {});

/// The figures of a study without their doubt: quick, for tables of many studies.
struct Central {
  /// By phase ("" for the total) and code of a criterion, or "node-energy", "facility-energy" in kWh.
  std::map<std::pair<std::string, std::string>, double> values;
  std::vector<study::TreeNode> tree;
  std::vector<std::string> warnings;
};
Central central(const study::Study& study, const catalog::Catalog& catalog);

/// A and B on one functional unit, every shared input (grid factor, PUE, lifetime, the meter's error) drawn once for
/// both. Throws Error if the functional units differ. Warns where a record misses the stated quality.
study::Comparison compare(const study::Study& a, const study::Study& b, const catalog::Catalog& catalog,
                          const AssessOptions& options = {});

}  // namespace cradle::life
