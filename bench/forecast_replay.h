// Recorded trainings, played again mark by mark to cradle's forecast and to the first-epoch rule.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cradle/forecast/score.h"

namespace cradle::bench {

/// A training whose end is known.
struct Recording {
  std::string name;
  bool synthetic = false;
  bool held_out = false;  ///< recorded after the forecast's constants had been settled
  forecast::Plan plan;    ///< what its command said and its marks do not
  std::vector<record::Mark> marks;
  record::Mark end;
};

/// Every recording of bench/forecast/data (those of a second seed were held out), and one trace made by code: power
/// that settles by a quarter. Throws Error naming a file that cannot be read.
std::vector<Recording> recordings();

/// One forecast of the total joules by both.
struct Sight {
  std::optional<base::Interval> cradle_j;
  std::optional<base::Interval> cradle_s;
  std::optional<forecast::Amount> rule;
};

/// What was to be seen when a share (0 to 1) of the run's time had passed.
Sight sight_at(const Recording& recording, double share);

/// Scores over all marks at which both have a forecast; those of energy also for the time.
struct Scores {
  forecast::Score cradle_j;
  forecast::Score cradle_s;
  forecast::Score rule_j;
};
Scores scores_of(const Recording& recording);

}  // namespace cradle::bench
