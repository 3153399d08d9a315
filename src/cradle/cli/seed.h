// The seed of random draws on the command line: --seed.
#pragma once

#include <cstdint>

namespace CLI {
class App;
}

namespace cradle::cli {

/// Adds --seed to a command, by default what `seed` holds. A seed is from 0 to 2^53, which JSON holds exactly: without
/// the bound -1 would be read as the largest number there is.
void add_seed_option(CLI::App& command, std::uint64_t& seed);

}  // namespace cradle::cli
