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

bool is_fact_of_a_device(const catalog::Factor& f) {
  static constexpr std::array<std::string_view, 14> keys = {
      "gpu.tdp",       "gpu.die",       "gpu.node",     "gpu.memory",  "gpu.hbm",          "gpu.gddr",      "gpu.mass",
      "gpu.peak_fp16", "gpu.peak_fp32", "gpu.pcb_area", "device.mass", "device.power_max", "gpu.peak_int8", "cpu.tdp"};
  return std::find(keys.begin(), keys.end(), f.key) != keys.end();
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
