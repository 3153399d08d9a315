// Signals while a child is measured: cradle stays out of the way, and puts everything back.
#pragma once

#include <signal.h>

#include <optional>

namespace cradle::measure {

/// From construction to destruction: signals that would end cradle come through a descriptor instead; SIGPIPE and
/// SIGXFSZ (a full disk under a quota) become errors of write(). The child gets the dispositions and the mask that
/// cradle itself was started with. For the thread that constructs it; programs with more threads block these signals
/// there.
class Signals {
 public:
  Signals();
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  int descriptor() const { return fd_; }
  /// The next signal that came, if any; does not wait.
  struct Came {
    int number = 0;
    bool by_process = false;  ///< else by the kernel: a key on the terminal, a terminal hung up
    int from = 0;             ///< process that sent it; 0 if that lies outside this container
  };
  std::optional<Came> next();
  /// In the child, between fork and exec.
  void restore_in_child() const;

 private:
  sigset_t mask_before_;
  struct sigaction child_before_, pipe_before_, size_before_;
  int fd_ = -1;
};

}  // namespace cradle::measure
