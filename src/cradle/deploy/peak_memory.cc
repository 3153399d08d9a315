// Reads and resets the high-water mark in /proc/self.
#include "cradle/deploy/peak_memory.h"

#include <malloc.h>

#include <fstream>
#include <string>

namespace cradle::deploy {

bool restart_peak_memory() {
  ::malloc_trim(0);
  std::ofstream file("/proc/self/clear_refs");
  file << "5" << std::flush;  // 5: reset the peak, leave the pages alone
  return file.good();
}

std::optional<double> peak_memory_bytes() {
  std::ifstream file("/proc/self/status");
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with("VmHWM:")) continue;
    return std::stod(line.substr(6)) * 1024.0;  // the kernel's "kB" are KiB
  }
  return std::nullopt;
}

}  // namespace cradle::deploy
