// Whatever the kernel offers, the wait ends with what comes first, also when the descriptors change.
#include "cradle/measure/doorbells.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include "cradle/meter/clock.h"

namespace cradle::measure {
namespace {

struct Pipe {
  Pipe() { EXPECT_EQ(::pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0); }
  ~Pipe() {
    for (const int end : ends)
      if (end >= 0) ::close(end);
  }
  void ring() const { EXPECT_EQ(::write(ends[1], "x", 1), 1); }
  void take() const {
    char byte;
    EXPECT_EQ(::read(ends[0], &byte, 1), 1);
  }
  int ends[2];
};

Doorbells::Descriptors only(int a, int b = -1) { return {-1, a, -1, b, -1}; }

void expect_the_rules(Doorbells& bells) {
  Pipe a, b;
  EXPECT_FALSE(bells.wait(only(a.ends[0], b.ends[0]), 0.001));
  b.ring();
  EXPECT_TRUE(bells.wait(only(a.ends[0], b.ends[0]), 1));
  EXPECT_TRUE(bells.wait(only(a.ends[0], b.ends[0]), 1)) << "it was not answered";
  EXPECT_FALSE(bells.wait(only(a.ends[0]), 0.001)) << "nobody listens to the second now";
  EXPECT_TRUE(bells.wait(only(a.ends[0], b.ends[0]), 1)) << "and again";
  b.take();
  EXPECT_FALSE(bells.wait(only(a.ends[0], b.ends[0]), 0.001));
  ::close(b.ends[1]);
  b.ends[1] = -1;
  EXPECT_TRUE(bells.wait(only(a.ends[0], b.ends[0]), 1)) << "the end of a pipe is something to read";
  // A descriptor that is closed, and its number given to another.
  ::close(b.ends[0]);
  const int reused = ::fcntl(a.ends[0], F_DUPFD_CLOEXEC, b.ends[0]);
  ASSERT_EQ(reused, b.ends[0]);
  EXPECT_FALSE(bells.wait(only(a.ends[0]), 0.001));
  EXPECT_FALSE(bells.wait(only(-1, reused), 0.001));
  a.ring();
  EXPECT_TRUE(bells.wait(only(-1, reused), 1));
}

TEST(Doorbells, WakeForWhatComesAndForNothingElse) {
  Doorbells bells;
  expect_the_rules(bells);
}

TEST(Doorbells, WakeLikewiseWithoutEpoll) {
  rlimit before{};
  ::getrlimit(RLIMIT_NOFILE, &before);
  rlimit none = before;
  none.rlim_cur = 0;
  ::setrlimit(RLIMIT_NOFILE, &none);
  Doorbells bells;
  ::setrlimit(RLIMIT_NOFILE, &before);
  expect_the_rules(bells);
}

TEST(Doorbells, WaitAsLongAsTheyAreTold) {
  Doorbells bells;
  for (const double wait_s : {0.0, 0.0005, 0.02, 1.05}) {
    const double began_s = meter::now().awake_s;
    EXPECT_FALSE(bells.wait(only(-1), wait_s));
    const double waited_s = meter::now().awake_s - began_s;
    EXPECT_GE(waited_s, wait_s);
    EXPECT_LT(waited_s, wait_s + 0.5) << "on a busy machine";
  }
}

}  // namespace
}  // namespace cradle::measure
