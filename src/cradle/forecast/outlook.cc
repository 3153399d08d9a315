// Normal data with a conjugate prior, recent units first, and a damped trend where there is one.
#include "cradle/forecast/outlook.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <numbers>

#include "cradle/base/statistics.h"

namespace cradle::forecast {
namespace {

// Assumed: before a second unit is seen, units are taken to differ by 10 %, and that is worth two observations
// (scaled inverse chi-squared prior; Gelman et al., Bayesian Data Analysis, third edition, section 3.3).
constexpr double kPriorSpread = 0.10;
constexpr double kPriorDegrees = 2;
// Three standard deviations: one false alarm in 700 steady units.
constexpr double kWarmUpDeviations = 3;
// The consistent factor from the median absolute deviation to the standard deviation of normal data.
constexpr double kMadToDeviation = 1.4826;
// Assumed: half the weight lies in the last third of the past, but never in fewer than four units.
constexpr double kHalfLifeShare = 1.0 / 3;
constexpr double kLeastHalfLife = 4;
// A trend is believed from four units on, if it explains nine tenths of the spread among the recent ones. Student's t
// would not do: a series that merely wanders passes it most of the time (Granger and Newbold 1974), and a false trend
// is multiplied by the whole future.
constexpr std::size_t kLeastForTrend = 4;
constexpr double kTrendShare = 0.9;
// Damping of a trend per unit, drawn evenly (Gardner and McKenzie 1985; the range is that of Hyndman and
// Athanasopoulos, Forecasting: Principles and Practice, third edition, section 8.2).
constexpr double kLeastDamping = 0.80;
constexpr double kMostDamping = 0.98;
// Assumed: a lone first unit is a warm-up in one case of four, and then by half of what follows on average.
constexpr double kWarmUpChance = 0.25;
constexpr double kWarmUpExcess = 0.5;
// Assumed: what a shared machine gives changes by 6 % between past and future, whatever the number of units.
constexpr double kWander = 0.06;
constexpr double kLeastShare = 0.1;

double median_of(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return base::sample_quantile(values, 0.5);
}

/// Student's t of any positive degrees, from two uniform numbers (Bailey 1994, the polar method).
double student(double degrees, base::Stream* stream) {
  const double u = stream->uniform();
  const double v = stream->uniform();
  return std::sqrt(degrees * (std::pow(u, -2 / degrees) - 1)) * std::cos(2 * std::numbers::pi * v);
}

/// Mean over the next m units of the sum of φ + φ² + … up to each of them.
double damped_reach(double phi, double m) {
  const double limit = phi / (1 - phi);
  return limit * (1 - (1 - std::pow(phi, m)) * phi / ((1 - phi) * m));
}

/// Sums of a weighted straight line through the units, the last at x = 0.
struct Line {
  double weight = 0, squares = 0, x = 0, y = 0, xx = 0, yy = 0, slope = 0, residual = 0;
};

Line line_of(std::span<const double> values, bool sloped) {
  const auto n = static_cast<double>(values.size());
  // The level profits from a long past, a trend may have changed since.
  const double half_life = sloped ? kLeastHalfLife : std::max(kLeastHalfLife, n * kHalfLifeShare);
  Line line;
  const auto each = [&](auto&& add) {
    for (std::size_t i = 0; i < values.size(); ++i) {
      const double x = static_cast<double>(i) - (n - 1);
      add(std::exp2(x / half_life), x, values[i]);
    }
  };
  each([&](double w, double x, double y) {
    line.weight += w;
    line.squares += w * w;
    line.x += w * x;
    line.y += w * y;
  });
  line.x /= line.weight;
  line.y /= line.weight;
  double xy = 0;
  each([&](double w, double x, double y) {
    line.xx += w * (x - line.x) * (x - line.x);
    xy += w * (x - line.x) * (y - line.y);
    line.yy += w * (y - line.y) * (y - line.y);
  });
  line.slope = sloped && line.xx > 0 ? xy / line.xx : 0;
  each([&](double w, double x, double y) {
    const double r = y - line.y - line.slope * (x - line.x);
    line.residual += w * r * r;
  });
  return line;
}

/// The outlook of a line whose fit used up `used` degrees of freedom.
Outlook from_line(const Line& line, double used) {
  Outlook out;
  const double effective = line.weight * line.weight / line.squares;  // Kish 1965: units of equal weight
  const double prior = kPriorSpread * line.y;
  const double degrees = std::max(0.0, effective - used);
  out.degrees = kPriorDegrees + degrees;
  // line.residual / weight · effective / (effective − used) is the variance; times its degrees:
  const double squares = line.residual / line.weight * effective;
  out.noise = std::sqrt((kPriorDegrees * prior * prior + squares) / out.degrees);
  out.level = line.y - line.slope * line.x;
  out.level_error = out.noise / std::sqrt(effective);
  out.least = kLeastShare * line.y;
  out.slope = line.slope;
  out.slope_age = -line.x;
  out.slope_error = line.xx > 0 ? out.noise * std::sqrt(line.weight / (line.xx * effective)) : 0;
  return out;
}

}  // namespace

std::size_t warm_up(std::span<const double> values) {
  std::size_t count = 0;
  while (2 * (count + 1) <= values.size()) {
    const std::vector<double> rest(values.begin() + static_cast<std::ptrdiff_t>(count) + 1, values.end());
    const double middle = median_of(rest);
    std::vector<double> distances = rest;
    for (double& d : distances) d = std::abs(d - middle);
    const double spread = kMadToDeviation * median_of(std::move(distances));
    const auto n = static_cast<double>(rest.size());
    const double prior = kPriorSpread * middle;
    const double variance = (kPriorDegrees * prior * prior + (n - 1) * spread * spread) / (kPriorDegrees + n - 1);
    if (values[count] <= middle + kWarmUpDeviations * std::sqrt(variance * (1 + 1 / n))) break;
    ++count;
  }
  return count;
}

Outlook outlook_of(std::span<const double> values, bool from_start) {
  assert(!values.empty());
  if (values.size() >= kLeastForTrend) {
    const Line line = line_of(values, true);
    if (line.yy > 0 && line.residual < (1 - kTrendShare) * line.yy) return from_line(line, 2);
  }
  Outlook out = from_line(line_of(values, false), 1);
  out.slope_error = 0;
  out.suspect = from_start && values.size() == 1;
  return out;
}

double draw_mean(const Outlook& outlook, double units, base::Stream* stream) {
  assert(units > 0);
  const double t = student(outlook.degrees, stream);
  const double t_slope = student(outlook.degrees, stream);
  const double phi = kLeastDamping + (kMostDamping - kLeastDamping) * stream->uniform();
  const double wander = kWander * stream->normal();
  const double warm = stream->uniform();
  const double m = std::max(1.0, units);
  double mean = outlook.level;
  // The slope is that at the centre of the units it was fitted to: it has been damped since.
  if (outlook.slope != 0)
    mean += (outlook.slope + t_slope * outlook.slope_error) * std::pow(phi, outlook.slope_age) * damped_reach(phi, m);
  mean += t * std::hypot(outlook.level_error, outlook.noise / std::sqrt(m));
  // An exponential excess; the share of `warm` within its chance is the uniform number it needs.
  if (outlook.suspect && warm < kWarmUpChance) mean /= 1 - kWarmUpExcess * std::log(warm / kWarmUpChance);
  return std::max(mean * (1 + wander), outlook.least);
}

}  // namespace cradle::forecast
