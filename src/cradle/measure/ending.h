// Ends the command as a shell's kill ends a job: asks first, insists later.
#pragma once

#include <sys/types.h>

#include <functional>

namespace cradle::measure {

/// SIGTERM to the command's process group, then SIGKILL to what of it is left after `patience_s`.
class Ending {
 public:
  /// `is_commands` tells the command's processes from others of the group: cradle itself, the script that called it,
  /// the neighbours in a pipeline share it.
  Ending(pid_t child, double patience_s, std::function<bool(pid_t)> is_commands);

  /// Sends what is due (`now_s` on CLOCK_MONOTONIC); the first call asks. True if it insisted in this call.
  bool go_on(double now_s);
  /// When go_on() is due next; infinite before the first call and after the last.
  double due_s() const { return due_s_; }

 private:
  void send(int signal) const;
  pid_t child_;
  double patience_s_;
  std::function<bool(pid_t)> is_commands_;
  double due_s_;
  bool asked_ = false;
};

}  // namespace cradle::measure
