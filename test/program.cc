// Runs the program as a user would and keeps what it printed.
#include "program.h"

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdlib>

#include "cradle/base/file.h"
#include "cradle/base/scratch_test.h"

namespace cradle::test {

std::filesystem::path fresh_folder(const std::string& name) {
  const auto folder = base::scratch_folder() / name;
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  return folder;
}

Output shell(const std::string& line, const std::string& environment) {
  const auto folder = fresh_folder("shell");
  const auto out = folder / "out", err = folder / "err";
  const std::string program = std::filesystem::path(CRADLE_PROGRAM).parent_path().string();
  const std::string command = "env -i PATH=" + program + ":/usr/bin:/bin HOME=" + folder.string() + " " + environment +
                              " sh -c '" + line + "' > " + out.string() + " 2> " + err.string() + " < /dev/null";
  const int status = std::system(command.c_str());
  Output output;
  output.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  output.out = base::read_file(out);
  output.err = base::read_file(err);
  std::filesystem::remove_all(folder);
  return output;
}

base::Json json_of(const Output& output) {
  EXPECT_EQ(output.code, 0) << output.err;
  return base::parse_json(output.out, "stdout");
}

}  // namespace cradle::test
