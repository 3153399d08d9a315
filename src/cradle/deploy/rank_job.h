// The job "rank": which layers of a quantised model lose most against the float model.
#pragma once

#include <string_view>
#include <vector>

#include "cradle/base/json.h"

namespace cradle::deploy {

/// Arguments (docs/FORMATS.md): "model", the float one; "quantised", a file, or "candidates", a list of them; "images"
/// 32 and where they come from, as of "calibrate"; "threads". One pass over all models: each weighted layer's result,
/// behind its Relu or Clip, is compared with the value of the same name in the float model. A layer whose numbers are
/// not finite (an overflow) ranks as the worst. Memory does not grow with the images; costs one run of each model an
/// image. Throws base::Error naming a file that shares no layer with the model.
base::Json rank_job(const base::Json& arguments, std::string_view where);

/// Σx² and Σ(x − x̂)² of one value; their ratio.
struct ErrorSums {
  double signal = 0, noise = 0;
  void add(std::span<const float> expected, std::span<const float> found);
  bool finite() const;          ///< false after a number that is infinite or none, in either model
  double share() const;         ///< of noise to signal; infinite if not finite
  base::Json decibels() const;  ///< 10·log10(signal/noise); null without noise, and if not finite
};

}  // namespace cradle::deploy
