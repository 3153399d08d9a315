// The truth rules, one test each: every test fails when its rule is taken away.
#include "cradle/meter/part_meter.h"

#include <cmath>

#include "cradle/meter/part_bench_test.h"

namespace cradle::meter {
namespace {

using base::Interval;

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
  b.counter = sensor::FakeMachine::kRange - 50;
  b.start();
  b.run(1, 120);
  b.counter -= sensor::FakeMachine::kRange;  // 70 J past zero
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
  ASSERT_EQ(b.kinds(), "reset");
  EXPECT_NE(b.events[0].detail.find("went back"), std::string::npos);
  EXPECT_NEAR(b.j(), 360, 1e-6);  // the lost second at the mean of the others
  EXPECT_NEAR(b.part.covered_s(), 2, 1e-9);
  const Interval i = b.part.joules().j;
  EXPECT_LE(i.low, 240);          // and nobody knows it: from nothing
  EXPECT_GE(i.high, 240 + 1000);  // to the most it can take
}

TEST(TruthRules, AfterASuspendACounterThatWentBackWasResetHoweverSmallTheStep) {
  sensor::PartDescription d = counter_part();
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
  sensor::PartDescription d = counter_part();
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

TEST(TruthRules, JoulesThatNoReadingToldAreAGuessAndSaySo) {
  Bench b(counter_part());
  b.start();
  EXPECT_EQ(b.part.basis(), record::Basis::kCounter);  // nothing counted yet
  b.run(2, 0);
  b.read();
  EXPECT_EQ(b.part.basis(), record::Basis::kModelled);
  b.run(2, 100);
  b.read();
  EXPECT_EQ(b.part.basis(), record::Basis::kCounter);  // it moved: the counter tells of all of it
}

TEST(TruthRules, ARunShorterThanTheSensorsPeriodHasAValueAndAnInterval) {
  sensor::PartDescription d = counter_part();
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
  b.counter -= sensor::FakeMachine::kRange;
  b.read();
  EXPECT_NEAR(b.j(), 402000, 1e-6);
  const Interval i = b.part.joules().j;
  EXPECT_LE(i.low, 402000 - sensor::FakeMachine::kRange);
  EXPECT_GE(i.high, 402000 + sensor::FakeMachine::kRange);
  EXPECT_EQ(b.kinds(), "gap");
  EXPECT_NE(b.events[0].detail.find("more times"), std::string::npos);
}

TEST(TruthRules, TheSensorsToleranceIsInTheInterval) {
  sensor::PartDescription d = counter_part();
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
  sensor::PartDescription d = counter_part();
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
  sensor::PartDescription d = counter_part();
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

}  // namespace
}  // namespace cradle::meter
