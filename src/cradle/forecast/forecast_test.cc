// Whole forecasts of runs made by hand, whose end is known by arithmetic.
#include "cradle/forecast/forecast.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cmath>
#include <functional>
#include <string>

namespace cradle::forecast {
namespace {

/// A program that marks as it goes: it spends seconds at some watts.
struct Program {
  std::vector<record::Mark> marks;
  double t = 0, j = 0;
  Program& spend(double s, double watts = 100) {
    t += s;
    j += s * watts;
    return *this;
  }
  Program& mark(const std::string& name) {
    marks.push_back({name, t, j});
    return *this;
  }
};

std::optional<record::Forecast> seen(const Program& p, Plan plan = {}) {
  return forecast(p.marks, {"now", p.t, p.j}, plan);
}

double width(const base::Interval& i) { return i.high - i.low; }

Program equal_epochs(int done, int of, double first_s = 10) {
  Program p;
  p.spend(5).mark("training-begin");
  for (int i = 1; i <= done; ++i)
    p.spend(i == 1 ? first_s : 10).mark("epoch-" + std::to_string(i) + "/" + std::to_string(of));
  return p;
}

TEST(Forecast, SaysNothingBeforeItCan) {
  EXPECT_FALSE(seen(Program{}));
  EXPECT_FALSE(seen(Program{}.spend(5).mark("training-begin")));
  EXPECT_FALSE(seen(Program{}.mark("training-begin").spend(5).mark("epoch-1"))) << "nobody said how many";
  EXPECT_FALSE(seen(Program{}.mark("training-begin").spend(5).mark("step-10"))) << "of how many?";
  EXPECT_TRUE(seen(Program{}.mark("training-begin").spend(5).mark("epoch-1"), {.epochs = 3}));
}

TEST(Forecast, OfEqualEpochsIsTheirSumAndNarrowsWithEachOfThem) {
  double last = INFINITY;
  for (const int done : {1, 2, 5, 20, 39}) {
    const auto f = seen(equal_epochs(done, 40));
    ASSERT_TRUE(f);
    EXPECT_NEAR(f->total_s.value, 405, 25) << done;
    EXPECT_NEAR(f->total_j.value, 40500, 2500) << done;
    EXPECT_LT(f->total_j.low, 40500);
    EXPECT_GT(f->total_j.high, 40500);
    EXPECT_LT(width(f->total_j), last) << done;
    last = width(f->total_j);
  }
  EXPECT_LT(last, 0.03 * 40500);
}

TEST(Forecast, IsTheSameWhenAskedAgain) {
  const auto a = seen(equal_epochs(3, 40)), b = seen(equal_epochs(3, 40));
  EXPECT_EQ(a->total_j.value, b->total_j.value);
  EXPECT_EQ(a->total_s.high, b->total_s.high);
}

TEST(Forecast, LeavesTheWarmUpInThePastAndOutOfTheFuture) {
  const auto f = seen(equal_epochs(4, 40, 80));
  EXPECT_NEAR(f->total_s.value, 5 + 80 + 39 * 10, 25) << "with the warm-up in the mean it were 1105";
}

TEST(Forecast, SeesTheWarmUpOfStepsInsideTheFirstEpoch) {
  Program p;
  p.mark("training-begin").spend(30).mark("step-10/100");
  for (int k = 2; k <= 5; ++k) p.spend(1).mark("step-" + std::to_string(10 * k) + "/100");
  const auto f = seen(p, {.epochs = 10});
  ASSERT_TRUE(f) << "steps forecast before the first epoch has ended";
  EXPECT_NEAR(f->total_s.value, 30 + 9 + 90, 10);
}

TEST(Forecast, KeepsValidationsApartFromTheEpochsAndCountsThemByTheirDistance) {
  Program p;
  p.mark("epochs=40");
  for (int i = 1; i <= 12; ++i) {
    const std::string n = std::to_string(i);
    p.mark("epoch-" + n + "-begin").spend(10, 100).mark("epoch-" + n + "-end");
    if (i % 5 == 0) p.mark("validation-" + n + "-begin").spend(30, 40).mark("validation-" + n + "-end");
  }
  const auto f = seen(p);
  EXPECT_NEAR(f->total_s.value, 40 * 10 + 8 * 30, 25);
  EXPECT_NEAR(f->total_j.value, 40 * 1000 + 8 * 1200, 2000) << "each at its own power";
}

TEST(Forecast, WithinAStageTakesOffWhatHasPassedOfIt) {
  Program p;
  p.mark("epochs=4");
  for (int i = 1; i <= 3; ++i) {
    const std::string n = std::to_string(i);
    p.mark("epoch-" + n + "-begin").spend(10).mark("epoch-" + n + "-end").mark("validation-" + n + "-begin").spend(10);
    if (i < 3) p.mark("validation-" + n + "-end");
  }
  EXPECT_NEAR(seen(p)->total_s.value, 80, 3);
  p.spend(5).mark("validation-3-end");
  EXPECT_NEAR(seen(p)->total_s.value, 85, 4);
}

TEST(Forecast, WithinAnEpochTakesOffWhatHasPassedOfIt) {
  Program p = equal_epochs(10, 12);
  const double at_mark = seen(p)->total_s.value;
  EXPECT_NEAR(seen(p.spend(6))->total_s.value, at_mark, 1.5);
}

TEST(Forecast, FollowsPowerThatSettles) {
  Program p;
  p.mark("training-begin");
  for (int i = 1; i <= 10; ++i) p.spend(10, 150 + 50 * std::exp(-i / 6.0)).mark("epoch-" + std::to_string(i) + "/40");
  double truth = p.j;
  for (int i = 11; i <= 40; ++i) truth += 10 * (150 + 50 * std::exp(-i / 6.0));
  const auto f = seen(p);
  EXPECT_LT(std::abs(f->total_j.value / truth - 1), 0.05);
  EXPECT_LT(std::abs(f->total_j.value - truth), 0.5 * std::abs(40 * p.j / 10 - truth)) << "the plain mean";
}

TEST(Forecast, FollowsEpochsThatGrow) {
  Program p;
  p.mark("training-begin");
  double truth = 0;
  for (int i = 1; i <= 30; ++i) {
    const int steps = std::min(300, 100 + 15 * (i - 1));
    truth += 0.1 * steps;
    if (i > 6) continue;
    for (int k = 10; k <= steps; k += 10) p.spend(1).mark("step-" + std::to_string(k) + "/" + std::to_string(steps));
    p.mark("epoch-" + std::to_string(i) + "/30");
  }
  const auto f = seen(p);
  EXPECT_LT(std::abs(f->total_s.value / truth - 1), 0.2);
  EXPECT_LT(5 * p.t / truth, 0.65) << "the plain mean falls short by a third";
}

TEST(Forecast, OfUnevenEpochsIsWider) {
  Program even, uneven;
  even.mark("training-begin");
  uneven.mark("training-begin");
  for (int i = 1; i <= 8; ++i) {
    const std::string name = "epoch-" + std::to_string(i) + "/16";
    even.spend(10).mark(name);
    uneven.spend(i % 2 == 0 ? 4 : 16).mark(name);
  }
  EXPECT_GT(width(seen(uneven)->total_s), 1.5 * width(seen(even)->total_s));
}

TEST(Forecast, OfStepsWhosePaceChangesSlowlyIsWiderThanThatOfRestlessOnes) {
  const auto run = [](int period) {
    Program p;
    p.mark("training-begin");
    for (int k = 1; k <= 240; ++k) p.spend(k / period % 2 == 0 ? 8 : 12).mark("step-" + std::to_string(k) + "/480");
    return *seen(p);
  };
  EXPECT_GT(width(run(30).total_s), 1.2 * width(run(1).total_s));
}

TEST(Forecast, DoesNotExpectATrialBeforeTheFirstEpochAgain) {
  Program p;
  p.mark("validation-0-begin").spend(50).mark("validation-0-end").mark("training-begin");
  for (int i = 1; i <= 10; ++i) p.spend(10).mark("epoch-" + std::to_string(i) + "/40");
  EXPECT_NEAR(seen(p)->total_s.value, 450, 15);
}

TEST(Forecast, OfARunThatMayStopEarlyIsADistributionOverEpochs) {
  Program p;
  p.mark("patience=5");
  for (int i = 1; i <= 20; ++i)
    p.spend(10)
        .mark("val_loss=" + std::to_string(0.3 + std::pow(i, -2.0) + 0.02 * std::sin(7 * i)))
        .mark("epoch-" + std::to_string(i) + "/200");
  const auto f = seen(p);
  EXPECT_LT(f->total_s.value, 1000) << "200 epochs would take 2000";
  EXPECT_GT(f->total_s.value, 205);
  EXPECT_GT(width(f->total_s), 100);
  for (int i = 21; i <= 24; ++i) p.spend(10).mark("val_loss=0.9").mark("epoch-" + std::to_string(i) + "/200");
  EXPECT_LT(seen(p)->total_s.low, 255);
}

TEST(Forecast, AfterTheLastEpochIsWhatWasSpentAndALittle) {
  const auto f = seen(equal_epochs(40, 40));
  EXPECT_GE(f->total_s.low, 405);
  EXPECT_LT(f->total_s.high, 1.02 * 405);
}

TEST(Forecast, NeverLiesBelowWhatIsSpentNorOutOfOrderWhateverTheMarks) {
  const std::vector<std::string> words = {
      "training-begin",   "training-end", "epoch-1-begin",    "epoch-1-end",    "epoch-2-begin",
      "epoch-2-end",      "epoch-1/9",    "epoch-2/9",        "epoch-3/9",      "step-1/4",
      "step-2/4",         "step-4",       "validation-begin", "validation-end", "validation-1-begin",
      "validation-1-end", "epochs=3",     "patience=2",       "loss=1",         "loss=0.5"};
  EXPECT_TRUE(rc::check([&] {
    Program p;
    for (const auto i : *rc::gen::container<std::vector<std::size_t>>(rc::gen::inRange<std::size_t>(0, words.size())))
      p.spend(*rc::gen::inRange(0, 5)).mark(words[i]);
    p.spend(1);
    const auto f = seen(p);
    if (!f) return;
    for (const auto& [total, spent] : {std::pair(f->total_s, p.t), std::pair(f->total_j, p.j)}) {
      RC_ASSERT(std::isfinite(total.high));
      RC_ASSERT(spent <= total.low * (1 + 1e-12));
      RC_ASSERT(total.low <= total.value && total.value <= total.high);
    }
  }));
}

TEST(ProbabilityAbove, GoesThroughTheThreeQuantiles) {
  const base::Interval total{100, 90, 130};
  EXPECT_NEAR(probability_above(total, 90), 0.9, 1e-9);
  EXPECT_NEAR(probability_above(total, 100), 0.5, 1e-9);
  EXPECT_NEAR(probability_above(total, 130), 0.1, 1e-9);
  EXPECT_EQ(probability_above({100, 100, 100}, 99), 1);
  EXPECT_EQ(probability_above({100, 100, 100}, 100), 0);
}

}  // namespace
}  // namespace cradle::forecast
