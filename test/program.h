// Runs the program as a user would and keeps what it printed.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "cradle/base/json.h"

namespace cradle::test {

struct Output {
  int code = 0;
  std::string out, err;
};

/// Runs a shell line with the environment cleared but for PATH, HOME (a fresh folder) and `environment` ("A=b C=d").
/// "cradle" stands for the program under test.
Output shell(const std::string& line, const std::string& environment = "");

/// Whether the words stand in the text.
inline bool says(const std::string& text, const std::string& words) { return text.find(words) != text.npos; }

/// What it printed as JSON; it must have ended well.
base::Json json_of(const Output& output);

/// A study of one training of 10 h × 300 W; its last table is [training].
inline constexpr const char* kTrainingStudy = R"(schema = "cradle.study/1"
name   = "By hours"
[functional_unit]
kind   = "training"
amount = 1
[training]
hours    = 10
power_w  = 300
place    = "FR"
facility = "local"
)";

/// A fresh empty folder for one test.
std::filesystem::path fresh_folder(const std::string& name);

}  // namespace cradle::test
