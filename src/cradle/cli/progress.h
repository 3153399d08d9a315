// What is being done, on standard error, for people who wait.
#pragma once

#include <chrono>
#include <string>

namespace cradle::cli {

/// On a terminal one line that is always overwritten and goes in the end; elsewhere, from the third second on, whole
/// lines, one every ten seconds at most.
class Progress {
 public:
  explicit Progress(bool overwrite_on_terminal = true);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void say(const std::string& line);
  void clear();  ///< takes the line from the terminal

 private:
  std::chrono::steady_clock::time_point said_ = std::chrono::steady_clock::now();
  bool said_any_ = false;
  bool overwrites_ = false;
  bool has_line_ = false;
};

}  // namespace cradle::cli
