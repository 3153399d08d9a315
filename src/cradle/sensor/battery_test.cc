// What a battery gives, and when it gives nothing.
#include "cradle/sensor/battery.h"

#include "cradle/sensor/fake_machine_test.h"

namespace cradle::sensor {
namespace {

class BatteryTest : public testing::Test {
 protected:
  void write(const std::string& supply, const std::string& file, const std::string& text) {
    machine_.write("sys/class/power_supply/" + supply + "/" + file, text + "\n");
  }
  void battery(const std::string& name, const std::string& status) {
    write(name, "type", "Battery");
    write(name, "status", status);
  }
  Discovery& discovered() {
    found_ = {};
    discover_battery(machine_.site(), found_);
    return found_;
  }
  Reading read() { return sensor_of(found_, "battery").read({}); }
  FakeMachine machine_;
  Discovery found_;
};

TEST_F(BatteryTest, PowerNowIsReadWhileItDischarges) {
  battery("BAT0", "Discharging");
  write("BAT0", "power_now", "12500000");
  discovered();
  EXPECT_DOUBLE_EQ(read().w.value, 12.5);
  EXPECT_EQ(found_.sensors[0]->describe().contains, std::vector<std::string>{"*"});
}

TEST_F(BatteryTest, CurrentTimesVoltageWherePowerIsNotTold) {
  battery("BAT0", "Discharging");
  write("BAT0", "current_now", "1500000");
  write("BAT0", "voltage_now", "12000000");
  discovered();
  EXPECT_DOUBLE_EQ(read().w.value, 18);
}

TEST_F(BatteryTest, TheSignOfTheCurrentDoesNotMatter) {
  battery("BAT0", "Discharging");
  write("BAT0", "current_now", "-1500000");
  write("BAT0", "voltage_now", "12000000");
  discovered();
  EXPECT_DOUBLE_EQ(read().w.value, 18);
  write("BAT0", "power_now", "-20000000");
  discovered();
  EXPECT_DOUBLE_EQ(read().w.value, 20);
}

TEST_F(BatteryTest, TwoAreSummedAndOneThatRestsAddsNothing) {
  battery("BAT0", "Discharging");
  write("BAT0", "power_now", "10000000");
  battery("BAT1", "Discharging");
  write("BAT1", "power_now", "5000000");
  discovered();
  EXPECT_EQ(found_.sensors[0]->describe().start.sensor, "battery BAT0+BAT1");
  EXPECT_DOUBLE_EQ(read().w.value, 15);
  write("BAT1", "status", "Not charging");
  EXPECT_DOUBLE_EQ(read().w.value, 10);
}

TEST_F(BatteryTest, OnTheMainsItIsNamedAndNotRead) {
  battery("BAT0", "Charging");
  write("BAT0", "power_now", "30000000");
  EXPECT_TRUE(discovered().sensors.empty());
  EXPECT_NE(why_of(found_, "battery").find("mains"), std::string::npos);
}

TEST_F(BatteryTest, PluggedInInMidRunItIsAGapWithItsReason) {
  battery("BAT0", "Discharging");
  write("BAT0", "power_now", "10000000");
  discovered();
  write("BAT0", "status", "Charging");
  EXPECT_FALSE(read().ok);
  EXPECT_NE(read().why.find("mains"), std::string::npos);
  write("BAT0", "status", "Discharging");
  EXPECT_TRUE(read().ok);
}

TEST_F(BatteryTest, AReadThatFailsNamesTheFileThatFails) {
  battery("BAT0", "Discharging");
  write("BAT0", "current_now", "1500000");
  EXPECT_TRUE(discovered().sensors.empty());
  EXPECT_NE(why_of(found_, "battery").find("voltage_now"), std::string::npos);
  write("BAT0", "voltage_now", "12000000");
  discovered();
  machine_.empty("sys/class/power_supply/BAT0/current_now");
  EXPECT_NE(read().why.find("current_now"), std::string::npos);
  write("BAT0", "current_now", "-");
  EXPECT_FALSE(read().ok);
}

TEST_F(BatteryTest, OfAMouseAndTheMainsAdapterAreLeftAlone) {
  battery("hidpp_battery_0", "Discharging");
  write("hidpp_battery_0", "scope", "Device");
  write("hidpp_battery_0", "power_now", "100000");
  write("AC", "type", "Mains");
  discovered();
  EXPECT_TRUE(found_.sensors.empty() && found_.missing.empty());
}

}  // namespace
}  // namespace cradle::sensor
