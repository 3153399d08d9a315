// From what activations look like to an eight-bit code for them.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "cradle/graph/activation_statistics.h"

namespace cradle::compress {

/// How the range that eight bits cover is chosen.
enum class Calibration {
  kMinMax,      ///< all values seen
  kPercentile,  ///< all but the outermost share of the values, half of it at each end
  kMse,         ///< the range with the least mean squared error on the histogram
  kEntropy,     ///< the magnitude at which 128 levels tell least otherwise than the histogram (entropy.h)
};
std::string_view name_of(Calibration calibration);     ///< "minmax", "percentile", "mse", "entropy"
Calibration calibration_named(std::string_view name);  ///< throws Error (usage) with suggestion

struct Range {
  double low = 0, high = 0;
};

/// What an engine wants activations coded in.
struct ActivationFormat {
  bool is_signed = false;  ///< int8, else uint8
  bool symmetric = false;  ///< zero 0, int8: ±127
};

/// The range to cover; always contains 0, so that zero (padding, ReLU's floor) is exact. `percentile`, in (50, 100], is
/// for kPercentile alone; `format` for kMse, whose error is that of the codes that will be written. Resolution is that
/// of the histogram's 2048 bins.
Range calibrated_range(const graph::ValueStatistics& statistics, Calibration calibration, double percentile = 99.99,
                       const ActivationFormat& format = {});

/// real = scale · (code − zero), code in 0 … 255 or −128 … 127.
struct ActivationCode {
  float scale = 1;
  int zero = 0;
  bool is_signed = false;
};
/// The code whose ends are the ends of the range (which contains 0): zero = round(−low/scale), 128 less if signed; or,
/// if symmetric, that whose greatest code is the end farther from 0. An empty range gives scale 1. Source: Jacob et al.
/// 2018, "Quantization and training of neural networks …", section 3.
ActivationCode activation_code(const Range& range, const ActivationFormat& format = {});

/// Weights in −127 … 127 (or fewer) with one scale a channel, symmetric; and how well they stand for the originals.
struct WeightCode {
  std::vector<float> scales;       ///< per channel
  std::vector<std::int8_t> codes;  ///< in the order of the weights
  double sqnr_db = 0;              ///< 10·log10(Σw² / Σ(w−ŵ)²); infinite if exact
};
/// `weights` is a row-major array in which channel c of `channels` is the index (i / inner) % channels. A channel's
/// scale is max|w|/`greatest`, but at least `least_scales[c]` (empty: no bound), so that a bias in int32 at that scale
/// does not overflow. Codes lie in ±`greatest`.
WeightCode weight_code(std::span<const float> weights, std::size_t channels, std::size_t inner,
                       std::span<const double> least_scales, int greatest = 127);

}  // namespace cradle::compress
