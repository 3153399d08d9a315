// The socket of the marks: private, datagrams in, nothing left behind.
#include "cradle/measure/marks_socket.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>

#include "cradle/base/file.h"
#include "cradle/base/scratch_test.h"

namespace cradle::measure {
namespace {

namespace fs = std::filesystem;

sockaddr_un address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  return address;
}

bool send_to(const std::string& path, const std::string& text) {
  const int fd = ::socket(AF_UNIX, SOCK_DGRAM, 0);
  const sockaddr_un to = address_of(path);
  const ssize_t n =
      ::sendto(fd, text.data(), text.size(), MSG_DONTWAIT, reinterpret_cast<const sockaddr*>(&to), sizeof to);
  ::close(fd);
  return n == static_cast<ssize_t>(text.size());
}

/// A file that looks as what a killed cradle leaves: bound once, nobody behind it.
void leave_behind(const fs::path& path, int seconds_ago) {
  const int fd = ::socket(AF_UNIX, SOCK_DGRAM, 0);
  const sockaddr_un at = address_of(path.string());
  ASSERT_EQ(::bind(fd, reinterpret_cast<const sockaddr*>(&at), sizeof at), 0);
  ::close(fd);
  const timespec times[2] = {{::time(nullptr) - seconds_ago, 0}, {::time(nullptr) - seconds_ago, 0}};
  ASSERT_EQ(::utimensat(AT_FDCWD, path.c_str(), times, 0), 0);
}

class MarksBySocket : public testing::Test {
 protected:
  void SetUp() override {
    runtime_ = base::scratch_folder() / "runtime";
    fs::create_directories(runtime_);
    ::setenv("XDG_RUNTIME_DIR", runtime_.c_str(), 1);
  }
  void TearDown() override {
    ::unsetenv("XDG_RUNTIME_DIR");
    fs::remove_all(runtime_);
  }
  fs::path runtime_;
};

TEST_F(MarksBySocket, LieInAFolderThatNobodyElseMayEnter) {
  std::string path;
  {
    const MarksSocket socket("a");
    path = socket.path();
    EXPECT_EQ(path, (runtime_ / "cradle/a.marks").string());
    EXPECT_EQ(fs::status(runtime_ / "cradle").permissions(), fs::perms::owner_all);
  }
  EXPECT_FALSE(fs::exists(path)) << "removed at the end";
}

TEST_F(MarksBySocket, GoIntoTheTemporaryFolderWhereThereIsNoRuntimeFolder) {
  ::unsetenv("XDG_RUNTIME_DIR");
  ::setenv("TMPDIR", runtime_.c_str(), 1);
  const MarksSocket socket("a");
  EXPECT_EQ(socket.path(), (runtime_ / fmt::format("cradle-{}/a.marks", ::geteuid())).string());
  ::unsetenv("TMPDIR");
}

TEST_F(MarksBySocket, AreTakenWithAndWithoutALinesEnd) {
  MarksSocket socket("a");
  EXPECT_TRUE(socket.take().empty());
  EXPECT_TRUE(send_to(socket.path(), "@2.5 epoch-1\n"));
  EXPECT_TRUE(send_to(socket.path(), "epoch-2"));
  EXPECT_TRUE(send_to(socket.path(), "a\nb\n"));
  const auto marks = socket.take();
  ASSERT_EQ(marks.size(), 4u);
  EXPECT_EQ(marks[0].name, "epoch-1");
  EXPECT_DOUBLE_EQ(marks[0].boot_s, 2.5);
  EXPECT_EQ(marks[1].name, "epoch-2");
  EXPECT_LT(marks[1].boot_s, 0);
  EXPECT_EQ(marks[2].name, "a");
  EXPECT_EQ(marks[3].name, "b");
}

TEST_F(MarksBySocket, NeverHoldUpASenderWhoDoesNotWait) {
  const MarksSocket socket("a");
  int sent = 0;
  while (send_to(socket.path(), "x") && sent < 100000) ++sent;
  EXPECT_GT(sent, 0);
  EXPECT_LT(sent, 100000) << "the kernel refuses, the sender goes on";
}

TEST_F(MarksBySocket, RefuseAFolderThatOthersMayEnterAndSayWhy) {
  fs::create_directories(runtime_ / "cradle");
  fs::permissions(runtime_ / "cradle", fs::perms::all);
  const MarksSocket open("a");
  EXPECT_EQ(open.path(), "");
  EXPECT_NE(open.why().find("only this user may enter"), std::string::npos) << open.why();
  fs::remove_all(runtime_ / "cradle");
  fs::create_directories(runtime_ / "elsewhere");
  fs::create_directory_symlink(runtime_ / "elsewhere", runtime_ / "cradle");
  EXPECT_EQ(MarksSocket("a").path(), "") << "a link may be somebody's trap";
}

TEST_F(MarksBySocket, GiveUpOnAPathThatIsTooLong) {
  const MarksSocket socket(std::string(200, 'x'));
  EXPECT_EQ(socket.path(), "");
  EXPECT_EQ(socket.descriptor(), -1);
  EXPECT_NE(socket.why().find("longer"), std::string::npos) << socket.why();
}

TEST_F(MarksBySocket, OfDeadCradlesAreSweptAndOfLivingOnesNot) {
  const MarksSocket living("living");
  const timespec old[2] = {{::time(nullptr) - 60, 0}, {::time(nullptr) - 60, 0}};
  ASSERT_EQ(::utimensat(AT_FDCWD, living.path().c_str(), old, 0), 0);
  leave_behind(runtime_ / "cradle/dead.marks", 60);
  leave_behind(runtime_ / "cradle/being-born.marks", 1);
  base::write_file(runtime_ / "cradle/plain.marks", "not a socket");
  const MarksSocket next("next");
  EXPECT_FALSE(fs::exists(runtime_ / "cradle/dead.marks"));
  EXPECT_TRUE(fs::exists(living.path()));
  EXPECT_TRUE(fs::exists(runtime_ / "cradle/being-born.marks"));
  EXPECT_TRUE(fs::exists(runtime_ / "cradle/plain.marks"));
}

}  // namespace
}  // namespace cradle::measure
