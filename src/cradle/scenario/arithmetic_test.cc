#include "cradle/scenario/arithmetic.h"

#include <gtest/gtest.h>

#include "cradle/base/error.h"

namespace cradle::scenario {
namespace {

const std::string kHeader = "id,operation,operands,published,unit,tolerance,source,note\n";

std::string fault_of(const std::string& rows) {
  try {
    parse_arithmetic(kHeader + rows, "a.csv");
  } catch (const base::Error& e) {
    return e.what();
  }
  return "no error";
}

TEST(Arithmetic, ComputesEachOperation) {
  const auto checks = parse_arithmetic(kHeader +
                                           "s,sum,1;2;3.5,6.5,t,0.001,x,\n"
                                           "p,product,2;3;4,24,t,0.001,x,\n"
                                           "q,quotient,13.8124;0.13,103.5,MWh,0.03,x,\n"
                                           "w,sum,1;1,3,t,0.1,x,\n",
                                       "a.csv");
  EXPECT_DOUBLE_EQ(checks[0].computed, 6.5);
  EXPECT_DOUBLE_EQ(checks[1].computed, 24);
  EXPECT_NEAR(checks[2].computed, 106.249, 1e-3);
  EXPECT_TRUE(checks[2].within);
  EXPECT_FALSE(checks[3].within);
  EXPECT_NEAR(checks[3].relative_error, -1.0 / 3, 1e-12);
}

TEST(Arithmetic, NamesTheLineOfAFault) {
  EXPECT_NE(fault_of("s,summ,1;2,3,t,0.1,x,\n").find("a.csv:2: unknown operation 'summ'; did you mean 'sum'?"),
            std::string::npos);
  EXPECT_NE(fault_of("s,quotient,1,3,t,0.1,x,\n").find("takes 2 of them, found 1"), std::string::npos);
  EXPECT_NE(fault_of("s,quotient,1;0,3,t,0.1,x,\n").find("a.csv:2: 'operands': a quotient by 0"), std::string::npos);
  EXPECT_NE(fault_of("s,effective-die-area,-1,3,mm2,0.1,x,\n").find("a.csv:2: 'operands': the area"),
            std::string::npos);
  EXPECT_NE(fault_of("s,sum,1;2,0,t,0.1,x,\n").find("a.csv:2: 'published': must not be 0"), std::string::npos);
  EXPECT_NE(fault_of("s,sum,1;b,3,t,0.1,x,\n").find("a.csv:2"), std::string::npos);
  EXPECT_NE(fault_of("s,sum,1;2,3,t,0.1,,\n").find("'source' is empty"), std::string::npos);
}

TEST(Arithmetic, AnEffectiveDieIsThePublishedOne) {
  // Boavizta/boaviztapi 2.4.1 asserts 2808.445102929598 for 814 mm2; the others are of its archetypes, rounded there.
  EXPECT_NEAR(effective_die_area_mm2(814), 2808.445102929598, 1e-9);
  EXPECT_NEAR(effective_die_area_mm2(826), 2876, 1);
  EXPECT_NEAR(effective_die_area_mm2(545), 1500, 1);
  EXPECT_NEAR(effective_die_area_mm2(610), 1780, 1);
  EXPECT_NEAR(effective_die_area_mm2(471), 1208, 1);
}

}  // namespace
}  // namespace cradle::scenario
