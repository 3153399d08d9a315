// How the grade of a figure widens its distribution.
#include "cradle/life/pedigree.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

namespace cradle::life {
namespace {

using base::Distribution;
using base::Shape;

/// What a data sheet states of a board, a processor or a device: power, area, memory, mass, rates, form.
bool is_fact_of_a_device(const catalog::Factor& f) {
  static constexpr std::array<std::string_view, 4> kinds = {"gpu.", "cpu.", "device.", "host_server."};
  static constexpr std::array<std::string_view, 10> units = {"W",      "cm2",  "GB",   "nm",  "kg",
                                                             "TFLOPS", "TOPS", "GB/s", "GHz", "1/cycle"};
  const auto one_of = [](const auto& list, const auto& matches) {
    return std::any_of(list.begin(), list.end(), matches);
  };
  const bool of_a_thing = one_of(kinds, [&](std::string_view kind) { return f.key.starts_with(kind); });
  const bool of_its_use = f.key.ends_with("power_mean") || f.key.ends_with("power_idle");  // others measured it
  return of_a_thing && !of_its_use &&
         (f.key == "gpu.on_baseboard" || one_of(units, [&](std::string_view unit) { return f.unit == unit; }));
}

/// Bounds that the quantity has by nature.
std::pair<double, double> bounds_of(const catalog::Factor& f) {
  if (f.key.starts_with("pue.")) return {1.0, 1e300};
  if (f.key.starts_with("util.") || f.key == "grid.loss") return {0.0, 1.0};
  return {0.0, 1e300};
}

}  // namespace

double pedigree_gsd_squared(catalog::Grade grade) {
  switch (grade) {
    case catalog::Grade::kA: return 1.00;
    case catalog::Grade::kB: return 1.05;
    case catalog::Grade::kC: return 1.20;
    case catalog::Grade::kD: return 1.50;
  }
  return 1.50;
}

Distribution widened(const catalog::Factor& f) {
  Distribution d = f.distribution;
  const double gsd = pedigree_gsd_squared(f.grade), s = std::log(gsd) / 2.0;
  if (s == 0.0 || d.value <= 0.0 || is_fact_of_a_device(f)) return d;
  const auto [least, greatest] = bounds_of(f);
  switch (d.shape) {
    case Shape::kFixed:
      // A figure that nature bounds (a PUE of exactly 1) has no room on one side: it stays.
      return d.value <= least || d.value >= greatest ? d
                                                     : base::lognormal(d.value, std::exp(s), base::Convention::kMedian);
    case Shape::kLognormal: d.sigma = std::hypot(d.sigma, s); return d;
    case Shape::kNormal: d.sigma = std::hypot(d.sigma, s * d.value); return d;
    case Shape::kUniform:  // the value of a uniform is its middle, which moving both bounds would shift: it keeps them
    case Shape::kTable: return d;
    case Shape::kTriangular:
      d.low = std::max(least, d.value - (d.value - d.low) * gsd);
      d.high = std::min(greatest, d.value + (d.high - d.value) * gsd);
      return d;
  }
  return d;
}

}  // namespace cradle::life
