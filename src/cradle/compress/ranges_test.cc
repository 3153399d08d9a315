#include "cradle/compress/ranges.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cmath>

#include "cradle/base/error.h"
#include "cradle/base/random.h"

namespace cradle::compress {
namespace {

graph::ValueStatistics statistics_of(const std::vector<float>& values) {
  graph::ValueStatistics s;
  add(s, values.data(), values.size());
  return s;
}

/// A bell with a few far outliers.
std::vector<float> with_outliers() {
  base::Stream stream(3, base::stable_id("outliers"));
  std::vector<float> values(50000);
  for (float& v : values) v = static_cast<float>(stream.normal());
  for (int i = 0; i < 3; ++i) values[static_cast<std::size_t>(i)] = 100.0F + static_cast<float>(i);
  return values;
}

double decoded(double x, const ActivationCode& code) {
  const double scale = static_cast<double>(code.scale), zero = code.zero;
  return (std::clamp(std::nearbyint(x / scale) + zero, 0.0, 255.0) - zero) * scale;
}

double mean_squared_error(const std::vector<float>& values, const Range& range) {
  const ActivationCode code = activation_code(range);
  double sum = 0;
  for (const float v : values) sum += std::pow(static_cast<double>(v) - decoded(static_cast<double>(v), code), 2);
  return sum / static_cast<double>(values.size());
}

TEST(Calibrating, MinMaxCoversEverythingAndZero) {
  const Range positive = calibrated_range(statistics_of({2, 5}), Calibration::kMinMax);
  EXPECT_EQ(positive.low, 0) << "zero is always inside";
  EXPECT_EQ(positive.high, 5);
  const Range both = calibrated_range(statistics_of({-3, 5}), Calibration::kMinMax);
  EXPECT_EQ(both.low, -3);
}

TEST(Calibrating, PercentileCutsHalfTheShareAtEachEnd) {
  std::vector<float> values(10000);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i) / 10000.0F - 0.5F;  // uniform
  const Range range = calibrated_range(statistics_of(values), Calibration::kPercentile, 98);
  EXPECT_NEAR(range.low, -0.49, 1e-3) << "1 % below, to the width of a bin";
  EXPECT_NEAR(range.high, 0.49, 1e-3);
  const Range all = calibrated_range(statistics_of(values), Calibration::kPercentile, 100);
  EXPECT_NEAR(all.high, 0.4999, 1e-6) << "nothing is cut";
  EXPECT_LT(calibrated_range(statistics_of(with_outliers()), Calibration::kPercentile, 99.9).high, 10);
}

TEST(Calibrating, MseHasTheLeastErrorOnTheValuesThemselves) {
  const std::vector<float> values = with_outliers();
  const graph::ValueStatistics s = statistics_of(values);
  const double mse = mean_squared_error(values, calibrated_range(s, Calibration::kMse));
  EXPECT_LE(mse, mean_squared_error(values, calibrated_range(s, Calibration::kMinMax)) * 1.001);
  EXPECT_LE(mse, mean_squared_error(values, calibrated_range(s, Calibration::kPercentile)) * 1.001);
}

/// Around zero only half of the codes serve a ReLU's values, so that cutting outliers pays sooner.
TEST(Calibrating, MseIsOfTheCodesThatTheEngineWants) {
  std::vector<float> values = with_outliers();
  for (float& v : values) v = std::abs(v);
  const graph::ValueStatistics s = statistics_of(values);
  const ActivationFormat symmetric{true, true};
  const auto error = [&](const Range& range) {
    const double scale = static_cast<double>(activation_code(range, symmetric).scale);
    double sum = 0;
    for (const float v : values) {
      const double x = static_cast<double>(v), q = std::clamp(std::nearbyint(x / scale), -128.0, 127.0);
      sum += (x - q * scale) * (x - q * scale);
    }
    return sum;
  };
  const Range own = calibrated_range(s, Calibration::kMse, 99.99, symmetric);
  const Range others = calibrated_range(s, Calibration::kMse);
  EXPECT_NE(own.high, others.high);
  EXPECT_LT(error(own), error(others));
}

TEST(Calibrating, WrongWordsAndNumbersAreUsageErrors) {
  EXPECT_EQ(calibration_named("mse"), Calibration::kMse);
  for (const Calibration c : {Calibration::kMinMax, Calibration::kPercentile, Calibration::kMse})
    EXPECT_EQ(calibration_named(name_of(c)), c);
  EXPECT_THROW(calibration_named("minmex"), base::Error);
  EXPECT_THROW(calibrated_range(statistics_of({1}), Calibration::kPercentile, 20), base::Error);
}

TEST(ActivationCodes, ReachBothEndsAndHaveAnExactZero) {
  const ActivationCode code = activation_code({-1, 3});
  EXPECT_FLOAT_EQ(code.scale, 4.0F / 255);
  EXPECT_EQ(code.zero, 64) << "255/4 = 63.75";
  EXPECT_EQ(decoded(0, code), 0);
  EXPECT_EQ(activation_code({0, 6}).zero, 0) << "so that an engine can drop the ReLU";
  EXPECT_EQ(activation_code({-2, 0}).zero, 255);
  EXPECT_EQ(activation_code({0, 0}).scale, 1) << "a value that is always zero";
}

TEST(ActivationCodes, ErrWithinHalfAStepInsideTheRange) {
  EXPECT_TRUE(rc::check("|x − x̂| is at most one step, half of it away from the ends", [] {
    const double low = -*rc::gen::inRange(0, 1000) / 7.0, high = *rc::gen::inRange(1, 1000) / 3.0;
    const ActivationCode code = activation_code({low, high});
    const double x = low + (high - low) * *rc::gen::inRange(0, 10001) / 10000.0;
    // Rounding the zero point shifts the ends by up to half a step.
    RC_ASSERT(std::abs(x - decoded(x, code)) <= 1.001 * static_cast<double>(code.scale));
    const double inside =
        low + static_cast<double>(code.scale) + (high - low - 2 * static_cast<double>(code.scale)) * 0.37;
    RC_ASSERT(std::abs(inside - decoded(inside, code)) <= 0.501 * static_cast<double>(code.scale));
  }));
}

TEST(WeightCodes, ScaleEachChannelByItsOwnGreatestWeight) {
  // Two channels as rows, then the same as columns.
  const std::vector<float> rows{1, -0.5F, 0.25F, 100, 50, -100};
  const WeightCode r = weight_code(rows, 2, 3, {});
  EXPECT_EQ(r.codes, (std::vector<std::int8_t>{127, -64, 32, 127, 64, -127}));
  EXPECT_FLOAT_EQ(r.scales[0], 1.0F / 127);
  EXPECT_FLOAT_EQ(r.scales[1], 100.0F / 127);
  const std::vector<float> columns{1, 100, -0.5F, 50, 0.25F, -100};
  const WeightCode c = weight_code(columns, 2, 1, {});
  EXPECT_EQ(c.scales, r.scales);
  EXPECT_EQ(c.codes, (std::vector<std::int8_t>{127, 127, -64, 64, 32, -127}));
}

TEST(WeightCodes, ReportTheNoiseThatTheoryGives) {
  base::Stream stream(1, base::stable_id("weights"));
  std::vector<float> weights(100000);
  for (float& w : weights) w = static_cast<float>(2 * stream.uniform() - 1);
  const WeightCode code = weight_code(weights, 1, weights.size(), {});
  // Signal of a uniform on ±1: 1/3. Rounding noise at step 1/127: (1/127)²/12. Ratio 4·127² = 48.1 dB.
  EXPECT_NEAR(code.sqnr_db, 10 * std::log10(4.0 * 127 * 127), 0.1);
  EXPECT_TRUE(std::isinf(weight_code(std::vector<float>{127, -3}, 1, 2, {}).sqnr_db)) << "whole numbers are exact";
}

TEST(WeightCodes, HonourTheLeastScaleAndSurviveADeadChannel) {
  const std::vector<float> weights{1e-12F, -1e-12F, 0, 0};
  const WeightCode code = weight_code(weights, 2, 2, std::vector<double>{0.5, 0});
  EXPECT_EQ(code.scales[0], 0.5F);
  EXPECT_EQ(code.scales[1], 1.0F) << "no weight, no bias: any scale will do";
  EXPECT_EQ(code.codes, (std::vector<std::int8_t>{0, 0, 0, 0}));
}

}  // namespace
}  // namespace cradle::compress
