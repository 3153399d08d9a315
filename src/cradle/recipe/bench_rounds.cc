// Forth and back until it is enough.
#include "cradle/recipe/bench_rounds.h"

#include <fmt/format.h>

#include <chrono>
#include <cmath>

#include "cradle/base/error.h"
#include "cradle/base/text.h"

namespace cradle::recipe {
namespace {

/// Contenders in the order of a round: forth in even ones, back in odd ones.
std::size_t turn(std::size_t place, int round, std::size_t contenders) {
  return round % 2 == 0 ? place : contenders - 1 - place;
}

std::string percent(double part) { return base::format_number(100 * part, 2) + " %"; }

/// Why it is enough after `rounds` rounds, or "".
std::string enough(const RoundPlan& plan, const Contest& contest, const Rounds& done, int rounds, double spent_s) {
  if (plan.runs > 0)
    return rounds >= plan.runs ? fmt::format("after {} round{}, as asked", rounds, rounds == 1 ? "" : "s") : "";
  const int counted = rounds - done.settling.discarded;
  const bool both_ways = contest.names.size() == 1 || rounds % 2 == 0;
  const Width width = widest_interval(done.samples, done.settling.discarded);
  if (both_ways && counted >= plan.least && width.relative <= plan.narrow)
    return fmt::format("after {} rounds every interval is within ±{}", rounds, percent(plan.narrow));
  const std::string still =
      fmt::format("the widest interval is {}, wanted ±{}", text_of(width, contest.names), percent(plan.narrow));
  if (rounds >= plan.most) return fmt::format("after {} rounds, the most allowed; {}", rounds, still);
  if (spent_s >= plan.most_s)
    return fmt::format("after {} rounds, {} being all the time allowed; {}", rounds, base::format_seconds(plan.most_s),
                       still);
  return "";
}

}  // namespace

double steady_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

void check_plan(const RoundPlan& plan) {
  if (plan.runs < 0) base::fail_usage("--runs must be at least 1, or auto; found {}", plan.runs);
  if (!(plan.narrow > 0 && plan.narrow < 1))
    base::fail_usage("--within is a part of the mean in percent, above 0 and below 100; found {}", 100 * plan.narrow);
  if (plan.most < 1) base::fail_usage("--max-runs must be at least 1, found {}", plan.most);
  if (!(plan.most_s > 0)) base::fail_usage("--max-time must be above 0 s, found {}", plan.most_s);
  if (plan.warm_ups < 0) base::fail_usage("--warmup must be at least 0, found {}", plan.warm_ups);
  if (!(plan.idle_s >= 0)) base::fail_usage("--idle must be at least 0 s, found {}", plan.idle_s);
}

std::string text_of(const Width& width, const std::vector<std::string>& whole_names) {
  constexpr std::size_t kLongestName = 30;  // it is one part of a line
  std::vector<std::string> names;
  for (const std::string& name : whole_names) names.push_back(base::cut(name, kLongestName));
  const std::string of = width.of_ratio ? fmt::format("energy of {} by that of {}", names[width.contender], names[0])
                                        : fmt::format("energy of {}", names[width.contender]);
  return std::isfinite(width.relative) ? fmt::format("±{} ({})", percent(width.relative), of)
                                       : fmt::format("unknown ({})", of);
}

Rounds run_rounds(const RoundPlan& plan, const Contest& contest) {
  const std::size_t contenders = contest.names.size();
  const auto tell = [&](const std::string& line) {
    if (contest.tell) contest.tell(line);
  };
  for (int round = 0; round < plan.warm_ups; ++round)
    for (std::size_t place = 0; place < contenders; ++place) {
      const std::size_t c = turn(place, round, contenders);
      tell(fmt::format("warm-up {} of {}: {}", round + 1, plan.warm_ups, contest.names[c]));
      contest.warm_up(c);
    }
  Rounds done;
  done.samples.resize(contenders);
  const double begin_s = contest.now_s();
  const std::string of = plan.runs > 0 ? fmt::format("of {}", plan.runs) : fmt::format("of at most {}", plan.most);
  std::string so_far;
  for (int round = 0; done.stopped.empty(); ++round) {
    for (std::size_t place = 0; place < contenders; ++place) {
      const std::size_t c = turn(place, round, contenders);
      tell(fmt::format("round {} {}: {}{}", round + 1, of, contest.names[c], so_far));
      done.samples[c].push_back(contest.run(c, round));
    }
    done.settling = settling_of(done.samples);
    done.stopped = enough(plan, contest, done, round + 1, contest.now_s() - begin_s);
    if (round > 0)
      so_far =
          "; widest interval so far " + text_of(widest_interval(done.samples, done.settling.discarded), contest.names);
  }
  return done;
}

}  // namespace cradle::recipe
