// Disks by their capacity, the network by its traffic.
#include "cradle/sensor/io_model.h"

#include "cradle/sensor/fake_machine_test.h"

namespace cradle::sensor {
namespace {

PowerModelInputs inputs() {
  PowerModelInputs i = plain_inputs();
  i.ssd_w_per_tb = {1.2, 1, 2};
  i.hdd_w_per_tb = {0.6, 0.5, 0.7};
  i.network_j_per_gb = {5, 3, 10};
  return i;
}

class Io : public testing::Test {
 protected:
  Io() : site_(machine_.site()) {
    site_.seconds = [this] { return now_s_; };
  }
  void disk(const std::string& name, double tb, bool rotates, bool hardware = true) {
    const std::string folder = "sys/block/" + name + "/";
    machine_.write(folder + "size", std::to_string(static_cast<long long>(tb * 1e12 / 512)) + "\n");
    machine_.write(folder + "queue/rotational", rotates ? "1\n" : "0\n");
    if (hardware) machine_.write(folder + "device/model", "x\n");
  }
  void bytes(const std::string& interface, long long in, long long out, bool hardware = true) {
    const std::string folder = "sys/class/net/" + interface + "/";
    machine_.write(folder + "statistics/rx_bytes", std::to_string(in) + "\n");
    machine_.write(folder + "statistics/tx_bytes", std::to_string(out) + "\n");
    if (hardware) machine_.write(folder + "device/vendor", "x\n");
  }
  /// Mean watts since the reading that settled `since_s` ago.
  double watts(Sensor& sensor, double since_s) {
    Usage usage;
    usage.awake_s = since_s;
    const Reading reading = sensor.read(usage);
    EXPECT_TRUE(reading.ok) << reading.why;
    return reading.w.value;
  }
  FakeMachine machine_;
  Site site_;
  double now_s_ = 1000;
};

TEST_F(Io, DisksAreWattsPerTerabyteByKind) {
  disk("nvme0n1", 2, false);
  disk("sda", 10, true);
  const auto model = disk_model(machine_.root(), inputs());
  ASSERT_TRUE(model);
  const base::Interval w = model->read({}).w;
  EXPECT_NEAR(w.value, 2 * 1.2 + 10 * 0.6, 1e-6);
  EXPECT_NEAR(w.low, 2 * 1.0 + 10 * 0.5, 1e-6);
  EXPECT_NEAR(w.high, 2 * 2.0 + 10 * 0.7, 1e-6);
  EXPECT_EQ(model->describe().start.basis, record::Basis::kModelled);
  EXPECT_NEAR(model->describe().idle_w.value, w.value, 1e-9);
}

TEST_F(Io, WhatHasNoDriveOfItsOwnIsLeftOutAndADriveOfTwoPathsCountsOnce) {
  disk("sda", 1, false);
  for (const char* name : {"loop0", "dm-0", "md0", "zram0", "nbd0", "rbd0", "zd0"}) disk(name, 5, false, false);
  disk("sr0", 0.004, true);
  disk("fd0", 0.001, true);
  disk("nvme0n1", 2, false);
  disk("nvme0c0n1", 2, false);  // its path
  machine_.write("sys/block/nvme0c0n1/hidden", "1\n");
  const DiskCapacity tb = disk_capacity(machine_.root());
  EXPECT_NEAR(tb.ssd_tb, 3, 1e-6);
  EXPECT_EQ(tb.hdd_tb, 0);
}

TEST_F(Io, WithoutADriveOrAFigureThereIsNoModel) {
  EXPECT_FALSE(disk_model(machine_.root(), inputs()));
  disk("sda", 1, false);
  EXPECT_FALSE(disk_model(machine_.root(), plain_inputs()));
  EXPECT_FALSE(network_model(site_, inputs()));
  bytes("lo", 5, 5, false);
  EXPECT_FALSE(network_model(site_, inputs()));
  bytes("eth0", 5, 5);
  EXPECT_FALSE(network_model(site_, plain_inputs()));
  EXPECT_TRUE(network_model(site_, inputs()));
}

TEST_F(Io, TheNetworkIsJoulesPerGigabyteInAndOut) {
  bytes("eth0", 1000, 1000);
  bytes("lo", 0, 0, false);
  const auto model = network_model(site_, inputs());
  EXPECT_EQ(watts(*model, 0), 0);
  now_s_ += 2;
  bytes("eth0", 1000 + 3'000'000'000, 1000 + 1'000'000'000);
  bytes("lo", 9'000'000'000, 9'000'000'000, false);
  EXPECT_NEAR(watts(*model, 2), 4 * 5 / 2.0, 1e-9);
}

TEST_F(Io, TrafficIsCountedOnceHoweverTheReadingsFall) {
  // Readings 1.0, 1.1, 0.9 … s apart, each settled, 1 GB/s: joules are those of the bytes.
  bytes("eth0", 0, 0);
  const auto model = network_model(site_, inputs());
  watts(*model, 0);
  double joules = 0, gb = 0;
  for (const double step : {1.0, 1.1, 1.2, 0.9, 1.5, 2.0, 1.0}) {
    now_s_ += step;
    gb += step;
    bytes("eth0", static_cast<long long>(gb * 1e9), 0);
    joules += watts(*model, step) * step;
  }
  EXPECT_NEAR(joules, 5 * gb, 1e-6);
}

TEST_F(Io, AReadingThatDoesNotSettleLeavesTheNextItsWholeSpan) {
  bytes("eth0", 0, 0);
  const auto model = network_model(site_, inputs());
  watts(*model, 0);
  now_s_ += 0.05;
  bytes("eth0", 100'000'000, 0);
  EXPECT_NEAR(watts(*model, 0.05), 5 * 0.1 / 0.05, 1e-9);
  now_s_ += 0.95;  // the first reading is still the last that settled
  bytes("eth0", 1'000'000'000, 0);
  EXPECT_NEAR(watts(*model, 1.0), 5, 1e-9);
  now_s_ += 1;
  bytes("eth0", 3'000'000'000, 0);
  EXPECT_NEAR(watts(*model, 1.0), 10, 1e-9);
}

TEST_F(Io, AnAdapterThatFallsBackOrFailsIsNoNegativePower) {
  bytes("eth0", 5'000'000'000, 0);
  const auto model = network_model(site_, inputs());
  watts(*model, 0);
  now_s_ += 1;
  bytes("eth0", 0, 0);
  EXPECT_EQ(watts(*model, 1), 0);
  now_s_ += 1;
  machine_.empty("sys/class/net/eth0/statistics/rx_bytes");
  const Reading reading = model->read({});
  EXPECT_FALSE(reading.ok);
  EXPECT_NE(reading.why.find("rx_bytes"), std::string::npos);
}

}  // namespace
}  // namespace cradle::sensor
