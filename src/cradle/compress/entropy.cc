// Kullback-Leibler calibration on one histogram, with running sums so that a candidate costs its levels alone.
#include "cradle/compress/entropy.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace cradle::compress {
namespace {

constexpr std::size_t kLevels = 128;  // of a magnitude in int8: Migacz, GTC 2017

double entropy_term(double count) { return count > 0 ? count * std::log(count) : 0; }

/// Sums of the first i bins.
struct Sums {
  std::vector<double> count, occupied, entropy;
  explicit Sums(const std::vector<double>& bins) : count{0}, occupied{0}, entropy{0} {
    for (const double bin : bins) {
      count.push_back(count.back() + bin);
      occupied.push_back(occupied.back() + (bin > 0 ? 1 : 0));
      entropy.push_back(entropy.back() + entropy_term(bin));
    }
  }
};

/// Σ P·log(P/Q) if the first `kept` bins stay; infinite if Q is zero where P is not.
double divergence(const std::vector<double>& bins, const Sums& sums, std::size_t kept, std::size_t levels) {
  const double all = sums.count.back(), inside = sums.count[kept], outside = all - inside;
  const double last = bins[kept - 1] + outside;
  // In counts: P = p/all, Q = q/inside.
  double sum = sums.entropy[kept - 1] + entropy_term(last);
  for (std::size_t level = 0; level < levels; ++level) {
    const std::size_t begin = level * kept / levels, end = (level + 1) * kept / levels;
    const double merged = sums.count[end] - sums.count[begin];
    double occupied = sums.occupied[end] - sums.occupied[begin], p = merged;
    if (end == kept) {
      p += outside;
      if (bins[kept - 1] == 0 && outside > 0) occupied += 1;
    }
    if (p <= 0) continue;
    if (merged <= 0) return std::numeric_limits<double>::infinity();
    sum -= p * std::log(merged / occupied);
  }
  return sum / all + std::log(inside / all);
}

}  // namespace

double magnitude_width(const graph::ValueStatistics& s) {
  const double greatest = std::max(std::abs(s.least), std::abs(s.greatest));
  return std::max(s.high - s.low, greatest) / static_cast<double>(s.histogram.size());
}

std::vector<double> magnitudes(const graph::ValueStatistics& s) {
  const double bin = (s.high - s.low) / static_cast<double>(s.histogram.size()), width = magnitude_width(s);
  const double greatest = std::max(std::abs(s.least), std::abs(s.greatest));
  std::vector<double> bins(static_cast<std::size_t>(std::floor(greatest / width)) + 1, 0.0);
  const auto share = [&](double from, double to, double count) {  // from and to in bins, both at least 0
    for (double at = from; at < to;) {
      const auto index = static_cast<std::size_t>(at);
      const double end = std::min(to, static_cast<double>(index) + 1);
      bins[std::min(index, bins.size() - 1)] += count * (end - at) / (to - from);
      at = end;
    }
  };
  for (std::size_t i = 0; i < s.histogram.size(); ++i) {
    if (s.histogram[i] == 0) continue;
    const double from = (s.low + bin * static_cast<double>(i)) / width, to = from + bin / width;
    if (from >= 0) share(from, to, s.histogram[i]);
    if (to <= 0) share(-to, -from, s.histogram[i]);
    if (from < 0 && to > 0) {
      share(0, -from, s.histogram[i] * -from / (to - from));
      share(0, to, s.histogram[i] * to / (to - from));
    }
  }
  return bins;
}

std::size_t bins_to_keep(const std::vector<double>& bins, std::size_t levels) {
  if (bins.size() <= levels) return bins.size();
  const Sums sums(bins);
  std::size_t best = bins.size();
  double least = divergence(bins, sums, best, levels);
  for (std::size_t kept = bins.size() - 1; kept >= levels; --kept) {
    const double d = divergence(bins, sums, kept, levels);
    if (d < least - 1e-12) {  // of equals, but for rounding, the greater range
      least = d;
      best = kept;
    }
  }
  return best;
}

double entropy_magnitude(const graph::ValueStatistics& s) {
  const double greatest = std::max(std::abs(s.least), std::abs(s.greatest));
  std::vector<double> bins = magnitudes(s);
  // What ReLU makes zero is exact in every code and would drown the rest; NVIDIA's pytorch-quantization does the same.
  if (bins.size() > 1) bins[0] = bins[1];
  return std::min(greatest, magnitude_width(s) * static_cast<double>(bins_to_keep(bins, kLevels)));
}

}  // namespace cradle::compress
