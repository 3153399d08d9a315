// A folder of its own for each test process: tests run side by side and must not meet in one file.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <system_error>

#include "cradle/base/error.h"

namespace cradle::base {

/// An empty folder under testing::TempDir() that no other process uses; gone when this process ends.
inline const std::filesystem::path& scratch_folder() {
  struct Scratch {
    pid_t owner = ::getpid();
    std::filesystem::path folder;
    Scratch() {
      std::string name = (std::filesystem::path(testing::TempDir()) / "cradle-test-XXXXXX").string();
      if (!::mkdtemp(name.data())) throw Error(name + ": cannot be made");
      folder = name;
      // A test that becomes another user still reaches its files.
      std::filesystem::permissions(folder, std::filesystem::perms{0755});
    }
    ~Scratch() {
      if (::getpid() != owner) return;  // a forked child leaves it to its parent
      std::error_code ignored;
      std::filesystem::remove_all(folder, ignored);
    }
  };
  static const Scratch scratch;
  return scratch.folder;
}

}  // namespace cradle::base
