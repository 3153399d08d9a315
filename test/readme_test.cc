// What the README shows is what the program prints today.
#include <gtest/gtest.h>

#include <regex>

#include "cradle/base/file.h"
#include "cradle/base/text.h"
#include "program.h"

namespace cradle::test {
namespace {

const std::string kSource = CRADLE_SOURCE;

TEST(Readme, ShowsWhatAssessPrintsOfTheCamera) {
  const std::string readme = base::read_file(kSource + "/README.md");
  const Output o = shell("cradle assess " + kSource + "/examples/camera.toml");
  ASSERT_EQ(o.code, 0) << o.err;
  int lines = 0;
  for (const std::string& line : base::split(o.out, '\n')) {
    if (line.starts_with("NO DATA")) break;
    if (line.empty()) continue;
    EXPECT_NE(readme.find("\n    " + line + "\n"), std::string::npos) << line;
    ++lines;
  }
  EXPECT_GT(lines, 30);
}

TEST(Readme, CountsTheCataloguesFigures) {
  const std::string readme = base::read_file(kSource + "/README.md"), out = shell("cradle data list").out;
  std::smatch said, counted;
  ASSERT_TRUE(std::regex_search(readme, said, std::regex("catalogue: (\\d+),(\\d+) sourced figures")));
  ASSERT_TRUE(std::regex_search(out, counted, std::regex("(\\d+) figures"))) << out;
  EXPECT_NEAR(std::stod(said.str(1) + said.str(2)), std::stod(counted.str(1)), 0.01 * std::stod(counted.str(1))) << out;
}

}  // namespace
}  // namespace cradle::test
