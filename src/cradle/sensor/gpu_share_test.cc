// Whose work a GPU did.
#include "cradle/sensor/gpu_share.h"

#include <gtest/gtest.h>

namespace cradle::sensor {
namespace {

const IsMine kUnder100 = [](int pid) { return pid < 100; };

TEST(GpuShare, IsNoneWithoutAProcessOfItsOwn) {
  EXPECT_EQ(share_of({}, kUnder100).mine, 0);
  EXPECT_EQ(share_of({{200, 90}, {201, 5}}, kUnder100).mine, 0);
}

TEST(GpuShare, IsAllForWhoeverIsAlone) {
  const GpuShare alone = share_of({{1, 0}, {2, 0}}, kUnder100);
  EXPECT_EQ(alone.mine, 1);
  EXPECT_EQ(alone.note, "");
}

TEST(GpuShare, IsThePartOfTheActivity) {
  const GpuShare share = share_of({{1, 20}, {2, 10}, {200, 60}, {300, 10}}, kUnder100);
  EXPECT_DOUBLE_EQ(*share.mine, 0.3);
  EXPECT_EQ(share.note, "");
}

TEST(GpuShare, GoesByHeadsWhereActivityIsNotKnownAndSaysSo) {
  const GpuShare share = share_of({{1, 0}, {200, 0}, {300, 0}}, kUnder100);
  EXPECT_DOUBLE_EQ(*share.mine, 1.0 / 3);
  EXPECT_NE(share.note.find("2 other processes"), std::string::npos);
}

}  // namespace
}  // namespace cradle::sensor
