// The option --seed.
#include "cradle/cli/seed.h"

#include <CLI/CLI.hpp>

namespace cradle::cli {

void add_seed_option(CLI::App& command, std::uint64_t& seed) {
  // Of a signed type, as the text is checked before it becomes a seed.
  const CLI::Range range(std::int64_t{0}, std::int64_t{1} << 53);
  command.add_option("--seed", seed, "Seed of the random draws")->check(range)->capture_default_str();
}

}  // namespace cradle::cli
