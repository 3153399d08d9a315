// Distributions by their quantile functions, so that one uniform number gives one value.
#include "cradle/base/distribution.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <utility>

#include "cradle/base/error.h"
#include "cradle/base/random.h"
#include "cradle/base/wide.h"

namespace cradle::base {
namespace {

constexpr double kZ95 = 1.6448536269514722;  // 95 % point of the standard normal

constexpr std::array<std::pair<Shape, std::string_view>, 6> kNames = {{{Shape::kFixed, "fixed"},
                                                                       {Shape::kUniform, "uniform"},
                                                                       {Shape::kTriangular, "triangular"},
                                                                       {Shape::kNormal, "normal"},
                                                                       {Shape::kLognormal, "lognormal"},
                                                                       {Shape::kTable, "table"}}};

void require_finite(double x, const char* what) {
  if (!std::isfinite(x)) fail("{} of a distribution must be a finite number, found {}", what, x);
}

double log_median(const Distribution& d) {
  const double shift = d.convention == Convention::kMean ? d.sigma * d.sigma / 2.0 : 0.0;
  return std::log(d.value) - shift;
}

}  // namespace

Distribution fixed(double value) {
  require_finite(value, "the value");
  Distribution d;
  d.value = d.low = d.high = value;
  return d;
}

Distribution uniform_between(double low, double high) {
  require_finite(low, "the low end");
  require_finite(high, "the high end");
  if (low > high) fail("a uniform distribution needs low <= high, found low {} and high {}", low, high);
  if (low == high) return fixed(low);
  Distribution d;
  d.shape = Shape::kUniform;
  d.value = (low + high) / 2.0;
  d.low = low;
  d.high = high;
  return d;
}

Distribution triangular(double low, double mode, double high) {
  require_finite(low, "the low end");
  require_finite(mode, "the mode");
  require_finite(high, "the high end");
  if (!(low <= mode && mode <= high))
    fail("a triangular distribution needs low <= mode <= high, found {}, {}, {}", low, mode, high);
  if (low == high) return fixed(mode);
  Distribution d;
  d.shape = Shape::kTriangular;
  d.value = mode;
  d.low = low;
  d.high = high;
  return d;
}

Distribution normal(double mean, double sd) {
  require_finite(mean, "the mean");
  require_finite(sd, "the standard deviation");
  if (sd < 0.0) fail("a normal distribution needs a standard deviation >= 0, found {}", sd);
  if (sd == 0.0) return fixed(mean);
  Distribution d;
  d.shape = Shape::kNormal;
  d.value = mean;
  d.sigma = sd;
  return d;
}

Distribution lognormal(double value, double gsd, Convention convention) {
  require_finite(value, "the value");
  require_finite(gsd, "the geometric standard deviation");
  if (value <= 0.0) fail("a lognormal distribution needs a value > 0, found {}", value);
  if (gsd < 1.0) fail("a geometric standard deviation is at least 1, found {}", gsd);
  if (gsd == 1.0) return fixed(value);
  Distribution d;
  d.shape = Shape::kLognormal;
  d.value = value;
  d.sigma = std::log(gsd);
  d.convention = convention;
  return d;
}

Distribution table(std::vector<double> quantiles) {
  if (quantiles.size() < 2) fail("a table needs at least two quantiles, found {}", quantiles.size());
  for (const double q : quantiles) require_finite(q, "a quantile");
  if (!std::is_sorted(quantiles.begin(), quantiles.end())) fail("the quantiles of a table must ascend");
  if (quantiles.front() == quantiles.back()) return fixed(quantiles.front());
  Distribution d;
  d.shape = Shape::kTable;
  d.low = quantiles.front();
  d.high = quantiles.back();
  d.quantiles = std::move(quantiles);
  d.value = quantile(d, 0.5);
  return d;
}

Distribution lognormal_from_range(double low, double value, double high) {
  if (!(0.0 < low && low <= value && value <= high))
    fail("a lognormal range needs 0 < low <= value <= high, found {}, {}, {}", low, value, high);
  return lognormal(value, std::exp(std::log(high / low) / (2.0 * kZ95)), Convention::kMedian);
}

Distribution normal_from_range(double low, double value, double high) {
  if (!(low <= value && value <= high))
    fail("a normal range needs low <= value <= high, found {}, {}, {}", low, value, high);
  return normal(value, (high - low) / (2.0 * kZ95));
}

double quantile(const Distribution& d, double p) {
  assert(p > 0.0 && p < 1.0);
  switch (d.shape) {
    case Shape::kFixed: return d.value;
    case Shape::kUniform: return d.low + p * (d.high - d.low);
    case Shape::kTriangular: {
      const double width = d.high - d.low;
      const double turn = (d.value - d.low) / width;
      return p < turn ? d.low + std::sqrt(p * width * (d.value - d.low))
                      : d.high - std::sqrt((1.0 - p) * width * (d.high - d.value));
    }
    case Shape::kNormal: return d.value + d.sigma * normal_quantile(p);
    case Shape::kLognormal: return std::exp(log_median(d) + d.sigma * normal_quantile(p));
    case Shape::kTable: {
      const double at = p * static_cast<double>(d.quantiles.size() - 1);
      const std::size_t i = std::min(static_cast<std::size_t>(at), d.quantiles.size() - 2);
      const double t = at - static_cast<double>(i);
      return d.quantiles[i] + t * (d.quantiles[i + 1] - d.quantiles[i]);
    }
  }
  return d.value;
}

namespace {

/// quantile() of a triangular for each: a square root is cheaper than the branch, which no processor can foresee.
CRADLE_WIDE void triangular_quantiles(const Distribution& d, double* x, std::size_t n) {
  const double low = d.low, high = d.high, width = high - low, below = d.value - low, above = high - d.value;
  const double turn = below / width;
  for (std::size_t i = 0; i < n; ++i) {
    const double p = x[i];
    const bool rising = p < turn;
    const double root = std::sqrt(rising ? p * width * below : (1.0 - p) * width * above);
    x[i] = rising ? low + root : high - root;
  }
}

}  // namespace

double draw(const Distribution& d, std::uint64_t seed, std::uint64_t id, std::uint64_t sample) {
  return d.shape == Shape::kFixed ? d.value : quantile(d, uniform(seed, id, sample));
}

void draws(const Distribution& d, std::uint64_t seed, std::uint64_t id, std::uint64_t first, std::span<double> out) {
  if (d.shape == Shape::kFixed) {
    std::fill(out.begin(), out.end(), d.value);
    return;
  }
  uniforms(seed, id, first, out);
  if (d.shape == Shape::kNormal) {
    normal_quantiles(out);
    for (double& x : out) x = d.value + d.sigma * x;
  } else if (d.shape == Shape::kLognormal) {
    normal_quantiles(out);
    const double centre = log_median(d);
    for (double& x : out) x = std::exp(centre + d.sigma * x);
  } else if (d.shape == Shape::kTriangular) {
    triangular_quantiles(d, out.data(), out.size());
  } else {
    for (double& x : out) x = quantile(d, x);
  }
}

double mean(const Distribution& d) {
  switch (d.shape) {
    case Shape::kFixed:
    case Shape::kUniform:
    case Shape::kNormal: return d.value;
    case Shape::kTriangular: return (d.low + d.value + d.high) / 3.0;
    case Shape::kLognormal: return std::exp(log_median(d) + d.sigma * d.sigma / 2.0);
    case Shape::kTable: {
      double sum = 0.0;
      for (std::size_t i = 0; i + 1 < d.quantiles.size(); ++i) sum += (d.quantiles[i] + d.quantiles[i + 1]) / 2.0;
      return sum / static_cast<double>(d.quantiles.size() - 1);
    }
  }
  return d.value;
}

double variance(const Distribution& d) {
  switch (d.shape) {
    case Shape::kFixed: return 0.0;
    case Shape::kUniform: return (d.high - d.low) * (d.high - d.low) / 12.0;
    case Shape::kTriangular:
      return (d.low * d.low + d.value * d.value + d.high * d.high - d.low * d.value - d.low * d.high -
              d.value * d.high) /
             18.0;
    case Shape::kNormal: return d.sigma * d.sigma;
    case Shape::kLognormal: {
      const double m = mean(d);
      return m * m * std::expm1(d.sigma * d.sigma);
    }
    case Shape::kTable: {
      // Between two quantiles the distribution is uniform: E[x^2] = (a^2 + ab + b^2) / 3.
      double squares = 0.0;
      for (std::size_t i = 0; i + 1 < d.quantiles.size(); ++i) {
        const double a = d.quantiles[i], b = d.quantiles[i + 1];
        squares += (a * a + a * b + b * b) / 3.0;
      }
      const double m = mean(d);
      return squares / static_cast<double>(d.quantiles.size() - 1) - m * m;
    }
  }
  return 0.0;
}

Distribution scaled(const Distribution& d, double k) {
  assert(k > 0.0);
  Distribution s = d;
  s.value *= k;
  s.low *= k;
  s.high *= k;
  if (d.shape == Shape::kNormal) s.sigma *= k;  // a lognormal's sigma is of the logarithm and stays
  for (double& q : s.quantiles) q *= k;
  return s;
}

Distribution complement(const Distribution& d) {
  constexpr int kSteps = 40;  // P5 and P95 lie on steps
  switch (d.shape) {
    case Shape::kFixed: return fixed(1 - d.value);
    case Shape::kUniform: return uniform_between(1 - d.high, 1 - d.low);
    case Shape::kTriangular: return triangular(1 - d.high, 1 - d.value, 1 - d.low);
    case Shape::kNormal: return normal(1 - d.value, d.sigma);
    case Shape::kLognormal:
    case Shape::kTable: break;
  }
  std::vector<double> quantiles;
  if (d.shape == Shape::kTable)
    for (auto q = d.quantiles.rbegin(); q != d.quantiles.rend(); ++q) quantiles.push_back(1 - *q);
  else
    // A table's quantiles stand at i/n (quantile() above). The two ends, which a lognormal has at 0 and infinity, are
    // cut half a step in.
    for (int i = 0; i <= kSteps; ++i)
      quantiles.push_back(1 - quantile(d, std::clamp(1 - i / double{kSteps}, 0.5 / kSteps, 1 - 0.5 / kSteps)));
  Distribution mirrored = table(std::move(quantiles));
  mirrored.value = 1 - d.value;
  return mirrored;
}

bool is_fixed(const Distribution& d) { return d.shape == Shape::kFixed; }

std::string_view name_of(Shape shape) {
  for (const auto& [s, name] : kNames)
    if (s == shape) return name;
  return "fixed";
}

Shape shape_named(std::string_view name) {
  for (const auto& [shape, n] : kNames)
    if (n == name) return shape;
  fail("unknown distribution '{}'; expected fixed, uniform, triangular, normal, lognormal or table", name);
}

}  // namespace cradle::base
