#include "cradle/compress/entropy.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <numeric>

#include "cradle/base/random.h"
#include "cradle/compress/ranges.h"

namespace cradle::compress {
namespace {

using Bins = std::vector<double>;

/// Σ P·log(P/Q) by the definition: both distributions written out.
double plain_divergence(const Bins& bins, std::size_t kept, std::size_t levels) {
  Bins p(bins.begin(), bins.begin() + static_cast<long>(kept));
  Bins q(kept, 0.0);
  for (std::size_t level = 0; level < levels; ++level) {
    double sum = 0, occupied = 0;
    for (std::size_t i = level * kept / levels; i < (level + 1) * kept / levels; ++i) sum += bins[i];
    const auto is_occupied = [&](std::size_t i) {
      const bool takes_the_rest =
          i + 1 == kept && std::accumulate(bins.begin() + static_cast<long>(kept), bins.end(), 0.0) > 0;
      return bins[i] > 0 || takes_the_rest;
    };
    for (std::size_t i = level * kept / levels; i < (level + 1) * kept / levels; ++i)
      occupied += is_occupied(i) ? 1 : 0;
    for (std::size_t i = level * kept / levels; i < (level + 1) * kept / levels; ++i)
      if (is_occupied(i)) q[i] = sum / occupied;
  }
  for (std::size_t i = kept; i < bins.size(); ++i) p.back() += bins[i];
  const double all_p = std::accumulate(p.begin(), p.end(), 0.0), all_q = std::accumulate(q.begin(), q.end(), 0.0);
  double sum = 0;
  for (std::size_t i = 0; i < kept; ++i) {
    if (p[i] == 0) continue;
    if (q[i] == 0) return std::numeric_limits<double>::infinity();
    sum += p[i] / all_p * std::log(p[i] / all_p / (q[i] / all_q));
  }
  return sum;
}

std::size_t plain_choice(const Bins& bins, std::size_t levels) {
  std::size_t best = bins.size();
  for (std::size_t kept = bins.size(); kept >= levels; --kept)
    if (plain_divergence(bins, kept, levels) < plain_divergence(bins, best, levels) - 1e-12) best = kept;
  return best;
}

Bins shape(std::size_t bins, const std::function<double(double)>& density) {
  Bins counts;
  for (std::size_t i = 0; i < bins; ++i)
    counts.push_back(std::floor(density((static_cast<double>(i) + 0.5) / static_cast<double>(bins)) * 1000));
  return counts;
}

TEST(Entropy, ChoosesAsThePlainDefinition) {
  for (std::uint64_t seed = 0; seed < 12; ++seed) {
    base::Stream stream(seed, base::stable_id("histogram"));
    Bins bins(90 + 7 * seed, 0.0);
    for (double& bin : bins) bin = std::floor(std::max(0.0, 20 * stream.normal()));  // half of them empty
    for (int i = 0; i < 3000; ++i) {
      const auto at = static_cast<std::size_t>(std::abs(stream.normal()) * 15);
      if (at < bins.size()) bins[at] += 1;
    }
    EXPECT_EQ(bins_to_keep(bins, 16), plain_choice(bins, 16)) << seed;
  }
}

TEST(Entropy, KeepsAnEvenDistributionAndCutsALongTail) {
  EXPECT_EQ(bins_to_keep(shape(1024, [](double) { return 1.0; }), 128), 1024U) << "nothing tells less than it has";
  const std::size_t bell = bins_to_keep(shape(1024, [](double x) { return std::exp(-50 * x * x); }), 128);
  EXPECT_LT(bell, 700U) << "a deviation of a tenth of the range";
  EXPECT_GT(bell, 150U);
  EXPECT_EQ(bins_to_keep(Bins(100, 3.0), 128), 100U) << "no more bins than levels";
}

TEST(Entropy, CutsFarOutliersOfActivations) {
  base::Stream stream(3, base::stable_id("outliers"));
  std::vector<float> values(50000);
  for (float& v : values) v = static_cast<float>(stream.normal());
  values[0] = 30;
  values[1] = -25;
  graph::ValueStatistics s;
  add(s, values.data(), values.size());
  const Range range = calibrated_range(s, Calibration::kEntropy);
  EXPECT_LT(range.high, 8);
  EXPECT_GT(range.high, 2.5);
  EXPECT_DOUBLE_EQ(range.low, -range.high) << "one magnitude for both ends";
  std::vector<float> positive = values;
  for (float& v : positive) v = std::max(v, 0.0F);
  graph::ValueStatistics p;
  add(p, positive.data(), positive.size());
  EXPECT_EQ(calibrated_range(p, Calibration::kEntropy).low, 0) << "never wider than what was seen";
}

TEST(Entropy, IsNotLedByTheZerosOfARelu) {
  base::Stream stream(4, base::stable_id("zeros"));
  std::vector<float> values(50000);
  for (float& v : values) v = static_cast<float>(std::abs(stream.normal()));
  const auto high_with_zeros = [&](std::size_t zeros) {
    std::vector<float> all = values;
    all.resize(values.size() + zeros, 0.0F);
    graph::ValueStatistics s;
    add(s, all.data(), all.size());
    return calibrated_range(s, Calibration::kEntropy).high;
  };
  EXPECT_DOUBLE_EQ(high_with_zeros(1'000'000), high_with_zeros(0));
}

TEST(Entropy, FoldsTheHistogramAtZeroWithoutLosingCounts) {
  const std::vector<float> values{-1, -0.5F, 0.25F, 2, 2};
  graph::ValueStatistics s;
  add(s, values.data(), values.size());
  const Bins bins = magnitudes(s);
  EXPECT_NEAR(std::accumulate(bins.begin(), bins.end(), 0.0), 5, 1e-9);
  const double width = (s.high - s.low) / 2048;
  EXPECT_EQ(bins.size(), static_cast<std::size_t>(2 / width) + 1);
  double mean = 0;
  for (std::size_t i = 0; i < bins.size(); ++i) mean += bins[i] * (static_cast<double>(i) + 0.5) * width / 5;
  EXPECT_NEAR(mean, 5.75 / 5, width);
}

TEST(Entropy, OfAConstantIsThatConstant) {
  for (const float constant : {0.0F, 3.0F, -2.0F}) {
    graph::ValueStatistics s;
    add(s, &constant, 1);
    const Range range = calibrated_range(s, Calibration::kEntropy);
    EXPECT_NEAR(range.low, std::min(0.0F, constant), 1e-5);
    EXPECT_NEAR(range.high, std::max(0.0F, constant), 1e-5);
  }
}

}  // namespace
}  // namespace cradle::compress
