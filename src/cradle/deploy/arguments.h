// Reading numbers of a job's arguments, with their range.
#pragma once

#include <string_view>

#include "cradle/base/json.h"

namespace cradle::deploy {

/// The number at `key`, or the fall-back if it is absent; throws base::Error unless low <= number <= high.
double number_between(const base::Json& arguments, std::string_view key, double fallback, double low, double high,
                      std::string_view where);
/// The same for a whole number.
std::size_t count_between(const base::Json& arguments, std::string_view key, std::size_t fallback, std::size_t low,
                          std::size_t high, std::string_view where);

}  // namespace cradle::deploy
