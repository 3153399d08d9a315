// What is found on fake machines: every part once, and a reason for everything that is not read.
#include "cradle/sensor/discover.h"

#include <unistd.h>

#include <algorithm>

#include "cradle/sensor/fake_machine_test.h"

namespace cradle::sensor {
namespace {

struct Found {
  std::vector<std::string> parts;
  std::vector<Missing> missing;
  std::string why(const std::string& name) const {
    for (const Missing& m : missing)
      if (m.name == name) return m.why;
    return "not missing";
  }
};

Found found_on(const FakeMachine& machine, const PowerModelInputs& inputs = plain_inputs()) {
  Discovery d = discover(machine.site(), machine_facts(machine.root()), inputs);
  Found found{{}, std::move(d.missing)};
  for (const auto& sensor : d.sensors) {
    const auto start = sensor->describe().start;
    found.parts.push_back(start.part + " " + std::string(name_of(start.basis)));
  }
  return found;
}

TEST(Discover, PackagesAndTheirMemoryAreCountedAndWhatLiesInsideIsNot) {
  FakeMachine m;
  m.cpu("Intel(R) Xeon(R)", 8, 2);
  m.zone("intel-rapl:0", "package-0", 100);
  m.zone("intel-rapl:0:0", "core", 60);
  m.zone("intel-rapl:0:1", "uncore", 10);
  m.zone("intel-rapl:0:2", "dram", 20);
  m.zone("intel-rapl:1", "package-1", 110);
  m.zone("intel-rapl:1:0", "dram", 21);
  EXPECT_EQ(found_on(m).parts,
            (Parts{"cpu-package-0 counter", "dram-0 counter", "cpu-package-1 counter", "dram-1 counter"}));
}

TEST(Discover, NestedZonesAreFoundAsFlatOnesAre) {
  FakeMachine m;
  m.zone("intel-rapl:0", "package-0", 100);
  m.zone("intel-rapl:0/intel-rapl:0:0", "dram", 20);
  EXPECT_EQ(found_on(m).parts, (Parts{"cpu-package-0 counter", "dram-0 counter"}));
}

TEST(Discover, PsysCountsWhatRemainsBesidePackagesAndMemory) {
  FakeMachine m;
  m.zone("intel-rapl:0", "package-0", 100);
  m.zone("intel-rapl:0:0", "dram", 20);
  m.zone("intel-rapl:1", "psys", 300);
  Discovery found = discover(m.site(), machine_facts(m.root()), plain_inputs());
  EXPECT_EQ(parts_of(found), (Parts{"cpu-package-0 counter", "dram-0 counter", "platform-rest counter"}));
  EXPECT_EQ(sensor_of(found, "platform-rest").describe().contains, (std::vector<std::string>{"cpu", "memory"}));
}

TEST(Discover, PsysAloneIsThePlatformAndNoModelStandsBesideIt) {
  FakeMachine m;
  m.zone("intel-rapl:1", "psys", 300);
  EXPECT_EQ(found_on(m).parts, Parts{"platform counter"});  // psys holds processor and memory
}

TEST(Discover, PsysThatCannotBeReadLeavesThePackages) {
  FakeMachine m;
  m.zone("intel-rapl:0", "package-0", 100);
  m.zone("intel-rapl:1", "psys", 300);
  m.spoil("intel-rapl:1");
  EXPECT_EQ(found_on(m).parts, (Parts{"cpu-package-0 counter", "memory modelled"}));
}

TEST(Discover, DiesThatShareOneCounterAreCountedOnce) {
  FakeMachine m;
  m.zone("intel-rapl:0", "package-0-die-0", 5000);
  m.zone("intel-rapl:1", "package-0-die-1", 5000);
  const Found found = found_on(m);
  EXPECT_EQ(found.parts, (Parts{"cpu-package-0-die-0 counter", "memory modelled"}));
  EXPECT_NE(found.why("RAPL cpu-package-0-die-1").find("repeats the counter of cpu-package-0-die-0"),
            std::string::npos);
}

TEST(Discover, DiesWithCountersOfTheirOwnAreAllCounted) {
  FakeMachine m;
  m.zone("intel-rapl:0", "package-0-die-0", 5000);
  m.zone("intel-rapl:1", "package-0-die-1", 5001);
  m.zone("intel-rapl:10", "package-0-die-2", 7000);
  EXPECT_EQ(found_on(m).parts, (Parts{"cpu-package-0-die-0 counter", "cpu-package-0-die-1 counter",
                                      "cpu-package-0-die-2 counter", "memory modelled"}));
}

TEST(Discover, TwoSocketsWithEqualCountersAreTwoSockets) {
  FakeMachine m;
  m.cpu("Intel(R) Xeon(R)", 8, 2);
  m.zone("intel-rapl:0", "package-0", 5000);
  m.zone("intel-rapl:1", "package-1", 5000);
  EXPECT_EQ(found_on(m).parts, (Parts{"cpu-package-0 counter", "cpu-package-1 counter", "memory modelled"}));
}

TEST(Discover, TheMmioInterfaceDoesNotCountAPackageTwice) {
  FakeMachine m;
  m.zone("intel-rapl-mmio:0", "package-0", 99);
  m.zone("intel-rapl:0", "package-0", 100);
  EXPECT_EQ(found_on(m).parts, (Parts{"cpu-package-0 counter", "memory modelled"}));
}

TEST(Discover, ACounterAtZeroIsNotConnected) {
  FakeMachine m;
  m.zone("intel-rapl:0", "package-0", 100);
  m.zone("intel-rapl:0:0", "dram", 0);
  const Found found = found_on(m);
  EXPECT_EQ(found.parts, (Parts{"cpu-package-0 counter", "memory modelled"}));
  EXPECT_NE(found.why("RAPL dram-0").find("stands at 0"), std::string::npos);
}

TEST(Discover, ADeniedCounterIsNamedWithItsRemedyAndModelled) {
  FakeMachine m;
  m.zone("intel-rapl:0", "package-0", 100);
  const auto file = m.root() / "sys/class/powercap/intel-rapl:0/energy_uj";
  std::filesystem::permissions(file, std::filesystem::perms::none);
  const bool root = ::geteuid() == 0;
  const auto become = [root](unsigned user) { ASSERT_EQ(root ? ::seteuid(user) : 0, 0); };
  become(65534);  // root reads everything: look as nobody
  const Found found = found_on(m);
  become(0);
  EXPECT_EQ(found.parts, (Parts{"cpu modelled", "memory modelled"}));
  EXPECT_NE(found.why("RAPL cpu-package-0").find("ermission denied"), std::string::npos);
  ASSERT_FALSE(found.missing.empty());
  EXPECT_NE(found.missing[0].remedy.find("udevadm"), std::string::npos);
}

TEST(Discover, OneSocketOfTwoDeniedIsModelledAloneAndKeepsItsOwnPart) {
  FakeMachine m;
  m.cpu("Intel(R) Xeon(R)", 8, 2);
  m.zone("intel-rapl:0", "package-0", 100);
  m.zone("intel-rapl:1", "package-1", 100);
  m.spoil("intel-rapl:1");
  Discovery d = discover(m.site(), machine_facts(m.root()), plain_inputs());
  ASSERT_EQ(d.sensors.size(), 3u);
  EXPECT_EQ(d.sensors[1]->describe().start.part, "cpu");
  EXPECT_NEAR(d.sensors[1]->describe().idle_w.value, 5, 1e-9);  // half of 10 W
}

TEST(Discover, AVirtualMachineSaysWhyItSeesNothing) {
  FakeMachine m;
  m.cpu("AMD EPYC", 2, 1, "fpu hypervisor lahf_lm");
  const Found found = found_on(m);
  EXPECT_EQ(found.parts, (Parts{"cpu modelled", "memory modelled"}));
  EXPECT_NE(found.why("RAPL").find("virtual machine"), std::string::npos);
}

TEST(Discover, WithoutInputsNothingIsModelledAndThatIsSaid) {
  FakeMachine m;
  const Found found = found_on(m, {});
  EXPECT_EQ(found.parts, Parts{});
  EXPECT_NE(found.why("CPU model").find("TDP"), std::string::npos);
}

TEST(Discover, GpusThatNobodyReadsAreNamed) {
  FakeMachine m;
  m.write("proc/driver/nvidia/gpus/0000:01:00.0/information", "");
  m.write("proc/driver/nvidia/gpus/0000:02:00.0/information", "");
  EXPECT_NE(found_on(m).why("NVIDIA GPU").find("2 present"), std::string::npos);
}

TEST(Machine, IsReadFromItsFiles) {
  FakeMachine m;
  m.cpu("AMD EPYC", 6, 2, "fpu hypervisor");
  m.write("etc/machine-id", "0123456789abcdef\n");
  const MachineFacts facts = machine_facts(m.root());
  EXPECT_EQ(facts.record.cpu, "AMD EPYC");
  EXPECT_EQ(facts.online_cpus, 6);
  EXPECT_EQ(facts.sockets, 2);
  EXPECT_NEAR(facts.record.memory_gb, 16.384, 1e-9);
  EXPECT_TRUE(facts.virtual_machine);
  EXPECT_EQ(facts.record.host_id.size(), 16u);
  EXPECT_EQ(facts.record.host_id.find("0123456789abcdef"), std::string::npos);  // never the id itself
}

TEST(Machine, CountsKernelLists) {
  EXPECT_EQ(numbers_in_list("0"), std::vector<int>{0});
  EXPECT_EQ(numbers_in_list("0-3,8,10-11\n"), (std::vector<int>{0, 1, 2, 3, 8, 10, 11}));
  EXPECT_TRUE(numbers_in_list("").empty());
  EXPECT_TRUE(numbers_in_list("none").empty());
}

}  // namespace
}  // namespace cradle::sensor
