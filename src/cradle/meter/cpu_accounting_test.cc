// The CPU time of a command and all its children, by cgroup and by process tree, against what wait() says.
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <string>

#include "cradle/base/left_out_test.h"
#include "cradle/meter/cgroup.h"
#include "cradle/meter/fake_time_test.h"
#include "cradle/meter/process_tree.h"
#include "cradle/sensor/fake_machine_test.h"

namespace cradle::meter {
namespace {

double seconds(const timeval& t) { return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec); }
double seconds(const rusage& use) { return seconds(use.ru_utime) + seconds(use.ru_stime); }

/// Starts a shell script, in the cgroup if there is one.
pid_t start(const char* script, const Cgroup* group) {
  const pid_t pid = ::fork();
  if (pid == 0) {
    if (group && ::write(group->door(), "0", 1) != 1) ::_exit(99);
    ::execl("/bin/sh", "sh", "-c", script, nullptr);
    ::_exit(98);
  }
  return pid;
}

/// Thirty children that each count to ten thousand: some milliseconds each, far below any sampling period.
constexpr char kShortChildren[] =
    "n=0; while [ $n -lt 30 ]; do sh -c 'i=0; while [ $i -lt 10000 ]; do i=$((i+1)); done'; n=$((n+1)); done";

TEST(CgroupCpu, CountsEveryShortChild) {
  std::string why;
  auto group = Cgroup::create(why);
  if (base::left_out(group.has_value(), "no cgroup can be made here: " + why)) return;
  const pid_t pid = start(kShortChildren, &*group);
  int status = 0;
  rusage use{};
  ASSERT_EQ(::wait4(pid, &status, 0, &use), pid);
  ASSERT_EQ(status, 0);
  const double truth = seconds(use);  // of the shell and all it waited for
  EXPECT_GT(truth, 0.02);
  EXPECT_NEAR(group->cpu_seconds().value(), truth, 0.15 * truth + 0.02);
}

TEST(CgroupCpu, LeavesNothingBehind) {
  std::string why;
  std::filesystem::path folder;
  {
    const auto group = Cgroup::create(why);
    if (base::left_out(group.has_value(), "no cgroup can be made here: " + why)) return;
    folder = group->folder();
    EXPECT_TRUE(std::filesystem::exists(folder));
  }
  EXPECT_FALSE(std::filesystem::exists(folder));
}

TEST(CgroupCpu, RemovesTheEmptyGroupsOfCradlesThatWereKilled) {
  std::string why;
  std::filesystem::path left;
  {
    const auto group = Cgroup::create(why);
    if (base::left_out(group.has_value(), "no cgroup can be made here: " + why)) return;
    // A process that is gone for certain: our own child, reaped.
    const pid_t gone = ::fork();
    if (gone == 0) ::_exit(0);
    ::waitpid(gone, nullptr, 0);
    left = group->folder().parent_path() / fmt::format("cradle-{}-1", gone);
    std::filesystem::create_directory(left);
  }
  const auto next = Cgroup::create(why);
  EXPECT_FALSE(std::filesystem::exists(left));
}

TEST(ProcessTreeCpu, CountsEveryShortChildAndThoseWhoseParentsAreGone) {
  ProcessTree tree;
  // The inner shells outlive the outer one: orphans, which come to us.
  const pid_t pid = start("(sh -c 'i=0; while [ $i -lt 60000 ]; do i=$((i+1)); done' &)", nullptr);
  double truth = 0;
  int ended = 0;
  for (;;) {
    int status = 0;
    rusage use{};
    const pid_t reaped = ::wait4(-1, &status, 0, &use);
    if (reaped < 0) break;  // nobody is left
    ++ended;
    tree.reaped(use);
    truth += seconds(use);
  }
  EXPECT_GE(ended, 2) << "the orphan of " << pid << " did not come to the subreaper";
  EXPECT_GT(truth, 0.005);
  EXPECT_NEAR(tree.cpu_seconds(), truth, 1e-9);
}

TEST(ProcessTreeCpu, SeesProcessesThatAreAlive) {
  const ProcessTree tree;
  // Works and tells, then waits: alive when it is looked at.
  std::array<int, 2> ready{};
  ASSERT_EQ(::pipe(ready.data()), 0);
  const std::string script =
      fmt::format("i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done; echo >&{}; exec sleep 5", ready[1]);
  ASSERT_LT(ready[1], 10) << "dash knows descriptors of one digit only";
  const pid_t pid = start(script.c_str(), nullptr);
  char byte = 0;
  ASSERT_EQ(::read(ready[0], &byte, 1), 1);
  const double alive = tree.cpu_seconds();
  ::kill(pid, SIGKILL);
  rusage use{};
  ::wait4(pid, nullptr, 0, &use);
  while (::waitpid(-1, nullptr, WNOHANG) > 0) continue;
  EXPECT_GT(alive, 0.02);
  EXPECT_NEAR(alive, seconds(use), 0.05);  // to the tick
  for (const int fd : ready) ::close(fd);
}

TEST(OwnGroup, IsFoundInEveryLayout) {
  const char* hybrid_mounts =
      "33 31 0:30 / /sys/fs/cgroup/cpuacct rw,relatime - cgroup cgroup rw,cpuacct\n"
      "41 31 0:38 / /sys/fs/cgroup/unified rw,relatime shared:9 - cgroup2 cgroup2 rw\n";
  EXPECT_EQ(own_group("2:cpuacct:/\n0::/\n", hybrid_mounts, 2), "/sys/fs/cgroup/unified");
  EXPECT_EQ(own_group("2:cpuacct:/job\n0::/\n", hybrid_mounts, 1), "/sys/fs/cgroup/cpuacct/job");
  const char* unified = "30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n";
  EXPECT_EQ(own_group("0::/user.slice/user-1000.slice/session-2.scope\n", unified, 2),
            "/sys/fs/cgroup/user.slice/user-1000.slice/session-2.scope");
  EXPECT_EQ(own_group("0::/user.slice\n", unified, 1), std::nullopt);
  // Together with the cpu controller; and a container that sees only its part of the hierarchy.
  const char* combined = "33 31 0:30 /docker/abc /sys/fs/cgroup/cpu,cpuacct ro - cgroup cgroup rw,cpu,cpuacct\n";
  EXPECT_EQ(own_group("4:cpu,cpuacct:/docker/abc/x\n", combined, 1), "/sys/fs/cgroup/cpu,cpuacct/x");
  EXPECT_EQ(own_group("4:cpu,cpuacct:/../other\n", combined, 1), std::nullopt);
}

}  // namespace
}  // namespace cradle::meter
