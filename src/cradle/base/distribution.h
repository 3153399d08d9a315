// A figure with its doubt: fixed, uniform, triangular, normal, lognormal, or a table of quantiles.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cradle::base {

enum class Shape { kFixed, kUniform, kTriangular, kNormal, kLognormal, kTable };

/// What the central value of a lognormal stands for. Brightway's amount is the median, openLCA's is the mean; the
/// means of the two differ by exp(sigma^2/2), so the convention is declared with each figure and never guessed.
enum class Convention { kMedian, kMean };

/// A one-dimensional distribution as a plain value. `value` is the central figure that a calculation without
/// sampling uses: the constant, midpoint, mode, mean, or (by `convention`) median or mean.
struct Distribution {
  Shape shape = Shape::kFixed;
  double value = 0.0;
  double low = 0.0;    ///< uniform, triangular: least value
  double high = 0.0;   ///< uniform, triangular: greatest value
  double sigma = 0.0;  ///< normal: standard deviation; lognormal: standard deviation of the logarithm
  Convention convention = Convention::kMedian;  ///< lognormal only
  std::vector<double> quantiles;  ///< table: values at equally spaced probabilities 0, 1/(n-1), …, 1, ascending

  bool operator==(const Distribution&) const = default;
};

Distribution fixed(double value);
Distribution uniform_between(double low, double high);                    ///< low <= high
Distribution triangular(double low, double mode, double high);            ///< low <= mode <= high
Distribution normal(double mean, double sd);                              ///< sd >= 0
Distribution lognormal(double value, double gsd, Convention convention);  ///< value > 0, gsd >= 1
Distribution table(std::vector<double> quantiles);                        ///< at least two, ascending
/// Each throws Error if its condition does not hold. A width of zero is a constant.

/// The lognormal whose P5 and P95 are `low` and `high` as far as one spread allows: median `value`,
/// sigma = ln(high/low) / (2·1.6449).
Distribution lognormal_from_range(double low, double value, double high);
/// The normal with mean `value` and P5 to P95 as wide as low to high.
Distribution normal_from_range(double low, double value, double high);

/// The value below which a share p of the distribution lies; p in (0, 1). Monotone in p: one uniform draw, one value.
double quantile(const Distribution& d, double p);
/// The draw of this figure for an id and a sample (base/random.h): quantile(d, uniform(seed, id, sample)).
double draw(const Distribution& d, std::uint64_t seed, std::uint64_t id, std::uint64_t sample);
/// out[i] = draw(d, seed, id, first + i), the same numbers at less than half the cost (about 9 ns each).
void draws(const Distribution& d, std::uint64_t seed, std::uint64_t id, std::uint64_t first, std::span<double> out);
/// Expectation and variance in closed form (table: of the piecewise-linear quantile function).
double mean(const Distribution& d);
double variance(const Distribution& d);
/// The same shape with every value multiplied by k > 0.
Distribution scaled(const Distribution& d, double k);
/// The distribution of 1 - x: the mirror image (of a lognormal by 41 quantiles).
Distribution complement(const Distribution& d);
bool is_fixed(const Distribution& d);

std::string_view name_of(Shape shape);
/// "uniform" → Shape; throws Error with the list of names otherwise.
Shape shape_named(std::string_view name);

}  // namespace cradle::base
