// RAPL by both ways: which is read, what it counts, and when the two disagree.
#include "cradle/sensor/rapl.h"

#include "cradle/sensor/fake_machine_test.h"
#include "cradle/sensor/rapl_perf.h"

namespace cradle::sensor {
namespace {

constexpr std::uint64_t kPkg = 2, kRam = 3;  // as FakeMachine::power_unit numbers its events

struct Rapl {
  Discovery found;
  RaplCover cover;
};

Rapl rapl_on(const FakeMachine& machine, OpenEvent open = {}) {
  Rapl r;
  Site site = machine.site();
  site.open_event = std::move(open);
  r.cover = discover_rapl(site, machine_facts(machine.root()), plain_inputs(), r.found);
  return r;
}

TEST(RaplPerf, CountsJoulesByTheKernelsScale) {
  FakeMachine m;
  m.power_unit({"pkg", "ram"});
  FakeEvents events;
  Rapl r = rapl_on(m, events.opener());
  EXPECT_EQ(parts_of(r.found), (Parts{"cpu-package-0 counter", "dram-0 counter"}));
  EXPECT_EQ(r.cover.packages, 1);
  EXPECT_EQ(r.cover.drams, 1);
  events.count(kPkg, 0, 12.5);
  events.count(kRam, 0, 3.25);
  EXPECT_NEAR(sensor_of(r.found, "cpu-package-0").read({}).counter_j, 12.5, 1e-6);
  EXPECT_NEAR(sensor_of(r.found, "dram-0").read({}).counter_j, 3.25, 1e-6);
  EXPECT_EQ(sensor_of(r.found, "cpu-package-0").describe().range_j, 0);  // 64 bits: it does not wrap
}

TEST(RaplPerf, AReadThatFailsIsAReasonAndNeverZero) {
  FakeMachine m;
  m.power_unit({"pkg"});
  FakeEvents events;
  Rapl r = rapl_on(m, events.opener());
  const Reading nothing = r.found.sensors.at(0)->read({});  // the pipe is empty
  EXPECT_FALSE(nothing.ok);
  EXPECT_NE(nothing.why.find("energy-pkg"), std::string::npos);
  events.count(kPkg, 0, 1);
  EXPECT_TRUE(r.found.sensors.at(0)->read({}).ok);
}

// As seen in a KVM guest on a Xeon of 2023: the kernel offers the platform's counter, which stands at 0 for ever.
TEST(RaplPerf, ACounterThatNeverMovesIsNotConnected) {
  FakeMachine m;
  m.power_unit({"psys"});
  const auto zeros = [](std::uint32_t, std::uint64_t, int) { return ::open("/dev/zero", O_RDONLY | O_CLOEXEC); };
  const Rapl r = rapl_on(m, zeros);
  EXPECT_TRUE(r.found.sensors.empty());
  EXPECT_FALSE(r.cover.platform);  // so that the models of processor and memory stand for it
  EXPECT_EQ(why_of(r.found, "RAPL by perf energy-psys"), "the counter stands at 0: it is not connected");
}

TEST(RaplPerf, ACounterThatNeverMovesLeavesPowercap) {
  FakeMachine m;
  m.power_unit({"pkg"});
  m.zone("intel-rapl:0", "package-0", 100);
  const auto zeros = [](std::uint32_t, std::uint64_t, int) { return ::open("/dev/zero", O_RDONLY | O_CLOEXEC); };
  EXPECT_EQ(rapl_on(m, zeros).found.sensors.at(0)->describe().start.sensor, "rapl-powercap intel-rapl:0");
}

TEST(RaplPerf, IsPreferredToPowercapWhichWraps) {
  FakeMachine m;
  m.power_unit({"pkg"});
  m.zone("intel-rapl:0", "package-0", 100);
  m.zone("intel-rapl:0:0", "dram", 20);
  FakeEvents events;
  Rapl r = rapl_on(m, events.opener());
  EXPECT_EQ(parts_of(r.found), (Parts{"cpu-package-0 counter", "dram-0 counter"}));
  EXPECT_EQ(r.found.sensors[0]->describe().start.sensor, "rapl-perf energy-pkg");
  EXPECT_EQ(r.found.sensors[1]->describe().start.sensor, "rapl-powercap intel-rapl:0:0");
}

TEST(RaplPerf, NotPermittedLeavesPowercap) {
  FakeMachine m;
  m.power_unit({"pkg"});
  m.zone("intel-rapl:0", "package-0", 100);
  FakeEvents events;
  Rapl r = rapl_on(m, events.opener(EACCES));
  EXPECT_EQ(r.found.sensors.at(0)->describe().start.sensor, "rapl-powercap intel-rapl:0");
  EXPECT_EQ(why_of(r.found, "RAPL by perf events"), "not missing");  // nothing is lost
}

TEST(RaplPerf, NotPermittedAndNoPowercapNamesTheCapability) {
  FakeMachine m;
  m.power_unit({"pkg"});
  FakeEvents events;
  const Rapl r = rapl_on(m, events.opener(EACCES));
  EXPECT_TRUE(r.found.sensors.empty());
  EXPECT_NE(why_of(r.found, "RAPL by perf events").find("CAP_PERFMON"), std::string::npos);
  EXPECT_NE(r.found.missing.back().remedy.find("cap_perfmon"), std::string::npos);
}

TEST(RaplPerf, OtherUnitsAndUnknownFormsAreLeftAlone) {
  FakeMachine m;
  m.power_unit({"pkg", "ram", "psys"});
  const std::string events_folder = "sys/bus/event_source/devices/power/events/";
  m.write(events_folder + "energy-pkg.unit", "mJ\n");
  m.write(events_folder + "energy-ram.scale", "0\n");
  m.write(events_folder + "energy-psys", "config=0x05\n");
  FakeEvents events;
  EXPECT_TRUE(rapl_on(m, events.opener()).found.sensors.empty());
  EXPECT_EQ(events.size(), 0u);
}

TEST(RaplPerf, DiesOfIntelCountEach) {
  FakeMachine m;
  m.cpu("Intel(R) Xeon(R) Platinum 9242", 4, 1);
  m.power_unit({"pkg"}, "0,2");
  FakeEvents events;
  Rapl r = rapl_on(m, events.opener());
  EXPECT_EQ(parts_of(r.found), (Parts{"cpu-package-0-die-0 counter", "cpu-package-0-die-1 counter"}));
  EXPECT_EQ(r.cover.packages, 1);  // of one socket
}

TEST(RaplPerf, DiesOfAmdAndHygonMirrorTheSocketsCounter) {
  for (const char* cpu : {"AMD EPYC 7551P 32-Core Processor", "Hygon C86 7185 32-core Processor"}) {
    FakeMachine m;
    m.cpu(cpu, 4, 1);
    m.power_unit({"pkg"}, "0-3");
    FakeEvents events;
    EXPECT_EQ(parts_of(rapl_on(m, events.opener()).found), Parts{"cpu-package-0 counter"}) << cpu;
    EXPECT_EQ(events.size(), 1u);
  }
}

TEST(RaplPerf, SocketsCountEachAndPsysOnce) {
  FakeMachine m;
  m.cpu("Intel(R) Xeon(R)", 8, 2);
  m.power_unit({"pkg", "ram", "psys"}, "0,4");
  FakeEvents events;
  Rapl r = rapl_on(m, events.opener());
  EXPECT_EQ(parts_of(r.found), (Parts{"cpu-package-0 counter", "cpu-package-1 counter", "dram-0 counter",
                                      "dram-1 counter", "platform-rest counter"}));
  EXPECT_TRUE(r.cover.platform);
  EXPECT_EQ(r.cover.drams, 2);
  EXPECT_EQ(events.size(), 5u);
}

TEST(RaplPerf, GivesWayToPowercapWhereDiesMayMirrorEachOther) {
  FakeMachine m;
  m.cpu("Intel(R) Xeon(R) Platinum 9242", 4, 1);
  m.power_unit({"pkg"}, "0,2");
  m.zone("intel-rapl:0", "package-0-die-0", 5000);
  m.zone("intel-rapl:1", "package-0-die-1", 5000);
  FakeEvents events;
  EXPECT_EQ(parts_of(rapl_on(m, events.opener()).found), Parts{"cpu-package-0-die-0 counter"});
}

/// A package read by both ways; counts them on and gives the notes of the readings that compare.
class BothWays {
 public:
  BothWays() {
    machine_.power_unit({"pkg"});
    machine_.zone("intel-rapl:0", "package-0", 100, FakeMachine::kRange);
    rapl_ = rapl_on(machine_, events_.opener());
  }
  void without_range() {
    machine_.remove(FakeMachine::folder("intel-rapl:0") + "max_energy_range_uj");
    rapl_ = rapl_on(machine_, events_.opener());
  }
  /// Eight readings at these counters: one of them compares.
  std::string note_at(double perf_j, double zone_j) {
    machine_.energy("intel-rapl:0", zone_j);
    std::string note;
    for (int i = 0; i < 8; ++i) {
      events_.count(kPkg, 0, perf_j);
      const Reading reading = rapl_.found.sensors.at(0)->read({});
      EXPECT_TRUE(reading.ok);
      EXPECT_NEAR(reading.counter_j, perf_j, 1e-6);
      note += reading.note;
    }
    return note;
  }

 private:
  FakeMachine machine_;
  FakeEvents events_;
  Rapl rapl_;
};

TEST(RaplCrossCheck, IsSilentWhileBothAgree) {
  BothWays both;
  EXPECT_EQ(both.note_at(0, 100), "");  // the first comparison only sets the origins
  EXPECT_EQ(both.note_at(50, 150), "");
  EXPECT_EQ(both.note_at(150, 251), "");  // 1 % apart
}

TEST(RaplCrossCheck, NotesADifferenceWithBothFigures) {
  BothWays both;
  both.note_at(0, 100);
  const std::string note = both.note_at(50, 130);
  EXPECT_NE(note.find("50.0 J"), std::string::npos) << note;
  EXPECT_NE(note.find("30.0 J"), std::string::npos) << note;
}

TEST(RaplCrossCheck, AgreesAcrossAWrapOfPowercap) {
  BothWays both;
  both.note_at(0, FakeMachine::kRange - 20);
  EXPECT_EQ(both.note_at(50, 30), "");
}

TEST(RaplCrossCheck, AWrapOfUnknownRangeIsNoDisagreement) {
  BothWays both;
  both.without_range();
  both.note_at(0, 1000);
  EXPECT_EQ(both.note_at(50, 30), "");
  EXPECT_EQ(both.note_at(150, 130), "");  // and the next comparison starts from there
}

TEST(RaplCrossCheck, SaysNothingAboutWhatMayHaveWrappedUnseen) {
  BothWays both;
  both.note_at(0, 100);
  EXPECT_EQ(both.note_at(200000, 400), "");
}

TEST(RaplCrossCheck, PowercapThatFailsInMidRunTakesNothingAway) {
  FakeMachine m;
  m.power_unit({"pkg"});
  m.zone("intel-rapl:0", "package-0", 100);
  FakeEvents events;
  Rapl r = rapl_on(m, events.opener());
  m.spoil("intel-rapl:0");
  events.count(kPkg, 0, 5);
  const Reading reading = r.found.sensors.at(0)->read({});
  EXPECT_TRUE(reading.ok);
  EXPECT_EQ(reading.note, "");
}

TEST(RaplExpectations, ComeFromTheFirmwaresLimitOrTheModel) {
  FakeMachine m;
  m.cpu("Intel(R) Xeon(R)", 8, 2);
  m.zone("intel-rapl:0", "package-0", 100);
  m.write(FakeMachine::folder("intel-rapl:0") + "constraint_0_max_power_uw", "205000000\n");
  m.zone("intel-rapl:1", "package-1", 100);
  Rapl r = rapl_on(m);
  // 10 % of 205 W; without a limit 10 % of half the model's 100 W for two sockets.
  EXPECT_NEAR(r.found.sensors.at(0)->describe().idle_w.value, 20.5, 1e-9);
  EXPECT_NEAR(r.found.sensors.at(1)->describe().idle_w.value, 5, 1e-9);
  EXPECT_EQ(r.found.sensors.at(0)->describe().idle_basis, "modelled");
}

TEST(RaplTolerance, IsWiderForAmd) {
  const auto tolerance = [](const char* cpu) {
    FakeMachine m;
    m.cpu(cpu, 4, 1);
    m.zone("intel-rapl:0", "package-0", 100);
    return rapl_on(m).found.sensors.at(0)->describe().tolerance;
  };
  EXPECT_DOUBLE_EQ(tolerance("Intel(R) Xeon(R)").high, 1.05);
  EXPECT_DOUBLE_EQ(tolerance("AMD EPYC 7763").high, 1.15);
}

}  // namespace
}  // namespace cradle::sensor
