// Reads the recordings and hands out to the forecasts only what had been seen by then.
#include "bench/forecast_replay.h"

#include <algorithm>
#include <cmath>

#include "cradle/base/csv.h"
#include "cradle/base/file.h"
#include "cradle/base/random.h"

namespace cradle::bench {
namespace {

Recording read(const std::string& name, const forecast::Plan& plan) {
  const std::string path = std::string(CRADLE_RECORDINGS) + "/" + name + ".csv";
  const base::Csv csv = base::parse_csv(base::read_file(path), path);
  Recording recording{name, false, name.ends_with("_2"), plan, {}, {}};
  for (const base::CsvRow& row : csv.rows)
    recording.marks.push_back(
        {row.cells.at(0), base::csv_number(row.cells.at(1), path), base::csv_number(row.cells.at(2), path)});
  recording.end = recording.marks.back();
  recording.marks.pop_back();
  return recording;
}

/// Synthetic: 40 epochs of 10 s with 2 % noise, whose power settles from 200 W to 150 W with a time constant of 60 s,
/// as a board does that reaches its thermal limit.
Recording settling_power() {
  constexpr int kEpochs = 40;
  base::Stream stream(1, base::stable_id("settling power"));
  Recording recording{"settling_power", true, false, {}, {{"training-begin", 1, 100}}, {}};
  double t = 1, j = 100;
  for (int epoch = 1; epoch <= kEpochs; ++epoch) {
    const double s = 10 * (1 + 0.02 * stream.normal());
    j += 150 * s + 50 * 60 * (std::exp(-t / 60) - std::exp(-(t + s) / 60));
    t += s;
    recording.marks.push_back({"epoch-" + std::to_string(epoch) + "/" + std::to_string(kEpochs), t, j});
  }
  recording.end = {"end", t + 0.5, j + 50};
  return recording;
}

record::Mark at(const Recording& recording, double t) {
  record::Mark before{"begin", 0, 0};
  for (const record::Mark& mark : recording.marks) {
    if (mark.t_s > t) return {"now", t, before.j + (mark.j - before.j) * (t - before.t_s) / (mark.t_s - before.t_s)};
    before = mark;
  }
  return recording.end;
}

Sight sight(const Recording& recording, const record::Mark& now, std::size_t seen) {
  const std::vector<record::Mark> marks(recording.marks.begin(),
                                        recording.marks.begin() + static_cast<std::ptrdiff_t>(seen));
  Sight sight;
  if (const auto f = forecast::forecast(marks, now, recording.plan)) {
    sight.cradle_j = f->total_j;
    sight.cradle_s = f->total_s;
  }
  sight.rule = forecast::first_epoch_rule(marks, now, recording.plan);
  return sight;
}

}  // namespace

std::vector<Recording> recordings() {
  return {read("plain", {}),
          read("cached", {}),
          read("validated", {}),
          read("validated_seldom", {}),
          read("early_stop", {}),
          read("early_stop_accuracy", {}),
          read("bucketed", {}),
          read("growing", {}),
          read("detector", {.epochs = 24}),
          read("steps", {}),
          read("plain_2", {}),
          read("cached_2", {}),
          read("validated_2", {}),
          read("early_stop_2", {}),
          read("early_stop_accuracy_2", {}),
          settling_power()};
}

Sight sight_at(const Recording& recording, double share) {
  const record::Mark now = at(recording, share * recording.end.t_s);
  const auto later = std::find_if(recording.marks.begin(), recording.marks.end(),
                                  [&](const record::Mark& mark) { return mark.t_s > now.t_s; });
  return sight(recording, now, static_cast<std::size_t>(later - recording.marks.begin()));
}

Scores scores_of(const Recording& recording) {
  Scores scores;
  for (std::size_t i = 0; i < recording.marks.size(); ++i) {
    const Sight s = sight(recording, recording.marks[i], i + 1);
    if (!s.cradle_j || !s.rule) continue;
    scores.cradle_j.add(*s.cradle_j, recording.end.j);
    scores.cradle_s.add(*s.cradle_s, recording.end.t_s);
    scores.rule_j.add({s.rule->j, s.rule->j, s.rule->j}, recording.end.j);
  }
  return scores;
}

}  // namespace cradle::bench
