// Which GPUs CUDA_VISIBLE_DEVICES names.
#include "cradle/sensor/gpu_selection.h"

#include <gtest/gtest.h>

namespace cradle::sensor {
namespace {

const std::vector<GpuName> kFour = {
    {"GPU-aa11", {}}, {"GPU-ab22", {"MIG-10", "MIG-11", "MIG-2"}}, {"GPU-b333", {}}, {"GPU-c444", {"MIG-3"}}};

/// "0 1[0,2]": GPUs and, in brackets, slices.
std::string selected(const char* visible) {
  std::string text;
  for (const Selected& s : select_gpus(visible, kFour)) {
    text += (text.empty() ? "" : " ") + std::to_string(s.gpu);
    for (std::size_t i = 0; i < s.slices.size(); ++i)
      text += (i == 0 ? "[" : ",") + std::to_string(s.slices[i]) + (i + 1 == s.slices.size() ? "]" : "");
  }
  return text;
}

TEST(SelectGpus, ByNumberInTheOrderGiven) {
  EXPECT_EQ(selected("1"), "1");
  EXPECT_EQ(selected("3,0"), "3 0");
  EXPECT_EQ(selected(" 2 , 1 "), "2 1");
}

TEST(SelectGpus, NothingMeansNothing) {
  EXPECT_EQ(selected(""), "");
  EXPECT_EQ(selected("-1"), "");
  EXPECT_EQ(selected("NoDevFiles"), "");
}

TEST(SelectGpus, AnEntryThatNamesNothingHidesTheRest) {
  EXPECT_EQ(selected("0,7,1"), "0");
  EXPECT_EQ(selected("0,-1,1"), "0");
  EXPECT_EQ(selected("0,,1"), "0");
  EXPECT_EQ(selected("GPU-aa,GPU-xx,GPU-c"), "0");
}

TEST(SelectGpus, ANumberEndsAtItsLastDigit) { EXPECT_EQ(selected("1gpu2,2ampere"), "1 2"); }

TEST(SelectGpus, ByTheUniqueBeginningOfAUuid) {
  EXPECT_EQ(selected("GPU-aa11"), "0");
  EXPECT_EQ(selected("GPU-b,GPU-ab"), "2 1");
  EXPECT_EQ(selected("GPU-a"), "");  // two begin so
  EXPECT_EQ(selected("GPU-b,GPU-a,GPU-c"), "2");
}

TEST(SelectGpus, BySlice) {
  EXPECT_EQ(selected("MIG-3"), "3[0]");
  EXPECT_EQ(selected("MIG-11,MIG-10"), "1[1,0]");
  EXPECT_EQ(selected("MIG-1"), "");  // two begin so
  EXPECT_EQ(selected("MIG-2,MIG-3"), "1[2] 3[0]");
}

TEST(SelectGpus, TheFirstEntrySaysOfWhatKindTheListIs) {
  EXPECT_EQ(selected("0,GPU-b"), "0");
  EXPECT_EQ(selected("GPU-b,0"), "2");
  EXPECT_EQ(selected("MIG-3,GPU-b"), "3[0]");
}

TEST(SelectGpus, AnEmptyEntryNamesNothingEvenWhereThereIsOneGpu) {
  EXPECT_EQ(select_gpus("GPU-aa,", {{"GPU-aa11", {}}}).size(), 1u);
  EXPECT_TRUE(select_gpus(",", {{"GPU-aa11", {}}}).empty());
}

TEST(SelectGpus, ADeviceNamedTwiceHidesAll) {
  EXPECT_EQ(selected("0,1,0"), "");
  EXPECT_EQ(selected("GPU-b,GPU-b3"), "");
  EXPECT_EQ(selected("MIG-3,MIG-3"), "");
}

TEST(SelectGpus, OnAMachineWithoutGpusNamesNone) { EXPECT_TRUE(select_gpus("0,1", {}).empty()); }

TEST(SelectGpus, KnowsWhenItGoesByNumber) {
  EXPECT_TRUE(selects_by_number("1,2"));
  EXPECT_FALSE(selects_by_number("GPU-aa"));
  EXPECT_FALSE(selects_by_number("MIG-aa"));
  EXPECT_FALSE(selects_by_number(""));
}

}  // namespace
}  // namespace cradle::sensor
