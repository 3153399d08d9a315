// Marks never harm the program that sends them.
#include "cradle/record/marks.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

namespace cradle::record {
namespace {

struct Pipe {
  int read_end = -1, write_end = -1;
  Pipe() {
    int ends[2];
    EXPECT_EQ(::pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
    read_end = ends[0];
    write_end = ends[1];
    ::setenv("CRADLE_MARKS", std::to_string(write_end).c_str(), 1);
  }
  ~Pipe() {
    ::unsetenv("CRADLE_MARKS");
    ::close(read_end);
    ::close(write_end);
  }
  std::string text() const {
    char buffer[1024];
    const ssize_t n = ::read(read_end, buffer, sizeof buffer);
    return n > 0 ? std::string(buffer, static_cast<std::size_t>(n)) : "";
  }
};

double boot_time() {
  timespec t{};
  clock_gettime(CLOCK_BOOTTIME, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

TEST(Marks, CarryTheInstantAndTheName) {
  const Pipe pipe;
  const double before = boot_time();
  mark("epoch 1");
  const double after = boot_time();
  const std::string line = pipe.text();
  ASSERT_EQ(line.front(), '@');
  ASSERT_EQ(line.back(), '\n');
  const double t = std::stod(line.substr(1));
  EXPECT_LE(before, t + 1e-6);
  EXPECT_LE(t, after + 1e-6);
  EXPECT_EQ(line.substr(line.find(' ')), " epoch 1\n");
}

TEST(Marks, AreOneLineWhateverTheNameHolds) {
  const Pipe pipe;
  mark("a\nb");
  const std::string line = pipe.text();
  EXPECT_EQ(line.substr(line.find(' ')), " a b\n");
}

TEST(Marks, DoNothingWithoutTheVariableOrWithNonsenseInIt) {
  ::unsetenv("CRADLE_MARKS");
  mark("x");
  ::setenv("CRADLE_MARKS", "7 or so", 1);
  mark("x");
  ::setenv("CRADLE_MARKS", "987654", 1);
  mark("x");
  ::unsetenv("CRADLE_MARKS");
}

TEST(Marks, DoNotKillTheProgramWhenNobodyReads) {
  Pipe pipe;
  ::close(pipe.read_end);
  pipe.read_end = -1;
  ::signal(SIGPIPE, SIG_DFL);  // the default would end this test
  mark("x");
  sigset_t pending;
  sigpending(&pending);
  EXPECT_EQ(sigismember(&pending, SIGPIPE), 0);
}

TEST(Marks, DoNotBlockWhenThePipeIsFull) {
  const Pipe pipe;
  const std::string filler(4096, 'x');
  while (::write(pipe.write_end, filler.data(), filler.size()) > 0) continue;
  ::fcntl(pipe.write_end, F_SETFL, 0);  // a blocking descriptor, as a program may have
  mark("x");                            // returns; a write would wait for ever
}

}  // namespace
}  // namespace cradle::record
