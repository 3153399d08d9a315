// Names of devices as systems spell them, cut down to the words that tell one device from another.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cradle::catalog {

/// "Intel(R) Core(TM) i7-8550U CPU @ 1.80GHz" → {"core", "i7", "8550u"}; "NVIDIA A100-SXM4-80GB" → {"a100", "sxm4",
/// "80gb"}. Drops vendors, marks, clock rates, "16-Core", "13th Gen" and "with Radeon Graphics".
std::vector<std::string> words_of(std::string_view name);

/// The words joined by blanks: two spellings with the same normal form, if it is not empty, mean the same thing.
std::string normal_name(std::string_view name);

}  // namespace cradle::catalog
