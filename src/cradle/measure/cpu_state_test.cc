// A copy of /sys by hand.
#include "cradle/measure/cpu_state.h"

#include <gtest/gtest.h>

#include "cradle/base/file.h"
#include "cradle/base/scratch_test.h"

namespace cradle::measure {
namespace {

namespace fs = std::filesystem;

fs::path fresh_sys() {
  const fs::path sys = base::scratch_folder() / testing::UnitTest::GetInstance()->current_test_info()->name();
  fs::remove_all(sys);
  return sys;
}

void put(const fs::path& file, const std::string& text) {
  fs::create_directories(file.parent_path());
  base::write_file(file, text);
}

TEST(CpuState, TakesTheHottestZoneOfTheCpuAndTheMeanFrequency) {
  const fs::path sys = fresh_sys();
  put(sys / "class/thermal/thermal_zone0/type", "acpitz\n");
  put(sys / "class/thermal/thermal_zone0/temp", "99000\n");
  put(sys / "class/thermal/thermal_zone1/type", "x86_pkg_temp\n");
  put(sys / "class/thermal/thermal_zone1/temp", "41000\n");
  put(sys / "class/thermal/thermal_zone2/type", "cpu-thermal\n");
  put(sys / "class/thermal/thermal_zone2/temp", "52500\n");
  put(sys / "devices/system/cpu/cpu0/cpufreq/scaling_cur_freq", "3000000\n");
  put(sys / "devices/system/cpu/cpu1/cpufreq/scaling_cur_freq", "2000000\n");
  const CpuState state = cpu_state(sys);
  EXPECT_EQ(state.temperature_c, 52.5);
  EXPECT_EQ(state.mhz, 2500);
  EXPECT_EQ(text_of(state), "52 °C, 2500 MHz");
}

TEST(CpuState, AsksTheHardwareMonitorWhereThereIsNoZone) {
  const fs::path sys = fresh_sys();
  put(sys / "class/hwmon/hwmon0/name", "nvme\n");
  put(sys / "class/hwmon/hwmon0/temp1_input", "70000\n");
  put(sys / "class/hwmon/hwmon3/name", "k10temp\n");
  put(sys / "class/hwmon/hwmon3/temp1_input", "48000\n");
  EXPECT_EQ(cpu_state(sys).temperature_c, 48);
}

TEST(CpuState, SaysWhatIsNotThereAndWhy) {
  const fs::path sys = fresh_sys();
  put(sys / "class/thermal/thermal_zone0/type", "x86_pkg_temp\n");  // its value cannot be read
  const CpuState state = cpu_state(sys);
  EXPECT_FALSE(state.temperature_c || state.mhz);
  EXPECT_NE(state.temperature_missing.find(sys.string()), std::string::npos);
  EXPECT_NE(text_of(state).find("frequency unknown: no CPU has a cpufreq/scaling_cur_freq"), std::string::npos);
}

}  // namespace
}  // namespace cradle::measure
