// Signals of every kind sent to real runs: the command gets each once, and nobody else any.
#include <pty.h>
#include <sched.h>

#include <algorithm>

#include "cradle/base/file.h"
#include "cradle/base/left_out_test.h"
#include "cradle/base/own_namespace_test.h"
#include "cradle/measure/run_bench_test.h"

namespace cradle::measure {
namespace {

std::size_t lines_in(const fs::path& file) {
  const std::string text = text_of(file);
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

/// A shell that counts the signals it gets in folder/count until folder/go is there. A trap runs at once during wait,
/// so that two signals one after the other are two.
Command counter_of(const char* signal, const std::string& folder) {
  return shell(
      fmt::format("trap 'echo x >> {1}/count' {0}; echo > {1}/ready; "
                  "while [ -d {1} -a ! -e {1}/go ]; do sleep 0.1 & wait $!; done; exit 3",
                  signal, folder));
}

/// A cradle in a process group of its own, whose command is ready.
pid_t cradle_in_a_group(const Command& command, const Options& o, const std::string& folder) {
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::setpgid(0, 0);
    ::_exit(run(command, o).record.exit_code);
  }
  ::setpgid(pid, pid);
  EXPECT_TRUE(comes_true([&] { return fs::exists(folder + "/ready"); }));
  return pid;
}

std::vector<pid_t> members_of(pid_t group) {
  std::vector<pid_t> members;
  for (const auto& entry : fs::directory_iterator("/proc"))
    if (const int pid = std::atoi(entry.path().filename().c_str()); pid > 0 && ::getpgid(pid) == group)
      members.push_back(pid);
  return members;
}

/// How often the command got a signal in the end: some time is left for a second one.
std::size_t received(const std::string& folder, pid_t pid) {
  EXPECT_TRUE(comes_true([&] { return lines_in(folder + "/count") > 0; }));
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  base::write_file(folder + "/go", "");
  EXPECT_EQ(exit_code_of_process(pid), 3);
  return lines_in(folder + "/count");
}

TEST(SignalsOfARun, ToCradleAloneReachTheCommandOnce) {
  for (const char* name : {"INT", "TERM", "HUP", "QUIT", "USR1", "USR2", "ALRM"}) {
    const std::string folder = fresh_folder();
    const pid_t pid = cradle_in_a_group(counter_of(name, folder), options(), folder);
    const std::vector<std::pair<std::string, int>> numbers = {{"INT", SIGINT},   {"TERM", SIGTERM}, {"HUP", SIGHUP},
                                                              {"QUIT", SIGQUIT}, {"USR1", SIGUSR1}, {"USR2", SIGUSR2},
                                                              {"ALRM", SIGALRM}};
    for (const auto& [known, number] : numbers)
      if (known == name) ::kill(pid, number);
    EXPECT_EQ(received(folder, pid), 1u) << name;
  }
}

TEST(SignalsOfARun, ToTheWholeGroupReachTheCommandOnce) {
  const std::string folder = fresh_folder();
  const pid_t pid = cradle_in_a_group(counter_of("INT", folder), options(), folder);
  ::kill(-pid, SIGINT);
  EXPECT_EQ(received(folder, pid), 1u);
}

TEST(SignalsOfARun, ToEveryProcessOneByOneReachTheCommandOnce) {
  // As service managers and schedulers end a unit.
  const std::string folder = fresh_folder();
  const pid_t pid = cradle_in_a_group(counter_of("TERM", folder), options(), folder);
  for (const pid_t member : members_of(pid)) {
    ::kill(member, SIGTERM);
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  EXPECT_EQ(received(folder, pid), 1u);
}

TEST(SignalsOfARun, ToCradleAloneAreHandedOnAfterOneToTheGroupToo) {
  const std::string folder = fresh_folder();
  const pid_t pid = cradle_in_a_group(counter_of("USR1", folder), options(), folder);
  ::kill(-pid, SIGUSR1);
  ASSERT_TRUE(comes_true([&] { return lines_in(folder + "/count") == 1; }));
  std::this_thread::sleep_for(std::chrono::milliseconds(50));  // the decision about the first is taken
  ::kill(pid, SIGUSR1);
  EXPECT_TRUE(comes_true([&] { return lines_in(folder + "/count") == 2; }));
  EXPECT_EQ(received(folder, pid), 2u);
}

TEST(SignalsOfARun, FromOutsideTheContainerReachTheCommand) {
  const std::string folder = fresh_folder();
  // A process namespace, in which cradle is number 1 and senders outside have no number.
  const std::string why = base::in_own_namespaces(CLONE_NEWPID, [&] {
    const pid_t pid = ::fork();
    if (pid == 0) ::_exit(run(counter_of("TERM", folder), options()).record.exit_code);
    comes_true([&] { return fs::exists(folder + "/ready"); });
    ::kill(pid, SIGTERM);
    comes_true([&] { return fs::exists(folder + "/count"); });
    base::write_file(folder + "/go", "");
    EXPECT_EQ(exit_code_of_process(pid), 3);
  });
  if (base::left_out(why.empty(), why)) return;
  EXPECT_EQ(lines_in(folder + "/count"), 1u);
}

TEST(SignalsOfARun, ThatTheCommandSendsToItsParentStayThere) {
  const std::string folder = fresh_folder();
  const pid_t pid = cradle_in_a_group(
      shell(
          fmt::format("trap 'echo x > {0}/count' TERM; kill -TERM $PPID; echo > {0}/ready; sleep 0.1; exit 5", folder)),
      options(), folder);
  EXPECT_EQ(exit_code_of_process(pid), 5);
  EXPECT_FALSE(fs::exists(folder + "/count"));
}

TEST(SignalsOfARun, OfTheTerminalReachTheCommandOnce) {
  const std::string folder = fresh_folder();
  for (const bool trapped : {true, false}) {
    fs::remove(folder + "/ready");
    int terminal = -1;
    const pid_t pid = ::forkpty(&terminal, nullptr, nullptr, nullptr);
    if (pid == 0)
      ::_exit(run(trapped ? counter_of("INT", folder) : shell("echo > " + folder + "/ready; exec sleep 10"), options())
                  .record.exit_code);
    ASSERT_TRUE(comes_true([&] { return fs::exists(folder + "/ready"); }));
    EXPECT_EQ(::write(terminal, "\x03", 1), 1);
    if (trapped)
      EXPECT_EQ(received(folder, pid), 1u);
    else
      EXPECT_EQ(exit_code_of_process(pid), 130);
    ::close(terminal);
  }
}

TEST(SignalsOfARun, StopAndContinueTheCommandOrCradle) {
  for (const bool stop_cradle : {false, true}) {
    const std::string folder = fresh_folder();
    Options o = options(folder);
    o.hz = 100;
    const pid_t pid = cradle_in_a_group(
        shell(fmt::format(
            "echo $$ > {0}/pid; echo > {0}/ready; while [ -d {0} -a ! -e {0}/go ]; do sleep 0.01; done; exit 8",
            folder)),
        o, folder);
    const pid_t stopped = stop_cradle ? pid : std::stoi(text_of(folder + "/pid"));
    ::kill(stopped, SIGSTOP);
    std::this_thread::sleep_for(std::chrono::milliseconds(150));
    base::write_file(folder + "/go", "");
    ::kill(stopped, SIGCONT);
    EXPECT_EQ(exit_code_of_process(pid), 8);
    for (const auto& entry : fs::directory_iterator(folder)) {
      if (entry.path().extension() != ".json") continue;
      const auto r = record::read_record(entry.path());
      EXPECT_GE(r.duration_s, 0.14);
      EXPECT_TRUE(r.complete);
      expect_sound(r);
    }
  }
}

}  // namespace
}  // namespace cradle::measure
