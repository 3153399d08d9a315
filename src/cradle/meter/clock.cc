// CLOCK_BOOTTIME and CLOCK_MONOTONIC.
#include "cradle/meter/clock.h"

#include <time.h>

namespace cradle::meter {
namespace {

double read(clockid_t id) {
  timespec t{};
  clock_gettime(id, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

}  // namespace

Instant now() { return {read(CLOCK_BOOTTIME), read(CLOCK_MONOTONIC)}; }

}  // namespace cradle::meter
