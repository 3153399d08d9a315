// Chooses ranges and codes for activations and weights.
#include "cradle/compress/ranges.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>

#include "cradle/base/error.h"
#include "cradle/base/text.h"
#include "cradle/compress/entropy.h"

namespace cradle::compress {
namespace {

using graph::ValueStatistics;

double bin_width(const ValueStatistics& s) { return (s.high - s.low) / static_cast<double>(s.histogram.size()); }

Range with_zero(Range range) { return {std::min(range.low, 0.0), std::max(range.high, 0.0)}; }

/// Cuts whole bins from both ends while the cut share stays within (1 − percentile/100)/2.
Range percentile_range(const ValueStatistics& s, double percentile) {
  const double allowed = s.count * (1.0 - percentile / 100.0) / 2.0;
  std::size_t first = 0, last = s.histogram.size();
  double cut = 0;
  while (first + 1 < last && cut + s.histogram[first] <= allowed) cut += s.histogram[first++];
  cut = 0;
  while (last - 1 > first && cut + s.histogram[last - 1] <= allowed) cut += s.histogram[--last];
  const double width = bin_width(s);
  return {std::max(s.least, s.low + width * static_cast<double>(first)),
          std::min(s.greatest, s.low + width * static_cast<double>(last))};
}

/// Σ count·(x − x̂)² over the bins' centres if `range` is coded in eight bits.
double squared_error(const ValueStatistics& s, const Range& range, const ActivationFormat& format) {
  const ActivationCode code = activation_code(with_zero(range), format);
  const double least = format.is_signed ? -128 : 0, greatest = least + 255;
  const double scale = static_cast<double>(code.scale), zero = static_cast<double>(code.zero);
  const double width = bin_width(s);
  double sum = 0;
  for (std::size_t i = 0; i < s.histogram.size(); ++i) {
    if (s.histogram[i] == 0) continue;
    const double x = s.low + width * (static_cast<double>(i) + 0.5);
    const double q = std::clamp(std::nearbyint(x / scale) + zero, least, greatest);
    const double error = x - scale * (q - zero);
    sum += s.histogram[i] * error * error;
  }
  return sum;
}

/// Tries both ends at 1/kSteps, 2/kSteps, … of what was seen: first together, then each end alone.
Range mse_range(const ValueStatistics& s, const ActivationFormat& format) {
  constexpr int kSteps = 100;
  const Range full = with_zero({s.least, s.greatest});
  Range best = full;
  double least = squared_error(s, full, format);
  const auto consider = [&](const Range& range) {
    const double error = squared_error(s, range, format);
    if (error < least) {
      least = error;
      best = range;
    }
  };
  for (int i = kSteps - 1; i > 0; --i) consider({full.low * i / kSteps, full.high * i / kSteps});
  const Range together = best;
  for (int i = kSteps; i > 0; --i) consider({together.low, full.high * i / kSteps});
  const double high = best.high;
  for (int i = kSteps; i > 0; --i) consider({full.low * i / kSteps, high});
  return best;
}

}  // namespace

std::string_view name_of(Calibration calibration) {
  switch (calibration) {
    case Calibration::kMinMax: return "minmax";
    case Calibration::kPercentile: return "percentile";
    case Calibration::kMse: return "mse";
    case Calibration::kEntropy: return "entropy";
  }
  return "";
}

Calibration calibration_named(std::string_view name) {
  const std::vector<std::string> names{"minmax", "percentile", "mse", "entropy"};
  for (const Calibration c : {Calibration::kMinMax, Calibration::kPercentile, Calibration::kMse, Calibration::kEntropy})
    if (name_of(c) == name) return c;
  base::fail_usage("there is no calibration '{}'{}; known: {}", name, base::suggestion(name, names),
                   fmt::join(names, ", "));
}

Range calibrated_range(const ValueStatistics& statistics, Calibration calibration, double percentile,
                       const ActivationFormat& format) {
  assert(!statistics.histogram.empty());
  if (!(percentile > 50.0 && percentile <= 100.0))
    base::fail_usage("the percentile must lie above 50 and not above 100, found {}", percentile);
  switch (calibration) {
    case Calibration::kMinMax: break;
    case Calibration::kPercentile: return with_zero(percentile_range(statistics, percentile));
    case Calibration::kMse: return with_zero(mse_range(statistics, format));
    case Calibration::kEntropy: {
      const double magnitude = entropy_magnitude(statistics);
      return with_zero({std::max(statistics.least, -magnitude), std::min(statistics.greatest, magnitude)});
    }
  }
  return with_zero({statistics.least, statistics.greatest});
}

ActivationCode activation_code(const Range& range, const ActivationFormat& format) {
  assert(range.low <= 0 && range.high >= 0);
  const double scale = format.symmetric ? std::max(-range.low, range.high) / 127.0 : (range.high - range.low) / 255.0;
  ActivationCode code{1, format.is_signed && !format.symmetric ? -128 : 0, format.is_signed};
  // Below the least normal float a scale would lose its digits; such an activation is constant zero.
  if (scale < static_cast<double>(std::numeric_limits<float>::min())) return code;
  code.scale = static_cast<float>(scale);
  if (!format.symmetric) code.zero += static_cast<int>(std::clamp(std::nearbyint(-range.low / scale), 0.0, 255.0));
  return code;
}

WeightCode weight_code(std::span<const float> weights, std::size_t channels, std::size_t inner,
                       std::span<const double> least_scales, int greatest_code) {
  assert(greatest_code > 0 && greatest_code <= 127);
  assert(channels > 0 && inner > 0 && (least_scales.empty() || least_scales.size() == channels));
  std::vector<double> greatest(channels, 0.0);
  for (std::size_t i = 0; i < weights.size(); ++i) {
    double& g = greatest[i / inner % channels];
    g = std::max(g, std::abs(static_cast<double>(weights[i])));
  }
  WeightCode code;
  for (std::size_t c = 0; c < channels; ++c) {
    const double scale = std::max(greatest[c] / greatest_code, least_scales.empty() ? 0.0 : least_scales[c]);
    const bool usable = scale >= static_cast<double>(std::numeric_limits<float>::min());
    code.scales.push_back(usable ? static_cast<float>(scale) : 1.0F);
  }
  double signal = 0, noise = 0;
  code.codes.reserve(weights.size());
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const double w = static_cast<double>(weights[i]), scale = static_cast<double>(code.scales[i / inner % channels]);
    const double q = std::clamp(std::nearbyint(w / scale), -1.0 * greatest_code, 1.0 * greatest_code);
    code.codes.push_back(static_cast<std::int8_t>(q));
    signal += w * w;
    noise += (w - q * scale) * (w - q * scale);
  }
  code.sqnr_db = noise > 0 ? 10.0 * std::log10(signal / noise) : std::numeric_limits<double>::infinity();
  return code;
}

}  // namespace cradle::compress
