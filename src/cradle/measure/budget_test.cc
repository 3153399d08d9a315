// Budgets: what people write, in the unit it is compared in.
#include "cradle/measure/budget.h"

#include <gtest/gtest.h>

#include "cradle/base/error.h"

namespace cradle::measure {
namespace {

using Of = Budget::Of;

void expect_budget(const char* text, Of of, double amount) {
  const Budget b = parse_budget(text);
  EXPECT_EQ(b.of, of) << text;
  EXPECT_NEAR(b.amount, amount, 1e-9 * amount) << text;
}

TEST(Budget, IsEnergyEmissionsOrTime) {
  expect_budget("1kWh", Of::kEnergy, 3.6e6);
  expect_budget("2.5MJ", Of::kEnergy, 2.5e6);
  expect_budget(" 250 Wh ", Of::kEnergy, 900000);
  expect_budget("3mJ", Of::kEnergy, 0.003);
  expect_budget("1e3J", Of::kEnergy, 1000);
  expect_budget("500gCO2e", Of::kEmissions, 500);
  expect_budget("1.2 kgCO2", Of::kEmissions, 1200);
  expect_budget("2t", Of::kEmissions, 2e6);
  expect_budget("3h", Of::kTime, 10800);
  expect_budget("90min", Of::kTime, 5400);
  expect_budget("1d", Of::kTime, 86400);
}

TEST(Budget, OfAnotherKindIsRefusedWithExamples) {
  for (const char* wrong :
       {"", "1", "kWh", "1kW", "-1kWh", "0J", "1kwh", "1MWhCO2e", "3hours", "inf J", "nan s", "1 kWh h"}) {
    try {
      parse_budget(wrong);
      ADD_FAILURE() << wrong;
    } catch (const base::Error& e) {
      EXPECT_EQ(e.fault(), base::Fault::kUsage);
      EXPECT_NE(std::string(e.what()).find("1kWh"), std::string::npos) << e.what();
    }
  }
}

TEST(Budget, IsComparedInItsOwnUnit) {
  const record::GridFactor factor{"f", "FR", "test", 2023, {0.05, 0.04, 0.06}};
  EXPECT_DOUBLE_EQ(in_unit_of(parse_budget("1kWh"), 1000, 7, factor), 1000);
  EXPECT_DOUBLE_EQ(in_unit_of(parse_budget("1h"), 1000, 7, factor), 7);
  // 7.2 MJ are 2 kWh, at 50 g each.
  EXPECT_NEAR(in_unit_of(parse_budget("1g"), 7.2e6, 7, factor), 100, 1e-9);
}

TEST(Budget, IsShownInUnitsOfPeople) {
  EXPECT_EQ(format_amount(parse_budget("1kWh"), 3.6e6), "3.60 MJ");
  EXPECT_EQ(format_amount(parse_budget("1g"), 1500), "1.50 kgCO2e");
  EXPECT_EQ(format_amount(parse_budget("1h"), 5400), "90 min 00 s");
  EXPECT_EQ(format_amount(parse_budget("1J"), base::Interval{1.4e6, 1.2e6, 1.7e6}), "1.40 MJ (1.20–1.70)");
}

}  // namespace
}  // namespace cradle::measure
