// The one-cycle schedule.
#include "cradle/learn/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace cradle::learn {

namespace {
constexpr double kRise = 0.2;          // share of the training in which the rate rises
constexpr double kStart = 1.0 / 25.0;  // of the peak, as in the authors' and fast.ai's defaults
constexpr double kEnd = 1.0 / 1000.0;
}  // namespace

double one_cycle(double peak, double done) {
  done = std::clamp(done, 0.0, 1.0);
  if (done < kRise) return peak * (kStart + (1 - kStart) * done / kRise);
  const double fall = (done - kRise) / (1 - kRise);
  return peak * (kEnd + (1 - kEnd) * (1 + std::cos(std::numbers::pi * fall)) / 2);
}

}  // namespace cradle::learn
