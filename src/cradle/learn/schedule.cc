// The schedules of the learning rate.
#include "cradle/learn/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "cradle/base/error.h"
#include "cradle/base/text.h"

namespace cradle::learn {

namespace {
constexpr double kRise = 0.2;          // share of the training in which the rate rises
constexpr double kStart = 1.0 / 25.0;  // of the peak, as in the authors' and fast.ai's defaults
constexpr double kEnd = 1.0 / 1000.0;

/// From 1 down to kEnd along half a cosine wave.
double fallen(double done) { return kEnd + (1 - kEnd) * (1 + std::cos(std::numbers::pi * done)) / 2; }
}  // namespace

double one_cycle(double peak, double done) {
  done = std::clamp(done, 0.0, 1.0);
  if (done < kRise) return peak * (kStart + (1 - kStart) * done / kRise);
  return peak * fallen((done - kRise) / (1 - kRise));
}

double cosine(double peak, double done) { return peak * fallen(std::clamp(done, 0.0, 1.0)); }

const std::vector<std::string>& schedule_names() {
  static const std::vector<std::string> names = {"one-cycle", "cosine"};
  return names;
}

double rate_of(std::string_view schedule, double peak, double done) {
  if (schedule == "one-cycle") return one_cycle(peak, done);
  if (schedule == "cosine") return cosine(peak, done);
  base::fail_usage("there is no schedule '{}': expected one-cycle or cosine{}", schedule,
                   base::suggestion(schedule, schedule_names()));
}

}  // namespace cradle::learn
