// Marks out of lines: which lines, which names, and no line that is not whole.
#include "cradle/measure/mark_rules.h"

#include <gtest/gtest.h>

#include "cradle/base/error.h"

namespace cradle::measure {
namespace {

using Names = std::vector<std::string>;

Names names_in(const std::string& rule, std::string_view text) { return LineMarks({parse_mark_rule(rule)}).feed(text); }

std::string fault_of(const std::string& rule) {
  try {
    parse_mark_rule(rule);
  } catch (const base::Error& e) {
    EXPECT_EQ(e.fault(), base::Fault::kUsage);
    return e.what();
  }
  return "none";
}

TEST(MarkRules, NameEpochsByTheirGroupsOrByCounting) {
  EXPECT_EQ(names_in("Epoch ([0-9]+)/([0-9]+)", "Epoch 3/50 loss 0.2\n"), Names{"epoch-3/50"});
  EXPECT_EQ(names_in("epoch=(\\d+)", "x epoch=7\n"), Names{"epoch-7"});
  EXPECT_EQ(names_in("done", "done\nnot yet\nall done\n"), (Names{"epoch-1", "epoch-2"}));
}

TEST(MarkRules, FillGroupsIntoNames) {
  EXPECT_EQ(names_in("(\\w+) of (\\w+)=>$2-$1 $$1 $", "a of b\n"), Names{"b-a $1 $"});
  EXPECT_EQ(names_in("loss=>(\\d)=>val_loss=$1", "loss=>5\n"), Names{"val_loss=5"}) << "the last arrow counts";
}

TEST(MarkRules, ThatAreWrongSayHow) {
  EXPECT_NE(fault_of("Epoch (").find("'Epoch ('"), std::string::npos);
  EXPECT_NE(fault_of("x(a)=>b$2").find("no $2"), std::string::npos);
  EXPECT_NE(fault_of("x=>").find("names no mark"), std::string::npos);
  EXPECT_NE(fault_of("=>name").find("no regular expression"), std::string::npos);
  EXPECT_EQ(fault_of("x(a)=>b$1$$2"), "none");
}

TEST(LineMarks, JoinsLinesThatComeInPieces) {
  LineMarks lines({parse_mark_rule("ab(c)d=>$1")});
  EXPECT_EQ(lines.feed("xxab"), Names{});
  EXPECT_EQ(lines.feed("cd"), Names{});
  EXPECT_EQ(lines.feed("\nabcd"), Names{"c"});
  EXPECT_EQ(lines.feed("\r\nabcd\r"), Names{"c"});
  EXPECT_EQ(lines.feed("\n"), Names{"c"}) << "a line's end in two bytes is no redrawing";
}

TEST(LineMarks, LooksAtFourKibibytesOfALine) {
  LineMarks lines({parse_mark_rule("end=>yes")});
  EXPECT_EQ(lines.feed(std::string(4093, 'x') + "end\n"), Names{"yes"});
  EXPECT_EQ(lines.feed(std::string(4094, 'x') + "end\n"), Names{});
  EXPECT_EQ(lines.feed(std::string(1 << 20, 'x')), Names{});
  EXPECT_EQ(lines.feed("\nend\n"), Names{"yes"});
}

TEST(LineMarks, TakesARedrawnProgressBarOnce) {
  LineMarks lines({parse_mark_rule("Epoch ([0-9]+): 100%=>epoch-$1")});
  EXPECT_EQ(lines.feed("\rEpoch 1:  50%\rEpoch 1: 100%\rEpoch 1: 100%\rEpoch 2: 100%"), Names{"epoch-1"});
  EXPECT_EQ(lines.feed("\r"), Names{}) << "perhaps a line's end in two bytes";
  EXPECT_EQ(lines.feed("\r"), Names{"epoch-2"});
  EXPECT_EQ(LineMarks({parse_mark_rule("step=>step")}).feed("step\nstep\n"), (Names{"step", "step"}))
      << "lines of their own count each";
}

TEST(LineMarks, MakesOneLineOfANameWithControlCharacters) {
  EXPECT_EQ(names_in("a(.)b=>x$1y", "a\tb\n"), Names{"x y"});
  EXPECT_EQ(names_in("(.*)=>$1", std::string(1000, 'n') + "\n").at(0).size(), 400u);
}

TEST(LineMarks, AsksEveryRule) {
  LineMarks lines({parse_mark_rule("a=>first"), parse_mark_rule("b=>second")});
  EXPECT_EQ(lines.feed("ab\nb\n"), (Names{"first", "second", "second"}));
}

TEST(LineMarks, IsNotHeldUpByExpressionsThatBacktrack) {
  // By backtracking, 2 to the power of 4096 ways to fail; and a call on the stack for each character.
  EXPECT_EQ(names_in("^(a*)*z=>x", std::string(4096, 'a') + "\nz\n"), Names{"x"});
  EXPECT_EQ(names_in("(a)\\1b=>x", "aab\nab\n"), Names{"x"}) << "back-references go the other way";
}

}  // namespace
}  // namespace cradle::measure
