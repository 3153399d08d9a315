// Runs the program as a user would and keeps what it printed.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace cradle::test {

struct Output {
  int code = 0;
  std::string out, err;
};

/// Runs a shell line with the environment cleared but for PATH, HOME (a fresh folder) and `environment` ("A=b C=d").
/// "cradle" stands for the program under test.
Output shell(const std::string& line, const std::string& environment = "");

/// A fresh empty folder for one test.
std::filesystem::path fresh_folder(const std::string& name);

}  // namespace cradle::test
