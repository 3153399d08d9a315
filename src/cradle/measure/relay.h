// A small process of its own between the command's standard output and cradle's: copies bytes, sends marks.
#pragma once

#include <sys/types.h>

#include <vector>

#include "cradle/measure/mark_rules.h"
#include "cradle/measure/signals.h"

namespace cradle::measure {

/// Why a process: when cradle is killed the command goes on writing, through it; and a slow reader holds up the
/// command, as without cradle, but never the meter. It ends when every writer has closed its end, or when the reader of
/// `out` is gone (then the command meets SIGPIPE, as without cradle). It ignores what ends others; it stops and
/// continues with the group.
class Relay {
 public:
  /// Copies `in` to `out`; marks go to `marks` as lines with their instant. Throws Error if no process can be made.
  Relay(const std::vector<MarkRule>& rules, int in, int out, int marks);
  ~Relay();
  Relay(const Relay&) = delete;
  Relay& operator=(const Relay&) = delete;

  pid_t pid() const { return pid_; }
  bool lives() const;
  void reaped() { pid_ = -1; }  ///< it ended, and somebody else waited for it
  /// Returns when what had been written so far is passed on; or when a signal comes that would end a command which
  /// waits for a slow reader: then the rest is lost, as it is without cradle. Whoever still writes is served on, by a
  /// process that outlives this object.
  void drain(Signals& signals);

 private:
  void end(bool at_once);
  pid_t pid_ = -1;
  int control_ = -1;
};

/// Closes all descriptors of this process but those given; for processes that are forked and do not exec.
void close_all_but(std::vector<int> kept);

}  // namespace cradle::measure
