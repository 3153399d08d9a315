// For tests: how much a process's memory may differ between two runs that should need the same.
#pragma once

namespace cradle::deploy::testing {

/// Pages that an allocator keeps (assumed; a few hundred KiB, measured). A sanitizer keeps what is freed on purpose, up
/// to 256 MiB of it: there these tests run, but say nothing about memory.
#ifdef __SANITIZE_ADDRESS__
inline constexpr double kAllocatorKeeps = 300 << 20;
#else
inline constexpr double kAllocatorKeeps = 4 << 20;
#endif

}  // namespace cradle::deploy::testing
