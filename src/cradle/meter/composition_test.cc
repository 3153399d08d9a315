// Parts inside parts, changes of basis, and GPUs that say whose work they did.
#include <gtest/gtest.h>

#include <cmath>

#include "cradle/meter/fake_time_test.h"
#include "cradle/meter/part_bench_test.h"
#include "cradle/meter/scripted_sensor_test.h"

namespace cradle::meter {
namespace {

using base::Interval;
using record::Basis;

/// A machine of scripted parts.
struct Machine {
  explicit Machine(std::vector<std::shared_ptr<Script>> all, Scope scope = Scope::kMine) : scripts(std::move(all)) {
    std::vector<std::unique_ptr<sensor::Sensor>> sensors;
    for (const auto& s : scripts) sensors.push_back(std::make_unique<ScriptedSensor>(s));
    meter = std::make_unique<Meter>(std::move(sensors), 4, scope, time.clock(), time.cpu_times());
  }
  /// Time passes and each part takes its joules.
  record::Sample run(double seconds, const std::vector<double>& joules, double mine_cpu_s = 0,
                     double others_cpu_s = 0) {
    time.pass(seconds, mine_cpu_s, others_cpu_s);
    for (std::size_t i = 0; i < joules.size(); ++i) scripts[i]->reading.counter_j += joules[i];
    return meter->sample();
  }
  std::string events() {
    std::string text;
    for (const record::Event& e : meter->take_events()) text += e.kind + " " + e.part + ": " + e.detail + "\n";
    return text;
  }
  FakeTime time;
  std::vector<std::shared_ptr<Script>> scripts;
  std::unique_ptr<Meter> meter;
};

std::shared_ptr<Script> board(std::vector<std::string> contains = {"*"}) {
  auto s = script("node-rest", "board");
  s->part.contains = std::move(contains);
  return s;
}

TEST(Containment, ABoardCountsWhatItsPartsLeave) {
  Machine m({script("cpu-package-0", "cpu"), script("gpu-0", "gpu"), board()});
  m.meter->start();
  const record::Sample s = m.run(10, {1000, 3000, 5000}, 1, 1);
  EXPECT_DOUBLE_EQ(s.parts[2].j.value, 1000);
  EXPECT_DOUBLE_EQ(total_of(s), 5000);  // what the wall saw, each joule once
  EXPECT_NEAR(s.split.mine_j + s.split.others_j + s.split.idle_j, 5000, 1e-9);
  EXPECT_NEAR(s.split.mine_j, 2500, 1e-9);  // the rest follows its parts: half of each was the command's
}

TEST(Containment, PlatformAndNodeNestWithoutCountingTwice) {
  Machine m({script("cpu-package-0", "cpu"), board({"cpu", "memory"}), script("gpu-0", "gpu"), board()});
  m.meter->start();
  const record::Sample s = m.run(10, {1000, 1500, 2000, 6000});
  EXPECT_DOUBLE_EQ(s.parts[1].j.value, 500);   // the GPU is not inside psys
  EXPECT_DOUBLE_EQ(s.parts[3].j.value, 2500);  // 6000 − 1000 − 500 − 2000
  EXPECT_DOUBLE_EQ(total_of(s), 6000);
}

TEST(Containment, AWholeThatCountsLessThanItsPartsIsNotBelievedAndThatIsSaid) {
  Machine m({script("cpu-package-0", "cpu"), board()});
  m.meter->start();
  const record::Sample s = m.run(10, {1000, 300});
  EXPECT_DOUBLE_EQ(s.parts[1].j.value, 0);
  EXPECT_DOUBLE_EQ(total_of(s), 1000);
  m.run(10, {1000, 300});
  const std::string events = m.events();
  EXPECT_NE(events.find("cross-check node-rest: counts 300 J, less than the 1.00 kJ"), std::string::npos) << events;
  EXPECT_EQ(events.find("cross-check"), events.rfind("cross-check"));  // once
}

TEST(Containment, IntervalsOfTheTotalAreThoseOfTheWhole) {
  const auto cpu = script("cpu-package-0", "cpu"), node = board();
  cpu->part.tolerance = {1, 0.9, 1.1};
  node->part.tolerance = {1, 0.97, 1.03};
  Machine m({cpu, node});
  m.meter->start();
  const record::Sample s = m.run(10, {1000, 5000});
  EXPECT_NEAR(s.parts[0].j.low + s.parts[1].j.low, 5000 * 0.97, 1e-9);
  EXPECT_NEAR(s.parts[0].j.high + s.parts[1].j.high, 5000 * 1.03, 1e-9);
}

TEST(BasisChange, IsAnEventAndThePartKeepsTheWeakerBasis) {
  Machine m({script("gpu-0", "gpu")});
  m.meter->start();
  m.run(10, {1000});
  m.scripts[0]->reading = {true, "the counter is gone", 0, {150, 140, 160}, Basis::kIntegrated};
  m.run(10, {});  // the stretch in which it changed is a gap, filled at the mean so far: 100 W
  const record::Sample s = m.run(10, {});
  EXPECT_DOUBLE_EQ(s.parts[0].j.value, 1000 + 1000 + 1500);
  EXPECT_EQ(s.parts[0].basis, Basis::kIntegrated);
  EXPECT_NEAR(s.parts[0].covered_s, 20, 1e-9);
  EXPECT_NE(m.events().find("basis-change gpu-0: counter to integrated: the counter is gone"), std::string::npos);
}

TEST(BasisChange, BackToACounterCountsFromThereAndTheRecordStaysHonest) {
  Machine m({script("gpu-0", "gpu")});
  m.meter->start();
  m.scripts[0]->reading = {true, "gone", 0, {100, 100, 100}, Basis::kIntegrated};
  m.run(10, {});
  m.run(10, {});
  m.scripts[0]->reading = {true, "back", 5000, {}, Basis::kCounter};
  m.run(10, {});
  const record::Sample s = m.run(10, {700});
  EXPECT_DOUBLE_EQ(s.parts[0].j.value, 1000 + 1000 + 1000 + 700);  // two gaps filled at 100 W
  EXPECT_EQ(s.parts[0].basis, Basis::kIntegrated);
}

TEST(GpuShare, IsTheGpusOwnWordNotCpuTime) {
  const auto gpu = script("gpu-0", "gpu");
  gpu->part.idle_w = {50, 50, 50};
  gpu->reading.mine = 0.25;
  Machine m({gpu});
  m.meter->start();
  const record::Sample s = m.run(10, {2500}, 4, 0);  // all CPU time is the command's: it says nothing of the GPU
  EXPECT_DOUBLE_EQ(s.split.idle_j, 500);
  EXPECT_DOUBLE_EQ(s.split.mine_j, 500);
  EXPECT_DOUBLE_EQ(s.split.others_j, 1500);
  EXPECT_DOUBLE_EQ(s.billed_j.value, 500 + 125);
}

TEST(GpuShare, WhoHasAGpuAloneIsBilledAllOfItAndWhoHasNoneNothing) {
  const auto mine = script("gpu-0", "gpu"), foreign = script("gpu-1", "gpu");
  mine->part.idle_w = foreign->part.idle_w = {50, 50, 50};
  mine->reading.mine = 1;
  foreign->reading.mine = 0;
  Machine m({mine, foreign});
  m.meter->start();
  const record::Sample s = m.run(10, {2500, 600}, 1, 1);
  EXPECT_DOUBLE_EQ(s.billed_j.value, 2500);
  EXPECT_DOUBLE_EQ(total_of(s), 3100);
}

TEST(GpuShare, SensorsAreToldWhoseAProcessIs) {
  Machine m({script("gpu-0", "gpu")});
  m.meter->know_processes([](int pid) { return pid == 7; });
  m.meter->start();
  ASSERT_NE(m.scripts[0]->seen_is_mine, nullptr);
  EXPECT_TRUE((*m.scripts[0]->seen_is_mine)(7));
  EXPECT_FALSE((*m.scripts[0]->seen_is_mine)(8));
}

TEST(Notes, AreSaidOncePerKind) {
  Machine m({script("cpu-package-0", "cpu")});
  m.meter->start();
  m.scripts[0]->reading.note = "perf counted 5 J where powercap counted 9 J";
  m.run(1, {10});
  m.scripts[0]->reading.note = "perf counted 7 J where powercap counted 2 J";
  m.run(1, {10});
  m.scripts[0]->reading.note = "something else";
  m.run(1, {10});
  EXPECT_EQ(m.events(),
            "note cpu-package-0: perf counted 5 J where powercap counted 9 J\nnote cpu-package-0: something else\n");
}

TEST(Period, IsHalfTheShortestWrapOrWhatASensorAsks) {
  Machine m({script("cpu-package-0", "cpu"), script("gpu-0", "gpu", Basis::kIntegrated)});
  EXPECT_TRUE(std::isinf(m.meter->longest_period_s()));
  m.scripts[0]->part.range_j = 262144;
  m.scripts[0]->part.most_w = 1000;
  Machine wraps({m.scripts[0]});
  EXPECT_NEAR(wraps.meter->longest_period_s(), 131.072, 1e-9);
  m.scripts[1]->part.period_s = 0.1;
  Machine both(m.scripts);
  EXPECT_NEAR(both.meter->longest_period_s(), 0.1, 1e-12);
}

}  // namespace
}  // namespace cradle::meter
