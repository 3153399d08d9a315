// The members of a group that are the command's, and two signals.
#include "cradle/measure/ending.h"

#include <dirent.h>
#include <signal.h>
#include <unistd.h>

#include <cstdlib>
#include <limits>
#include <utility>
#include <vector>

namespace cradle::measure {
namespace {

constexpr double kNever = std::numeric_limits<double>::infinity();

std::vector<pid_t> members_of(pid_t group) {
  std::vector<pid_t> members;
  DIR* folder = ::opendir("/proc");
  if (!folder) return members;
  while (const dirent* entry = ::readdir(folder))
    if (const pid_t pid = std::atoi(entry->d_name); pid > 0 && ::getpgid(pid) == group) members.push_back(pid);
  ::closedir(folder);
  return members;
}

}  // namespace

Ending::Ending(pid_t child, double patience_s, std::function<bool(pid_t)> is_commands)
    : child_(child), patience_s_(patience_s), is_commands_(std::move(is_commands)), due_s_(kNever) {}

bool Ending::go_on(double now_s) {
  if (!asked_) {
    asked_ = true;
    due_s_ = now_s + patience_s_;
    send(SIGTERM);
    send(SIGCONT);  // a stopped process takes note too
    return false;
  }
  if (now_s < due_s_) return false;
  due_s_ = kNever;
  send(SIGKILL);
  return true;
}

void Ending::send(int signal) const {
  // Chosen first, then told in one go: a shell whose worker has ended must not go on to the next line of its script.
  std::vector<pid_t> members = members_of(::getpgid(child_));
  std::erase_if(members, [&](pid_t pid) { return pid == child_ || !is_commands_(pid); });
  ::kill(child_, signal);
  for (const pid_t pid : members) ::kill(pid, signal);
}

}  // namespace cradle::measure
