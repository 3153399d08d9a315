// How far a figure over many images could have come out otherwise: the bootstrap over images.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "cradle/base/statistics.h"

namespace cradle::task {

/// A statistic when image i counts times[i] times.
using Statistic = std::function<double(const std::vector<int>& times)>;

/// A statistic, and what it came to on each resample, in their order: two models that saw the same images were drawn
/// the same resamples, so that the differences of their draws are the bootstrap of the difference.
struct Resampled {
  base::Interval value;
  std::vector<double> draws;
};

/// The statistic of `images` images as they are, with P5 and P95 over resamples of the images with replacement (Efron
/// 1979), corrected for their bias (Efron 1987); the value always lies in its interval. Deterministic from `seed`, and
/// the same resamples for every statistic of as many images. Without images or resamples the interval is the value.
/// Cost: resamples × (images + the statistic).
Resampled bootstrap(std::size_t images, int resamples, std::uint64_t seed, const Statistic& statistic);

}  // namespace cradle::task
