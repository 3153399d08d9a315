#include "cradle/scenario/units.h"

#include <gtest/gtest.h>

#include "cradle/base/error.h"

namespace cradle::scenario {
namespace {

TEST(Units, ConvertsWithinADimension) {
  EXPECT_NEAR(converted(284019.0, "kgCO2e", "lb", "s.toml:1"), 626155, 1);  // Strubell 2019: both figures published
  EXPECT_DOUBLE_EQ(converted(1.5, "kWh", "MJ", ""), 5.4);
  EXPECT_DOUBLE_EQ(converted(2e6, "L", "ML", ""), 2);
  EXPECT_DOUBLE_EQ(converted(1, "kL", "m3", ""), 1);
  EXPECT_DOUBLE_EQ(converted(0.5, "kgSb", "g", ""), 500);
}

TEST(Units, LeavesOutOfWhatAndPerWhat) {
  for (const char* text : {"t", "tCO2e", "t CO2e", "t per training", "tCO2e/chip"})
    EXPECT_EQ(unit_named(text, "").size, 1e3) << text;
}

TEST(Units, RefusesWhatItDoesNotKnowAndMixedDimensions) {
  const auto message = [](const char* from, const char* to) {
    try {
      converted(1, from, to, "s.toml:7");
    } catch (const base::Error& e) {
      return std::string(e.what());
    }
    return std::string("no error");
  };
  EXPECT_NE(message("kWh", "MhW").find("s.toml:7: 'unit': unknown unit 'MhW'"), std::string::npos)
      << message("kWh", "MhW");
  EXPECT_NE(message("kgCO2e", "kWh").find("is a unit of energy"), std::string::npos) << message("kgCO2e", "kWh");
}

}  // namespace
}  // namespace cradle::scenario
