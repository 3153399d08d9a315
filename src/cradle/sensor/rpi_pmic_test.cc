// The Raspberry Pi's power chip, from the lines its firmware prints.
#include "cradle/sensor/rpi_pmic.h"

#include <rapidcheck.h>

#include <cmath>

#include "cradle/sensor/fake_machine_test.h"

namespace cradle::sensor {
namespace {

// The form of a Pi 5's answer; the figures are made up.
constexpr const char* kAnswer =
    "     3V7_WL_SW_A current(0)=0.10000000A\n"
    "       3V3_SYS_A current(1)=0.20000000A\n"
    "      DDR_VDDQ_A current(4)=0.00000000A\n"
    "      VDD_CORE_A current(7)=2.00000000A\n"
    "     3V7_WL_SW_V volt(8)=3.70000000V\n"
    "       3V3_SYS_V volt(9)=3.30000000V\n"
    "      DDR_VDDQ_V volt(12)=0.60000000V\n"
    "      VDD_CORE_V volt(15)=0.80000000V\n"
    "        EXT5V_V volt(24)=5.10000000V\n"
    "         BATT_V volt(25)=0.00341880V\n";
constexpr double kSum_w = 0.1 * 3.7 + 0.2 * 3.3 + 2 * 0.8;

TEST(PmicWatts, SumsTheRailsThatHaveCurrentAndVoltage) {
  std::string why;
  EXPECT_NEAR(pmic_watts(kAnswer, why).value_or(0), kSum_w, 1e-9);
}

TEST(PmicWatts, RefusesWhatHasNoRail) {
  for (const char* answer : {"", "error=1 error_msg=\"Command not registered\"", "EXT5V_V volt(24)=5.1V\n", "\n\n",
                             "VDD_CORE_A current(7)=2.0A\n", "_A =1\n_V =1\n",
                             "= = =", "VDD_CORE_A current(7)=nanA\nVDD_CORE_V volt(15)=1V"}) {
    std::string why;
    EXPECT_FALSE(pmic_watts(answer, why)) << answer;
    EXPECT_NE(why.find("no rail"), std::string::npos);
  }
}

TEST(PmicWatts, NeverFailsOnAnyBytes) {
  EXPECT_TRUE(rc::check("a sum of rails is finite and above zero", [](const std::string& bytes) {
    std::string why;
    const auto w = pmic_watts(bytes, why);
    RC_ASSERT((!w || (*w > 0 && std::isfinite(*w))));
    RC_ASSERT((w || !why.empty()));
  }));
}

TEST(Pmic, ReadsTheSupplyFromTheRails) {
  FakeMachine m;
  Site site = m.site();
  std::string answer = kAnswer;
  site.ask_firmware = [&](const std::string& question, std::string& why) {
    EXPECT_EQ(question, "pmic_read_adc");
    why = "no answer";
    return answer;
  };
  Discovery found;
  EXPECT_TRUE(discover_rpi_pmic(site, found));
  Sensor& sensor = sensor_of(found, "soc");
  const base::Interval w = sensor.read({}).w;
  EXPECT_NEAR(w.value, 1.1451 * kSum_w + 0.5879, 1e-9);
  EXPECT_NEAR(w.low, kSum_w, 1e-9);  // it takes at least what its rails take
  answer = "";
  EXPECT_FALSE(sensor.read({}).ok);
  EXPECT_EQ(sensor.read({}).why, "no answer");
}

TEST(Pmic, ABoardWithoutTheChipIsNamed) {
  FakeMachine m;
  Site site = m.site();
  Discovery found;
  EXPECT_FALSE(discover_rpi_pmic(site, found));
  EXPECT_TRUE(found.missing.empty());  // no Raspberry Pi at all
  site.ask_firmware = [](const std::string&, std::string&) { return std::string("error=1"); };
  EXPECT_FALSE(discover_rpi_pmic(site, found));
  EXPECT_NE(why_of(found, "Raspberry Pi PMIC").find("no rail"), std::string::npos);
}

TEST(Pmic, ADeviceThatCannotBeOpenedOrIsNoneIsAReason) {
  FakeMachine m;
  EXPECT_FALSE(rpi_firmware(m.root() / "vcio"));
  m.write("vcio", "");
  Site site = m.site();
  site.ask_firmware = rpi_firmware(m.root() / "vcio");  // a file, no mailbox
  Discovery found;
  EXPECT_FALSE(discover_rpi_pmic(site, found));
  EXPECT_NE(why_of(found, "Raspberry Pi PMIC").find("firmware: "), std::string::npos);
  site.ask_firmware = [](const std::string&, std::string& why) {
    why = "/dev/vcio: Permission denied";
    return std::string();
  };
  found = {};
  discover_rpi_pmic(site, found);
  EXPECT_NE(found.missing.at(0).remedy.find("video"), std::string::npos);
}

}  // namespace
}  // namespace cradle::sensor
