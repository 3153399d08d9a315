// Samples as figures with their interval.
#include "cradle/life/figures.h"

#include <vector>

#include "cradle/base/statistics.h"

namespace cradle::life {

study::Figure figure_of(double central, std::span<const double> samples) {
  const base::Interval summary = base::summary_of(std::vector<double>(samples.begin(), samples.end()));
  return {central, summary.low, summary.value, summary.high};
}

}  // namespace cradle::life
