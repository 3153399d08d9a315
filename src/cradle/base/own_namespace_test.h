// Runs the body of a test in namespaces of its own, so that an ordinary user may mount and number processes too.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string>

#include "cradle/base/left_out_test.h"
#include "cradle/base/scratch_test.h"

namespace cradle::base {

/// Writes a whole small file of /proc; false if that is not permitted.
inline bool write_proc(const char* file, const std::string& text) {
  const int fd = ::open(file, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return false;
  const bool done = ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  ::close(fd);
  return done;
}

/// Leaves the namespaces named by `flags` (CLONE_NEWNS, CLONE_NEWPID) for new ones; who is not root becomes root of a
/// user namespace first (user_namespaces(7)). False with errno where the kernel forbids it.
inline bool enter_own_namespaces(int flags) {
  const uid_t user = ::geteuid();
  const gid_t group = ::getegid();
  if (::unshare(user == 0 ? flags : flags | CLONE_NEWUSER) != 0) return false;
  if (user != 0 && !(write_proc("/proc/self/setgroups", "deny") &&
                     write_proc("/proc/self/uid_map", "0 " + std::to_string(user) + " 1") &&
                     write_proc("/proc/self/gid_map", "0 " + std::to_string(group) + " 1")))
    return false;
  // What is mounted here must not appear outside.
  return (flags & CLONE_NEWNS) == 0 || ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
}

/// Runs `body` in a child with namespaces of its own; what fails in it fails the test. Returns why it could not be run
/// (then the test is left out), or "".
template <class Body>
std::string in_own_namespaces(int flags, Body body) {
  constexpr int kForbidden = 77;
  std::fflush(stdout);
  const pid_t pid = ::fork();
  if (pid == 0) {
    if (!enter_own_namespaces(flags)) {
      std::fprintf(stderr, "%s\n", std::strerror(errno));
      ::_exit(kForbidden);
    }
    body();
    std::fflush(stdout);
    ::_exit(testing::Test::HasFailure() ? 1 : 0);
  }
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
  if (WIFEXITED(status) && WEXITSTATUS(status) == kForbidden)
    return "this kernel gives an ordinary user no namespaces (or this container none at all)";
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << "the body failed; its words stand above";
  return "";
}

/// Runs `body` with the path of a file system of `size` ("size=16k"), mounted where nobody else sees it; `flags`
/// remount it (MS_RDONLY). The test is left out where the kernel forbids it.
template <class Body>
void on_a_small_disk(const char* size, unsigned long flags, Body body) {
  const std::filesystem::path folder = scratch_folder() / "disk";
  std::filesystem::create_directories(folder);
  const std::string why = in_own_namespaces(CLONE_NEWNS, [&] {
    ASSERT_EQ(::mount("tmpfs", folder.c_str(), "tmpfs", 0, size), 0) << std::strerror(errno);
    if (flags != 0) {
      ASSERT_EQ(::mount("", folder.c_str(), "", MS_REMOUNT | flags, ""), 0) << std::strerror(errno);
    }
    body(folder);
    ::umount2(folder.c_str(), MNT_DETACH);
  });
  left_out(why.empty(), why);
}

}  // namespace cradle::base
