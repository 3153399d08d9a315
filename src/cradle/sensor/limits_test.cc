// Limits of control groups in both versions.
#include "cradle/sensor/limits.h"

#include "cradle/sensor/fake_machine_test.h"
#include "cradle/sensor/machine.h"

namespace cradle::sensor {
namespace {

class LimitsTest : public testing::Test {
 protected:
  void own(const std::string& lines) { machine_.write("proc/self/cgroup", lines); }
  void group(const std::string& path, const std::string& text) { machine_.write("sys/fs/cgroup/" + path, text + "\n"); }
  Limits limits() const { return limits_of(machine_.root()); }
  FakeMachine machine_;
};

TEST_F(LimitsTest, ThereAreNoneWithoutGroups) {
  EXPECT_FALSE(limits().cpus);
  EXPECT_FALSE(limits().memory_gb);
  own("garbage\n:::\n0:\n");
  EXPECT_FALSE(limits().cpus);
}

TEST_F(LimitsTest, TheOwnGroupOfVersionTwo) {
  own("0::/user.slice/job\n");
  group("user.slice/job/cpu.max", "150000 100000");
  group("user.slice/job/memory.max", "2000000000");
  EXPECT_DOUBLE_EQ(limits().cpus.value_or(0), 1.5);
  EXPECT_DOUBLE_EQ(limits().memory_gb.value_or(0), 2);
}

TEST_F(LimitsTest, TheTightestOfAllAboveCounts) {
  own("0::/a/b/c\n");
  group("a/b/c/cpu.max", "max 100000");
  group("a/b/cpu.max", "400000 100000");
  group("a/cpu.max", "200000 100000");
  group("cpu.max", "800000 100000");
  group("a/b/c/memory.max", "max");
  group("a/b/memory.max", "3000000000");
  group("a/memory.max", "5000000000");
  EXPECT_DOUBLE_EQ(limits().cpus.value_or(0), 2);
  EXPECT_DOUBLE_EQ(limits().memory_gb.value_or(0), 3);
}

TEST_F(LimitsTest, InAContainersNamespaceTheMountedTopIsTheGroup) {
  machine_.write("sys/other/cpu.max", "1000 100000\n");  // no group of ours
  for (const char* path : {"0::/\n", "0::/../../other\n"}) {
    own(path);
    group("cpu.max", "50000 100000");
    EXPECT_DOUBLE_EQ(limits().cpus.value_or(0), 0.5) << path;
  }
}

TEST_F(LimitsTest, VersionOneByItsControllers) {
  own("4:cpu,cpuacct:/docker/abc\n3:memory:/docker/abc\n1:name=systemd:/docker/abc\n");
  group("cpu,cpuacct/docker/abc/cpu.cfs_quota_us", "250000");
  group("cpu,cpuacct/docker/abc/cpu.cfs_period_us", "100000");
  group("memory/docker/abc/memory.limit_in_bytes", "4000000000");
  EXPECT_DOUBLE_EQ(limits().cpus.value_or(0), 2.5);
  EXPECT_DOUBLE_EQ(limits().memory_gb.value_or(0), 4);
}

TEST_F(LimitsTest, VersionOneInAContainerHasTheHostsPathAndItsOwnMount) {
  own("4:cpu,cpuacct:/docker/abc\n");
  group("cpu,cpuacct/cpu.cfs_quota_us", "100000");
  group("cpu,cpuacct/cpu.cfs_period_us", "100000");
  EXPECT_DOUBLE_EQ(limits().cpus.value_or(0), 1);
}

TEST_F(LimitsTest, VersionOneWritesNoLimitAsAHugeOrNegativeNumber) {
  own("4:cpu,cpuacct:/\n3:memory:/\n");
  group("cpu,cpuacct/cpu.cfs_quota_us", "-1");
  group("cpu,cpuacct/cpu.cfs_period_us", "100000");
  group("memory/memory.limit_in_bytes", "9223372036854771712");
  EXPECT_FALSE(limits().cpus);
  EXPECT_FALSE(limits().memory_gb);
}

TEST_F(LimitsTest, TheHybridLayoutHasVersionTwoUnderUnified) {
  own("0::/job\n4:cpu,cpuacct:/job\n");
  group("unified/job/cpu.max", "300000 100000");
  group("cpu,cpuacct/job/cpu.cfs_quota_us", "200000");
  group("cpu,cpuacct/job/cpu.cfs_period_us", "100000");
  EXPECT_DOUBLE_EQ(limits().cpus.value_or(0), 2);
  group("unified/job/cpu.max", "100000 100000");
  EXPECT_DOUBLE_EQ(limits().cpus.value_or(0), 1);
}

TEST_F(LimitsTest, ColonsAndDotsInAGroupsNameAreItsName) {
  own("0::/kubepods/kubelet:cri:abc/a..b\n");
  group("kubepods/kubelet:cri:abc/a..b/cpu.max", "100000 100000");
  EXPECT_DOUBLE_EQ(limits().cpus.value_or(0), 1);
}

TEST_F(LimitsTest, OnlyAContainerIsModelledByThem) {
  machine_.cpu("Intel(R) Xeon(R)", 4, 1);
  own("0::/job\n");
  group("job/cpu.max", "100000 100000");
  group("job/memory.max", "4096000000");
  EXPECT_DOUBLE_EQ(machine_facts(machine_.root()).cpu_share, 1);
  machine_.write(".dockerenv", "");
  const MachineFacts facts = machine_facts(machine_.root());
  EXPECT_DOUBLE_EQ(facts.cpu_share, 0.25);
  EXPECT_DOUBLE_EQ(facts.usable_memory_gb, 4.096);
}

}  // namespace
}  // namespace cradle::sensor
