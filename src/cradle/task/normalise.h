// What a foreign model wants subtracted from pixels and divided out before it sees them.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "cradle/base/json.h"
#include "cradle/task/sample.h"

namespace cradle::task {

/// One number for each channel, or one for all; empty: pixels are given as they are, 0 to 1.
struct Normalisation {
  std::vector<float> mean, deviation;
};

/// From a job's "mean" and "deviation". Throws base::Error "where: …" if one lacks the other, they differ in number, or
/// a deviation is not above 0.
Normalisation normalisation_from(const base::Json& arguments, std::string_view where);

/// (pixel − mean) / deviation, in place. Throws base::Error if there is neither one number nor one for each channel.
void normalise(std::span<float> pixels, const ImageShape& image, const Normalisation& by);

}  // namespace cradle::task
