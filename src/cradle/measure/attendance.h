// The loop around a child: readings by the clock and at marks, signals, budgets, one more reading when it ends.
#pragma once

#include <sys/types.h>

#include "cradle/measure/doorbells.h"
#include "cradle/measure/ending.h"
#include "cradle/measure/error_pipe.h"
#include "cradle/measure/forwarding.h"
#include "cradle/measure/marks_pipe.h"
#include "cradle/measure/marks_socket.h"
#include "cradle/measure/outlook.h"
#include "cradle/measure/run_state.h"
#include "cradle/measure/signals.h"
#include "cradle/measure/standard_output.h"

namespace cradle::measure {

/// All that may happen while a command runs, and who is told.
struct Attendance {
  RunState& state;
  Signals& signals;
  Forwarding& forwarding;
  MarksPipe& marks;
  MarksSocket& socket;
  StandardOutput& output;
  ErrorPipe& errors;
  Outlook& outlook;
  double stop_patience_s;
  Doorbells bells = {};
  bool young = true;  ///< nothing has been read since the command began

  /// Returns the wait status of `child` when it has ended, its last marks are noted and its output is passed on.
  int until_the_end_of(pid_t child);

 private:
  /// Whether anything but the time ended the wait.
  bool wait(double until_s);
  void take_signals(pid_t child, double now_s, bool something);
  void take_marks();
  void say_killed();
};

}  // namespace cradle::measure
