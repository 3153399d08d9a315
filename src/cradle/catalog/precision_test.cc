#include "cradle/catalog/precision.h"

#include <gtest/gtest.h>

#include <map>

#include "cradle/base/error.h"
#include "cradle/base/fault_test.h"

namespace cradle::catalog {
namespace {

Support support(std::string_view device, std::string_view precision) {
  return precision_support(device, precision).support;
}

/// FP16 and INT8 of the column in NVIDIA's TensorRT support matrix ("hardware and precision"), typed a second time.
TEST(Precisions, AgreeWithTensorRtsMatrix) {
  const std::map<std::string, std::pair<bool, bool>> matrix = {
      {"sm_50", {false, false}}, {"sm_53", {true, false}}, {"sm_60", {true, false}}, {"sm_61", {false, true}},
      {"sm_62", {true, false}},  {"sm_70", {true, true}},  {"sm_72", {true, true}},  {"sm_75", {true, true}},
      {"sm_80", {true, true}},   {"sm_86", {true, true}},  {"sm_87", {true, true}},  {"sm_89", {true, true}},
      {"sm_90", {true, true}}};
  for (const auto& [device, both] : matrix) {
    EXPECT_EQ(support(device, "fp16") == Support::kNative, both.first) << device;
    EXPECT_EQ(support(device, "int8") == Support::kNative, both.second) << device;
  }
}

TEST(Precisions, ComeWithTheirGenerations) {
  for (const char* old : {"sm_50", "sm_61", "v100", "t4"}) {
    EXPECT_EQ(support(old, "bf16"), Support::kStorage) << old;
    EXPECT_EQ(support(old, "tf32"), Support::kNone) << old;
  }
  for (const char* ampere : {"a100", "a10", "jetson-orin", "l4", "h100", "b200"}) {
    EXPECT_EQ(support(ampere, "bf16"), Support::kNative) << ampere;
    EXPECT_EQ(support(ampere, "tf32"), Support::kNative) << ampere;
  }
  EXPECT_EQ(support("xavier", "int4"), Support::kStorage);
  EXPECT_EQ(support("t4", "int4"), Support::kNative);
  EXPECT_EQ(support("h100", "int4"), Support::kEmulated);
  EXPECT_EQ(support("p40", "fp16"), Support::kSlow);
}

/// The sentence that is often read: "supported natively on hardware such as NVIDIA Maxwell and Volta".
TEST(Precisions, OfMaxwellAreNativeOnlyInTegraAndOnlyInHalves) {
  EXPECT_NE(support("maxwell", "fp16"), Support::kNative);
  EXPECT_NE(support("maxwell", "int8"), Support::kNative);
  EXPECT_EQ(support("jetson-nano", "fp16"), Support::kNative);
  EXPECT_NE(support("jetson-nano", "int8"), Support::kNative);
  EXPECT_NE(precision_support("volta", "fp16").how.find("tensor cores"), std::string::npos);
  EXPECT_EQ(precision_support("volta", "int8").how, "dp4a; not in tensor cores");
}

TEST(Precisions, AreFoundByNameAliasAndMakersSpelling) {
  EXPECT_EQ(device_class_named("NVIDIA Jetson Orin").name, "nvidia-sm87");
  EXPECT_EQ(device_class_named("nvidia-sm87").name, "nvidia-sm87");
  EXPECT_EQ(device_class_named("Raspberry Pi 5").name, "raspberry-pi-5");
  const std::string unknown = base::fault_of([] { device_class_named("jetson-orni"); });
  EXPECT_NE(unknown.find("did you mean 'jetson-orin'"), std::string::npos) << unknown;
  const std::string precision = base::fault_of([] { precision_support("t4", "fp61"); });
  EXPECT_NE(precision.find("did you mean 'fp16'"), std::string::npos) << precision;
}

TEST(Precisions, OfAProcessorAreTheBestOfItsFlags) {
  const auto of = [](const std::string& flags, std::string_view precision) {
    const DeviceClass c = class_of_processor(flags + "\n");
    for (std::size_t i = 0; i < kPrecisions.size(); ++i)
      if (kPrecisions[i] == precision) return c.precisions[i];
    return PrecisionSupport{};
  };
  const std::string haswell = "flags\t\t: fpu sse2 avx2 f16c", client = haswell + " avx_vnni",
                    zen4 = haswell + " avx512bw avx512_vnni avx512_bf16", rapids = zen4 + " avx512_fp16 amx_int8";
  EXPECT_EQ(of(haswell, "int8").support, Support::kEmulated);
  EXPECT_EQ(of(client, "int8").how, "vpdpbusd");
  EXPECT_EQ(of(client, "bf16").support, Support::kStorage);
  EXPECT_EQ(of(zen4, "bf16").how, "vdpbf16ps");
  EXPECT_EQ(of(zen4, "fp16").support, Support::kStorage);
  EXPECT_EQ(of(rapids, "fp16").support, Support::kNative);
  EXPECT_EQ(of(rapids, "int8").how, "tiles (tdpbusd)");
  const std::string pi4 = "Features\t: fp asimd evtstrm crc32 cpuid";
  EXPECT_EQ(of(pi4, "fp16").support, Support::kStorage);
  const std::string pi5 = pi4 + " asimdrdm lrcpc fphp asimdhp dcpop asimddp";
  for (std::size_t i = 0; i < kPrecisions.size(); ++i)
    EXPECT_EQ(of(pi5, kPrecisions[i]).support, support("raspberry-pi-5", kPrecisions[i])) << kPrecisions[i];
  EXPECT_THROW(class_of_processor("flags : fpu\n"), base::Error);
}

TEST(Precisions, FaultyTablesAreRefusedWithTheirLine) {
  const std::string header = "class,what,aliases,flag,fp32,fp16,bf16,tf32,int8,int4,source,grade,note\n";
  const auto message = [&](const std::string& rows) {
    return base::fault_of([&] { read_device_classes(header + rows, "t.csv"); });
  };
  EXPECT_EQ(message("a,A,,,native: x,none,none,none,none,none,s,C,\n"), "");
  EXPECT_NE(message("a,A,,,natve: x,none,none,none,none,none,s,C,\n").find("t.csv:2: 'natve: x' is no support"),
            std::string::npos);
  EXPECT_NE(message("a,A,,,native,none,none,none,none,none,s,C,\n").find("t.csv:2"), std::string::npos);
  EXPECT_NE(message("a,A,,,native: x,none,none,none,none,none,,C,\n").find("source"), std::string::npos);
  EXPECT_NE(message("a,A,b,,native: x,none,none,none,none,none,s,C,\nb,B,,,none,none,none,none,none,none,s,C,\n")
                .find("t.csv:3: the name 'b' stands twice"),
            std::string::npos);
  EXPECT_NE(base::fault_of([] { read_device_classes("class,what\n", "t.csv"); }).find("columns"), std::string::npos);
}

}  // namespace
}  // namespace cradle::catalog
