// fork, copy, and a word with cradle at the end.
#include "cradle/measure/relay.h"

#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include "cradle/base/error.h"

namespace cradle::measure {
namespace {

constexpr std::size_t kPiece = 1 << 16;  // bytes: what a pipe holds
constexpr int kQuiet_ms = 20;            // a terminal hands on what was written within this time
constexpr char kDrain = 'd';

bool write_all(int fd, const char* bytes, std::size_t size) {
  while (size > 0) {
    const ssize_t n = ::write(fd, bytes, size);
    if (n > 0) {
      bytes += n;
      size -= static_cast<std::size_t>(n);
    } else if (n < 0 && errno == EAGAIN) {  // somebody else made it not block
      pollfd ready{fd, POLLOUT, 0};
      ::poll(&ready, 1, -1);
    } else if (!(n < 0 && errno == EINTR)) {
      return false;
    }
  }
  return true;
}

/// The life of the relay.
class Copier {
 public:
  Copier(const std::vector<MarkRule>& rules, int in, int out, int marks, int control)
      : lines_(rules), buffer_(kPiece), in_(in), out_(out), marks_(marks), control_(control) {}

  void work() {
    for (;;) {
      pollfd ready[2] = {{in_, POLLIN, 0}, {control_, POLLIN, 0}};
      if (::poll(ready, 2, -1) < 0 && errno != EINTR) return;
      if (ready[0].revents != 0 && !copy()) return;
      if (ready[1].revents != 0 && !answer()) return;
    }
  }

 private:
  /// One piece. False at the end of everything.
  bool copy() {
    const ssize_t n = ::read(in_, buffer_.data(), buffer_.size());
    if (n < 0 && (errno == EINTR || errno == EAGAIN)) return true;
    if (n <= 0) return false;  // a terminal without writers says EIO
    timespec now{};
    clock_gettime(CLOCK_BOOTTIME, &now);
    const auto size = static_cast<std::size_t>(n);
    if (!write_all(out_, buffer_.data(), size)) return false;
    copied_ += size;
    for (const std::string& name : lines_.feed({buffer_.data(), size})) {
      const std::string line = fmt::format("@{}.{:09} {}\n", now.tv_sec, now.tv_nsec, name);
      [[maybe_unused]] const ssize_t sent = ::write(marks_, line.data(), line.size());
    }
    return true;
  }

  /// Cradle asks for what has been written so far, or is no more.
  bool answer() {
    char word = 0;
    if (::recv(control_, &word, 1, 0) != 1) {
      control_ = -1;
      return true;
    }
    // What is in the pipe now is one piece at most; more than that was written later.
    copied_ = 0;
    pollfd ready{in_, POLLIN, 0};
    while (copied_<kPiece&& ::poll(&ready, 1, kQuiet_ms)> 0)
      if (!copy()) return false;
    ::send(control_, &kDrain, 1, MSG_NOSIGNAL);
    return true;
  }

  LineMarks lines_;
  std::vector<char> buffer_;
  int in_, out_, marks_, control_;
  std::size_t copied_ = 0;
};

}  // namespace

void close_all_but(std::vector<int> kept) {
  std::sort(kept.begin(), kept.end());
  const auto close_between = [](unsigned first, unsigned last) {
#ifdef SYS_close_range
    if (::syscall(SYS_close_range, first, last, 0) == 0) return;
#endif
    // Before Linux 5.9. Not by /proc/self/fd: a process that gave up rights may not look into its own.
    const auto most = static_cast<unsigned>(std::max(0L, ::sysconf(_SC_OPEN_MAX)));
    for (unsigned fd = first; fd <= std::min(last, most); ++fd) ::close(static_cast<int>(fd));
  };
  unsigned next = 0;
  for (const int fd : kept) {
    const auto at = static_cast<unsigned>(fd);
    if (at > next) close_between(next, at - 1);
    next = at + 1;
  }
  close_between(next, ~0U);
}

Relay::Relay(const std::vector<MarkRule>& rules, int in, int out, int marks) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
    base::fail("no socket pair: {}", std::strerror(errno));
  pid_ = ::fork();
  if (pid_ < 0) {
    const int reason = errno;
    for (const int fd : ends) ::close(fd);
    base::fail("no process to watch standard output: {}", std::strerror(reason));
  }
  if (pid_ == 0) {
    sigset_t all;
    sigfillset(&all);
    for (const int stops : {SIGTSTP, SIGTTOU, SIGTTIN}) sigdelset(&all, stops);
    sigprocmask(SIG_SETMASK, &all, nullptr);
    ::prctl(PR_SET_NAME, "cradle-relay");
    close_all_but({in, out, marks, ends[1]});
    if (::chdir("/") == 0) Copier(rules, in, out, marks, ends[1]).work();
    ::_exit(0);
  }
  ::close(ends[1]);
  control_ = ends[0];
}

bool Relay::lives() const {
  pollfd control{control_, 0, 0};
  return control_ >= 0 && ::poll(&control, 1, 0) == 0;
}

void Relay::drain(Signals& signals) {
  if (control_ < 0) return;
  ::send(control_, &kDrain, 1, MSG_NOSIGNAL);
  bool lives = false, interrupted = false;
  for (bool answered = false; !answered && !interrupted;) {
    pollfd ready[2] = {{control_, POLLIN, 0}, {signals.descriptor(), POLLIN, 0}};
    ::poll(ready, 2, -1);
    char word = 0;
    if (ready[0].revents != 0) {
      answered = true;
      lives = ::recv(control_, &word, 1, 0) == 1;
    } else {
      while (const auto came = signals.next())
        interrupted = interrupted || (came->number != SIGCHLD && came->number != SIGWINCH);
    }
  }
  ::close(std::exchange(control_, -1));
  if (!lives) end(interrupted);
  pid_ = -1;
}

Relay::~Relay() {
  if (control_ < 0) return;  // drained
  ::close(control_);
  end(true);
}

void Relay::end(bool at_once) {
  if (pid_ < 0) return;
  if (at_once) ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

}  // namespace cradle::measure
