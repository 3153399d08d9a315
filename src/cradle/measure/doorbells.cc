// epoll_pwait2, which takes nanoseconds; ppoll on kernels without it.
#include "cradle/measure/doorbells.h"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cmath>
#include <utility>

namespace cradle::measure {
namespace {

timespec timespec_of(double s) { return {static_cast<time_t>(s), static_cast<long>((s - std::floor(s)) * 1e9)}; }

/// -1 with ENOSYS before Linux 5.11; some containers refuse with EPERM what they do not know.
int wait_for_any(int epoll, epoll_event* came, int most, const timespec& patience) {
#ifdef SYS_epoll_pwait2
  return static_cast<int>(::syscall(SYS_epoll_pwait2, epoll, came, most, &patience, nullptr, 0));
#else
  errno = ENOSYS;
  return -1;
#endif
}

}  // namespace

Doorbells::Doorbells() : epoll_(::epoll_create1(EPOLL_CLOEXEC)) { known_.fill(-1); }

Doorbells::~Doorbells() {
  if (epoll_ >= 0) ::close(epoll_);
}

bool Doorbells::know(const Descriptors& descriptors) {
  if (epoll_ < 0) return false;
  for (std::size_t i = 0; i < kMost; ++i) {
    if (known_[i] == descriptors[i]) continue;
    // What was closed since is unknown to the kernel already.
    if (known_[i] >= 0) ::epoll_ctl(epoll_, EPOLL_CTL_DEL, known_[i], nullptr);
    known_[i] = descriptors[i];
    epoll_event of{};
    of.events = EPOLLIN;
    if (known_[i] < 0 || ::epoll_ctl(epoll_, EPOLL_CTL_ADD, known_[i], &of) == 0) continue;
    ::close(std::exchange(epoll_, -1));
    return false;
  }
  return true;
}

bool Doorbells::wait(const Descriptors& descriptors, double wait_s) {
  const timespec patience = timespec_of(wait_s);
  if (know(descriptors)) {
    epoll_event came[kMost];
    const int n = wait_for_any(epoll_, came, kMost, patience);
    if (n >= 0 || errno == EINTR) return n != 0;
    ::close(std::exchange(epoll_, -1));
  }
  pollfd ready[kMost];
  for (std::size_t i = 0; i < kMost; ++i) ready[i] = {descriptors[i], POLLIN, 0};
  return ::ppoll(ready, kMost, &patience, nullptr) != 0;
}

}  // namespace cradle::measure
