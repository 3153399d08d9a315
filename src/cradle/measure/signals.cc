// A signalfd for what would end us, and three dispositions kept and restored.
#include "cradle/measure/signals.h"

#include <pthread.h>
#include <sys/signalfd.h>
#include <unistd.h>

namespace cradle::measure {
namespace {

// All that end a process by default and that others send; not those of its own faults and limits, nor job control's.
constexpr int kTaken[] = {SIGCHLD, SIGINT,    SIGQUIT, SIGTERM, SIGHUP,    SIGUSR1,  SIGUSR2,
                          SIGALRM, SIGVTALRM, SIGPROF, SIGIO,   SIGSTKFLT, SIGWINCH, SIGPWR};

struct sigaction set(int number, void (*handler)(int)) {
  struct sigaction now {
  }, before{};
  now.sa_handler = handler;
  sigemptyset(&now.sa_mask);
  sigaction(number, &now, &before);
  return before;
}

}  // namespace

Signals::Signals()
    : child_before_(set(SIGCHLD, SIG_DFL)),  // ignored, as some parents leave it, it would reap the child unseen
      pipe_before_(set(SIGPIPE, SIG_IGN)),
      size_before_(set(SIGXFSZ, SIG_IGN)) {
  sigset_t taken;
  sigemptyset(&taken);
  for (const int number : kTaken) sigaddset(&taken, number);
  for (int number = SIGRTMIN; number <= SIGRTMAX; ++number) sigaddset(&taken, number);
  pthread_sigmask(SIG_BLOCK, &taken, &mask_before_);
  fd_ = signalfd(-1, &taken, SFD_NONBLOCK | SFD_CLOEXEC);
}

Signals::~Signals() {
  if (fd_ >= 0) ::close(fd_);
  restore_in_child();
}

void Signals::restore_in_child() const {
  sigaction(SIGCHLD, &child_before_, nullptr);
  sigaction(SIGPIPE, &pipe_before_, nullptr);
  sigaction(SIGXFSZ, &size_before_, nullptr);
  pthread_sigmask(SIG_SETMASK, &mask_before_, nullptr);
}

std::optional<Signals::Came> Signals::next() {
  signalfd_siginfo info{};
  if (::read(fd_, &info, sizeof info) != static_cast<ssize_t>(sizeof info)) return std::nullopt;
  const bool by_process = info.ssi_code <= 0;  // SI_USER, SI_QUEUE, SI_TKILL
  return Came{static_cast<int>(info.ssi_signo), by_process, by_process ? static_cast<int>(info.ssi_pid) : 0};
}

}  // namespace cradle::measure
