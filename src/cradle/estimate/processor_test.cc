// Kinds of processors from /proc/cpuinfo and from names.
#include "cradle/estimate/processor.h"

#include <gtest/gtest.h>

namespace cradle::estimate {
namespace {

std::string cpuinfo(const std::string& vendor, int family, int model, const std::string& flags) {
  return "processor\t: 0\nvendor_id\t: " + vendor + "\ncpu family\t: " + std::to_string(family) +
         "\nmodel\t\t: " + std::to_string(model) + "\nmodel name\t: Some CPU\nflags\t\t: " + flags +
         "\n\nprocessor\t: 1\nvendor_id\t: other\n";
}

TEST(Processor, IsKnownByFamilyAndModel) {
  EXPECT_EQ(processor_in(cpuinfo("AuthenticAMD", 25, 17, "avx512f")).kind, "zen4");
  EXPECT_EQ(processor_in(cpuinfo("AuthenticAMD", 25, 1, "avx2")).kind, "zen3");
  EXPECT_EQ(processor_in(cpuinfo("AuthenticAMD", 26, 2, "avx512f")).kind, "zen5");
  EXPECT_EQ(processor_in(cpuinfo("GenuineIntel", 6, 143, "avx512f amx_tile")).kind, "sapphire-rapids");
  EXPECT_EQ(processor_in(cpuinfo("GenuineIntel", 6, 85, "avx512f")).kind, "skylake-sp");
  EXPECT_EQ(processor_in(cpuinfo("GenuineIntel", 6, 85, "avx512f avx512_vnni")).kind, "cascade-lake");
  EXPECT_EQ(processor_in(cpuinfo("AuthenticAMD", 25, 17, "")).model, "Some CPU");
}

TEST(Processor, OfAnUnknownModelIsItsWidestInstructionSet) {
  EXPECT_EQ(processor_in(cpuinfo("GenuineIntel", 6, 250, "sse2 avx2")).kind, "avx2");
  EXPECT_EQ(processor_in(cpuinfo("GenuineIntel", 6, 250, "avx2 avx512f avx512_vnni")).kind, "avx512-vnni");
  EXPECT_EQ(processor_in(cpuinfo("GenuineIntel", 6, 250, "avx512f avx512_vnni avx512_bf16 amx_tile")).kind, "amx");
  EXPECT_EQ(processor_in("processor : 0\nFeatures : fp asimd asimddp\n").kind, "neon-dotprod");
  EXPECT_EQ(processor_in("processor : 0\n").kind, "");
  EXPECT_EQ(processor_in("").kind, "");
}

TEST(Processor, SumsProductsOfEightBitsByEitherInstructionSet) {
  EXPECT_TRUE(processor_in(cpuinfo("GenuineIntel", 6, 85, "avx512f avx512_vnni")).vnni);
  EXPECT_TRUE(processor_in(cpuinfo("GenuineIntel", 6, 151, "avx2 avx_vnni")).vnni);
  EXPECT_FALSE(processor_in(cpuinfo("GenuineIntel", 6, 85, "avx2 avx512f")).vnni);
}

TEST(Processor, IsKnownByItsNameWhereThatTellsTheGeneration) {
  EXPECT_EQ(processor_named("AMD EPYC 7763 64-Core Processor").kind, "zen3");
  EXPECT_EQ(processor_named("AMD EPYC 9654").kind, "zen4");
  EXPECT_EQ(processor_named("AMD EPYC 9965").kind, "zen5");
  EXPECT_EQ(processor_named("AMD EPYC 7551P").kind, "zen1");
  EXPECT_EQ(processor_named("Intel(R) Xeon(R) Gold 6248R CPU @ 3.00GHz").kind, "cascade-lake");
  EXPECT_EQ(processor_named("Intel Xeon Platinum 8480+").kind, "sapphire-rapids");
  EXPECT_EQ(processor_named("Intel(R) Xeon(R) CPU E5-2690 v4 @ 2.60GHz").kind, "broadwell");
  EXPECT_EQ(processor_named("AWS Graviton3").kind, "neoverse-v1");
  EXPECT_EQ(processor_named("AMD EPYC").kind, "");
  EXPECT_EQ(processor_named("toaster").kind, "");
}

}  // namespace
}  // namespace cradle::estimate
