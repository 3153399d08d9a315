// The greatest resident memory of this process, over a stretch that we choose where the kernel allows it.
#pragma once

#include <optional>

namespace cradle::deploy {

/// Starts a new stretch: gives freed memory back and resets the kernel's high-water mark (proc(5), clear_refs, since
/// Linux 4.0). False if the kernel does not allow it; then peak_memory_bytes() counts from the start of the process.
bool restart_peak_memory();

/// VmHWM of /proc/self/status in bytes; nullopt if it cannot be read.
std::optional<double> peak_memory_bytes();

}  // namespace cradle::deploy
