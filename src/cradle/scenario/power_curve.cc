// A training's energy over its hours.
#include "cradle/scenario/power_curve.h"

#include <algorithm>
#include <cmath>

#include "cradle/base/error.h"

namespace cradle::scenario {
namespace {

constexpr double kHour = 3600;

/// Spreads `j` evenly from second `from` to second `to`.
void spread(std::vector<double>& hours, double from, double to, double j) {
  if (!(to > from) || !(j > 0)) return;
  const auto last = static_cast<std::size_t>(std::ceil(to / kHour));
  if (hours.size() < last) hours.resize(last, 0.0);
  for (auto h = static_cast<std::size_t>(from / kHour); h < last; ++h) {
    const double begin = std::max(from, kHour * static_cast<double>(h));
    const double end = std::min(to, kHour * static_cast<double>(h + 1));
    if (end > begin) hours[h] += j * (end - begin) / (to - from);
  }
}

/// The marks of one clock and meter in their order; those of ranks hold a rank's joules only.
std::vector<record::Mark> usable_marks(const record::RunRecord& r) {
  std::vector<record::Mark> marks = r.marks;
  if (std::any_of(marks.begin(), marks.end(), [](const auto& m) { return m.name.starts_with("rank-"); })) return {};
  std::stable_sort(marks.begin(), marks.end(), [](const auto& a, const auto& b) { return a.t_s < b.t_s; });
  return marks;
}

}  // namespace

PowerCurve flat_curve(double duration_s) {
  if (!(duration_s > 0)) base::fail("how long the training took is not known; give [training] hours");
  PowerCurve curve{duration_s, {}, "flat"};
  spread(curve.shares, 0, duration_s, 1.0);
  return curve;
}

PowerCurve curve_of(const std::vector<record::RunRecord>& runs) {
  PowerCurve curve{0, {}, "flat"};
  double total = 0;
  for (const record::RunRecord& r : runs) {
    double t = 0, j = 0;
    for (const record::Mark& mark : usable_marks(r)) {
      const double to = std::clamp(mark.t_s, t, r.duration_s), up_to = std::clamp(mark.j, j, r.billed.j.value);
      spread(curve.shares, curve.duration_s + t, curve.duration_s + to, up_to - j);
      if (to > t) {
        t = to;
        j = up_to;
        curve.basis = "measured";
      }
    }
    spread(curve.shares, curve.duration_s + t, curve.duration_s + r.duration_s, r.billed.j.value - j);
    curve.duration_s += r.duration_s;
  }
  for (const double share : curve.shares) total += share;
  if (!(total > 0)) base::fail("the training's records hold no energy over time");
  for (double& share : curve.shares) share /= total;
  return curve;
}

}  // namespace cradle::scenario
