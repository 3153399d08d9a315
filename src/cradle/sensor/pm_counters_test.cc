// Counters of Cray nodes.
#include "cradle/sensor/pm_counters.h"

#include "cradle/sensor/fake_machine_test.h"

namespace cradle::sensor {
namespace {

class PmCounters : public testing::Test {
 protected:
  void write(const std::string& file, const std::string& text) {
    machine_.write("sys/cray/pm_counters/" + file, text + "\n");
  }
  void node() {
    write("energy", "1000 J 1234567 us");
    write("cpu_energy", "300 J 1234567 us");
    write("memory_energy", "100 J 1234567 us");
    write("accel0_energy", "200 J 1234567 us");
    write("accel1_energy", "210 J 1234567 us");
  }
  bool discovered(const Discovery& others = {}) {
    found_ = {};
    return discover_pm_counters(machine_.site(), others, found_);
  }
  FakeMachine machine_;
  Discovery found_;
};

TEST_F(PmCounters, EveryPartIsReadAndTheNodeCountsWhatRemains) {
  node();
  EXPECT_TRUE(discovered());
  EXPECT_EQ(parts_of(found_),
            (Parts{"cpu counter", "memory counter", "gpu-0 counter", "gpu-1 counter", "node-rest counter"}));
  EXPECT_EQ(sensor_of(found_, "gpu-1").read({}).counter_j, 210);
  EXPECT_EQ(sensor_of(found_, "node-rest").read({}).counter_j, 1000);
  EXPECT_EQ(sensor_of(found_, "node-rest").describe().contains, std::vector<std::string>{"*"});
  EXPECT_EQ(sensor_of(found_, "cpu").describe().resolution_j, 1);
}

TEST_F(PmCounters, KindsThatOthersReadAreNotReadTwice) {
  node();
  machine_.zone("intel-rapl:0", "package-0", 100);
  Discovery rapl;
  PartDescription d;
  d.start = {"cpu-package-0", "cpu", record::Basis::kCounter, "rapl"};
  struct Silent : Sensor {
    explicit Silent(PartDescription p) : part(std::move(p)) {}
    PartDescription describe() const override { return part; }
    Reading read(const Usage&) override { return {}; }
    PartDescription part;
  };
  rapl.sensors.push_back(std::make_unique<Silent>(d));
  d.start.part = "gpu-0";
  d.start.kind = "gpu";
  rapl.sensors.push_back(std::make_unique<Silent>(d));
  EXPECT_TRUE(discovered(rapl));
  EXPECT_EQ(parts_of(found_), (Parts{"memory counter", "node-rest counter"}));
}

TEST_F(PmCounters, WhatIsNoNumberOfJoulesIsAReason) {
  node();
  discovered();
  for (const char* text : {"", "J", "12", "12 W 3 us", "-5 J 1 us", "99999999999999999999 J 1 us"}) {
    write("cpu_energy", text);
    const Reading reading = sensor_of(found_, "cpu").read({});
    EXPECT_FALSE(reading.ok) << text;
    EXPECT_NE(reading.why.find("expected '<number> J'"), std::string::npos) << text;
  }
}

TEST_F(PmCounters, ANodeThatCannotBeReadIsNamed) {
  node();
  write("energy", "none");
  EXPECT_FALSE(discovered());
  EXPECT_NE(why_of(found_, "pm_counters").find("energy"), std::string::npos);
}

TEST_F(PmCounters, ElsewhereThereIsNothing) {
  EXPECT_FALSE(discovered());
  EXPECT_TRUE(found_.sensors.empty() && found_.missing.empty());
}

}  // namespace
}  // namespace cradle::sensor
