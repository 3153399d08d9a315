// Two clocks read together, so that time spent asleep is seen; injected, so that tests own time.
#pragma once

#include <functional>

namespace cradle::meter {

/// Seconds since the machine started: with the time it was suspended, and without.
struct Instant {
  double boot_s = 0;   ///< CLOCK_BOOTTIME
  double awake_s = 0;  ///< CLOCK_MONOTONIC
};

using Clock = std::function<Instant()>;

/// The machine's own clocks; two vDSO calls, some 50 ns.
Instant now();

}  // namespace cradle::meter
