#include "cradle/deploy/peak_memory.h"

#include <gtest/gtest.h>

#include <memory>

namespace cradle::deploy {
namespace {

constexpr std::size_t kBlock = std::size_t{96} << 20;

void touch_a_block() {
  const auto block = std::make_unique<char[]>(kBlock);
  // Volatile, one write a page: an optimiser drops memory whose content nobody reads.
  for (volatile char* page = block.get(); page < block.get() + kBlock; page += 4096) *page = 1;
}

TEST(PeakMemory, RisesWithWhatWasTouchedAndRemembersIt) {
  restart_peak_memory();
  const auto before = peak_memory_bytes();
  ASSERT_TRUE(before.has_value());
  touch_a_block();
  EXPECT_GE(*peak_memory_bytes(), *before + 0.9 * static_cast<double>(kBlock));
}

TEST(PeakMemory, StartsANewStretchWhereTheKernelAllowsIt) {
  touch_a_block();
  const double whole_process = *peak_memory_bytes();
  if (!restart_peak_memory()) GTEST_SKIP() << "this kernel does not let a process reset its peak";
  EXPECT_LE(*peak_memory_bytes(), whole_process - 0.5 * static_cast<double>(kBlock));
}

}  // namespace
}  // namespace cradle::deploy
