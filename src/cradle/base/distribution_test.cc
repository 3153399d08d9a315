#include "cradle/base/distribution.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "cradle/base/error.h"
#include "cradle/base/random.h"

namespace cradle::base {
namespace {

const std::vector<Distribution>& samples() {
  static const std::vector<Distribution> all = {fixed(3.0),
                                                uniform_between(1, 4),
                                                triangular(0.9, 1.33, 1.4),
                                                normal(10, 2),
                                                lognormal(0.4, 1.5, Convention::kMedian),
                                                lognormal(0.4, 1.5, Convention::kMean),
                                                table({1, 2, 4, 8})};
  return all;
}

TEST(Distribution, SampledMomentsEqualTheClosedForms) {
  for (const auto& d : samples()) {
    SCOPED_TRACE(std::string(name_of(d.shape)));
    double sum = 0, squares = 0;
    constexpr int kN = 100000;
    for (int i = 0; i < kN; ++i) {
      const double x = quantile(d, (i + 0.5) / kN);
      sum += x;
      squares += x * x;
    }
    const double m = sum / kN;
    EXPECT_NEAR(m, mean(d), 1e-4 * std::abs(mean(d)));
    EXPECT_NEAR(squares / kN - m * m, variance(d), 2e-3 * variance(d) + 1e-9);
  }
}

TEST(Distribution, DrawsAreTheDrawOfEachSample) {
  for (const auto& d : samples()) {
    std::vector<double> out(21);
    draws(d, 9, stable_id("x"), 1000, out);
    for (std::size_t i = 0; i < out.size(); ++i)
      EXPECT_EQ(out[i], draw(d, 9, stable_id("x"), 1000 + i)) << name_of(d.shape);
  }
}

TEST(Distribution, QuantilesRiseAndStayWithinBounds) {
  for (const auto& d : samples()) {
    double last = quantile(d, 1e-9);
    for (double p = 0.01; p < 1; p += 0.01) {
      const double x = quantile(d, p);
      EXPECT_GE(x, last);
      last = x;
    }
    if (d.shape == Shape::kUniform || d.shape == Shape::kTriangular || d.shape == Shape::kTable) {
      EXPECT_GE(quantile(d, 1e-9), d.low);
      EXPECT_LE(quantile(d, 1 - 1e-9), d.high);
    }
  }
}

TEST(Distribution, TheLognormalSaysWhatItsValueIs) {
  const auto as_median = lognormal(2.0, 1.4, Convention::kMedian);
  const auto as_mean = lognormal(2.0, 1.4, Convention::kMean);
  EXPECT_NEAR(quantile(as_median, 0.5), 2.0, 1e-9);
  EXPECT_NEAR(mean(as_mean), 2.0, 1e-12);
  const double sigma = std::log(1.4);
  EXPECT_NEAR(mean(as_median) / mean(as_mean), std::exp(sigma * sigma / 2), 1e-12);
}

TEST(Distribution, ARangeIsP5ToP95) {
  const auto n = normal_from_range(8, 10, 12);
  EXPECT_NEAR(quantile(n, 0.05), 8, 1e-9);
  EXPECT_NEAR(quantile(n, 0.95), 12, 1e-9);
  const auto l = lognormal_from_range(0.5, 1.0, 2.0);
  EXPECT_NEAR(quantile(l, 0.05), 0.5, 1e-9);
  EXPECT_NEAR(quantile(l, 0.95), 2.0, 1e-9);
}

TEST(Distribution, ZeroWidthIsAConstant) {
  EXPECT_TRUE(is_fixed(lognormal(3, 1.0, Convention::kMedian)));
  EXPECT_TRUE(is_fixed(normal(3, 0)));
  EXPECT_TRUE(is_fixed(triangular(3, 3, 3)));
}

TEST(Distribution, RefusesNonsense) {
  EXPECT_THROW(triangular(2, 1, 3), Error);
  EXPECT_THROW(uniform_between(2, 1), Error);
  EXPECT_THROW(normal(0, -1), Error);
  EXPECT_THROW(lognormal(0, 1.2, Convention::kMedian), Error);
  EXPECT_THROW(lognormal(1, 0.9, Convention::kMedian), Error);
  EXPECT_THROW(table({1}), Error);
  EXPECT_THROW(table({2, 1}), Error);
  EXPECT_THROW(fixed(std::nan("")), Error);
  EXPECT_THROW(shape_named("gauss"), Error);
}

TEST(Distribution, ADrawIsTheQuantileOfItsUniform) {
  const auto d = triangular(0, 1, 3);
  EXPECT_EQ(draw(d, 5, 6, 7), quantile(d, uniform(5, 6, 7)));
}

TEST(Distribution, ScalingScalesEveryQuantile) {
  for (const auto& d : samples())
    for (const double p : {0.05, 0.5, 0.95}) EXPECT_NEAR(quantile(scaled(d, 2.5), p), 2.5 * quantile(d, p), 1e-9);
}

TEST(Distribution, TheComplementMirrorsEveryShape) {
  for (const Distribution& d : {fixed(0.2), uniform_between(0.1, 0.3), triangular(0.05, 0.1, 0.4), normal(0.2, 0.05),
                                lognormal(0.1, 1.5, Convention::kMedian), table({0.1, 0.2, 0.5})}) {
    const Distribution c = complement(d);
    EXPECT_DOUBLE_EQ(c.value, 1 - d.value) << name_of(d.shape);
    for (const double p : {0.05, 0.1, 0.25, 0.5, 0.9, 0.95})
      EXPECT_NEAR(quantile(c, p), 1 - quantile(d, 1 - p), 1e-9) << name_of(d.shape) << " at " << p;
  }
}

}  // namespace
}  // namespace cradle::base
