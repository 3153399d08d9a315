// One write, if there is room for it.
#include "cradle/measure/line.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

namespace cradle::measure {

void print_line(const std::string& line) {
  const std::string whole = line + "\n";
  pollfd ready{STDERR_FILENO, POLLOUT, 0};
  if (::poll(&ready, 1, 0) != 1 || !(ready.revents & POLLOUT)) return;
  sigset_t stop, before;
  sigemptyset(&stop);
  sigaddset(&stop, SIGTTOU);  // a blocked SIGTTOU lets the write pass
  pthread_sigmask(SIG_BLOCK, &stop, &before);
  [[maybe_unused]] const ssize_t n = ::write(STDERR_FILENO, whole.data(), whole.size());
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

}  // namespace cradle::measure
