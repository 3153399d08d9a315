// Marks never harm the program that sends them.
#include "cradle/record/marks.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string>
#include <vector>

#include "cradle/base/scratch_test.h"

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

/// Sets variables for one test and takes them away again.
struct Environment {
  std::vector<std::string> names;
  void set(const char* name, const std::string& value) {
    ::setenv(name, value.c_str(), 1);
    names.emplace_back(name);
  }
  ~Environment() {
    for (const std::string& name : names) ::unsetenv(name.c_str());
  }
};

/// A bound datagram socket in a fresh file.
struct Socket {
  std::string path = (base::scratch_folder() / "marks_test.sock").string();
  int fd = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  Socket() {
    ::unlink(path.c_str());
    sockaddr_un at{};
    at.sun_family = AF_UNIX;
    path.copy(at.sun_path, sizeof at.sun_path - 1);
    EXPECT_EQ(::bind(fd, reinterpret_cast<const sockaddr*>(&at), sizeof at), 0);
  }
  ~Socket() {
    ::close(fd);
    ::unlink(path.c_str());
  }
  std::string text() const {
    char buffer[1024];
    const ssize_t n = ::recv(fd, buffer, sizeof buffer, 0);
    return n > 0 ? std::string(buffer, static_cast<std::size_t>(n)) : "";
  }
};

TEST(Marks, NeverWriteIntoAFileThatTookThePipesNumber) {
  const std::string file = (base::scratch_folder() / "marks_test.txt").string();
  const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  ASSERT_GE(fd, 0);
  Environment environment;
  environment.set("CRADLE_MARKS", std::to_string(fd));
  mark("x");
  struct stat at {};
  ASSERT_EQ(::fstat(fd, &at), 0);
  EXPECT_EQ(at.st_size, 0);
  const Socket socket;  // the way that is left for such a child
  environment.set("CRADLE_MARKS_SOCKET", socket.path);
  mark("y");
  EXPECT_TRUE(socket.text().ends_with(" y\n"));
  ::fstat(fd, &at);
  EXPECT_EQ(at.st_size, 0);
  ::close(fd);
  ::unlink(file.c_str());
}

TEST(Marks, NeverWriteIntoAnotherPipe) {
  const Pipe pipe;
  struct stat at {};
  ASSERT_EQ(::fstat(pipe.write_end, &at), 0);
  Environment environment;
  environment.set("CRADLE_MARKS_INODE", std::to_string(at.st_ino + 1));
  mark("x");
  EXPECT_EQ(pipe.text(), "");
  environment.set("CRADLE_MARKS_INODE", std::to_string(at.st_ino));
  mark("y");
  EXPECT_TRUE(pipe.text().ends_with(" y\n"));
}

TEST(Marks, GoToADatagramSocketAndAreLostWithoutHarmWhenNobodyListens) {
  Environment environment;
  {
    const Socket socket;
    environment.set("CRADLE_MARKS", socket.path);
    mark("epoch-1");
    const std::string line = socket.text();
    EXPECT_EQ(line.front(), '@');
    EXPECT_TRUE(line.ends_with(" epoch-1\n")) << line;
  }
  mark("epoch-2");  // the socket is gone
}

TEST(Marks, AreCutSoThatALineIsWrittenWhole) {
  const Pipe pipe;
  mark(std::string(3000, 'x'));
  const std::string line = pipe.text();
  EXPECT_LE(line.size(), 512u);
  EXPECT_EQ(line.substr(line.find(' ')), " " + std::string(400, 'x') + "\n");
}

TEST(Marks, LeaveErrnoAlone) {
  Environment environment;
  environment.set("CRADLE_MARKS", "/nonexistent/socket");
  errno = ERANGE;
  mark("x");
  EXPECT_EQ(errno, ERANGE);
}

}  // namespace
}  // namespace cradle::record
