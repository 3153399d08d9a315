// The CPU time of the command and its descendants where it cannot have a control group.
#pragma once

#include <sys/resource.h>

namespace cradle::meter {

/// Counts descendants of this process. It makes this process a subreaper, so that orphans of the command come to it
/// and not to init; the caller reaps them with wait4 and hands over their use.
/// Exact for processes that were waited for (their parents' and our wait() hold them, in microseconds); those alive are
/// seen to the kernel's tick, 10 ms. What a process leaves behind whose parent ignores SIGCHLD is not seen by anyone.
class ProcessTree {
 public:
  ProcessTree();
  ~ProcessTree();
  ProcessTree(const ProcessTree&) = delete;
  ProcessTree& operator=(const ProcessTree&) = delete;

  /// A child of this process ended; `use` is from wait4 and holds what the child itself had waited for.
  void reaped(const rusage& use);
  /// Whether a process descends from this one (orphans come to us). Cost: one read per generation.
  bool holds(int pid) const;
  /// CPU seconds so far: reaped, alive, and what those alive have waited for. Walks /proc: some 20 µs per process.
  double cpu_seconds() const;

 private:
  double reaped_s_ = 0;
  int was_subreaper_ = 0;
};

}  // namespace cradle::meter
