// DCMI answers, byte by byte.
#include "cradle/sensor/ipmi.h"

#include <rapidcheck.h>

#include "cradle/sensor/fake_machine_test.h"

namespace cradle::sensor {
namespace {

/// "Get Power Reading" of this many watts, measurement active.
std::string answer(unsigned watts) {
  std::string bytes(19, '\0');
  bytes[1] = '\xdc';
  bytes[2] = static_cast<char>(watts & 0xff);
  bytes[3] = static_cast<char>(watts >> 8);
  bytes[18] = '\x40';
  return bytes;
}

std::string why_not(const std::string& bytes) {
  std::string why;
  EXPECT_FALSE(dcmi_watts(bytes, why));
  return why;
}

TEST(DcmiWatts, AreTwoBytesLowFirst) {
  std::string why;
  EXPECT_EQ(dcmi_watts(answer(320), why), 320);
  EXPECT_EQ(dcmi_watts(answer(0xfffe), why), 0xfffe);
}

TEST(DcmiWatts, EveryRefusalHasItsReason) {
  EXPECT_NE(why_not("").find("no answer"), std::string::npos);
  EXPECT_NE(why_not("\xc1").find("completion code c1h"), std::string::npos);
  EXPECT_NE(why_not(answer(320).substr(0, 18)).find("no DCMI power reading"), std::string::npos);
  std::string other = answer(320);
  other[1] = '\x00';
  EXPECT_NE(why_not(other).find("no DCMI power reading"), std::string::npos);
  std::string off = answer(320);
  off[18] = '\x00';
  EXPECT_NE(why_not(off).find("switched off"), std::string::npos);
  EXPECT_NE(why_not(answer(0)).find("0 W"), std::string::npos);
}

TEST(DcmiWatts, NeverFailOnAnyBytes) {
  EXPECT_TRUE(rc::check("watts of any bytes are above zero or have a reason", [](const std::string& bytes) {
    std::string why;
    const auto w = dcmi_watts(bytes, why);
    RC_ASSERT((w ? *w > 0 && *w <= 65535 : !why.empty()));
  }));
}

TEST(Ipmi, AsksForPowerAndReadsTheBoard) {
  FakeMachine m;
  Site site = m.site();
  std::string bytes = answer(320);
  site.ask_bmc = [&](const std::string& question, std::string& why) {
    EXPECT_EQ(question, std::string("\x2c\x02\xdc\x01\x00\x00", 6));
    why = "the management controller does not answer";
    return bytes;
  };
  Discovery found;
  EXPECT_TRUE(discover_ipmi(site, found));
  Sensor& board = sensor_of(found, "node-rest");
  EXPECT_EQ(board.describe().contains, std::vector<std::string>{"*"});
  EXPECT_EQ(board.read({}).w.value, 320);
  bytes = "";
  EXPECT_NE(board.read({}).why.find("does not answer"), std::string::npos);
}

TEST(Ipmi, NoControllerIsNoTroubleAndAClosedOneHasARemedy) {
  FakeMachine m;
  Discovery found;
  EXPECT_FALSE(discover_ipmi(m.site(), found));
  EXPECT_TRUE(found.missing.empty());
  EXPECT_FALSE(ipmi_device(m.root() / "ipmi0"));
  m.write("ipmi0", "");
  Site site = m.site();
  site.ask_bmc = ipmi_device(m.root() / "ipmi0");  // a file, no controller
  EXPECT_FALSE(discover_ipmi(site, found));
  EXPECT_NE(why_of(found, "IPMI board power").find("IPMI request"), std::string::npos);
  site.ask_bmc = [](const std::string&, std::string& why) {
    why = "/dev/ipmi0: Permission denied";
    return std::string();
  };
  found = {};
  discover_ipmi(site, found);
  EXPECT_NE(found.missing.at(0).remedy.find("/dev/ipmi0"), std::string::npos);
}

}  // namespace
}  // namespace cradle::sensor
