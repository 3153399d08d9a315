// The name of JSON without its library: for headers that only pass it on (the library costs each file seconds).
#pragma once

#include <nlohmann/json_fwd.hpp>

namespace cradle::base {

/// Keeps keys in the order of insertion, so that files are stable and read well. Include base/json.h to use it.
using Json = nlohmann::ordered_json;

}  // namespace cradle::base
