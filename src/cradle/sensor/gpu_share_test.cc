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

TEST(GpuShares, WhoEndedSinceTheLastLookHeldTheGpuUntilThen) {
  bool lives = true;
  const IsMine mine = [&](int pid) { return lives && pid < 100; };
  GpuShares shares;
  EXPECT_EQ(shares.since_last_look({}, mine).mine, 0);
  EXPECT_EQ(shares.since_last_look({{7, 0}}, mine).mine, 1);
  lives = false;  // the process is gone, first for the kernel and then for the driver
  EXPECT_EQ(shares.since_last_look({{7, 0}}, mine).mine, 1);
  EXPECT_EQ(shares.since_last_look({}, mine).mine, 1);
  EXPECT_EQ(shares.since_last_look({}, mine).mine, 0);
}

TEST(GpuShares, WhoCameSinceTheLastLookCountsBesideWhoLeft) {
  GpuShares shares;
  shares.since_last_look({{7, 50}}, kUnder100);
  EXPECT_EQ(shares.since_last_look({{200, 0}}, kUnder100).mine, 0.5);  // by heads: nobody's activity is known
  EXPECT_EQ(shares.since_last_look({{200, 0}}, kUnder100).mine, 0);
}

}  // namespace
}  // namespace cradle::sensor
