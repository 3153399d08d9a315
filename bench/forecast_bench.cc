// cradle_bench_forecast: prints how far cradle and the first-epoch rule are off, training by training.
#include <fmt/core.h>

#include "bench/forecast_replay.h"
#include "cradle/base/error.h"
#include "cradle/base/text.h"

namespace {

using namespace cradle;

constexpr double kShares[] = {0.10, 0.25, 0.50};

std::string percent(double share) { return fmt::format("{:+.1f} %", 100 * share); }

/// Coverage over trainings, each counting the same.
struct Coverage {
  double j = 0, s = 0, trainings = 0;
  void add(const bench::Scores& scores) {
    j += scores.cradle_j.coverage();
    s += scores.cradle_s.coverage();
    ++trainings;
  }
};

std::vector<std::string> row_of(const bench::Recording& recording, const bench::Scores& scores) {
  std::vector<std::string> cells{recording.name + (recording.synthetic ? " (synthetic)" : "")};
  for (const double share : kShares) {
    const bench::Sight sight = bench::sight_at(recording, share);
    cells.push_back(sight.cradle_j ? percent(sight.cradle_j->value / recording.end.j - 1) : "–");
    cells.push_back(sight.rule ? percent(sight.rule->j / recording.end.j - 1) : "–");
  }
  cells.push_back(fmt::format("{:.2f} %", 100 * scores.cradle_j.mean_loss()));
  cells.push_back(fmt::format("{:.2f} %", 100 * scores.rule_j.mean_loss()));
  cells.push_back(fmt::format("{:.0f} %", 100 * scores.cradle_j.coverage()));
  cells.push_back(fmt::format("{:.0f} %", 100 * scores.cradle_s.coverage()));
  cells.push_back(fmt::format("{}", scores.cradle_j.forecasts));
  return cells;
}

void print() {
  base::Table table({"training", "10 %", "rule", "25 %", "rule", "50 %", "rule", "pinball", "rule", "P10–P90 J",
                     "P10–P90 s", "marks"});
  Coverage seen, held_out;
  for (const bench::Recording& recording : bench::recordings()) {
    const bench::Scores scores = bench::scores_of(recording);
    table.row(row_of(recording, scores));
    (recording.held_out ? held_out : seen).add(scores);
  }
  fmt::print("{}\n", table.markdown());
  fmt::print("Error of the forecast of total joules (P50) when a share of the run's time had passed; 'rule' is\n");
  fmt::print("the first epoch times the number of epochs. Pinball loss: mean over P10, P50, P90 and all marks, in %\n");
  fmt::print("of the total. P10–P90 held the outcome (joules, seconds; each training counting the same) in {:.0f} %\n",
             100 * seen.j / seen.trainings);
  fmt::print("and {:.0f} % of the forecasts, in {:.0f} % and {:.0f} % of those held out (_2); 80 % is wanted.\n",
             100 * seen.s / seen.trainings, 100 * held_out.j / held_out.trainings,
             100 * held_out.s / held_out.trainings);
}

}  // namespace

int main() {
  try {
    print();
  } catch (const base::Error& error) {
    fmt::print(stderr, "cradle_bench_forecast: {}\n", error.what());
    return 1;
  }
  return 0;
}
