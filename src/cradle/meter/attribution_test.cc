// Who caused the joules, and the laws of conservation on random histories.
#include <rapidcheck.h>

#include <cmath>

#include "cradle/meter/part_bench_test.h"

namespace cradle::meter {
namespace {

TEST(Attribution, SplitsByCpuTimeAboveIdle) {
  // 100 J in a second on 4 CPUs, 20 W idle: 80 J go 1.5 : 0.5.
  const Joules a = attribute({100, 90, 110}, counter_part(), {1, 1.5, 2, 4}, Scope::kMine);
  EXPECT_DOUBLE_EQ(a.split.idle_j, 20);
  EXPECT_DOUBLE_EQ(a.split.mine_j, 60);
  EXPECT_DOUBLE_EQ(a.split.others_j, 20);
  EXPECT_DOUBLE_EQ(a.billed.value, 60 + 20 * 1.5 / 4);
  // A counter and a modelled idle err on their own: least with little energy and much idle (30 W), most the other way.
  EXPECT_DOUBLE_EQ(a.billed.low, 60 * 0.75 + 30 * 0.375);
  EXPECT_DOUBLE_EQ(a.billed.high, 95 * 0.75 + 15 * 0.375);
  EXPECT_DOUBLE_EQ(attribute({100, 90, 110}, counter_part(), {1, 1.5, 2, 4}, Scope::kMachine).billed.high, 110);
}

TEST(Attribution, WhoSleepsPaysNothingAndTheWholeMachineInUseIsBilledWhole) {
  EXPECT_EQ(attribute({20, 20, 20}, counter_part(), {1, 0, 2, 4}, Scope::kMine).billed.value, 0);
  EXPECT_EQ(attribute({20, 20, 20}, counter_part(), {1, 0, 0, 4}, Scope::kMine).split.idle_j, 20);
  EXPECT_DOUBLE_EQ(attribute({100, 100, 100}, counter_part(), {1, 4, 4, 4}, Scope::kMine).billed.value, 100);
}

TEST(Attribution, CpuTimeThatTheTicksMissedIsStillMine) {
  // The command's own clock counts nanoseconds, the machine's counts ticks: none in this short interval.
  const Joules a = attribute({1, 1, 1}, counter_part(), {0.01, 0.004, 0, 4}, Scope::kMine);
  EXPECT_DOUBLE_EQ(a.split.mine_j, 0.8);
  EXPECT_DOUBLE_EQ(a.split.others_j, 0);
}

struct Step {
  double seconds, watts, mine, others;
  int fault;  // 0 none, 1 failed read, 2 reset, 3 no settle
};

std::vector<Step> random_history() {
  std::vector<Step> steps;
  const int n = *rc::gen::inRange(1, 30);
  for (int i = 0; i < n; ++i) {
    const double seconds = *rc::gen::inRange(1, 5000) / 1000.0;
    const int mine = *rc::gen::inRange(0, 200), others = *rc::gen::inRange(0, 201);
    steps.push_back({seconds, *rc::gen::inRange(1, 9000) / 10.0, seconds * mine / 100, seconds * others / 100,
                     *rc::gen::weightedElement<int>({{6, 0}, {1, 1}, {1, 2}, {2, 3}})});
  }
  return steps;
}

TEST(Conservation, SplitAddsUpToThePartAndTheBillNeverExceedsIt) {
  EXPECT_TRUE(rc::check("mine + others + idle = part, low <= value <= high, bill <= part", [] {
    Bench b(counter_part());
    b.start();
    for (const Step& s : random_history()) {
      b.run(s.seconds, s.watts, s.mine, s.others);
      if (s.fault == 2) b.counter = 1;
      if (s.fault == 1)
        b.fail();
      else
        b.read(s.fault != 3);
      const Joules a = b.part.joules();
      const double scale = 1e-9 * (1 + a.j.value);
      RC_ASSERT(std::abs(a.split.mine_j + a.split.others_j + a.split.idle_j - a.j.value) < scale);
      RC_ASSERT(a.split.mine_j >= -scale && a.split.others_j >= -scale && a.split.idle_j >= -scale);
      RC_ASSERT(a.j.low <= a.j.value + scale && a.j.value <= a.j.high + scale);
      RC_ASSERT(a.billed.low <= a.billed.value + scale && a.billed.value <= a.billed.high + scale);
      RC_ASSERT(a.billed.value <= a.j.value + scale);
      RC_ASSERT(b.part.covered_s() <= b.time.instant.awake_s - 900 + 1e-9);
    }
  }));
}

TEST(Conservation, WhenAndHowOftenAReadingFallsChangesNoTotal) {
  EXPECT_TRUE(
      rc::check("with readings left out, failed or unsettled on the way, the counter gives the same joules", [] {
        Bench often(counter_part()), once(counter_part());
        often.start();
        once.start();
        double truth = 0;
        for (const Step& s : random_history()) {
          for (Bench* b : {&often, &once}) b->run(s.seconds, s.watts, s.mine, s.others);
          truth += s.seconds * s.watts;
          if (s.fault == 1)
            often.fail();
          else
            often.read(s.fault != 3);
        }
        for (Bench* b : {&often, &once}) {
          b->run(1, 100);
          b->read();
          RC_ASSERT(std::abs(b->j() - truth - 100) < 1e-6);
        }
      }));
}

TEST(Conservation, BillsOfAllCommandsTogetherNeverExceedTheMachine) {
  EXPECT_TRUE(rc::check("sum of bills <= energy", [] {
    const int n = *rc::gen::inRange(1, 6);
    std::vector<double> use;
    double busy = 0;
    for (int i = 0; i < n; ++i) {
      use.push_back(*rc::gen::inRange(0, 4000 / n) / 1000.0);
      busy += use.back();
    }
    const double e = *rc::gen::inRange(0, 1000);
    double bills = 0, mine = 0;
    for (const double u : use) {
      const Joules a = attribute({e, e, e}, counter_part(), {1, u, busy, 4}, Scope::kMine);
      bills += a.billed.value;
      mine += a.split.mine_j;
    }
    RC_ASSERT(bills <= e + 1e-9);
    RC_ASSERT(busy == 0 || std::abs(mine - std::max(0.0, e - 20)) < 1e-9);  // all dynamic energy is somebody's
  }));
}

}  // namespace
}  // namespace cradle::meter
