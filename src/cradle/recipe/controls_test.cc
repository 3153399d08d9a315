// Which controls a recipe has, and for how many epochs they are trained.
#include "cradle/recipe/controls.h"

#include <gtest/gtest.h>

namespace cradle::recipe {
namespace {

Compressed compressed(const char* recipe) {
  Compressed c;
  for (const Step& step : parse_recipe(recipe, "test")) {
    StepDone done;
    done.step = step;
    c.steps.push_back(std::move(done));
  }
  return c;
}

TEST(ControlPlan, TrainsAsLongAndFromScratchWhereTheArchitectureChanged) {
  const ControlPlan plan = control_plan(compressed("prune:0.5 | finetune:2 | lowrank:2 | finetune:3 | int8"));
  EXPECT_EQ(plan.epochs, 5);
  EXPECT_TRUE(plan.as_long);
  EXPECT_TRUE(plan.from_scratch);
}

TEST(ControlPlan, HasNoneWithoutTraining) {
  for (const char* recipe : {"int8", "prune:0.5", "lowrank:2 | fp16", "sparsify:0.9 | w4"}) {
    const ControlPlan plan = control_plan(compressed(recipe));
    EXPECT_EQ(plan.epochs, 0) << recipe;
    EXPECT_FALSE(plan.as_long) << recipe;
    EXPECT_FALSE(plan.from_scratch) << recipe;
  }
}

TEST(ControlPlan, OfTheSameArchitectureIsTrainedOnOnly) {
  for (const char* recipe : {"finetune:2 | qat:1", "train:3", "sparsify:0.5 | finetune:3"}) {
    const ControlPlan plan = control_plan(compressed(recipe));
    EXPECT_EQ(plan.epochs, 3) << recipe;
    EXPECT_TRUE(plan.as_long) << recipe;
    EXPECT_FALSE(plan.from_scratch) << recipe;
  }
}

TEST(ControlPlan, BeginsFromNewWeightsAsTheRecipeDid) {
  Compressed c = compressed("scratch:0.5");
  c.steps[0].details = {{"epochs", 16}};
  EXPECT_TRUE(control_plan(c).anew);
  EXPECT_TRUE(control_plan(c).as_long);
  EXPECT_FALSE(control_plan(c).from_scratch) << "it would be the output again";
  EXPECT_FALSE(control_plan(compressed("prune:0.5 | finetune:2")).anew);
  EXPECT_TRUE(control_plan(compressed("train:2 | prune:0.5 | finetune:1")).from_scratch);
}

TEST(ControlPlan, OfZerosThatWereTrainedDrawsOtherWeights) {
  EXPECT_TRUE(control_plan(compressed("sparsify:0.9 | finetune:2")).reinitialised);
  EXPECT_FALSE(control_plan(compressed("finetune:2 | sparsify:0.9")).reinitialised) << "nothing was trained behind";
  EXPECT_FALSE(control_plan(compressed("prune:0.5 | finetune:2")).reinitialised);
}

TEST(ControlPlan, CountsTheEpochsThatAStepSaysItTook) {
  Compressed c = compressed("scratch:0.5 | slim:0.4 | finetune:1");
  c.steps[0].details = {{"epochs", 16}};
  c.steps[1].details = {{"groups", 3}, {"epochs", 4}};
  c.steps[2].details = {{"epochs", 1}, {"rate", 0.02}};
  const ControlPlan plan = control_plan(c);
  EXPECT_EQ(plan.epochs, 21);
  EXPECT_TRUE(plan.from_scratch);
}

TEST(ControlPlan, LeavesATicketToItsOwnControls) {
  Compressed c = compressed("ticket:0.2");
  c.steps[0].details = {{"epochs", 40}};
  EXPECT_TRUE(control_plan(c).ticket);
  EXPECT_FALSE(control_plan(c).as_long);
  c = compressed("finetune:3 | ticket:0.2 | finetune:2");
  EXPECT_EQ(control_plan(c).epochs, 2) << "a ticket begins from new weights";
  EXPECT_FALSE(control_plan(c).from_scratch);
}

}  // namespace
}  // namespace cradle::recipe
