// The constants of Philox4x32-10, for the files that run its rounds.
#pragma once

#include <cstdint>

namespace cradle::base {

// Multipliers and Weyl constants of Philox4x32, Salmon et al. 2011, table 2 and section 3.3.
inline constexpr std::uint32_t kMultiplier0 = 0xD2511F53;
inline constexpr std::uint32_t kMultiplier1 = 0xCD9E8D57;
inline constexpr std::uint32_t kWeyl0 = 0x9E3779B9;
inline constexpr std::uint32_t kWeyl1 = 0xBB67AE85;
inline constexpr int kRounds = 10;

}  // namespace cradle::base
