// Names of devices as systems spell them, cut down to the words that tell one device from another.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cradle::catalog {

/// "Intel(R) Core(TM) i7-8550U CPU @ 1.80GHz" → {"core", "i7", "8550u"}; "NVIDIA A100-SXM4-80GB" → {"a100", "sxm4",
/// "80gb"}. Drops vendors, marks, clock rates, "16-Core", "13th Gen" and "with Radeon Graphics".
std::vector<std::string> words_of(std::string_view name);

/// Whether two spellings mean the same thing: equal words in the same order, and at least one.
bool same_thing(std::string_view a, std::string_view b);

}  // namespace cradle::catalog
