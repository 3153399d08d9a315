// fallocate, mmap, and a handler for the one signal that a map of a file can bring.
#include "cradle/record/mapped_end.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstring>
#include <utility>

namespace cradle::record {
namespace {

// A multiple of every page size (4 to 64 KiB), and of many lines: each has some 300 bytes.
constexpr long long kStep = 1 << 16;
constexpr long long kWindow = 2 * kStep;  // so that a step is left wherever the text ends

// For the handler: what it may replace, and whether it has.
std::atomic<char*> mapped{nullptr};
std::atomic<bool> file_gone{false};
struct sigaction before;

/// Only what is safe in a handler of signals.
void on_bus_error(int, siginfo_t* info, void*) {
  char* const window = mapped.load();
  const auto* at = static_cast<const char*>(info->si_addr);
  const bool ours = window && at >= window && at < window + kWindow;
  if (ours && ::mmap(window, kWindow, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == window)
    file_gone = true;  // the copy goes on into memory that nobody reads
  else
    ::sigaction(SIGBUS, &before, nullptr);  // the fault comes again and meets what was there
}

void watch(char* window) {
  struct sigaction ours {};
  ours.sa_sigaction = on_bus_error;
  ours.sa_flags = SA_SIGINFO;
  sigemptyset(&ours.sa_mask);
  file_gone = false;
  mapped = window;
  ::sigaction(SIGBUS, &ours, &before);
}

}  // namespace

bool MappedEnd::append(int fd, long long at, std::string_view line) {
  const auto size = static_cast<long long>(line.size());
  if (refused_ || line.empty()) return false;
  if (size > kStep) return refuse(fd, at);
  if ((!memory_ || at + size > from_ + kWindow) && !move_to(fd, at)) return refuse(fd, at);
  char* to = memory_ + (at - from_);
  std::memcpy(to, line.data(), line.size() - 1);
  std::atomic_signal_fence(std::memory_order_seq_cst);
  *const_cast<volatile char*>(to + line.size() - 1) = line.back();
  std::atomic_signal_fence(std::memory_order_seq_cst);
  if (file_gone) {  // the file is somebody else's work by now
    unmap();
    lost_ = refused_ = true;
    return false;
  }
  end_ = at + size;
  return true;
}

bool MappedEnd::move_to(int fd, long long at) {
  unmap();
  if (mapped) return false;  // another file's
  from_ = at / kStep * kStep;
  if (::fallocate(fd, 0, from_, kWindow) != 0) return false;
  void* memory = ::mmap(nullptr, kWindow, PROT_READ | PROT_WRITE, MAP_SHARED, fd, from_);
  if (memory == MAP_FAILED) return false;
  // A child that is forked meanwhile would hold the file, and with it its lock, for as long as it lives.
  ::madvise(memory, kWindow, MADV_DONTFORK);
  memory_ = static_cast<char*>(memory);
  fd_ = fd;
  end_ = at;
  watch(memory_);
  return true;
}

bool MappedEnd::refuse(int fd, long long at) {
  unmap();
  refused_ = true;
  [[maybe_unused]] const int cut = ::ftruncate(fd, at);
  return false;
}

void MappedEnd::unmap() {
  if (!memory_) return;
  ::sigaction(SIGBUS, &before, nullptr);
  mapped = nullptr;
  ::munmap(std::exchange(memory_, nullptr), kWindow);
}

void MappedEnd::close() {
  if (!memory_) return;
  unmap();
  [[maybe_unused]] const int cut = ::ftruncate(fd_, end_);
}

}  // namespace cradle::record
