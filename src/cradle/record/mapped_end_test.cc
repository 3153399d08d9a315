// A file that grows through memory: as by write(), for whoever reads it, whatever happens to the disk or the process.
#include "cradle/record/mapped_end.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "cradle/base/file.h"
#include "cradle/base/own_namespace_test.h"
#include "cradle/base/scratch_test.h"

namespace cradle::record {
namespace {

namespace fs = std::filesystem;

struct File {
  explicit File(const std::string& name, const fs::path& folder = base::scratch_folder())
      : path(folder / ("mapped_end_test_" + name)) {
    fs::remove(path);
    fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  }
  ~File() { ::close(fd); }
  std::string text() const {
    std::string text = base::read_file(path);
    text.resize(text.find_last_not_of('\0') + 1);
    return text;
  }
  fs::path path;
  int fd;
};

std::string line_of(int i) { return std::string(300, static_cast<char>('a' + i % 26)) + std::to_string(i) + "\n"; }

TEST(MappedEnd, HoldsWhatWasAppendedAtOnceAndNothingElseOnceClosed) {
  File file("grows");
  ASSERT_EQ(::write(file.fd, "begin\n", 6), 6);
  std::string expected = "begin\n";
  {
    MappedEnd end;
    for (int i = 0; i < 1000; ++i) {  // 300 KB: over several windows
      ASSERT_TRUE(end.append(file.fd, static_cast<long long>(expected.size()), line_of(i)));
      expected += line_of(i);
      if (i % 100 != 0) continue;
      EXPECT_EQ(file.text(), expected);
    }
    EXPECT_EQ(file.text(), expected);
    EXPECT_GT(fs::file_size(file.path), expected.size());
  }
  EXPECT_EQ(base::read_file(file.path), expected);
}

TEST(MappedEnd, LosesNothingWhenItsProcessIsKilled) {
  File file("killed");
  const pid_t pid = ::fork();
  if (pid == 0) {
    MappedEnd end;
    std::string all;
    for (int i = 0; i < 500; ++i) {
      if (!end.append(file.fd, static_cast<long long>(all.size()), line_of(i))) ::_exit(1);
      all += line_of(i);
    }
    ::kill(::getpid(), SIGKILL);
  }
  int status = 0;
  ::waitpid(pid, &status, 0);
  ASSERT_TRUE(WIFSIGNALED(status));
  std::string expected;
  for (int i = 0; i < 500; ++i) expected += line_of(i);
  EXPECT_EQ(file.text(), expected);
}

TEST(MappedEnd, SurvivesWhoCutsTheFile) {
  File file("cut");
  struct sigaction before {
  }, after{};
  ::sigaction(SIGBUS, nullptr, &before);
  MappedEnd end;
  ASSERT_TRUE(end.append(file.fd, 0, line_of(0)));
  ASSERT_EQ(::ftruncate(file.fd, 0), 0);
  EXPECT_FALSE(end.append(file.fd, static_cast<long long>(line_of(0).size()), line_of(1)));
  EXPECT_TRUE(end.lost());
  EXPECT_FALSE(end.append(file.fd, 0, line_of(2))) << "and none from then on";
  ::sigaction(SIGBUS, nullptr, &after);
  EXPECT_EQ(after.sa_handler, before.sa_handler);
}

TEST(MappedEnd, LeavesOtherFaultsToWhoeverSawToThemBefore) {
  File file("ours"), other("other");
  ASSERT_EQ(::ftruncate(other.fd, 4096), 0);
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::signal(SIGBUS, [](int) { ::_exit(42); });
    MappedEnd end;
    if (!end.append(file.fd, 0, line_of(0))) ::_exit(1);
    auto* stranger = static_cast<volatile char*>(::mmap(nullptr, 4096, PROT_READ, MAP_SHARED, other.fd, 0));
    if (::ftruncate(other.fd, 0) != 0) ::_exit(2);
    ::_exit(stranger[0] == 0 ? 3 : 4);
  }
  int status = 0;
  ::waitpid(pid, &status, 0);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 42);
}

TEST(MappedEnd, IsOneAtATime) {
  File one("one"), two("two");
  MappedEnd first, second, third;
  ASSERT_TRUE(first.append(one.fd, 0, line_of(0)));
  EXPECT_FALSE(second.append(two.fd, 0, line_of(0)));
  EXPECT_EQ(fs::file_size(two.path), 0u);
  first.close();
  EXPECT_TRUE(third.append(two.fd, 0, line_of(0)));
}

TEST(MappedEnd, KeepsThePromisedRoomOnADiskThatFillsUp) {
  base::on_a_small_disk("size=256k", 0, [](const fs::path& folder) {
    File file("full", folder), filler("filler", folder);
    std::string expected;
    MappedEnd end;
    ASSERT_TRUE(end.append(file.fd, 0, line_of(0)));
    expected = line_of(0);
    const std::string block(4096, 'f');
    while (::write(filler.fd, block.data(), block.size()) > 0) continue;
    int i = 1;
    for (; end.append(file.fd, static_cast<long long>(expected.size()), line_of(i)); ++i) expected += line_of(i);
    EXPECT_GT(expected.size(), 120000u) << "all that was promised";
    EXPECT_EQ(base::read_file(file.path), expected) << "whole lines, and no zeros where write() goes on";
  });
}

TEST(MappedEnd, IsRefusedWhereThereIsNoRoomAtAll) {
  base::on_a_small_disk("size=16k", 0, [](const fs::path& folder) {
    File file("small", folder);
    MappedEnd end;
    EXPECT_FALSE(end.append(file.fd, 0, line_of(0)));
    EXPECT_EQ(fs::file_size(file.path), 0u);
  });
}

}  // namespace
}  // namespace cradle::record
