// The loop around a child: readings by the clock and at marks, one more when it ends.
#include "cradle/measure/run.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <utility>

#include "cradle/base/error.h"
#include "cradle/base/file.h"
#include "cradle/measure/marks_pipe.h"
#include "cradle/measure/run_state.h"
#include "cradle/measure/signals.h"

namespace cradle::measure {
namespace {

void warn(const Options& options, const std::string& sentence) {
  if (options.warn)
    options.warn(sentence);
  else
    std::fprintf(stderr, "cradle: warning: %s\n", sentence.c_str());
}

void check(const Command& command, const Options& options) {
  if (command.words.empty()) base::fail_usage("there is no command to run; put it after '--'");
  if (options.hz && !(*options.hz >= 0.001 && *options.hz <= 1000))
    base::fail_usage("{} readings per second are not possible; expected 0.001 to 1000", *options.hz);
}

record::Begin begin_of(const Command& command, const Options& options, const sensor::MachineFacts& facts) {
  record::Begin begin;
  begin.id = record::new_run_id();
  begin.name = options.name.empty() ? std::filesystem::path(command.words[0]).filename().string() : options.name;
  begin.started = base::format_utc(base::unix_now());
  begin.command = command.words;
  begin.place = options.place;
  begin.machine = facts.record;
  begin.rule = options.scope == meter::Scope::kMachine ? "machine" : "mine+idle share";
  begin.factor = options.factor;
  return begin;
}

/// A pipe in place of the command's standard error, when somebody wants to see it.
class ErrorPipe {
 public:
  explicit ErrorPipe(const std::function<void(std::string_view)>& taker) : taker_(taker) {
    int ends[2];
    if (!taker_) return;
    if (::pipe2(ends, O_CLOEXEC) != 0) base::fail("no pipe for standard error: {}", std::strerror(errno));
    read_end_ = ends[0];
    write_end_ = ends[1];
    ::fcntl(read_end_, F_SETFL, O_NONBLOCK);
  }
  ~ErrorPipe() {
    close_write_end();
    if (read_end_ >= 0) ::close(read_end_);
  }
  ErrorPipe(const ErrorPipe&) = delete;
  ErrorPipe& operator=(const ErrorPipe&) = delete;
  int read_end() const { return read_end_; }
  int write_end() const { return write_end_; }
  void close_write_end() {
    if (write_end_ >= 0) ::close(std::exchange(write_end_, -1));
  }
  void take() {
    char buffer[1 << 14];
    while (read_end_ >= 0) {
      const ssize_t n = ::read(read_end_, buffer, sizeof buffer);
      if (n < 0 && errno == EINTR) continue;
      if (n == 0) ::close(std::exchange(read_end_, -1));  // nobody writes any more
      if (n <= 0) return;
      taker_({buffer, static_cast<std::size_t>(n)});
    }
  }

 private:
  const std::function<void(std::string_view)>& taker_;
  int read_end_ = -1, write_end_ = -1;
};

/// Waits until the child has ended, handing everything that happens to the state; returns the wait status.
int attend(RunState& state, Signals& signals, MarksPipe& marks, ErrorPipe& errors, pid_t pid) {
  for (;;) {
    pollfd ready[3] = {
        {signals.descriptor(), POLLIN, 0}, {marks.read_end(), POLLIN, 0}, {errors.read_end(), POLLIN, 0}};
    const double wait_s = std::max(0.0, state.next_due_s() - meter::now().awake_s);
    const timespec wait{static_cast<time_t>(wait_s), static_cast<long>((wait_s - std::floor(wait_s)) * 1e9)};
    ::ppoll(ready, 3, &wait, nullptr);
    while (const auto came = signals.next()) {
      if (came->number != SIGCHLD) {
        // What a process sends to cradle is meant for the command; the terminal's keys reach the command by themselves.
        if (came->from > 0 && came->from != pid) ::kill(pid, came->number);
      }
    }
    if (const auto status = state.reap(pid)) return *status;
    state.note(marks.take());
    errors.take();
    if (meter::now().awake_s >= state.next_due_s()) state.read();
  }
}

}  // namespace

Finished run(const Command& command, const Options& options) {
  check(command, options);
  MarksPipe marks;  // first, so that the child's descriptor has the lowest number
  Signals signals;
  RunState state(options.scope, options.hz.value_or(kDefaultHz));
  const sensor::MachineFacts facts = sensor::machine_facts("/");
  record::Begin begin = begin_of(command, options, facts);
  state.prepare(facts, options.inputs ? options.inputs(facts) : sensor::PowerModelInputs{}, std::move(begin),
                options.folder.value_or(""));

  Command marked = command;
  marked.environment.emplace_back("CRADLE_MARKS", std::to_string(marks.child_number()));
  Wiring wiring;
  wiring.cgroup_folder = state.cgroup_folder();
  wiring.cgroup_door = state.cgroup_door();
  wiring.marks = marks.child_end();
  wiring.marks_number = marks.child_number();
  ErrorPipe errors(options.standard_error);
  wiring.standard_error = errors.write_end();
  state.start();
  const Child child = start_child(marked, wiring, signals);
  errors.close_write_end();
  Finished finished;
  if (child.error != 0) {
    finished.not_started = std::strerror(child.error);
    state.abandon();
    finished.record = state.record();
    finished.record.exit_code = exit_code_of_failed_exec(child.error);
    return finished;
  }
  state.started(child.in_cgroup);
  const int status = attend(state, signals, marks, errors, child.pid);
  errors.take();
  state.note(marks.take());
  state.finish(exit_code_of(status));
  finished.record = state.record();
  if (options.folder) finished.file = state.keep(*options.folder);
  if (const std::string trouble = state.trouble(); !trouble.empty() && options.folder)
    warn(options, trouble + "; the run itself was not touched");
  return finished;
}

}  // namespace cradle::measure
