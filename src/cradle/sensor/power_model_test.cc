// The models: the curve, the interval, and what they say of themselves.
#include "cradle/sensor/power_model.h"

#include <cmath>

#include "cradle/sensor/fake_machine_test.h"

namespace cradle::sensor {
namespace {

Usage usage(double awake_s, double busy_cpu_s, double cpus) { return {awake_s, busy_cpu_s, cpus, ""}; }

TEST(LoadCurve, IsLinearBetweenItsPointsAndFlatBeyond) {
  const auto curve = plain_inputs().load_curve;
  EXPECT_DOUBLE_EQ(share_of_tdp(curve, 0), 0.1);
  EXPECT_DOUBLE_EQ(share_of_tdp(curve, 0.25), 0.35);
  EXPECT_DOUBLE_EQ(share_of_tdp(curve, 0.75), 0.8);
  EXPECT_DOUBLE_EQ(share_of_tdp(curve, 7), 1.0);
  EXPECT_DOUBLE_EQ(share_of_tdp(curve, -1), 0.1);
}

TEST(CpuModel, TakesTheCurveAtItsLoad) {
  const auto cpu = cpu_model(plain_inputs());
  EXPECT_NEAR(cpu->read(usage(2, 4, 4)).w.value, 60, 1e-9);  // 4 CPU-s of 8: half load
  EXPECT_NEAR(cpu->read(usage(0, 0, 4)).w.value, 10, 1e-9);
  EXPECT_NEAR(cpu_model(plain_inputs(), 0.5)->read(usage(2, 8, 4)).w.value, 50, 1e-9);
}

TEST(CpuModel, IsModelledAndItsIntervalHoldsBothErrors) {
  const auto cpu = cpu_model(plain_inputs());
  EXPECT_EQ(cpu->describe().start.basis, record::Basis::kModelled);
  // TDP and curve each err by a factor of 1.25: together by 1.25^sqrt(2).
  const base::Interval w = cpu->read(usage(1, 4, 4)).w;
  EXPECT_NEAR(w.high / w.value, std::pow(1.25, std::sqrt(2.0)), 1e-9);
  EXPECT_NEAR(w.value / w.low, std::pow(1.25, std::sqrt(2.0)), 1e-9);
}

TEST(CpuModel, WithoutALoadHasNoReading) {
  Usage unknown = usage(1, 0, 4);
  unknown.unknown_why = "no /proc/stat";
  const Reading r = cpu_model(plain_inputs())->read(unknown);
  EXPECT_FALSE(r.ok);
  EXPECT_NE(r.why.find("no /proc/stat"), std::string::npos);
}

TEST(MemoryModel, IsWattsPerGigabyteTimesGigabytes) {
  const auto memory = memory_model(plain_inputs(), 32);
  const base::Interval w = memory->read(usage(1, 3, 4)).w;
  EXPECT_DOUBLE_EQ(w.value, 16);
  EXPECT_DOUBLE_EQ(w.low, 12.8);
  EXPECT_DOUBLE_EQ(w.high, 19.2);
  EXPECT_DOUBLE_EQ(memory->describe().idle_w.value, 16);  // it takes the same when nobody works
}

}  // namespace
}  // namespace cradle::sensor
