// A clock and CPU times that a test moves by hand: for the tests of this room.
#pragma once

#include "cradle/meter/meter.h"

namespace cradle::meter {

/// Time and CPU times that a test moves by hand.
struct FakeTime {
  Instant instant{1000, 900};
  CpuTimes cpu;
  void pass(double seconds, double mine_cpu_s = 0, double others_cpu_s = 0) {
    instant.boot_s += seconds;
    instant.awake_s += seconds;
    cpu.mine_s += mine_cpu_s;
    cpu.busy_s += mine_cpu_s + others_cpu_s;
  }
  void sleep(double seconds) { instant.boot_s += seconds; }
  Clock clock() {
    return [this] { return instant; };
  }
  CpuTimesNow cpu_times() {
    return [this] { return cpu; };
  }
};

inline double total_of(const record::Sample& s) {
  double sum = 0;
  for (const auto& part : s.parts) sum += part.j.value;
  return sum;
}

}  // namespace cradle::meter
