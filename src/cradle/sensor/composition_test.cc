// What discovery makes of several sensors on one machine: the parts partition it.
#include <algorithm>
#include <cstdlib>

#include "cradle/sensor/discover.h"
#include "cradle/sensor/fake_machine_test.h"

namespace cradle::sensor {
namespace {

std::string dcmi(unsigned watts) {
  std::string bytes(19, '\0');
  bytes[1] = '\xdc';
  bytes[2] = static_cast<char>(watts & 0xff);
  bytes[3] = static_cast<char>(watts >> 8);
  bytes[18] = '\x40';
  return bytes;
}

class Composition : public testing::Test {
 protected:
  Composition() : site_(machine_.site()) {
    machine_.write("sys/block/sda/size", "2000000000\n");
    machine_.write("sys/block/sda/device/model", "x\n");
    machine_.write("sys/class/net/eth0/device/vendor", "x\n");
    machine_.write("sys/class/net/eth0/statistics/rx_bytes", "0\n");
    machine_.write("sys/class/net/eth0/statistics/tx_bytes", "0\n");
  }
  ~Composition() override { ::unsetenv("FAKE_NVML"); }
  void packages() {
    machine_.zone("intel-rapl:0", "package-0", 100);
    machine_.zone("intel-rapl:0:0", "dram", 20);
  }
  void two_gpus() {
    machine_.write("gpus", "gpu H100\nuuid GPU-0\nenergy_mj 5\ngpu H100\nuuid GPU-1\nenergy_mj 5\n");
    ::setenv("FAKE_NVML", (machine_.root() / "gpus").c_str(), 1);
    site_.nvml_library = CRADLE_FAKE_NVML;
  }
  void wattmeter() {
    machine_.write("watts", "400 W\n");
    site_.wattmeter = (machine_.root() / "watts").string();
  }
  void bmc() {
    site_.ask_bmc = [](const std::string&, std::string&) { return dcmi(380); };
  }
  void battery() {
    machine_.write("sys/class/power_supply/BAT0/type", "Battery\n");
    machine_.write("sys/class/power_supply/BAT0/status", "Discharging\n");
    machine_.write("sys/class/power_supply/BAT0/power_now", "15000000\n");
  }
  void acpi_meter() {
    machine_.write("sys/class/hwmon/hwmon0/name", "power_meter\n");
    machine_.write("sys/class/hwmon/hwmon0/power1_average", "370000000\n");
  }
  void cray() { machine_.write("sys/cray/pm_counters/energy", "1000 J 1 us\n"); }
  const Parts discovered() {
    PowerModelInputs inputs = plain_inputs();
    inputs.ssd_w_per_tb = {1, 1, 1};
    inputs.network_j_per_gb = {5, 3, 10};
    found_ = discover(site_, machine_facts(machine_.root()), inputs);
    // Never a part twice.
    Parts parts = parts_of(found_), names;
    for (const auto& sensor : found_.sensors) names.push_back(sensor->describe().start.part);
    std::sort(names.begin(), names.end());
    EXPECT_EQ(std::adjacent_find(names.begin(), names.end()), names.end());
    // At most one part contains all, and it is the last.
    for (std::size_t i = 0; i + 1 < found_.sensors.size(); ++i)
      EXPECT_NE(found_.sensors[i]->describe().contains, std::vector<std::string>{"*"});
    return parts;
  }
  FakeMachine machine_;
  Site site_;
  Discovery found_;
};

TEST_F(Composition, WithoutABoardTheRestIsModelled) {
  EXPECT_EQ(discovered(), (Parts{"cpu modelled", "memory modelled", "disk modelled", "network modelled"}));
  packages();
  EXPECT_EQ(discovered(), (Parts{"cpu-package-0 counter", "dram-0 counter", "disk modelled", "network modelled"}));
}

TEST_F(Composition, ABoardHoldsAllThatNobodyElseReads) {
  packages();
  two_gpus();
  wattmeter();
  EXPECT_EQ(discovered(),
            (Parts{"cpu-package-0 counter", "dram-0 counter", "gpu-0 counter", "gpu-1 counter", "wall integrated"}));
}

TEST_F(Composition, TheBestMeterOfTheWholeIsReadAndTheOthersAreNamed) {
  acpi_meter();
  EXPECT_EQ(discovered(), Parts{"node-rest integrated"});
  EXPECT_EQ(found_.sensors.back()->describe().start.sensor, "hwmon acpi power meter");
  battery();
  EXPECT_EQ(discovered(), Parts{"battery integrated"});
  EXPECT_NE(why_of(found_, "hwmon acpi power meter").find("as battery BAT0 does"), std::string::npos);
  bmc();
  EXPECT_EQ(discovered(), Parts{"node-rest integrated"});
  EXPECT_EQ(found_.sensors.back()->describe().start.sensor, "ipmi dcmi power reading");
  cray();
  EXPECT_EQ(discovered(), Parts{"node-rest counter"});
  EXPECT_NE(why_of(found_, "ipmi dcmi power reading").find("as pm_counters energy does"), std::string::npos);
  wattmeter();
  EXPECT_EQ(discovered(), Parts{"wall integrated"});
  for (const char* other : {"pm_counters energy", "ipmi dcmi power reading", "battery BAT0", "hwmon acpi power meter"})
    EXPECT_NE(why_of(found_, other).find("as wattmeter"), std::string::npos) << other;
  for (const Missing& m : found_.missing) EXPECT_TRUE(m.counted_elsewhere || m.name == "RAPL") << m.name;
}

TEST_F(Composition, CrayCountersDoNotRepeatWhatRaplAndNvmlRead) {
  cray();
  machine_.write("sys/cray/pm_counters/cpu_energy", "300 J 1 us\n");
  machine_.write("sys/cray/pm_counters/memory_energy", "100 J 1 us\n");
  machine_.write("sys/cray/pm_counters/accel0_energy", "200 J 1 us\n");
  EXPECT_EQ(discovered(), (Parts{"cpu counter", "memory counter", "gpu-0 counter", "node-rest counter"}));
  machine_.zone("intel-rapl:0", "package-0", 100);
  two_gpus();
  EXPECT_EQ(discovered(),
            (Parts{"memory counter", "cpu-package-0 counter", "gpu-0 counter", "gpu-1 counter", "node-rest counter"}));
}

TEST_F(Composition, AHiddenGpuIsReadOnlyWhereABoardWouldHoldIt) {
  two_gpus();
  site_.cuda_visible_devices = "1";
  EXPECT_EQ(discovered()[0], "gpu-1 counter");
  EXPECT_EQ(found_.sensors.size(), 5u);  // with cpu, memory, disk and network
  EXPECT_NE(why_of(found_, "gpu-0 H100").find("hides it"), std::string::npos);
  bmc();
  EXPECT_EQ(discovered(), (Parts{"gpu-1 counter", "gpu-0 counter", "node-rest integrated"}));
  EXPECT_EQ(why_of(found_, "gpu-0 H100"), "not missing");
  EXPECT_EQ(sensor_of(found_, "gpu-0").read({}).mine, 0);
}

TEST_F(Composition, AContainerIsModelledByItsShareWithoutTheHostsDisks) {
  machine_.write(".dockerenv", "");
  machine_.write("proc/self/cgroup", "0::/\n");
  machine_.write("sys/fs/cgroup/cpu.max", "100000 100000\n");
  machine_.write("sys/fs/cgroup/memory.max", "4000000000\n");
  EXPECT_EQ(discovered(), (Parts{"cpu modelled", "memory modelled"}));
  EXPECT_NEAR(sensor_of(found_, "cpu").describe().idle_w.value, 10.0 / 4, 1e-9);  // one of four CPUs
  EXPECT_NEAR(sensor_of(found_, "memory").describe().idle_w.value, 4 * 0.5, 1e-9);
}

TEST_F(Composition, GraceSocketsReplaceTheModelsOfProcessorAndMemoryNotThoseOfDisks) {
  machine_.write("sys/class/hwmon/hwmon0/device/name", "power_meter\n");
  machine_.write("sys/class/hwmon/hwmon0/device/power1_oem_info", "Grace Power Socket 0\n");
  machine_.write("sys/class/hwmon/hwmon0/device/power1_average", "150000000\n");
  EXPECT_EQ(discovered(), (Parts{"cpu-socket-0 integrated", "disk modelled", "network modelled"}));
}

TEST_F(Composition, ARaspberryPisChipHoldsTheBoard) {
  site_.ask_firmware = [](const std::string&, std::string&) {
    return std::string("VDD_CORE_A current(7)=2.0A\nVDD_CORE_V volt(15)=0.8V\n");
  };
  EXPECT_EQ(discovered(), Parts{"soc integrated"});
}

TEST_F(Composition, AMemoryWithoutACounterIsModelledBesideAPackage) {
  machine_.zone("intel-rapl:0", "package-0", 100);
  EXPECT_EQ(discovered(), (Parts{"cpu-package-0 counter", "memory modelled", "disk modelled", "network modelled"}));
}

}  // namespace
}  // namespace cradle::sensor
