// Inputs of the right extents for a model about whose images nothing is known: what its time and energy are measured
// on.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cradle/base/json.h"
#include "cradle/deploy/executor.h"

namespace cradle::deploy {

/// One set of inputs; views() points into it.
struct Noise {
  std::vector<std::string> names;
  std::vector<std::vector<std::int64_t>> shapes;
  std::vector<std::vector<float>> values;  ///< uniform in [0, 1), the same on every call
  std::vector<TensorView> views() const;
};

/// The model's own extents, a free first one as `batch`; others by "input_shape" of the job's arguments, a list (of a
/// model with one input) or an object of lists by name. Throws base::Error naming the input whose extents are not known
/// or do not fit.
Noise noise_for(const Description& description, const base::Json& arguments, std::string_view where,
                std::int64_t batch = 1);

}  // namespace cradle::deploy
