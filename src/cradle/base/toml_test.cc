#include "cradle/base/toml.h"

#include <gtest/gtest.h>

#include "cradle/base/error.h"

namespace cradle::base {
namespace {

std::string faults_of(std::string_view text, void (*read)(TomlTable)) {
  TomlFile file = TomlFile::parse(text, "s.toml");
  read(file.root());
  try {
    file.finish();
  } catch (const Error& e) {
    return e.what();
  }
  return "";
}

TEST(Toml, ReportsEveryFaultAtOnceWithItsLine) {
  const std::string faults = faults_of("name = 1\n[use]\nyaers = 5\nplace = \"BE\"\n", [](TomlTable root) {
    root.text("name");
    TomlTable use = root.table("use");
    use.number("years");
    use.text("place");
  });
  EXPECT_EQ(faults,
            "s.toml:1: 'name': expected text, found a number\n"
            "s.toml:3: unknown key 'yaers'; did you mean 'years'?");
}

TEST(Toml, AnUnknownTableIsAFault) {
  const std::string faults = faults_of("[trainign]\nx = 1\n", [](TomlTable root) { root.table("training"); });
  EXPECT_NE(faults.find("s.toml:1: unknown key 'trainign'; did you mean 'training'?"), std::string::npos);
}

TEST(Toml, ReadsEveryFormOfDistribution) {
  TomlFile file = TomlFile::parse(
      "a = 3\nb = { low = 1, high = 2 }\nc = { low = 1, mode = 2, high = 4 }\nd = { mean = 1, sd = 0.1 }\n"
      "e = { median = 1, gsd = 1.2 }\nf = { mean = 1, gsd = 1.2 }\ng = { quantiles = [1, 2, 3] }\n",
      "s.toml");
  TomlTable root = file.root();
  EXPECT_EQ(root.distribution("a"), fixed(3));
  EXPECT_EQ(root.distribution("b"), uniform_between(1, 2));
  EXPECT_EQ(root.distribution("c"), triangular(1, 2, 4));
  EXPECT_EQ(root.distribution("d"), normal(1, 0.1));
  EXPECT_EQ(root.distribution("e"), lognormal(1, 1.2, Convention::kMedian));
  EXPECT_EQ(root.distribution("f"), lognormal(1, 1.2, Convention::kMean));
  EXPECT_EQ(root.distribution("g"), table({1, 2, 3}));
  EXPECT_NO_THROW(file.finish());
}

TEST(Toml, AnAbsurdDistributionNamesItsLine) {
  const std::string faults =
      faults_of("\nx = { low = 3, mode = 2, high = 4 }\n", [](TomlTable root) { root.distribution("x"); });
  EXPECT_NE(faults.find("s.toml:2: 'x': a triangular distribution needs"), std::string::npos);
}

TEST(Toml, SyntaxErrorsNameTheLine) {
  try {
    TomlFile::parse("a = 1\nb = = 2\n", "s.toml");
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(std::string(e.what()).rfind("s.toml:2:", 0), 0u) << e.what();
  }
}

TEST(Toml, AbsentIsAValue) {
  TomlFile file = TomlFile::parse("", "s.toml");
  EXPECT_FALSE(file.root().table("use").present());
  EXPECT_EQ(file.root().table("use").number("years"), std::nullopt);
  EXPECT_NO_THROW(file.finish());
}

}  // namespace
}  // namespace cradle::base
