// Samples as figures with their interval.
#include "cradle/life/figures.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace cradle::life {
namespace {

/// The p-quantile of samples of which only the ranks around it need to stand in order; linear between ranks, as
/// base::sample_quantile of sorted samples.
double quantile_of(std::vector<double>& x, double p) {
  const double rank = p * static_cast<double>(x.size() - 1);
  const auto below = static_cast<std::size_t>(std::floor(rank));
  std::nth_element(x.begin(), x.begin() + static_cast<std::ptrdiff_t>(below), x.end());
  if (below + 1 == x.size()) return x[below];
  const double above = *std::min_element(x.begin() + static_cast<std::ptrdiff_t>(below) + 1, x.end());
  return x[below] + (rank - static_cast<double>(below)) * (above - x[below]);
}

}  // namespace

study::Figure figure_of(double central, std::span<const double> samples) {
  std::vector<double> x(samples.begin(), samples.end());
  return {central, quantile_of(x, 0.05), quantile_of(x, 0.5), quantile_of(x, 0.95)};
}

}  // namespace cradle::life
