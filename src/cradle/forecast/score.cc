// Pinball loss, coverage, and the mean of the first epoch.
#include "cradle/forecast/score.h"

#include <algorithm>

namespace cradle::forecast {

double pinball(double p, double forecast, double actual) {
  return actual >= forecast ? p * (actual - forecast) : (1 - p) * (forecast - actual);
}

double pinball(const base::Interval& quantiles, double actual) {
  return (pinball(0.1, quantiles.low, actual) + pinball(0.5, quantiles.value, actual) +
          pinball(0.9, quantiles.high, actual)) /
         3;
}

void Score::add(const base::Interval& quantiles, double actual) {
  ++forecasts;
  covered += quantiles.low <= actual && actual <= quantiles.high ? 1 : 0;
  loss += pinball(quantiles, actual) / actual;
}

double Score::mean_loss() const { return forecasts > 0 ? loss / forecasts : 0; }
double Score::coverage() const { return forecasts > 0 ? static_cast<double>(covered) / forecasts : 0; }

std::optional<Amount> first_epoch_rule(const std::vector<record::Mark>& marks, const record::Mark& now,
                                       const Plan& plan) {
  const Timeline t = timeline_of(marks, now, plan);
  Amount first;
  double times = t.plan.epochs;
  if (t.steps_only) {
    if (!t.open || t.open->chunks.empty()) return std::nullopt;
    first = t.open->chunks.front().cost;
    times = t.open->steps / t.open->chunks.front().steps;
  } else {
    const bool next_begun = t.ended.size() > 1 || (t.ended.size() == 1 && t.open);
    if (!next_begun && !(t.finished && !t.ended.empty())) return std::nullopt;
    first = t.ended.front().cost;
    for (const Stage& stage : t.stages)
      for (std::size_t i = 0; i < stage.cycles.size(); ++i)
        if (stage.cycles[i] == t.ended.front().number) {
          first.s += stage.costs[i].s;
          first.j += stage.costs[i].j;
        }
  }
  if (times <= 0) return std::nullopt;
  return Amount{t.before.s + times * first.s, t.before.j + times * first.j};
}

}  // namespace cradle::forecast
