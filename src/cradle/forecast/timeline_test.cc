// Every second of a run goes to one thing, whatever the dialect of its marks.
#include "cradle/forecast/timeline.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "cradle/forecast/mark_name.h"

namespace cradle::forecast {
namespace {

Timeline timeline(const std::vector<record::Mark>& marks, double now, Plan plan = {}) {
  return timeline_of(marks, {"now", now, 10 * now}, plan);
}

/// Marks at 10 W.
std::vector<record::Mark> at(std::initializer_list<std::pair<const char*, double>> marks) {
  std::vector<record::Mark> out;
  for (const auto& [name, t] : marks) out.push_back({name, t, 10 * t});
  return out;
}

double total_s(const Timeline& t) {
  double s = t.before.s + t.tail.s + t.open_stage_cost.s + (t.open ? t.open->cost.s : 0);
  for (const Epoch& epoch : t.ended) s += epoch.cost.s;
  for (const Stage& stage : t.stages)
    for (const Amount& cost : stage.costs) s += cost.s;
  return s;
}

TEST(MarkName, KnowsTheVocabularyAndPassesOverTheRest) {
  EXPECT_EQ(mark_name("epoch-3/50").word, Word::kEpochDone);
  EXPECT_EQ(mark_name("epoch-3/50").of, 50);
  EXPECT_EQ(mark_name("step-200").number, 200);
  EXPECT_EQ(mark_name("validation-3-begin").name, "validation");
  EXPECT_EQ(mark_name("validation-3-begin").number, 3);
  EXPECT_EQ(mark_name("data-load-end").name, "data-load");
  EXPECT_EQ(mark_name("epochs=50").value, 50);
  EXPECT_EQ(mark_name("patience=5").word, Word::kPatience);
  EXPECT_EQ(mark_name("val_loss=0.31").name, "val_loss");
  for (const char* other : {"", "loaded", "epoch-", "epoch-x", "epoch-3/", "epoch-3/x", "-begin", "=3", "val_loss=",
                            "val_loss=nan", "val_loss=inf", "epochs=-1", "epochs=1e30", "step-99999999999"})
    EXPECT_EQ(mark_name(other).word, Word::kOther) << other;
}

TEST(Timeline, TakesStagesOutOfTheEpochsThatContainThem) {
  const Timeline t = timeline(at({{"training-begin", 2},
                                  {"validation-1-begin", 5},
                                  {"validation-1-end", 6},
                                  {"epoch-1/4", 7},
                                  {"validation-2-begin", 10}}),
                              11);
  EXPECT_DOUBLE_EQ(t.before.s, 2);
  ASSERT_EQ(t.ended.size(), 1u);
  EXPECT_DOUBLE_EQ(t.ended[0].cost.s, 4);
  ASSERT_EQ(t.stages.size(), 1u);
  EXPECT_DOUBLE_EQ(t.stages[0].costs[0].j, 10);
  EXPECT_EQ(t.open_stage, "validation");
  EXPECT_DOUBLE_EQ(t.open_stage_cost.s, 1);
  EXPECT_EQ(t.plan.epochs, 4);
}

TEST(Timeline, ReadsTheMarksOfCradleLearn) {
  const Timeline t = timeline(at({{"training-begin", 1},
                                  {"epoch-1-begin", 2},
                                  {"epoch-1-end", 5},
                                  {"validation-1-begin", 5},
                                  {"validation-1-end", 6},
                                  {"epoch-2-begin", 6.5},
                                  {"epoch-2-end", 9.5},
                                  {"validation-2-begin", 9.5},
                                  {"validation-2-end", 10.5},
                                  {"training-end", 10.5}}),
                              11, {.epochs = 2});
  EXPECT_DOUBLE_EQ(t.before.s, 2) << "the frame that contains the epochs is no stage";
  ASSERT_EQ(t.ended.size(), 2u);
  EXPECT_DOUBLE_EQ(t.ended[1].cost.s, 3);
  ASSERT_EQ(t.stages.size(), 2u) << "validation, and the pause before epoch 2";
  EXPECT_TRUE(t.finished);
  EXPECT_DOUBLE_EQ(t.tail.s, 0.5);
}

TEST(Timeline, GivesStartUpToNobodysEpochWhenTheProgramAnnouncesItself) {
  for (const char* word : {"training-begin", "epochs=3", "patience=2", "loading-end"})
    EXPECT_DOUBLE_EQ(timeline(at({{word, 4}, {"epoch-1", 6}}), 6).ended[0].cost.s, 2) << word;
  EXPECT_DOUBLE_EQ(timeline(at({{"hello", 4}, {"epoch-1", 6}}), 6).ended[0].cost.s, 6);
}

TEST(Timeline, CountsStepsOfAnEpochAndOfAWholeRun) {
  const Timeline epochs =
      timeline(at({{"epochs=3", 0}, {"step-10/40", 1}, {"step-30/40", 3}, {"epoch-1", 4}, {"step-10/60", 5}}), 5.5);
  ASSERT_EQ(epochs.ended[0].chunks.size(), 3u) << "what is left after the last step is steps too";
  EXPECT_DOUBLE_EQ(epochs.ended[0].chunks[2].steps, 10);
  EXPECT_DOUBLE_EQ(epochs.open->steps, 60);
  EXPECT_DOUBLE_EQ(epochs.open->steps_done, 10);
  const Timeline counting_on = timeline(at({{"epochs=3", 0}, {"step-40", 4}, {"epoch-1", 4}, {"step-80", 8}}), 8);
  EXPECT_DOUBLE_EQ(counting_on.open->steps_done, 40);
  const Timeline run = timeline(at({{"step-10/40", 1}, {"step-20/40", 2}}), 2);
  EXPECT_TRUE(run.steps_only);
  EXPECT_EQ(run.plan.epochs, 1);
}

TEST(Timeline, KeepsOneValueOfTheFirstMetricForEachEpochAndTurnsItToFall) {
  const Timeline loss = timeline(at({{"val_loss=3", 1},
                                     {"val_loss=2", 2},
                                     {"accuracy=0.5", 2},
                                     {"epoch-1/9", 2},
                                     {"val_loss=1", 3},
                                     {"epoch-2/9", 3}}),
                                 3);
  EXPECT_EQ(loss.metric, (std::vector<double>{2, 1}));
  EXPECT_EQ(timeline(at({{"mAP50=0.5", 1}, {"epoch-1/9", 1}}), 1).metric, (std::vector<double>{-0.5}));
}

TEST(Timeline, AResumedTrainingHasOnlyItsRest) {
  const Timeline t = timeline(at({{"training-begin", 1}, {"epoch-31/50", 3}}), 3);
  EXPECT_EQ(t.ended.back().number, 31);
  EXPECT_EQ(t.open->number, 32);
}

TEST(Timeline, LosesAndInventsNoSecondWhateverTheMarks) {
  const std::vector<std::string> words = {"training-begin",
                                          "training-end",
                                          "epoch-1-begin",
                                          "epoch-1-end",
                                          "epoch-2-begin",
                                          "epoch-2-end",
                                          "epoch-1/3",
                                          "epoch-2/3",
                                          "epoch-3/3",
                                          "step-1/4",
                                          "step-2/4",
                                          "step-9",
                                          "validation-begin",
                                          "validation-end",
                                          "validation-1-begin",
                                          "validation-1-end",
                                          "checkpoint-begin",
                                          "checkpoint-end",
                                          "epochs=3",
                                          "patience=2",
                                          "loss=1",
                                          "x"};
  EXPECT_TRUE(rc::check([&] {
    std::vector<record::Mark> marks;
    double t = 0;
    for (const auto index :
         *rc::gen::container<std::vector<std::size_t>>(rc::gen::inRange<std::size_t>(0, words.size()))) {
      t += *rc::gen::inRange(0, 5);
      marks.push_back({words[index], t, 10 * t});
    }
    RC_ASSERT(std::abs(total_s(timeline(marks, t + 1)) - (t + 1)) < 1e-9);
  }));
}

}  // namespace
}  // namespace cradle::forecast
