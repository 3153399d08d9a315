// Rates and power of devices, from a catalogue made by hand.
#include "cradle/estimate/device.h"

#include <gtest/gtest.h>

#include "cradle/base/error.h"

namespace cradle::estimate {
namespace {

constexpr const char* kRows =
    "key,name,place,year,set,value,low,high,distribution,unit,licence,grade,source,note\n"
    "gpu.peak_fp32,Some GPU,,2020,,10,,,fixed,TFLOPS,fact (cited),C,x,\n"
    "gpu.peak_int8,Some GPU,,2020,,80,,,fixed,TOPS,fact (cited),C,x,\n"
    "gpu.bandwidth,Some GPU,,2020,,500,,,fixed,GB/s,fact (cited),C,x,\n"
    "gpu.tdp,Some GPU,,2020,,200,,,fixed,W,fact (cited),C,x,\n"
    "gpu.power_idle,Some GPU,,2020,,20,,,fixed,W,fact (cited),C,x,\n"
    "gpu.peak_fp32,Slow GPU,,2020,,1,,,fixed,TFLOPS,fact (cited),C,x,\n"
    "gpu.tdp,Slow GPU,,2020,,50,,,fixed,W,fact (cited),C,x,\n"
    "device.peak_fp16,some-module,,2020,,1,,,fixed,TFLOPS,fact (cited),C,x,\n"
    "device.bandwidth,some-module,,2020,,50,,,fixed,GB/s,fact (cited),C,x,\n"
    "device.power_max,some-module,,2020,,15,,,fixed,W,fact (cited),C,x,\n"
    "cpu.ops_per_cycle_fp32,zen3,,2020,,32,,,fixed,1,fact (cited),C,x,\n"
    "cpu.clock,AMD EPYC 7763,,2020,,3,2,3.5,triangular,GHz,fact (cited),C,x,\n"
    "cpu.bandwidth,AMD EPYC 7763,,2020,,200,,,fixed,GB/s,fact (cited),C,x,\n"
    "cpu.tdp,AMD EPYC 7763,,2020,,256,,,fixed,W,fact (cited),C,x,\n"
    "cpu.cores,AMD EPYC 7763,,2020,,64,,,fixed,1,fact (cited),C,x,\n";

catalog::Catalog by_hand() { return {{catalog::Table::owning("rates.csv", kRows)}}; }

TEST(Device, OfAGpuHasItsRatesAndPower) {
  const Device d = device_named(by_hand(), "Some GPU");
  EXPECT_FALSE(d.is_cpu);
  EXPECT_DOUBLE_EQ(d.ops_per_s.at("fp32").value, 10e12);
  EXPECT_DOUBLE_EQ(d.ops_per_s.at("int8").value, 80e12);
  EXPECT_FALSE(d.ops_per_s.contains("fp16"));
  EXPECT_DOUBLE_EQ(d.bytes_per_s.value, 500e9);
  EXPECT_DOUBLE_EQ(d.full_w.value, 200);
  EXPECT_DOUBLE_EQ(d.idle_w.value, 20);
  EXPECT_EQ(d.factors.size(), 5u);
}

TEST(Device, WithoutABandwidthIsAnErrorThatSaysSo) {
  try {
    device_named(by_hand(), "Slow GPU");
    FAIL();
  } catch (const base::Error& e) {
    EXPECT_NE(std::string(e.what()).find("no bandwidth of 'Slow GPU'"), std::string::npos) << e.what();
  }
}

TEST(Device, OfTheEdgeIsFoundByItsOwnKeysAndItsIdlePowerIsAShare) {
  const Device d = device_named(by_hand(), "some-module");
  EXPECT_DOUBLE_EQ(d.ops_per_s.at("fp16").value, 1e12);
  EXPECT_DOUBLE_EQ(d.full_w.value, 15);
  EXPECT_NEAR(d.idle_w.value, 0.14 * 15, 1e-12);
}

TEST(Device, ThatNobodyKnowsHasASuggestion) {
  try {
    device_named(by_hand(), "Some GPV");
    FAIL();
  } catch (const base::Error& e) {
    EXPECT_NE(std::string(e.what()).find("did you mean 'Some GPU'"), std::string::npos) << e.what();
  }
}

TEST(Device, OfACpuIsItsThreadsShare) {
  const Device one = cpu_device(by_hand(), {"AMD EPYC 7763", "zen3"}, 1);
  EXPECT_TRUE(one.is_cpu);
  EXPECT_DOUBLE_EQ(one.ops_per_s.at("fp32").value, 32 * 3e9);
  EXPECT_DOUBLE_EQ(one.ops_per_s.at("fp32").low, 32 * 2e9);
  EXPECT_DOUBLE_EQ(one.full_w.value, 4);  // 256 W over 64 cores
  EXPECT_DOUBLE_EQ(one.bytes_per_s.value, 18e9);
  EXPECT_EQ(one.idle_w.value, 0);
  const Device all = device_named(by_hand(), "AMD EPYC 7763");
  EXPECT_DOUBLE_EQ(all.ops_per_s.at("fp32").value, 64 * 32 * 3e9);
  EXPECT_DOUBLE_EQ(all.bytes_per_s.value, 200e9);  // the socket's, not 64 times a thread's
  EXPECT_DOUBLE_EQ(all.full_w.value, 256);
  EXPECT_THROW(cpu_device(by_hand(), {"toaster", ""}, 1), base::Error);
}

}  // namespace
}  // namespace cradle::estimate
