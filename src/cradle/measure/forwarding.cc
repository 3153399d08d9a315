// Who got it, asked of the witness.
#include "cradle/measure/forwarding.h"

#include <unistd.h>

#include <limits>

namespace cradle::measure {
namespace {

constexpr double kDecision_s = 0.01;

}  // namespace

void Forwarding::came(const Signals::Came& signal, pid_t child, double now_s) {
  if (signal.number == SIGCHLD) return;
  if (!signal.by_process) {
    stale_ = stale_ || signal.number != SIGWINCH;
    return;
  }
  if (signal.from == child || signal.from == ::getpid()) return;
  undecided_.push_back({signal.number, now_s + kDecision_s});
}

bool Forwarding::go_on(pid_t child, double now_s) {
  std::vector<Undecided> rest;
  for (const Undecided& u : undecided_) {
    if (u.due_s > now_s)
      rest.push_back(u);
    else if (witness_.got(u.number))
      stale_ = true;
    else
      ::kill(child, u.number);
  }
  undecided_ = rest;
  if (!stale_ || !undecided_.empty()) return false;
  witness_.renew();
  stale_ = false;
  return true;
}

double Forwarding::due_s() const {
  return undecided_.empty() ? std::numeric_limits<double>::infinity() : undecided_.front().due_s;
}

}  // namespace cradle::measure
