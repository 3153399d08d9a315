// fork, block, pause; and /proc/<pid>/status.
#include "cradle/measure/witness.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>

#include "cradle/measure/relay.h"

namespace cradle::measure {
namespace {

[[noreturn]] void wait_for_the_end(pid_t parent) {
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, nullptr);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::prctl(PR_SET_NAME, "cradle-witness");
  if (::getppid() != parent) ::_exit(0);
  close_all_but({});
  for (;;) ::pause();
}

}  // namespace

Witness::Witness() { begin(); }
Witness::~Witness() { end(); }

void Witness::begin() {
  const pid_t parent = ::getpid();
  pid_ = ::fork();
  if (pid_ == 0) wait_for_the_end(parent);
}

void Witness::end() {
  if (pid_ < 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

void Witness::renew() {
  end();
  begin();
}

bool Witness::got(int signal) const {
  if (pid_ < 0) return false;
  const int fd = ::open(fmt::format("/proc/{}/status", pid_).c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  char text[4096];
  const ssize_t n = ::read(fd, text, sizeof text - 1);
  ::close(fd);
  text[n > 0 ? n : 0] = '\0';
  const char* line = std::strstr(text, "\nShdPnd:");
  unsigned long long pending = 0;
  return line && std::sscanf(line + 8, "%llx", &pending) == 1 && ((pending >> (signal - 1)) & 1) != 0;
}

}  // namespace cradle::measure
