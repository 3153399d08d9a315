// The truth rules, one test each: every test fails when its rule is taken away.
#include "cradle/meter/part_meter.h"

#include <gtest/gtest.h>

#include <rapidcheck.h>

#include <cmath>

#include "cradle/meter/fake_machine_test.h"

namespace cradle::meter {
namespace {

using base::Interval;

PartDescription counter_part() {
  PartDescription d;
  d.start = {"cpu-package-0", "cpu", record::Basis::kCounter, "test"};
  d.resolution_j = 1e-4;
  d.update_s = 0.001;
  d.range_j = FakeMachine::kRange;
  d.most_w = 1000;
  d.idle_w = {20, 15, 30};
  return d;
}

/// A part, its time and its readings; a counter that runs at a power of the test's choosing.
struct Bench {
  explicit Bench(PartDescription d, Scope scope = Scope::kMine) : part(std::move(d), 4, scope) {}
  PartMeter part;
  FakeTime time;
  std::vector<record::Event> events;
  double counter = 1000;

  void start() { part.start(time.instant, time.cpu, {true, "", counter, {}}, 0, events); }
  void start_failing() { part.start(time.instant, time.cpu, {false, "denied", 0, {}}, 0, events); }
  void read(bool settle = true) { add({true, "", counter, {}}, settle); }
  void fail(const std::string& why = "EIO") { add({false, why, 0, {}}, true); }
  void power(double w, bool settle = true) { add({true, "", 0, {w, w, w}}, settle); }
  void run(double seconds, double watts, double mine_cpu_s = 0, double others_cpu_s = 0) {
    time.pass(seconds, mine_cpu_s, others_cpu_s);
    counter += watts * seconds;
  }
  void add(const Reading& r, bool settle) {
    part.add(time.instant, time.cpu, r, settle, time.instant.boot_s - 1000, events);
  }
  double j() const { return part.joules().j.value; }
  std::string kinds() const {
    std::string text;
    for (const auto& e : events) text += (text.empty() ? "" : " ") + e.kind;
    return text;
  }
};

TEST(TruthRules, ACounterIsTheDifferenceOfItsReadings) {
  Bench b(counter_part());
  b.start();
  for (int i = 0; i < 10; ++i) {
    b.run(1, 120);
    b.read();
  }
  EXPECT_NEAR(b.j(), 1200, 1e-9);
  EXPECT_NEAR(b.part.covered_s(), 10, 1e-9);
  EXPECT_EQ(b.kinds(), "");
}

TEST(TruthRules, AWrapIsAddedOnceWhenItsPowerIsPossible) {
  Bench b(counter_part());
  b.counter = FakeMachine::kRange - 50;
  b.start();
  b.run(1, 120);
  b.counter -= FakeMachine::kRange;  // 70 J past zero
  b.read();
  b.run(1, 120);
  b.read();
  EXPECT_NEAR(b.j(), 240, 1e-6);
  EXPECT_EQ(b.kinds(), "wrap");
}

TEST(TruthRules, ACounterThatGoesBackByMoreThanAWrapAllowsWasReset) {
  Bench b(counter_part());
  b.start();
  b.run(1, 120);
  b.read();
  b.run(1, 120);
  b.counter = 5;  // as a wrap this would be 261 kJ in a second
  b.read();
  b.run(1, 120);
  b.read();
  EXPECT_EQ(b.kinds(), "reset");
  EXPECT_NEAR(b.j(), 360, 1e-6);  // the lost second at the mean of the others
  EXPECT_NEAR(b.part.covered_s(), 2, 1e-9);
  const Interval i = b.part.joules().j;
  EXPECT_LE(i.low, 240);          // and nobody knows it: from nothing
  EXPECT_GE(i.high, 240 + 1000);  // to the most it can take
}

TEST(TruthRules, AfterASuspendACounterThatWentBackWasResetHoweverSmallTheStep) {
  PartDescription d = counter_part();
  d.range_j = 1100;  // so small that a wrap would be plausible
  Bench b(d);
  b.start();
  b.run(0.1, 50);
  b.read();
  b.run(1, 0);
  b.time.sleep(3600);
  b.counter = 900;
  b.read();
  EXPECT_EQ(b.kinds(), "reset");
}

TEST(TruthRules, WithoutAKnownRangeGoingBackIsNeverTakenForAWrap) {
  PartDescription d = counter_part();
  d.range_j = 0;
  Bench b(d);
  b.start();
  b.run(1, 100);
  b.read();
  b.run(1, 100);
  b.counter -= 250;
  b.read();
  EXPECT_EQ(b.kinds(), "reset");
  EXPECT_NE(b.events[0].detail.find("range unknown"), std::string::npos);
  EXPECT_NEAR(b.j(), 200, 1e-6);
}

TEST(TruthRules, NoIntervalHoldsMoreThanThePartCanTake) {
  Bench b(counter_part());
  b.start();
  b.run(1, 100);
  b.read();
  b.run(1, 100);
  b.counter += 50000;  // a glitch forward
  b.read();
  b.run(1, 100);
  b.read();
  EXPECT_EQ(b.kinds(), "reset");
  EXPECT_NEAR(b.j(), 300, 1e-6);
}

TEST(TruthRules, AFailedReadIsAGapThatTheCounterBridges) {
  Bench b(counter_part());
  b.start();
  b.run(1, 120);
  b.read();
  b.run(1, 120);
  b.fail("energy_uj: Input/output error");
  EXPECT_NEAR(b.j(), 240, 1e-9);  // until it is read again: the mean, as a gap
  EXPECT_NEAR(b.part.covered_s(), 1, 1e-9);
  EXPECT_GE(b.part.joules().j.high, 1120);
  b.run(1, 300);
  b.fail();
  b.run(1, 120);
  b.read();
  EXPECT_NEAR(b.j(), 120 + 120 + 300 + 120, 1e-9);
  EXPECT_NEAR(b.part.covered_s(), 4, 1e-9);
  EXPECT_EQ(b.kinds(), "gap gap");  // one when it began, one when it was over
  EXPECT_EQ(b.events[0].detail, "energy_uj: Input/output error");
  EXPECT_NE(b.events[1].detail.find("nothing is lost"), std::string::npos);
}

TEST(TruthRules, AReadThatFailsToTheEndLeavesAGapNotAZero) {
  Bench b(counter_part());
  b.start();
  b.run(4, 100);
  b.read();
  for (int i = 0; i < 4; ++i) {
    b.run(1, 100);
    b.fail();
  }
  EXPECT_NEAR(b.j(), 800, 1e-9);
  EXPECT_NEAR(b.part.covered_s(), 4, 1e-9);
  EXPECT_EQ(b.kinds(), "gap");
}

TEST(TruthRules, WhatCameBeforeTheFirstGoodReadIsFilledByWhatFollows) {
  Bench b(counter_part());
  b.start_failing();
  b.run(2, 100);
  b.read();                           // read for the first time: nothing to subtract from
  EXPECT_NEAR(b.j(), 2 * 500, 1e-9);  // still only the guess: the middle of what is possible
  b.run(2, 100);
  b.read();
  EXPECT_NEAR(b.j(), 400, 1e-9);
  EXPECT_NEAR(b.part.covered_s(), 2, 1e-9);
  EXPECT_EQ(b.kinds(), "gap gap");
}

TEST(TruthRules, ACounterThatStandsStillIsAGap) {
  Bench b(counter_part());
  b.start();
  b.run(2, 100);
  b.read();
  b.run(2, 0);
  b.read();
  EXPECT_EQ(b.kinds(), "gap");
  EXPECT_NE(b.events[0].detail.find("stands still"), std::string::npos);
  EXPECT_NEAR(b.j(), 400, 1e-9);
  EXPECT_NEAR(b.part.covered_s(), 2, 1e-9);
}

TEST(TruthRules, ARunShorterThanTheSensorsPeriodHasAValueAndAnInterval) {
  PartDescription d = counter_part();
  d.guess_w = {80, 10, 200};
  Bench b(d);
  b.start();
  b.run(0.0005, 0);  // the counter was not renewed
  b.read(false);
  const Interval i = b.part.joules().j;
  EXPECT_NEAR(i.value, 0.04, 1e-9);
  EXPECT_NEAR(i.low, 0.005, 1e-9);
  EXPECT_NEAR(i.high, 0.1, 1e-9);
  EXPECT_EQ(b.part.covered_s(), 0);
  EXPECT_EQ(b.kinds(), "");
}

TEST(TruthRules, OneStepOfTheCounterWidensTheInterval) {
  Bench b(counter_part());
  b.start();
  b.run(0.2, 100);
  b.read();
  const Interval i = b.part.joules().j;
  const double step = 1e-4 + 0.001 * 100;  // resolution, and a millisecond at 100 W
  EXPECT_NEAR(i.value - i.low, step, 1e-9);
  EXPECT_NEAR(i.high - i.value, step, 1e-9);
}

TEST(TruthRules, WhenMoreWrapsFitTheNumberNearestToThePowerBeforeIsTakenAndTheIntervalHoldsAll) {
  Bench b(counter_part());
  b.start();
  b.run(10, 200);
  b.read();
  b.run(2000, 200);  // the meter was stopped: 400 kJ, one whole range and 137,856.7 J
  b.counter -= FakeMachine::kRange;
  b.read();
  EXPECT_NEAR(b.j(), 402000, 1e-6);
  const Interval i = b.part.joules().j;
  EXPECT_LE(i.low, 402000 - FakeMachine::kRange);
  EXPECT_GE(i.high, 402000 + FakeMachine::kRange);
  EXPECT_EQ(b.kinds(), "gap");
  EXPECT_NE(b.events[0].detail.find("more times"), std::string::npos);
}

TEST(TruthRules, TheSensorsToleranceIsInTheInterval) {
  PartDescription d = counter_part();
  d.tolerance = {1, 0.9, 1.2};
  d.update_s = 0;
  d.resolution_j = 0;
  Bench b(d);
  b.start();
  b.run(1, 100);
  b.read();
  EXPECT_NEAR(b.part.joules().j.low, 90, 1e-9);
  EXPECT_NEAR(b.part.joules().j.high, 120, 1e-9);
}

TEST(IntegratedPower, IsTheTrapezoid) {
  PartDescription d = counter_part();
  d.start.basis = record::Basis::kIntegrated;
  Bench b(d);
  b.part.start(b.time.instant, b.time.cpu, {true, "", 0, {100, 100, 100}}, 0, b.events);
  b.time.pass(1);
  b.power(200, false);
  b.time.pass(2);
  b.power(100);
  EXPECT_NEAR(b.j(), 150 + 300, 1e-9);
  b.time.pass(1);
  b.fail("no answer");
  b.time.pass(1);
  b.power(100);  // the failed second and the one after it have one end only: gaps
  EXPECT_NEAR(b.j(), 450 + 2 * 150, 1e-9);
  EXPECT_NEAR(b.part.covered_s(), 3, 1e-9);
  b.time.pass(1);
  b.power(5e6);  // five megawatts
  EXPECT_NEAR(b.j(), 450 + 3 * 150, 1e-9);
  EXPECT_EQ(b.kinds(), "gap gap gap");
}

TEST(ModelledPower, IsItsMeanTimesTimeAndAFailureIsAGap) {
  PartDescription d = counter_part();
  d.start.basis = record::Basis::kModelled;
  Bench b(d);
  b.part.start(b.time.instant, b.time.cpu, {true, "", 0, {50, 40, 60}}, 0, b.events);
  b.time.pass(0.05);
  b.power(70, false);
  b.time.pass(0.05);
  b.power(50);  // the mean over both: the provisional figure is replaced
  EXPECT_NEAR(b.j(), 5, 1e-9);
  b.time.pass(1);
  b.fail("no load");
  EXPECT_NEAR(b.j(), 55, 1e-9);
  EXPECT_NEAR(b.part.covered_s(), 0.1, 1e-9);
}

TEST(Attribution, SplitsByCpuTimeAboveIdle) {
  // 100 J in a second on 4 CPUs, 20 W idle: 80 J go 1.5 : 0.5.
  const Joules a = attribute({100, 90, 110}, counter_part(), 1, 1.5, 2, 4, Scope::kMine);
  EXPECT_DOUBLE_EQ(a.split.idle_j, 20);
  EXPECT_DOUBLE_EQ(a.split.mine_j, 60);
  EXPECT_DOUBLE_EQ(a.split.others_j, 20);
  EXPECT_DOUBLE_EQ(a.billed.value, 60 + 20 * 1.5 / 4);
  // A counter and a modelled idle err on their own: least with little energy and much idle (30 W), most the other way.
  EXPECT_DOUBLE_EQ(a.billed.low, 60 * 0.75 + 30 * 0.375);
  EXPECT_DOUBLE_EQ(a.billed.high, 95 * 0.75 + 15 * 0.375);
  EXPECT_DOUBLE_EQ(attribute({100, 90, 110}, counter_part(), 1, 1.5, 2, 4, Scope::kMachine).billed.high, 110);
}

TEST(Attribution, WhoSleepsPaysNothingAndTheWholeMachineInUseIsBilledWhole) {
  EXPECT_EQ(attribute({20, 20, 20}, counter_part(), 1, 0, 2, 4, Scope::kMine).billed.value, 0);
  EXPECT_EQ(attribute({20, 20, 20}, counter_part(), 1, 0, 0, 4, Scope::kMine).split.idle_j, 20);
  EXPECT_DOUBLE_EQ(attribute({100, 100, 100}, counter_part(), 1, 4, 4, 4, Scope::kMine).billed.value, 100);
}

TEST(Attribution, CpuTimeThatTheTicksMissedIsStillMine) {
  // The command's own clock counts nanoseconds, the machine's counts ticks: none in this short interval.
  const Joules a = attribute({1, 1, 1}, counter_part(), 0.01, 0.004, 0, 4, Scope::kMine);
  EXPECT_DOUBLE_EQ(a.split.mine_j, 0.8);
  EXPECT_DOUBLE_EQ(a.split.others_j, 0);
}

// --- conservation, on random histories ---

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
      const Joules a = attribute({e, e, e}, counter_part(), 1, u, busy, 4, Scope::kMine);
      bills += a.billed.value;
      mine += a.split.mine_j;
    }
    RC_ASSERT(bills <= e + 1e-9);
    RC_ASSERT(busy == 0 || std::abs(mine - std::max(0.0, e - 20)) < 1e-9);  // all dynamic energy is somebody's
  }));
}

}  // namespace
}  // namespace cradle::meter
