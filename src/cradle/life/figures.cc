// Samples as figures with their interval.
#include "cradle/life/figures.h"

#include <cmath>
#include <vector>

#include "cradle/base/error.h"
#include "cradle/base/statistics.h"

namespace cradle::life {

study::Figure figure_of(double central, std::span<const double> samples) {
  const base::Interval summary = base::summary_of(std::vector<double>(samples.begin(), samples.end()));
  return {central, summary.low, summary.value, summary.high};
}

lca::Adjoint finite_adjoint(const lca::System& system, std::string_view file) {
  lca::Adjoint adjoint = lca::adjoint(system);
  for (int p = 0; p < lca::process_count(system); ++p)
    for (int k = 0; k < lca::criterion_count(system); ++k)
      if (!std::isfinite(adjoint.score(k, p)))
        base::fail(
            "{}: '{}' has no finite figure in {}; a figure of the study is far too large, or so small that nothing can "
            "be divided by it",
            file, system.inventory.processes[static_cast<std::size_t>(p)].name,
            system.method.criteria[static_cast<std::size_t>(k)].code);
  return adjoint;
}

}  // namespace cradle::life
