// Processor names as systems report them, against the built-in table.
#include "cradle/catalog/match_cpu.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace cradle::catalog {
namespace {

CpuMatch match(const char* name) { return match_cpu(built_in(), name); }

TEST(MatchCpu, AFullNameIsOneProcessor) {
  const CpuMatch m = match("Intel(R) Core(TM) i7-8550U CPU @ 1.80GHz");
  EXPECT_EQ(m.fit, CpuFit::kExact) << m.reason;
  EXPECT_EQ(m.tdp.value, 15.0);  // Intel ARK: 15 W
}

TEST(MatchCpu, ANameWithCoreCountAndGenerationIsOneProcessor) {
  const CpuMatch epyc = match("AMD EPYC 7763 64-Core Processor");
  EXPECT_EQ(epyc.fit, CpuFit::kExact) << epyc.reason;
  EXPECT_EQ(epyc.tdp.value, 280.0);  // amd.com: 280 W
  ASSERT_TRUE(epyc.cores.has_value());
  EXPECT_EQ(*epyc.cores, 64.0);
  EXPECT_EQ(match("13th Gen Intel(R) Core(TM) i9-13900K").fit, CpuFit::kExact);
}

TEST(MatchCpu, ExtraWordsAroundAModelNumberAreClose) {
  const CpuMatch m = match("AMD EPYC 7763 Milan");
  EXPECT_EQ(m.fit, CpuFit::kClose) << m.reason;
  EXPECT_EQ(m.tdp.value, 280.0);
}

TEST(MatchCpu, ABareFamilyInAVirtualMachineIsLooseAndGivesASpread) {
  const CpuMatch m = match("AMD EPYC");
  EXPECT_EQ(m.fit, CpuFit::kLoose) << m.reason;
  EXPECT_GT(m.rows.size(), 100u);
  EXPECT_FALSE(m.cores.has_value());
  // Second way: count the rows below the ends of the interval.
  const auto below = [&](double w) {
    return static_cast<double>(std::count_if(m.rows.begin(), m.rows.end(),
                                             [&](const Factor* f) { return f->distribution.value < w; })) /
           static_cast<double>(m.rows.size());
  };
  EXPECT_LE(below(m.tdp.low), 0.05);
  EXPECT_GE(below(m.tdp.high + 1e-9), 0.95);
  EXPECT_LT(m.tdp.low, 130.0);
  EXPECT_GE(m.tdp.high, 360.0);
}

TEST(MatchCpu, HypervisorNamesAreLoose) {
  for (const char* name : {"Intel(R) Xeon(R) CPU @ 2.20GHz", "AMD EPYC-Rome Processor",
                           "Intel Xeon Processor (Cascadelake)", "AMD EPYC 9B14", "AMD EPYC 0X99 64-Core Processor"})
    EXPECT_EQ(match(name).fit, CpuFit::kLoose) << name << ": " << match(name).reason;
}

TEST(MatchCpu, AnUnknownModelOfAKnownSeriesKeepsTheSeries) {
  const CpuMatch m = match("Intel(R) Xeon(R) CPU E5-9999 v3 @ 2.40GHz");
  EXPECT_EQ(m.fit, CpuFit::kLoose);
  for (const Factor* f : m.rows) {
    EXPECT_NE(f->name.find("E5"), std::string::npos) << f->name;
    EXPECT_NE(f->name.find("v3"), std::string::npos) << f->name;
  }
}

TEST(MatchCpu, NothingFitsWithAReason) {
  for (const char* name : {"QEMU Virtual CPU version 2.5+", "", "ARMv8 Processor rev 0 (v8l)", "Apple M1 Pro"}) {
    const CpuMatch m = match(name);
    EXPECT_EQ(m.fit, CpuFit::kNone) << name << ": " << m.reason;
    EXPECT_TRUE(m.rows.empty());
    EXPECT_FALSE(m.reason.empty());
  }
}

TEST(MatchCpu, ABareNumberIsNoProcessor) {
  // The public list has AMD's Opteron 6140 as "6140"; Intel's Xeon Gold 6140 must not meet it.
  const CpuMatch m = match("Intel(R) Xeon(R) Gold 6140M CPU @ 2.30GHz");
  for (const Factor* f : m.rows) EXPECT_NE(f->name.find("Xeon"), std::string::npos) << f->name;
}

TEST(MatchCpu, TwoListsThatDisagreeGiveARange) {
  const CpuMatch m = match("Intel Core i5-1335U");  // 55 W in one list, 15 W in another
  EXPECT_EQ(m.fit, CpuFit::kExact);
  EXPECT_EQ(m.tdp.low, 15.0);
  EXPECT_EQ(m.tdp.high, 55.0);
}

}  // namespace
}  // namespace cradle::catalog
