// What every command has in common: help, version, wrong usage, and that the program is light.
#include <gtest/gtest.h>

#include "program.h"

namespace cradle::test {
namespace {

TEST(Program, HelpNamesEveryCommandAndFitsTheTerminal) {
  const Output o = shell("cradle --help");
  EXPECT_EQ(o.code, 0);
  EXPECT_EQ(o.err, "");
  for (const char* command :
       {"run",     "doctor",  "monitor", "runs", "import", "export",   "train",  "graph", "compress", "bench", "assess",
        "compare", "explain", "sweep",   "when", "diff",   "validate", "report", "data",  "demo",     "config"}) {
    EXPECT_NE(o.out.find(std::string("\n  ") + command), std::string::npos) << command;
    const Output help = shell(std::string("cradle ") + command + " --help");
    EXPECT_EQ(help.code, 0) << command;
    EXPECT_FALSE(help.out.empty()) << command;
  }
}

TEST(Program, PrintsItsVersion) {
  const Output o = shell("cradle --version");
  EXPECT_EQ(o.code, 0);
  EXPECT_EQ(o.out.rfind("cradle 0.", 0), 0u) << o.out;
}

TEST(Program, WrongUsageIsExitTwoWithASuggestion) {
  const Output wrong = shell("cradle asess x.toml");
  EXPECT_EQ(wrong.code, 2);
  EXPECT_EQ(wrong.out, "");
  EXPECT_NE(wrong.err.find("did you mean 'assess'?"), std::string::npos) << wrong.err;
  EXPECT_EQ(shell("cradle").code, 2);
  EXPECT_EQ(shell("cradle assess").code, 2);
  EXPECT_EQ(shell("cradle assess --nonsense").code, 2);
}

TEST(Program, IsLight) {
  // The program must not carry what only its workers need, or it would be charged to what it measures.
  const Output o = shell("ldd " CRADLE_PROGRAM);
  for (const char* heavy : {"torch", "protobuf", "onnx", "dnnl", "duckdb", "openblas", "prometheus"})
    EXPECT_EQ(o.out.find(heavy), std::string::npos) << heavy;
}

}  // namespace
}  // namespace cradle::test
