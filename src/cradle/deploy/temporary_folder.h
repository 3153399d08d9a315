// A folder for files that no one keeps.
#pragma once

#include <stdlib.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string>

#include "cradle/base/error.h"

namespace cradle::deploy {

/// Lies in the system's folder for temporary files and lives as long as this.
struct TemporaryFolder {
  std::filesystem::path path;
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "cradle-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) base::fail("cannot make a folder {}: {}", name, std::strerror(errno));
    path = name;
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
};

}  // namespace cradle::deploy
