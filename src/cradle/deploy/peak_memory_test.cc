#include "cradle/deploy/peak_memory.h"

#include <gtest/gtest.h>
#include <sys/mman.h>

namespace cradle::deploy {
namespace {

constexpr std::size_t kBlock = std::size_t{96} << 20;

void touch_a_block() {
  // Straight from the kernel and straight back: an allocator, or a sanitizer's, may keep freed memory. Volatile, one
  // write a page: an optimiser drops memory whose content nobody reads.
  void* block = mmap(nullptr, kBlock, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(block, MAP_FAILED);
  volatile char* bytes = static_cast<char*>(block);
  for (std::size_t at = 0; at < kBlock; at += 4096) bytes[at] = 1;
  munmap(block, kBlock);
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
  if (restart_peak_memory())
    EXPECT_LE(*peak_memory_bytes(), whole_process - 0.5 * static_cast<double>(kBlock));
  else  // a kernel without clear_refs: the peak is the whole process's, and the caller is told by the false
    EXPECT_GE(*peak_memory_bytes(), whole_process);
}

}  // namespace
}  // namespace cradle::deploy
