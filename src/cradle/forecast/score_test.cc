// Losses by hand, and CarbonTracker's rule on runs whose first epoch is known.
#include "cradle/forecast/score.h"

#include <gtest/gtest.h>

namespace cradle::forecast {
namespace {

TEST(Pinball, CostsWhatTheQuantileMissesByItsOwnOdds) {
  EXPECT_DOUBLE_EQ(pinball(0.9, 10, 12), 1.8);
  EXPECT_DOUBLE_EQ(pinball(0.9, 12, 10), 0.2);
  EXPECT_DOUBLE_EQ(pinball(0.5, 12, 10), 1.0);
  EXPECT_DOUBLE_EQ(pinball({.value = 10, .low = 8, .high = 13}, 11), (0.1 * 3 + 0.5 * 1 + 0.1 * 2) / 3);
}

TEST(Score, CountsWhatTheIntervalHeld) {
  Score score;
  score.add({10, 8, 13}, 11);
  score.add({10, 8, 13}, 14);
  EXPECT_DOUBLE_EQ(score.coverage(), 0.5);
  EXPECT_DOUBLE_EQ(score.mean_loss(), (pinball({10, 8, 13}, 11) / 11 + pinball({10, 8, 13}, 14) / 14) / 2);
  EXPECT_EQ(Score{}.coverage(), 0);
}

TEST(FirstEpochRule, MultipliesTheFirstEpochAndIsNeverRevised) {
  std::vector<record::Mark> marks = {{"training-begin", 2, 10}, {"epoch-1/10", 5, 40}};
  EXPECT_FALSE(first_epoch_rule({marks[0]}, {"", 4, 30}, {}));
  EXPECT_DOUBLE_EQ(first_epoch_rule(marks, marks.back(), {})->s, 2 + 10 * 3);
  EXPECT_DOUBLE_EQ(first_epoch_rule(marks, marks.back(), {})->j, 10 + 10 * 30);
  marks.push_back({"epoch-2/10", 6, 50});
  EXPECT_DOUBLE_EQ(first_epoch_rule(marks, marks.back(), {})->j, 310);
}

TEST(FirstEpochRule, IsGivenTheValidationOfTheFirstEpoch) {
  const std::vector<record::Mark> marks = {{"epoch-1-begin", 1, 1},
                                           {"epoch-1-end", 3, 3},
                                           {"validation-1-begin", 3, 3},
                                           {"validation-1-end", 4, 4},
                                           {"epoch-2-begin", 4.5, 4.5}};
  EXPECT_DOUBLE_EQ(first_epoch_rule(marks, marks.back(), {.epochs = 4})->s, 1 + 4 * 3.5);
  EXPECT_FALSE(first_epoch_rule({marks.begin(), marks.end() - 1}, {"", 4.2, 4.2}, {.epochs = 4}));
}

TEST(FirstEpochRule, TakesTheFirstStepsWhereThereAreNoEpochs) {
  const std::vector<record::Mark> marks = {{"training-begin", 1, 1}, {"step-10/100", 3, 5}, {"step-20/100", 4, 7}};
  EXPECT_DOUBLE_EQ(first_epoch_rule(marks, marks.back(), {})->j, 1 + 10 * 4);
}

}  // namespace
}  // namespace cradle::forecast
