// Hands on to the command what others send to cradle, once.
#pragma once

#include <sys/types.h>

#include <vector>

#include "cradle/measure/signals.h"
#include "cradle/measure/witness.h"

namespace cradle::measure {

/// The rule. Keys of the terminal (sent by the kernel) reach the whole foreground group: nothing to do. What the
/// command itself sends to its parent stays here. What a process sends to cradle is meant for the command and goes on
/// to it, unless the witness got it too: then it went to the group or to every process of a unit, and the command has
/// it. Who signals processes one by one needs some time for it, so the decision is taken 10 ms later.
class Forwarding {
 public:
  const Witness& witness() const { return witness_; }
  Witness& witness() { return witness_; }

  void came(const Signals::Came& signal, pid_t child, double now_s);
  /// Decides what is due; true if there is another witness since.
  bool go_on(pid_t child, double now_s);
  /// CLOCK_MONOTONIC; infinite if nothing is undecided.
  double due_s() const;

 private:
  struct Undecided {
    int number;
    double due_s;
  };
  Witness witness_;
  std::vector<Undecided> undecided_;
  bool stale_ = false;  // the witness has something pending that is decided
};

}  // namespace cradle::measure
