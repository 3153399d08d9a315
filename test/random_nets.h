// Random nets of the operators that channels run through, for tests.
#pragma once

#include <cstdint>

#include "cradle/graph/graph.h"

namespace cradle::test {

/// A net of some dozen nodes on images of 3 × 6 × 6: convolutions of all kinds, norms, sums, products, concatenations,
/// splits, gates, moves of axes, resizing, and one of several ends. All its steps give 0 for 0. The same seed gives the
/// same net.
graph::Graph random_net(std::uint64_t seed);

}  // namespace cradle::test
