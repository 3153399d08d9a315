// The sampler on fake machines: from the files of sysfs to the joules of a sample.
#include "cradle/meter/meter.h"

#include <unistd.h>

#include <cmath>
#include <cstdio>

#include "cradle/meter/cpu_times.h"
#include "cradle/meter/fake_time_test.h"
#include "cradle/sensor/discover.h"
#include "cradle/sensor/fake_machine_test.h"

namespace cradle::meter {
namespace {

Meter meter_on(const sensor::FakeMachine& m, FakeTime& time, Scope scope = Scope::kMine) {
  const sensor::MachineFacts facts = sensor::machine_facts(m.root());
  return Meter(sensor::discover(m.site(), facts, sensor::plain_inputs()).sensors, facts.online_cpus, scope,
               time.clock(), time.cpu_times());
}

TEST(Meter, AddsUpItsPartsAndSplitsThem) {
  sensor::FakeMachine m;
  m.cpu("Intel(R) Xeon(R)", 4, 2);
  m.zone("intel-rapl:0", "package-0", 100);
  m.zone("intel-rapl:0:0", "dram", 50);
  m.zone("intel-rapl:1", "package-1", 200);
  m.zone("intel-rapl:1:0", "dram", 60);
  FakeTime time;
  Meter meter = meter_on(m, time);
  meter.start();
  time.pass(2, 4, 2);
  m.energy("intel-rapl:0", 300);
  m.energy("intel-rapl:0:0", 70);
  m.energy("intel-rapl:1", 340);
  m.energy("intel-rapl:1:0", 80);
  const record::Sample s = meter.sample();
  EXPECT_NEAR(total_of(s), 200 + 20 + 140 + 20, 1e-5);
  EXPECT_NEAR(s.split.mine_j + s.split.others_j + s.split.idle_j, total_of(s), 1e-9);
  EXPECT_NEAR(s.split.mine_j, 2 * s.split.others_j, 1e-9);  // CPU time 4 : 2
  // Idle by hand: 2 sockets of 50 W TDP idle at 5 W; half of 16.384 GB at 0.5 W/GB each.
  EXPECT_NEAR(s.split.idle_j, 2 * (2 * 5 + 16.384 * 0.5), 1e-9);
  EXPECT_DOUBLE_EQ(s.t_s, 2);
  EXPECT_DOUBLE_EQ(s.mine_cpu_s, 4);
  EXPECT_DOUBLE_EQ(s.busy_cpu_s, 6);
  for (const auto& part : s.parts) EXPECT_DOUBLE_EQ(part.covered_s, 2);
  EXPECT_TRUE(meter.take_events().empty());
}

TEST(Meter, OnAMachineWithoutCountersModels) {
  sensor::FakeMachine m;
  m.cpu("AMD EPYC", 4, 1, "fpu hypervisor");
  FakeTime time;
  Meter meter = meter_on(m, time);
  meter.start();
  time.pass(1, 1, 1);  // half load: 60 W
  meter.sample();
  time.pass(1, 0, 4);  // full load: 100 W
  const record::Sample s = meter.sample();
  EXPECT_NEAR(s.parts[0].j.value, 160, 1e-9);
  EXPECT_NEAR(s.parts[1].j.value, 2 * 0.5 * 16.384, 1e-9);
  // 50 J above idle in the first second, half of them mine; none in the second.
  EXPECT_NEAR(s.split.mine_j, 25, 1e-9);
  EXPECT_NEAR(s.billed_j.value, 25 + (10 + 0.5 * 16.384) / 4, 1e-9);
  EXPECT_EQ(meter.idle_basis(), "modelled");
}

TEST(Meter, BillsTheMachineWhenAsked) {
  sensor::FakeMachine m;
  FakeTime time;
  Meter meter = meter_on(m, time, Scope::kMachine);
  meter.start();
  time.pass(1, 0.1, 3);
  const record::Sample s = meter.sample();
  EXPECT_DOUBLE_EQ(s.billed_j.value, total_of(s));
}

TEST(Meter, SaysWhenTheMachineSlept) {
  sensor::FakeMachine m;
  FakeTime time;
  Meter meter = meter_on(m, time);
  meter.start();
  time.pass(1, 1, 0);
  time.sleep(600);
  const record::Sample s = meter.sample();
  const auto events = meter.take_events();
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].kind, "suspend");
  EXPECT_NE(events[0].detail.find("10 min"), std::string::npos);
  EXPECT_DOUBLE_EQ(s.t_s, 601);
  EXPECT_DOUBLE_EQ(s.parts[0].covered_s, 1);  // nobody modelled the sleep, and the coverage shows it
}

TEST(Meter, ManyReadingsInAShortTimeAreAttributedTogether) {
  sensor::FakeMachine m;
  FakeTime often_time, once_time;
  Meter often = meter_on(m, often_time), once = meter_on(m, once_time);
  often.start();
  once.start();
  for (int i = 0; i < 20; ++i) {
    // Busy time comes in ticks of 10 ms, the command's in nanoseconds.
    often_time.pass(0.005, 0.005, 0);
    once_time.pass(0.005, 0.005, 0);
    if (i % 2) often_time.cpu.busy_s += 0.01, once_time.cpu.busy_s += 0.01;
    often.sample();
  }
  for (FakeTime* t : {&often_time, &once_time}) t->pass(0.1, 0.1, 0.1);
  const record::Sample a = often.sample(), b = once.sample();
  EXPECT_NEAR(a.split.mine_j, b.split.mine_j, 1e-3 * b.split.mine_j);
}

TEST(Meter, CpuTimesThatFallBackAreHeld) {
  sensor::FakeMachine m;
  FakeTime time;
  Meter meter = meter_on(m, time);
  meter.start();
  time.pass(1, 2, 0);
  meter.sample();
  time.pass(1, -1.5, 0);  // a process of the tree vanished before it was counted
  const record::Sample s = meter.sample();
  EXPECT_DOUBLE_EQ(s.mine_cpu_s, 2);
  EXPECT_NEAR(s.split.mine_j + s.split.others_j + s.split.idle_j, total_of(s), 1e-9);
}

TEST(BusyTime, CountsWorkAndNeitherWaitingNorWhatTheHypervisorTook) {
  sensor::FakeMachine m;
  m.write("proc/stat", "cpu  100 20 30 5000 600 7 8 900 10 11\ncpu0 1 1 1\n");
  BusyTime busy(m.root());
  EXPECT_NEAR(busy.seconds().value(), 1.65, 1e-9);
  m.write("proc/stat", "nonsense\n");
  EXPECT_FALSE(busy.seconds().has_value());
  EXPECT_NE(busy.why().find("nonsense"), std::string::npos);
}

/// A machine whose /proc/stat says 1.65 s; the five fields are cut to hundredths, so it may be up to 1.70 s.
void write_root_group(const sensor::FakeMachine& m, const std::string& folder, const std::string& user_usec) {
  m.write("proc/stat", "cpu  100 20 30 5000 600 7 8 900 10 11\ncpu0 1 1 1\n");
  m.write(folder + "/cgroup.controllers", "cpu\n");
  m.write(folder + "/cpu.stat", "usage_usec 99000000\nuser_usec " + user_usec + "\nsystem_usec 450000\nnice_usec 5\n");
}

TEST(BusyTime, IsReadFromTheRootGroupWhereItTellsTheSame) {
  for (const char* folder : {"sys/fs/cgroup", "sys/fs/cgroup/unified"}) {
    sensor::FakeMachine m;
    write_root_group(m, folder, "1204567");
    BusyTime busy(m.root());
    EXPECT_EQ(busy.file(), m.root() / folder / "cpu.stat");
    EXPECT_NEAR(busy.seconds().value(), 1.654567, 1e-9) << "user and system; usage would hold steal";
    m.write(std::string(folder) + "/cpu.stat", "nonsense\n");
    EXPECT_FALSE(busy.seconds().has_value());
    EXPECT_NE(busy.why().find("nonsense"), std::string::npos);
  }
}

TEST(BusyTime, IsReadFromProcStatWhereTheRootGroupTellsSomethingElse) {
  for (const char* user_usec : {"1190000", "1260000", "9000000", "x"}) {
    sensor::FakeMachine m;
    write_root_group(m, "sys/fs/cgroup", user_usec);
    BusyTime busy(m.root());
    EXPECT_EQ(busy.file(), m.root() / "proc/stat") << user_usec;
    EXPECT_NEAR(busy.seconds().value(), 1.65, 1e-9);
  }
}

TEST(BusyTime, IsReadFromProcStatInAContainerThatSeesOnlyItsOwnGroups) {
  sensor::FakeMachine m;
  write_root_group(m, "sys/fs/cgroup", "1204567");
  m.write("sys/fs/cgroup/cgroup.events", "populated 1\n");
  EXPECT_EQ(BusyTime(m.root()).file(), m.root() / "proc/stat");
}

TEST(BusyTime, OfThisMachineIsTheSameByBothFiles) {
  BusyTime busy("/");
  if (busy.file() == "/proc/stat") {  // then no file looks like that of the root group: a group has cgroup.events
    for (const char* mounted : {"/sys/fs/cgroup", "/sys/fs/cgroup/unified"})
      EXPECT_TRUE(!std::filesystem::exists(std::string(mounted) + "/cpu.stat") ||
                  std::filesystem::exists(std::string(mounted) + "/cgroup.events"))
          << mounted;
    return;
  }
  sensor::Attribute stat("/proc/stat");
  const auto by_stat = [&] {
    unsigned long long f[7] = {};
    std::sscanf(std::string(stat.text().value()).c_str(), "cpu %llu %llu %llu %llu %llu %llu %llu", &f[0], &f[1], &f[2],
                &f[3], &f[4], &f[5], &f[6]);
    return static_cast<double>(f[0] + f[1] + f[2] + f[5] + f[6]) / static_cast<double>(::sysconf(_SC_CLK_TCK));
  };
  for (int i = 0; i < 50; ++i) {
    const double before = by_stat(), now = busy.seconds().value(), after = by_stat();
    EXPECT_GE(now, before);
    EXPECT_LE(now, after + 0.05);
    ::usleep(2000);
  }
}

}  // namespace
}  // namespace cradle::meter
