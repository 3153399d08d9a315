// How far a figure over many images could have come out otherwise: the bootstrap over images.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "cradle/base/statistics.h"

namespace cradle::task {

/// A statistic when image i counts times[i] times.
using Statistic = std::function<double(const std::vector<int>& times)>;

/// The statistic of `images` images as they are, with P5 and P95 over resamples of the images with replacement (Efron
/// 1979), corrected for their bias (Efron 1987); the value always lies in its interval. Deterministic from `seed`, and
/// the same resamples for every statistic of as many images. Without images or resamples the interval is the value.
/// Cost: resamples × (images + the statistic).
base::Interval bootstrap(std::size_t images, int resamples, std::uint64_t seed, const Statistic& statistic);

}  // namespace cradle::task
