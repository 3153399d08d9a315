// Dense while a run is young, sparse when it is old.
#include "cradle/measure/pace.h"

#include <algorithm>

namespace cradle::measure {
namespace {

struct Stretch {
  double until_s, period_s;
};
constexpr Stretch kStretches[] = {{1, 0.1}, {60, 1}};
constexpr double kAfterwards_s = 5;
// No sensor needs more (NVML and hwmon renew every 20 to 100 ms); whoever wants more says so with --hz.
constexpr double kShortest_s = 0.01;

}  // namespace

double period_s(std::optional<double> hz, double longest_s, double t_s) {
  if (hz) return 1 / *hz;
  double period = kAfterwards_s;
  for (const Stretch& stretch : kStretches)
    if (t_s < stretch.until_s) {
      period = stretch.period_s;
      break;
    }
  return std::max(kShortest_s, std::min(period, longest_s));
}

}  // namespace cradle::measure
