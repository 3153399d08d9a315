// Real processes for the tests of runs: commands, folders, and a cradle that can be killed.
#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

#include "cradle/base/json.h"
#include "cradle/base/scratch_test.h"
#include "cradle/measure/run.h"

namespace cradle::measure {

namespace fs = std::filesystem;

inline sensor::PowerModelInputs inputs(const sensor::MachineFacts&) {
  return {"test CPU", {100, 80, 125}, {{0, 0.1}, {0.5, 0.6}, {1, 1.0}}, {1, 0.8, 1.25}, {0.5, 0.4, 0.6}};
}

inline Options options(const std::string& folder = "") {
  Options o;
  o.inputs = inputs;
  if (!folder.empty()) o.folder = folder;
  o.warn = [](const std::string& sentence) { ADD_FAILURE() << "unexpected warning: " << sentence; };
  return o;
}

inline Command shell(const std::string& script) { return {{"sh", "-c", script}, {}}; }

inline std::string fresh_folder() {
  const auto* test = testing::UnitTest::GetInstance()->current_test_info();
  const fs::path folder = base::scratch_folder() / test->name();
  fs::remove_all(folder);
  fs::create_directories(folder);
  return folder.string();
}

/// Looks every few milliseconds whether something has come about; gives up after ten seconds.
template <class Condition>
bool comes_true(Condition condition) {
  for (int i = 0; i < 2000; ++i) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return false;
}

inline std::string text_of(const fs::path& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// What `cradle run` is to the outside: a process that runs a command under the meter and passes its exit code.
inline pid_t cradle_process(const Command& command, const Options& o) {
  const pid_t pid = ::fork();
  if (pid == 0) ::_exit(run(command, o).record.exit_code);
  return pid;
}

inline int exit_code_of_process(pid_t pid) {
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
  return exit_code_of(status);
}

inline void expect_sound(const record::RunRecord& r) {
  EXPECT_EQ(record::to_json(record::from_json(record::to_json(r), "r")), record::to_json(r));
}

}  // namespace cradle::measure
