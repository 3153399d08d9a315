// Checks how recipes are read: what is understood, and what is refused where.
#include "cradle/recipe/steps.h"

#include <gtest/gtest.h>

#include "cradle/base/fault_test.h"

namespace cradle::recipe {
namespace {

std::string fault(std::string_view text) {
  return base::fault_of([&] { parse_recipe(text, "r.txt"); });
}

TEST(Recipe, IsStepsWithAmountsAndOptions) {
  const auto steps = parse_recipe("prune:0.5,by=taylor,align=16 | finetune:4 | int8", "--recipe");
  ASSERT_EQ(steps.size(), 3u);
  EXPECT_EQ(steps[0].kind, "prune");
  EXPECT_EQ(steps[0].amount, 0.5);
  EXPECT_EQ(word_option(steps[0], "by", "l2"), "taylor");
  EXPECT_EQ(number_option(steps[0], "align", 8), 16);
  EXPECT_EQ(number_option(steps[1], "rate", 0.25), 0.25) << "what is not said is the caller's own";
  EXPECT_EQ(text_of(steps[0]), "prune:0.5,align=16,by=taylor");
  EXPECT_EQ(text_of(steps[2]), "int8");
  EXPECT_TRUE(trains(steps[1]));
  EXPECT_FALSE(trains(steps[0]));
}

TEST(Recipe, ReadsWhatItWrites) {
  for (const Step& step :
       parse_recipe("lowrank,ranks=vbmf|lowrank:0.9,ranks=energy|ticket:0.2,rewind=50|qat:1,rate=0.001", "--recipe")) {
    const auto again = parse_recipe(text_of(step), "--recipe");
    EXPECT_EQ(text_of(again.at(0)), text_of(step));
  }
}

TEST(Recipe, OfAFileHasLinesAndRemarks) {
  const auto steps = parse_recipe("# halve it\nprune:0.5 |\n\nfinetune:4   # as long as it takes\n| int8\n", "r.txt");
  ASSERT_EQ(steps.size(), 3u);
  EXPECT_EQ(steps[1].line, 4);
  EXPECT_EQ(steps[2].line, 5);
}

TEST(Recipe, RefusesBySayingWhereAndWhatInstead) {
  EXPECT_EQ(
      fault("prune:0.5\nfintune:4"),
      "r.txt:2: there is no step 'fintune'; did you mean 'finetune'?; expected prune, slim, scratch, ticket, sparsify, "
      "lowrank, finetune, train, qat, int8, w4, fp16, bf16");
  EXPECT_EQ(fault("prune"), "r.txt:1: 'prune' needs an amount, as prune:0.5");
  EXPECT_EQ(fault("prune:1"),
            "r.txt:1: 'prune': expected a number from 0 to 1 (more than 0, less than 1: no layer is removed whole), "
            "found '1'");
  EXPECT_EQ(fault("lowrank:2,ranks=vbmf"), "r.txt:1: 'lowrank' with ranks=vbmf takes no amount, found ':2'");
  EXPECT_EQ(fault("lowrank,ranks=energy"), "r.txt:1: 'lowrank' needs an amount, as lowrank:2");
  EXPECT_EQ(fault("lowrank:2,ranks=energy"), "");
  EXPECT_NE(fault("prune:nan"), "");
  EXPECT_NE(fault("finetune:1.5"), "");
  EXPECT_NE(fault("int8:3"), "");
  EXPECT_EQ(fault("int8,calibration=mean"),
            "r.txt:1: 'int8': calibration: expected minmax, percentile, mse, entropy, found 'mean'");
  EXPECT_EQ(fault("prune:0.5,aligned=8"),
            "r.txt:1: 'prune' has no option 'aligned'; did you mean 'align'?; it has by, align, unit, scope, images");
  EXPECT_NE(fault("prune:0.5,align=8,align=8"), "");
  EXPECT_NE(fault("prune:0.5 || int8"), "");
  EXPECT_NE(fault("# nothing\n"), "");
}

TEST(Recipe, EndsWithTheStepThatLeavesFloat32) {
  EXPECT_EQ(
      fault("int8 | finetune:2"),
      "r.txt:1: 'finetune' cannot follow 'int8', which must be the last step: what it writes is no longer float32; "
      "qat trains with eight bits");
  EXPECT_NE(fault("fp16 | prune:0.5"), "");
}

TEST(Recipe, HelpHasALineForEveryStepWithinTheTerminal) {
  const std::string help = recipe_help();
  for (const char* kind : {"prune:0.5", "slim:", "scratch:", "ticket:", "lowrank:", "qat:", "w4", "bf16"})
    EXPECT_NE(help.find(kind), std::string::npos) << kind;
  std::size_t from = 0;
  for (std::size_t end = help.find('\n'); end != std::string::npos; from = end + 1, end = help.find('\n', from))
    EXPECT_LE(end - from, 120u) << help.substr(from, end - from);
}

}  // namespace
}  // namespace cradle::recipe
