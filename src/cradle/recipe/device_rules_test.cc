// Checks what recipes become for devices that can and cannot compute in few bits.
#include "cradle/recipe/device_rules.h"

#include <gtest/gtest.h>

#include "cradle/base/fault_test.h"

namespace cradle::recipe {
namespace {

ForDevice asked(const char* recipe, const char* device) { return for_device(parse_recipe(recipe, "r"), device); }
std::string fault(const char* recipe, const char* device) {
  return base::fault_of([&] { asked(recipe, device); });
}

TEST(DeviceRules, ChooseTheDialect) {
  EXPECT_EQ(asked("int8", "t4").dialect, "tensorrt");
  EXPECT_EQ(asked("int8", "raspberry-pi-5").dialect, "onnxruntime-arm");
  EXPECT_EQ(asked("int8", "x86-avx2").dialect, "onnxruntime-x86-avx2");
  EXPECT_EQ(asked("int8", "x86-avx512-vnni").dialect, "onnxruntime-x86");
  EXPECT_EQ(asked("int8", "here").dialect, "auto");
}

TEST(DeviceRules, RefuseEightBitsWhereTheyWouldBeSlower) {
  const std::string maxwell = fault("prune:0.5 | int8", "maxwell");
  EXPECT_NE(maxwell.find("has no instructions for int8"), std::string::npos) << maxwell;
  EXPECT_NE(maxwell.find("it computes in fp32"), std::string::npos) << maxwell;
  EXPECT_NE(fault("qat:1", "p100"), "") << "dp4a came with sm_61";
  EXPECT_EQ(fault("int8", "p40"), "");
  EXPECT_EQ(fault("prune:0.5", "maxwell"), "") << "fewer channels are fewer everywhere";
}

TEST(DeviceRules, ComputeInFp16WhereItIsNativeAndElseStore) {
  EXPECT_EQ(asked("fp16", "jetson-nano").steps[0].options.at("compute"), "yes");
  const ForDevice maxwell = asked("fp16", "maxwell");
  EXPECT_EQ(maxwell.steps[0].options.at("compute"), "no");
  EXPECT_NE(maxwell.notes[0].find("nothing becomes faster"), std::string::npos);
  EXPECT_NE(fault("fp16,compute=yes", "gtx-1080"), "") << "a sixty-fourth of the rate of fp32";
  EXPECT_EQ(asked("fp16,compute=no", "v100").steps[0].options.at("compute"), "no") << "as it was said";
}

TEST(DeviceRules, AlignChannelsForTensorCores) {
  const ForDevice t4 = asked("prune:0.5 | lowrank:2,align=4 | int8", "t4");
  EXPECT_EQ(t4.steps[0].options.at("align"), "16");
  EXPECT_EQ(t4.steps[1].options.at("align"), "4") << "as it was said";
  EXPECT_FALSE(asked("prune:0.5 | fp16", "t4").steps[0].options.contains("align")) << "the usual eight do";
  EXPECT_FALSE(asked("prune:0.5 | int8", "p40").steps[0].options.contains("align")) << "it has none";
  EXPECT_FALSE(asked("prune:0.5 | int8", "here").steps[0].options.contains("align"));
}

TEST(DeviceRules, NameTheNearestDevice) {
  EXPECT_NE(fault("int8", "jetson-nanno").find("jetson-nano"), std::string::npos) << fault("int8", "jetson-nanno");
}

}  // namespace
}  // namespace cradle::recipe
