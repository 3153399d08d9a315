// Starts the measured command, and knows how it ended.
#pragma once

#include <sys/types.h>

#include <string>
#include <utility>
#include <vector>

namespace cradle::measure {

class Signals;

/// What is run. Its terminal, standard streams, working folder and process group are cradle's own.
struct Command {
  std::vector<std::string> words;                                ///< program (looked up in PATH) and arguments
  std::vector<std::pair<std::string, std::string>> environment;  ///< added to cradle's own
  bool silent = false;                                           ///< standard input and output are /dev/null instead
};

/// How the child is wired. Descriptors of -1 are left out.
struct Wiring {
  int cgroup_folder = -1;                         ///< version 2: the group to be born in
  int cgroup_door = -1;                           ///< else: cgroup.procs, to enter it
  int marks = -1;                                 ///< its end of the marks
  int marks_number = -1;                          ///< the descriptor number it gets, free in the child
  int standard_output = -1, standard_error = -1;  ///< in place of cradle's own
};

struct Child {
  pid_t pid = -1;
  int error = 0;  ///< errno of the exec that failed; the child is reaped then
  bool in_cgroup = false;
};

/// Forks and executes; returns when the exec succeeded or failed. Throws Error if not even a fork is possible.
Child start_child(const Command& command, const Wiring& wiring, const Signals& signals);

/// As a shell says it: the exit code, or 128 + N for signal N.
int exit_code_of(int wait_status);
/// As a shell says it: 127 not found, 126 found but not executable.
int exit_code_of_failed_exec(int error);

}  // namespace cradle::measure
