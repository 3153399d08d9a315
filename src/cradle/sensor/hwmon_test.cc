// One fixture per driver that hardware monitoring is understood of.
#include "cradle/sensor/hwmon.h"

#include "cradle/sensor/fake_machine_test.h"

namespace cradle::sensor {
namespace {

class Hwmon : public testing::Test {
 protected:
  static std::string device(int n) { return "sys/class/hwmon/hwmon" + std::to_string(n) + "/"; }
  void write(int n, const std::string& file, const std::string& text) { machine_.write(device(n) + file, text + "\n"); }
  /// A power meter; `below` is where the driver's files lie: "" or "device/".
  void meter(int n, const std::string& what, double w, const std::string& below = "") {
    write(n, below + "name", "power_meter");
    write(n, below + "power1_average", std::to_string(static_cast<long long>(w * 1e6)));
    write(n, below + "power1_average_interval", "50");
    if (!what.empty()) write(n, below + "power1_oem_info", what);
  }
  void rail(int n, int i, const std::string& label, int mv, int ma) {
    write(n, "name", "ina3221");
    write(n, "in" + std::to_string(i) + "_label", label);
    if (mv >= 0) write(n, "in" + std::to_string(i) + "_input", std::to_string(mv));
    if (ma >= 0) write(n, "curr" + std::to_string(i) + "_input", std::to_string(ma));
  }
  Discovery& discovered() {
    found_ = {};
    cover_ = discover_hwmon(machine_.site(), found_);
    return found_;
  }
  Reading read(const std::string& part) { return sensor_of(found_, part).read({}); }
  std::string kind(const std::string& part) { return sensor_of(found_, part).describe().start.kind; }
  FakeMachine machine_;
  Discovery found_;
  HwmonCover cover_;
};

TEST_F(Hwmon, GraceSocketsAreReadAndTheirRailsAreInsideThem) {
  for (const char* below : {"", "device/"}) {  // where the driver's files lie since 2025, and before
    machine_.remove("sys/class/hwmon");
    meter(0, "Module Power Socket 0", 500, below);
    meter(1, "CPU Power Socket 0", 90, below);
    meter(2, "SysIO Power Socket 0", 20, below);
    meter(3, "Grace Power Socket 0", 150, below);
    meter(4, "Grace Power Socket 1", 160, below);
    discovered();
    EXPECT_EQ(parts_of(found_), (Parts{"cpu-socket-0 integrated", "cpu-socket-1 integrated"})) << below;
    EXPECT_DOUBLE_EQ(read("cpu-socket-0").w.value, 150);
    EXPECT_DOUBLE_EQ(read("cpu-socket-1").w.value, 160);
    EXPECT_DOUBLE_EQ(found_.sensors[0]->describe().update_s, 0.05);
    EXPECT_TRUE(cover_.processors);
    EXPECT_FALSE(cover_.board);
    EXPECT_NE(why_of(found_, "CPU Power Socket 0").find("inside the socket"), std::string::npos);
    EXPECT_NE(why_of(found_, "SysIO Power Socket 0").find("inside the socket"), std::string::npos);
    EXPECT_NE(why_of(found_, "Module Power Socket 0").find("contains"), std::string::npos);
    for (const Missing& m : found_.missing) EXPECT_TRUE(m.counted_elsewhere);
  }
}

TEST_F(Hwmon, AGraceRailIsNotSaidToBeReadWhereItsSocketIsNot) {
  meter(0, "CPU Power Socket 0", 90);
  meter(1, "Grace Power Socket 0", 150);
  write(1, "power1_average", "");
  discovered();
  EXPECT_TRUE(found_.sensors.empty());
  EXPECT_FALSE(cover_.processors);
  EXPECT_FALSE(cover_.board);
  EXPECT_NE(why_of(found_, "ACPI power meter Grace Power Socket 0").find("expected a whole number"), std::string::npos);
  for (const Missing& m : found_.missing) EXPECT_FALSE(m.counted_elsewhere) << m.name;
}

TEST_F(Hwmon, AMeterThatSaysNothingOfItselfIsTheBoards) {
  meter(0, "", 320);
  meter(1, "", 330);
  discovered();
  EXPECT_EQ(parts_of(found_), Parts{"node-rest integrated"});
  EXPECT_DOUBLE_EQ(read("node-rest").w.value, 320);
  EXPECT_EQ(found_.sensors[0]->describe().contains, std::vector<std::string>{"*"});
  EXPECT_TRUE(cover_.board);
  EXPECT_NE(why_of(found_, "ACPI power meter hwmon1").find("second meter"), std::string::npos);
  machine_.empty(device(0) + "power1_average");
  EXPECT_FALSE(read("node-rest").ok);
}

TEST_F(Hwmon, AnIntelCardIsCountedWholeNotItsChip) {
  write(0, "name", "xe");
  write(0, "energy1_label", "pkg");
  write(0, "energy1_input", "5000000");
  write(0, "energy2_label", "card");
  write(0, "energy2_input", "9000000");
  write(1, "name", "i915");
  write(1, "energy1_input", "7000000");
  write(2, "name", "i915_gt0");  // a tile of the one before
  write(2, "energy1_input", "3000000");
  discovered();
  EXPECT_EQ(parts_of(found_), (Parts{"gpu-0 counter", "gpu-1 counter"}));
  EXPECT_DOUBLE_EQ(read("gpu-0").counter_j, 9);
  EXPECT_DOUBLE_EQ(read("gpu-1").counter_j, 7);
}

TEST_F(Hwmon, AnIntelCardIsReadBeforeItsRegisterWrapsTwice) {
  write(0, "name", "i915");
  write(0, "energy1_input", "7000000");
  const PartDescription d = discovered().sensors.at(0)->describe();
  EXPECT_GT(d.period_s, 0);
  EXPECT_LE(d.period_s * d.most_w, 262144);
}

TEST_F(Hwmon, AnIntelCardWithTheChipsCounterAloneSaysSo) {
  write(0, "name", "xe");
  write(0, "energy2_label", "pkg");
  write(0, "energy2_input", "5000000");
  EXPECT_EQ(discovered().sensors.at(0)->describe().start.sensor, "hwmon xe energy of its pkg");
  machine_.remove("sys/class/hwmon");
  write(0, "name", "xe");
  EXPECT_NE(why_of(discovered(), "Intel gpu-0").find("energy1_input"), std::string::npos);
}

TEST_F(Hwmon, OrinNanoHasItsInputAndRailsInsideIt) {
  rail(1, 1, "VDD_IN", 5000, 1600);
  rail(1, 2, "VDD_CPU_GPU_CV", 5000, 400);
  rail(1, 3, "VDD_SOC", 5000, 300);
  write(1, "in7_label", "sum of shunt voltages");
  discovered();
  EXPECT_EQ(parts_of(found_), (Parts{"VDD_CPU_GPU_CV integrated", "VDD_SOC integrated", "module-rest integrated"}));
  EXPECT_DOUBLE_EQ(read("module-rest").w.value, 8);
  EXPECT_DOUBLE_EQ(read("VDD_CPU_GPU_CV").w.value, 2);
  EXPECT_EQ(kind("VDD_CPU_GPU_CV"), "cpu");
  EXPECT_TRUE(cover_.board && cover_.processors);
}

TEST_F(Hwmon, AgxRailsAreSummed) {
  rail(1, 1, "GPU", 19000, 100);
  rail(1, 2, "CPU", 19000, 200);
  rail(1, 3, "SOC", 19000, 100);
  rail(2, 1, "CV", 19000, 0);
  rail(2, 2, "VDDRQ", 19000, 50);
  rail(2, 3, "SYS5V", 19000, 150);
  discovered();
  ASSERT_EQ(found_.sensors.size(), 6u);
  EXPECT_FALSE(cover_.board);
  EXPECT_EQ(kind("GPU"), "gpu");
  EXPECT_EQ(kind("CPU"), "cpu");
  EXPECT_EQ(kind("CV"), "cpu");
  EXPECT_EQ(kind("VDDRQ"), "memory");
  EXPECT_EQ(kind("SYS5V"), "board");
  double w = 0;
  for (const auto& sensor : found_.sensors) w += sensor->read({}).w.value;
  EXPECT_DOUBLE_EQ(w, 19 * 0.6);
}

TEST_F(Hwmon, RailsOfOlderBoardsHaveTheirKinds) {
  rail(0, 1, "VDD_SYS_GPU", 19000, 1);
  rail(0, 2, "VDD_SYS_CPU", 19000, 1);
  rail(0, 3, "VDD_SYS_DDR", 19000, 1);
  rail(1, 1, "VDD_4V0_WIFI", 4000, 1);
  rail(1, 2, "VDD_GPU_SOC", 4000, 1);
  rail(1, 3, "VIN_SYS_5V0", 4000, 1);
  discovered();
  EXPECT_EQ(kind("VDD_SYS_GPU"), "gpu");
  EXPECT_EQ(kind("VDD_SYS_CPU"), "cpu");
  EXPECT_EQ(kind("VDD_SYS_DDR"), "memory");
  EXPECT_EQ(kind("VDD_4V0_WIFI"), "board");
  EXPECT_EQ(kind("VDD_GPU_SOC"), "gpu");
  EXPECT_EQ(kind("VIN_SYS_5V0"), "board");
}

TEST_F(Hwmon, RailsThatAreNotConnectedAreNoRailsAndUnreadableOnesAreNamed) {
  rail(0, 1, "NC", 0, 0);
  rail(0, 2, "VDD_SOC", 5000, -1);
  discovered();
  EXPECT_TRUE(found_.sensors.empty());
  ASSERT_EQ(found_.missing.size(), 1u);
  EXPECT_NE(why_of(found_, "rail VDD_SOC").find("curr2_input"), std::string::npos);
}

TEST_F(Hwmon, OtherDevicesAreLeftAlone) {
  write(0, "name", "nvme");
  write(0, "power1_average", "5000000");
  write(1, "name", "coretemp");
  machine_.write(device(2) + "temp1_input", "40000\n");
  discovered();
  EXPECT_TRUE(found_.sensors.empty() && found_.missing.empty());
}

}  // namespace
}  // namespace cradle::sensor
