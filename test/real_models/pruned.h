// A real model without some of its channels, for the tests of real models.
#pragma once

#include <filesystem>

#include "engines.h"

namespace cradle::test {

/// What removing some of the channels leaves behind.
struct Trace {
  double difference = 0;         ///< of the first output, in double precision, after those channels have been zeroed
  double engine_difference = 0;  ///< of ONNX Runtime from that, on the smaller model
  double parameters = 0;         ///< share that is left
  std::size_t groups = 0, protected_groups = 0;
};

/// Zeroes what makes some channels of each group that may lose some, then removes them. An input whose extents are
/// open takes those of `input`. `constants`: the net adds numbers to its channels on their way, so that what they are
/// multiplied with is zeroed as well.
Trace trace_of_dead_channels(const std::filesystem::path& model, const Numbers& input, bool constants = false);

}  // namespace cradle::test
