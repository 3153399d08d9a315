// Sends one line to the meter without ever harming the program that sends it.
#include "cradle/record/marks.h"

#include <fmt/format.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include <charconv>
#include <cstdlib>
#include <cstring>
#include <string>

namespace cradle::record {
namespace {

constexpr std::size_t kLongestName =
    400;                         // a line stays below POSIX's 512 bytes of PIPE_BUF: written whole or not at all
constexpr int kPatienceMs = 50;  // a full pipe is waited for this long, then the mark is dropped

int descriptor_of_marks() {
  const char* text = std::getenv("CRADLE_MARKS");
  if (!text) return -1;
  int fd = -1;
  const char* end = text + std::strlen(text);
  const auto [rest, error] = std::from_chars(text, end, fd);
  return error == std::errc() && rest == end ? fd : -1;
}

/// Writes without SIGPIPE: the signal is held back, and taken away if this write raised it.
void write_quietly(int fd, std::string_view line) {
  sigset_t pipe, before, pending;
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);
  sigpending(&pending);
  const bool was_pending = sigismember(&pending, SIGPIPE) == 1;
  pthread_sigmask(SIG_BLOCK, &pipe, &before);
  if (::write(fd, line.data(), line.size()) < 0 && errno == EPIPE && !was_pending) {
    const timespec now{};
    sigtimedwait(&pipe, nullptr, &now);
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

}  // namespace

void mark(std::string_view name) {
  const int fd = descriptor_of_marks();
  if (fd < 0) return;
  timespec now{};
  if (clock_gettime(CLOCK_BOOTTIME, &now) != 0) return;
  std::string line = fmt::format("@{}.{:09} {}\n", now.tv_sec, now.tv_nsec, name.substr(0, kLongestName));
  for (std::size_t i = 0; i + 1 < line.size(); ++i)
    if (line[i] == '\n' || line[i] == '\0') line[i] = ' ';
  pollfd ready{fd, POLLOUT, 0};
  if (::poll(&ready, 1, kPatienceMs) != 1 || !(ready.revents & POLLOUT)) return;
  write_quietly(fd, line);
}

}  // namespace cradle::record
