// Waits for whatever comes first.
#include "cradle/measure/attendance.h"

#include <algorithm>
#include <utility>

#include "cradle/measure/memory.h"

namespace cradle::measure {

int Attendance::until_the_end_of(pid_t child) {
  Ending ending(child, stop_patience_s, [this](pid_t pid) { return state.is_commands(pid); });
  for (;;) {
    const bool something =
        wait(std::min({state.next_due_s(), outlook.due_s(), forwarding.due_s(), ending.due_s(), output.due_s()}));
    double now_s = meter::now().awake_s;
    take_signals(child, now_s, something);
    // A beat of the clock alone reads nothing but sensors: whatever else there is wakes the wait.
    if (const auto status = something ? state.reap(child) : std::nullopt) {
      state.read_last();
      errors.take();
      output.drain(signals);
      take_marks();
      state.note(output.take());
      state.note(output.take_rest());
      return *status;
    }
    if (something) take_marks();
    state.note(output.take());  // a file is read along, and wakes nobody
    if (something) errors.take();
    now_s = meter::now().awake_s;
    if (now_s < std::min(state.next_due_s(), std::min(outlook.due_s(), ending.due_s()))) continue;
    state.read();
    // What looked around and read the catalogue. Not sooner: to fault pages in again would hold up the command's start.
    if (std::exchange(young, false)) give_back_pages();
    outlook.look(state.journal(), state.now(), now_s);
    if (outlook.wants_an_end() && ending.go_on(now_s)) say_killed();
  }
}

bool Attendance::wait(double until_s) {
  const double wait_s = std::clamp(until_s - meter::now().awake_s, 0.0, 1e6);
  return bells.wait(
      {signals.descriptor(), marks.read_end(), socket.descriptor(), output.descriptor(), errors.read_end()}, wait_s);
}

void Attendance::take_signals(pid_t child, double now_s, bool something) {
  while (const auto came = something ? signals.next() : std::nullopt) {
    if (came->number == SIGWINCH) output.resized();
    forwarding.came(*came, child, now_s);
  }
  const pid_t witness = forwarding.witness().pid();
  if (forwarding.go_on(child, now_s)) {
    state.forget_helper(witness);
    state.know_helper(forwarding.witness().pid(), [this] { forwarding.witness().reaped(); });
  }
}

void Attendance::take_marks() {
  state.note(marks.take());
  state.note(socket.take());
}

void Attendance::say_killed() {
  state.journal().add(
      record::Event{state.now().t_s, "budget", "", "the command had not ended in time after SIGTERM: SIGKILL"});
}

}  // namespace cradle::measure
