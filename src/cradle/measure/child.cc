// fork and exec, with a pipe that tells whether the exec succeeded.
#include "cradle/measure/child.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstring>

#include "cradle/base/error.h"
#include "cradle/measure/signals.h"

extern char** environ;

namespace cradle::measure {
namespace {

/// "KEY=value" of this process, with the additions in place of what they name.
std::vector<std::string> environment_of(const Command& command) {
  std::vector<std::string> all;
  for (char** entry = environ; *entry; ++entry) {
    const std::string text = *entry;
    const std::string key = text.substr(0, text.find('='));
    bool replaced = false;
    for (const auto& [name, value] : command.environment) replaced = replaced || name == key;
    if (!replaced) all.push_back(text);
  }
  for (const auto& [name, value] : command.environment) all.push_back(name + "=" + value);
  return all;
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

/// What the child tells of itself before exec; the pipe closes by itself when the exec succeeds.
struct Word {
  char what;  // 'c': it is in the cgroup; 'e': the exec failed
  int error;
};

void say(int pipe, char what, int error) {
  const Word word{what, error};
  [[maybe_unused]] const ssize_t n = ::write(pipe, &word, sizeof word);
}

/// fork() straight into a cgroup (Linux 5.7): to enter one later, by writing to cgroup.procs, waits some 10 ms for a
/// grace period of the kernel. -1 where that is not possible.
pid_t fork_into([[maybe_unused]] int cgroup_folder) {
#if defined(SYS_clone3) && defined(CLONE_INTO_CGROUP)
  if (cgroup_folder < 0) return -1;
  clone_args arguments{};
  arguments.flags = CLONE_INTO_CGROUP;
  arguments.exit_signal = SIGCHLD;
  arguments.cgroup = static_cast<std::uint64_t>(cgroup_folder);
  return static_cast<pid_t>(::syscall(SYS_clone3, &arguments, sizeof arguments));
#else
  return -1;
#endif
}

void be_silent() {
  const int nothing = ::open("/dev/null", O_RDWR);
  ::dup2(nothing, STDIN_FILENO);
  ::dup2(nothing, STDOUT_FILENO);
  if (nothing > STDERR_FILENO) ::close(nothing);
}

/// Between fork and exec: only functions that are safe after fork.
[[noreturn]] void become(char* const* words, char* const* environment, bool silent, const Wiring& wiring,
                         const Signals& signals, bool born_in_cgroup, int pipe) {
  if (born_in_cgroup || (wiring.cgroup_door >= 0 && ::write(wiring.cgroup_door, "0", 1) == 1)) say(pipe, 'c', 0);
  if (wiring.marks >= 0) ::dup2(wiring.marks, wiring.marks_number);
  if (silent) be_silent();
  if (wiring.standard_output >= 0) ::dup2(wiring.standard_output, STDOUT_FILENO);
  if (wiring.standard_error >= 0) ::dup2(wiring.standard_error, STDERR_FILENO);
  signals.restore_in_child();
  ::execvpe(words[0], words, environment);
  say(pipe, 'e', errno);
  ::_exit(127);
}

}  // namespace

Child start_child(const Command& command, const Wiring& wiring, const Signals& signals) {
  std::vector<std::string> words = command.words, environment = environment_of(command);
  const std::vector<char*> word_pointers = pointers_to(words), environment_pointers = pointers_to(environment);
  int pipe[2];
  if (::pipe2(pipe, O_CLOEXEC) != 0) base::fail("cannot start '{}': no pipe: {}", words[0], std::strerror(errno));
  Child child;
  child.pid = fork_into(wiring.cgroup_folder);
  const bool born_in_cgroup = child.pid >= 0;
  if (!born_in_cgroup) child.pid = ::fork();
  if (child.pid < 0) {
    const int reason = errno;
    ::close(pipe[0]);
    ::close(pipe[1]);
    base::fail("cannot start '{}': {}", words[0], std::strerror(reason));
  }
  if (child.pid == 0)
    become(word_pointers.data(), environment_pointers.data(), command.silent, wiring, signals, born_in_cgroup, pipe[1]);
  ::close(pipe[1]);
  for (Word word;;) {
    const ssize_t n = ::read(pipe[0], &word, sizeof word);
    if (n < 0 && errno == EINTR) continue;
    if (n != static_cast<ssize_t>(sizeof word)) break;
    if (word.what == 'c') child.in_cgroup = true;
    if (word.what == 'e') child.error = word.error;
  }
  ::close(pipe[0]);
  if (child.error != 0) {
    int status = 0;
    while (::waitpid(child.pid, &status, 0) < 0 && errno == EINTR) continue;
  }
  return child;
}

int exit_code_of(int status) {
  if (WIFEXITED(status)) return WEXITSTATUS(status);
  return 128 + WTERMSIG(status);
}

int exit_code_of_failed_exec(int error) { return error == ENOENT ? 127 : 126; }

}  // namespace cradle::measure
