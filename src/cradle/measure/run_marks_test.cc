// Marks from standard output and by the socket, of real processes whose output must stay what it was.
#include <fcntl.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <array>
#include <cstdlib>
#include <cstring>

#include "cradle/base/file.h"
#include "cradle/measure/run_bench_test.h"

namespace cradle::measure {
namespace {

constexpr char kThreeEpochs[] = "for i in 1 2 3; do echo Epoch $i/3; sleep 0.03; done";

Options watching(const std::string& rule, const std::string& folder = "") {
  Options o = options(folder);
  o.mark_on = {parse_mark_rule(rule)};
  return o;
}

std::string names_of(const record::RunRecord& r) {
  std::string names;
  for (const record::Mark& mark : r.marks) names += mark.name + " ";
  return names;
}

/// A cradle whose standard output is `out`; it leaves the names of its marks in folder/marks.
pid_t cradle_into(int out, const Command& command, const Options& o, const std::string& folder) {
  const pid_t pid = ::fork();
  if (pid != 0) return pid;
  ::dup2(out, STDOUT_FILENO);
  for (int fd = 3; fd < 64; ++fd) ::close(fd);
  const record::RunRecord r = run(command, o).record;
  base::write_file(folder + "/marks", names_of(r));
  ::_exit(r.exit_code);
}

std::string everything_from(int fd) {
  std::string text;
  std::array<char, 4096> buffer{};
  for (ssize_t n; (n = ::read(fd, buffer.data(), buffer.size())) > 0;)
    text.append(buffer.data(), static_cast<std::size_t>(n));
  return text;
}

TEST(Watching, AFileReadsAlongAndNothingStandsBetween) {
  const std::string folder = fresh_folder();
  base::write_file(folder + "/out", "Epoch 9/9 of a run before\n");
  const int out = ::open((folder + "/out").c_str(), O_WRONLY | O_APPEND);
  struct stat at {};
  ASSERT_EQ(::fstat(out, &at), 0);
  const pid_t pid = cradle_into(out, shell(std::string(kThreeEpochs) + "; stat -L -c %i /proc/self/fd/1"),
                                watching("Epoch ([0-9]+)/([0-9]+)"), folder);
  EXPECT_EQ(exit_code_of_process(pid), 0);
  ::close(out);
  EXPECT_EQ(text_of(folder + "/out"),
            fmt::format("Epoch 9/9 of a run before\nEpoch 1/3\nEpoch 2/3\nEpoch 3/3\n{}\n", at.st_ino));
  EXPECT_EQ(text_of(folder + "/marks"), "epoch-1/3 epoch-2/3 epoch-3/3 ");
}

TEST(Watching, AFileIsReadFromWhereTheCommandWrites) {
  const std::string folder = fresh_folder();
  base::write_file(folder + "/out", "Epoch 8/9\nEpoch 9/9\n");
  const int out = ::open((folder + "/out").c_str(), O_WRONLY);
  ::lseek(out, 10, SEEK_SET);
  EXPECT_EQ(exit_code_of_process(cradle_into(out, shell("echo Epoch 1/9"), watching("Epoch ([0-9])"), folder)), 0);
  ::close(out);
  EXPECT_EQ(text_of(folder + "/marks"), "epoch-1 ");
}

TEST(Watching, APipePassesEveryByteInOrder) {
  const std::string folder = fresh_folder();
  std::string bytes;  // every byte, line ends and zeros too, and no mark
  for (int i = 0; i < 300000; ++i) bytes += static_cast<char>((i * 7919 + i / 251) & 0xff);
  base::write_file(folder + "/bytes", bytes);
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe(ends.data()), 0);
  const pid_t pid = cradle_into(ends[1], shell(fmt::format("echo Epoch 1; cat {}/bytes; echo Epoch 2", folder)),
                                watching("^Epoch ([0-9])$"), folder);
  ::close(ends[1]);
  EXPECT_EQ(everything_from(ends[0]), "Epoch 1\n" + bytes + "Epoch 2\n");
  ::close(ends[0]);
  EXPECT_EQ(exit_code_of_process(pid), 0);
  EXPECT_TRUE(text_of(folder + "/marks").starts_with("epoch-1 ")) << text_of(folder + "/marks");
}

TEST(Watching, WhatWasWrittenIsOutBeforeCradleIs) {
  const std::string folder = fresh_folder();
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe(ends.data()), 0);
  const pid_t pid = ::fork();
  if (pid == 0) {  // as a script: cradle run …; echo after
    ::dup2(ends[1], STDOUT_FILENO);
    run(shell("seq 1 5000"), watching("Epoch"));
    ::_exit(::write(ends[1], "after\n", 6) == 6 ? 0 : 1);
  }
  ::close(ends[1]);
  const std::string text = everything_from(ends[0]);
  ::close(ends[0]);
  EXPECT_TRUE(text.ends_with("\n5000\nafter\n")) << text.substr(text.size() - 30);
  EXPECT_EQ(exit_code_of_process(pid), 0);
}

TEST(Watching, WithoutAReaderTheCommandMeetsSigpipe) {
  const std::string folder = fresh_folder();
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe(ends.data()), 0);
  const pid_t pid = cradle_into(ends[1], shell("while :; do echo y; done"), watching("Epoch"), folder);
  ::close(ends[1]);
  char one = 0;
  ASSERT_EQ(::read(ends[0], &one, 1), 1);
  ::close(ends[0]);
  EXPECT_EQ(exit_code_of_process(pid), 128 + SIGPIPE);
}

TEST(Watching, TheCommandAndItsOutputOutliveAKilledCradle) {
  const std::string folder = fresh_folder();
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe(ends.data()), 0);
  const pid_t pid = cradle_into(
      ends[1],
      shell(fmt::format(
          "echo before; while [ -d {0} -a ! -e {0}/go ]; do sleep 0.02; done; echo after; echo x > {0}/alive", folder)),
      watching("Epoch"), folder);
  ::close(ends[1]);
  std::array<char, 16> text{};
  ASSERT_EQ(::read(ends[0], text.data(), text.size()), 7);
  ::kill(pid, SIGKILL);
  EXPECT_EQ(exit_code_of_process(pid), 128 + SIGKILL);
  base::write_file(folder + "/go", "");
  EXPECT_EQ(everything_from(ends[0]), "after\n") << "and then the end: nobody holds the pipe";
  ::close(ends[0]);
  EXPECT_TRUE(comes_true([&] { return fs::exists(folder + "/alive"); }));
}

TEST(Watching, WhatTheCommandLeavesBehindIsServedOn) {
  const std::string folder = fresh_folder();
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe(ends.data()), 0);
  const pid_t pid =
      cradle_into(ends[1],
                  shell(fmt::format(
                      "(while [ -d {0} -a ! -e {0}/go ]; do sleep 0.02; done; echo late) & echo soon; exit 4", folder)),
                  watching("soon=>soon"), folder);
  ::close(ends[1]);
  EXPECT_EQ(exit_code_of_process(pid), 4) << "cradle ends with the command";
  EXPECT_EQ(text_of(folder + "/marks"), "soon ");
  base::write_file(folder + "/go", "");
  EXPECT_EQ(everything_from(ends[0]), "soon\nlate\n");
  ::close(ends[0]);
}

TEST(Watching, EndsForAProcessThatGaveUpItsRightsToo) {
  // Such a process may not look into its own /proc/self/fd; the relay must not keep the pipe open for all that.
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe(ends.data()), 0);
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::dup2(ends[1], STDOUT_FILENO);
    ::close(ends[0]);
    ::close(ends[1]);
    // Who is not root gives up the right to be looked into instead: its /proc/self/fd is root's then as well.
    const bool gave_up =
        ::geteuid() == 0 ? ::setgid(65534) == 0 && ::setuid(65534) == 0 : ::prctl(PR_SET_DUMPABLE, 0) == 0;
    if (!gave_up) ::_exit(98);
    ::_exit(run(shell("echo a; exit 4"), watching("Epoch")).record.exit_code);
  }
  ::close(ends[1]);
  EXPECT_EQ(everything_from(ends[0]), "a\n");
  ::close(ends[0]);
  EXPECT_EQ(exit_code_of_process(pid), 4);
}

/// What a terminal of `rows` × 80 shows of a command, under cradle or by itself; `act` gets the terminal's end.
template <class Act>
std::string on_a_terminal(unsigned short rows, const Command& command, const std::optional<Options>& o, Act act,
                          int& exit_code) {
  const winsize size{rows, 80, 0, 0};
  int terminal = -1;
  const pid_t pid = ::forkpty(&terminal, nullptr, nullptr, &size);
  if (pid == 0) {
    if (o) ::_exit(run(command, *o).record.exit_code);
    ::execlp("sh", "sh", "-c", command.words[2].c_str(), nullptr);
    ::_exit(127);
  }
  act(terminal);
  std::string text = everything_from(terminal);
  ::close(terminal);
  exit_code = exit_code_of_process(pid);
  return text;
}

TEST(Watching, ATerminalShowsTheSameBytes) {
  const Command command = shell(
      "printf 'Epoch 1/2\\n\\ttab \\033[31mred\\033[0m\\r\\n'; test -t 1 && echo a terminal; stty size <&1; "
      "readlink /proc/self/fd/0; seq 1 300; echo Epoch 2/2; exit 6");
  int plain_code = 0, code = 0;
  const auto nothing = [](int) {};
  const std::string plain = on_a_terminal(33, command, std::nullopt, nothing, plain_code);
  const std::string watched = on_a_terminal(33, command, watching("Epoch"), nothing, code);
  EXPECT_NE(plain.find("a terminal\r\n33 80\r\n"), std::string::npos) << plain;
  EXPECT_EQ(watched, plain);
  EXPECT_EQ(code, 6);
  EXPECT_EQ(plain_code, 6);
}

TEST(Watching, ATerminalStaysTheOneThatControls) {
  // Standard input, /dev/tty and the foreground group are the real terminal's.
  const Command command = shell("cut -d' ' -f5,7,8 /proc/self/stat; readlink /proc/self/fd/1; head -n 1 </dev/tty");
  int code = 0;
  const std::string text = on_a_terminal(
      24, command, watching("x"), [](int terminal) { EXPECT_EQ(::write(terminal, "typed\n", 6), 6); }, code);
  EXPECT_EQ(code, 0);
  const std::size_t first = text.find("typed"), second = text.find("typed", first + 1);
  EXPECT_NE(second, std::string::npos) << "echoed once, read once: " << text;
  EXPECT_EQ(text.find("typed", second + 1), std::string::npos) << text;
  int group = 0, terminal_number = 0, foreground = 0;
  const std::size_t line = text.find_first_of("123456789", first == 0 ? 7 : 0);
  ASSERT_EQ(std::sscanf(text.c_str() + line, "%d %d %d", &group, &terminal_number, &foreground), 3) << text;
  EXPECT_EQ(group, foreground) << "the command is in the foreground of its controlling terminal";
}

TEST(Watching, ATerminalsNewSizeReachesTheCommand) {
  const std::string folder = fresh_folder();
  // The size is asked for in the handler: it must be the new one by then, at the last signal at least.
  const Command command =
      shell(fmt::format("trap 'stty size <&1 > {0}/size; echo x >> {0}/signals' WINCH; echo > {0}/ready; "
                        "while [ -d {0} -a ! -e {0}/go ]; do sleep 0.01; done",
                        folder));
  int code = 0;
  on_a_terminal(
      24, command, watching("x"),
      [&](int terminal) {
        EXPECT_TRUE(comes_true([&] { return fs::exists(folder + "/ready"); }));
        const winsize size{50, 132, 0, 0};
        ::ioctl(terminal, TIOCSWINSZ, &size);
        EXPECT_TRUE(comes_true([&] { return text_of(folder + "/size") == "50 132\n"; })) << text_of(folder + "/size");
        base::write_file(folder + "/go", "");
      },
      code);
  EXPECT_EQ(code, 0);
  EXPECT_LE(text_of(folder + "/signals").size(), 4u) << "it does not go round in circles";
}

TEST(Watching, MarksHaveTheirJoules) {
  const std::string folder = fresh_folder();
  const int out = ::open((folder + "/out").c_str(), O_WRONLY | O_CREAT, 0644);
  const int saved = ::dup(STDOUT_FILENO);
  ::dup2(out, STDOUT_FILENO);
  const auto r = run(shell(kThreeEpochs), watching("Epoch ([0-9])")).record;
  ::dup2(saved, STDOUT_FILENO);
  ::close(saved);
  ::close(out);
  ASSERT_EQ(r.marks.size(), 3u);
  EXPECT_GE(r.marks[1].t_s - r.marks[0].t_s, 0.02);
  EXPECT_LE(r.marks[2].t_s, r.duration_s);
  EXPECT_LE(r.marks[2].j, r.billed.j.value);
  expect_sound(r);
}

TEST(MarksOfAProgram, FindThePipeByItsInode) {
  const std::string folder = fresh_folder();
  const auto r =
      run(shell(fmt::format("test $(stat -L -c %i /proc/self/fd/$CRADLE_MARKS) = $CRADLE_MARKS_INODE", folder)),
          options())
          .record;
  EXPECT_EQ(r.exit_code, 0);
}

bool send_mark(const std::string& path, const std::string& text) {
  sockaddr_un to{};
  to.sun_family = AF_UNIX;
  std::strncpy(to.sun_path, path.c_str(), sizeof to.sun_path - 1);
  const int fd = ::socket(AF_UNIX, SOCK_DGRAM, 0);
  const bool sent = ::sendto(fd, text.data(), text.size(), MSG_DONTWAIT, reinterpret_cast<const sockaddr*>(&to),
                             sizeof to) == static_cast<ssize_t>(text.size());
  ::close(fd);
  return sent;
}

TEST(MarksOfAProgram, ComeByTheSocketToo) {
  const std::string folder = fresh_folder();
  for (const bool instead : {false, true}) {
    fs::remove(folder + "/go");
    fs::remove(folder + "/socket");
    Options o = options();
    o.marks_by_socket = instead;
    const Command command =
        shell(fmt::format("echo ${} > {}/new; mv {}/new {}/socket; while [ ! -e {}/go ]; do sleep 0.01; done",
                          instead ? "CRADLE_MARKS" : "CRADLE_MARKS_SOCKET", folder, folder, folder, folder));
    const pid_t pid = cradle_into(STDOUT_FILENO, command, o, folder);
    ASSERT_TRUE(comes_true([&] { return fs::exists(folder + "/socket"); }));
    std::string path = text_of(folder + "/socket");
    path.pop_back();
    EXPECT_TRUE(send_mark(path, "epoch-1\n")) << path;
    EXPECT_TRUE(send_mark(path, "epoch-2\n"));
    base::write_file(folder + "/go", "");
    EXPECT_EQ(exit_code_of_process(pid), 0);
    EXPECT_EQ(text_of(folder + "/marks"), "epoch-1 epoch-2 ");
    EXPECT_FALSE(fs::exists(path));
  }
}

TEST(MarksOfAProgram, GoThroughThePipeWhereThereIsNoSocket) {
  const std::string folder = fresh_folder();
  base::write_file(folder + "/file", "");
  ::setenv("XDG_RUNTIME_DIR", (folder + "/file").c_str(), 1);
  Options o = options();
  EXPECT_EQ(names_of(run(shell("test -z \"$CRADLE_MARKS_SOCKET\" && echo a >&$CRADLE_MARKS"), o).record), "a ");
  std::string warning;
  o.warn = [&](const std::string& sentence) { warning = sentence; };
  o.marks_by_socket = true;
  EXPECT_EQ(names_of(run(shell("echo b >&$CRADLE_MARKS"), o).record), "b ");
  EXPECT_NE(warning.find("through the pipe"), std::string::npos) << warning;
  ::unsetenv("XDG_RUNTIME_DIR");
}

}  // namespace
}  // namespace cradle::measure
