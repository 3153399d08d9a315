// Rounds of runs: in which order, how many, and why no more.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cradle/recipe/bench_statistics.h"

namespace cradle::recipe {

/// How often each contender runs.
struct RoundPlan {
  int runs = 0;          ///< rounds; 0: until the intervals are narrow
  double narrow = 0.02;  ///< half an interval by its value: of each mean of joules and each ratio to the first
  int least = 3;         ///< rounds that count before an interval is believed to be narrow
  int most = 30;         ///< rounds in all; used where runs is 0, like the two lines around
  double most_s = 600;   ///< no further round begins once they took so long
  int warm_ups = 0;      ///< rounds before, which are run and forgotten
  std::string prepare;   ///< a command of the shell before each run, not measured; "": none
  double idle_s = 0;     ///< rest under the meter before all rounds; 0: none
};

/// Throws Error (usage) naming the option for values that make no sense.
void check_plan(const RoundPlan& plan);

/// The world around the rounds, so that a test can bring its own.
struct Contest {
  std::vector<std::string> names;
  std::function<Sample(std::size_t contender, int round)> run;  ///< measured and kept; rounds count from 0
  std::function<void(std::size_t contender)> warm_up;
  std::function<double()> now_s;                           ///< seconds since any origin
  std::function<void(const std::string& line)> tell = {};  ///< progress; none: nothing is said
};

double steady_seconds();  ///< CLOCK_MONOTONIC: the clock of a Contest outside tests

struct Rounds {
  std::vector<std::vector<Sample>> samples;  ///< by contender, then by round; the discarded ones too
  Settling settling;                         ///< how many rounds at the beginning shall not count
  std::string stopped;                       ///< why there were no more: a sentence without its full stop
};

/// Runs all contenders once in each round, forth (A B C) and back (C B A) in turn, so that a steady drift of the
/// machine falls on all alike. With plan.runs = 0 it looks after each round, of several contenders after each pair of
/// rounds, whether all intervals of the settled rounds are narrow. Throws what `run` throws.
Rounds run_rounds(const RoundPlan& plan, const Contest& contest);

/// "±2.1 % (ratio of B to A)", for people.
std::string text_of(const Width& width, const std::vector<std::string>& names);

}  // namespace cradle::recipe
