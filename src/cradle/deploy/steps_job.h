// The job "steps": what an engine makes of a model, step by step, with the float islands of a quantised one.
#pragma once

#include <string_view>

#include "cradle/base/json.h"

namespace cradle::deploy {

/// Arguments and answer stand in docs/FORMATS.md. The input is noise of the model's own extents, or of "input_shape"
/// where those are free. Throws base::Error for a model that an engine refuses or whose extents are not known.
base::Json steps_job(const base::Json& arguments, std::string_view where);

}  // namespace cradle::deploy
