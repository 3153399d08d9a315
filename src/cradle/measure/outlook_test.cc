// The outlook, with a forecaster that says what the test wants: what is kept, what is told, what a budget does.
#include "cradle/measure/outlook.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <ctime>

namespace cradle::measure {
namespace {

/// A run whose marks, power and forecasts the test chooses. CLOCK_MONOTONIC is the run's own time.
struct Bench {
  explicit Bench(const std::string& budget = "", bool stop = false) {
    Budget parsed;
    if (!budget.empty()) parsed = parse_budget(budget);
    outlook.emplace(
        forecast::Plan{50, 0}, budget.empty() ? std::nullopt : std::optional(parsed), stop, factor,
        Outlook::Told{[this](const std::string& s) { told.push_back(s); },
                      [this](const std::string& s) { warned.push_back(s); }},
        [this](const std::vector<record::Mark>& marks, const record::Mark& now, const forecast::Plan& plan) {
          ++asked;
          EXPECT_EQ(plan.epochs, 50);
          EXPECT_LE(marks.size(), journal.account().marks.size());
          auto f = forecast;
          if (f) f->at_s = now.t_s;
          return f;
        });
  }
  void expect(double p10_j, double p50_j, double p90_j, double total_s = 1000) {
    forecast = record::Forecast{0, {p50_j, p10_j, p90_j}, {total_s, 0.9 * total_s, 1.2 * total_s}};
  }
  void mark(const std::string& name, double t_s) { journal.add(record::Mark{name, t_s, watts * t_s}); }
  void look(double t_s) { outlook->look(journal, {"", t_s, watts * t_s}, t_s); }
  void epoch(int n, double t_s) {
    mark("epoch-" + std::to_string(n), t_s);
    look(t_s);
  }
  int kept() const { return static_cast<int>(journal.account().forecasts.size()); }
  std::vector<std::string> budget_events() const {
    std::vector<std::string> details;
    for (const record::Event& e : journal.account().events)
      if (e.kind == "budget") details.push_back(e.detail);
    return details;
  }

  double watts = 100;
  std::optional<record::GridFactor> factor = record::GridFactor{"f", "FR", "test", 2023, {0.05, 0.04, 0.06}};
  record::Journal journal{"", record::Begin{}};
  std::optional<record::Forecast> forecast;
  std::vector<std::string> told, warned;
  int asked = 0;
  std::optional<Outlook> outlook;
};

TEST(Outlook, AsksAtMarksAndOnlyThen) {
  Bench b;
  b.look(1);
  b.look(2);
  EXPECT_EQ(b.asked, 0);
  b.epoch(1, 3);
  EXPECT_EQ(b.asked, 1);
  b.look(4);
  EXPECT_EQ(b.asked, 1);
}

TEST(Outlook, AsksFourTimesASecondUnderAFloodAndForgetsNoMark) {
  Bench b;
  b.expect(1, 2, 3);
  for (int i = 1; i <= 1000; ++i) {
    b.mark("step-" + std::to_string(i), i * 0.001);
    if (i % 10 == 0) b.look(i * 0.001);
  }
  EXPECT_LE(b.asked, 5);
  EXPECT_GE(b.asked, 3);
  const int before = b.asked;
  const double due_s = b.outlook->due_s();
  EXPECT_LE(due_s, 1.25);
  b.look(due_s);
  EXPECT_EQ(b.asked, before + 1) << "the last marks of a flood are not left without a forecast";
  EXPECT_TRUE(std::isinf(b.outlook->due_s()));
}

TEST(Outlook, KeepsWhatChangedOrWhatANewEpochBrought) {
  Bench b;
  b.expect(0.9e6, 1e6, 1.1e6);
  b.epoch(1, 20);
  EXPECT_EQ(b.kept(), 1);
  b.mark("step-5", 32);
  b.look(32);
  EXPECT_EQ(b.kept(), 1) << "neither an epoch nor a change";
  b.expect(0.9e6, 1.02e6, 1.1e6);
  b.mark("step-6", 44);
  b.look(44);
  EXPECT_EQ(b.kept(), 2) << "P50 moved by two per cent";
  b.epoch(2, 56);
  EXPECT_EQ(b.kept(), 3) << "a new epoch";
  EXPECT_EQ(b.asked, 4);
}

TEST(Outlook, KeepsABoundedNumber) {
  Bench b;
  for (int i = 1; i <= 5000; ++i) {
    b.expect(0.9e6, 1e6 * (1 + 0.1 * (i % 2)), 1.3e6, i);  // restless, and never near its end
    b.epoch(i, i);
  }
  EXPECT_LE(b.kept(), 200);
  EXPECT_GE(b.kept(), 100);
}

TEST(Outlook, TellsTheFirstForecastThenTenPerCentOfChangeOrOfProgress) {
  Bench b;
  b.expect(0.9e6, 1e6, 1.1e6);
  b.epoch(1, 20);
  ASSERT_EQ(b.told.size(), 1u);
  EXPECT_TRUE(b.told[0].starts_with("cradle: epoch 1 of 50: ")) << b.told[0];
  b.expect(0.9e6, 1.05e6, 1.1e6);
  b.epoch(2, 40);
  EXPECT_EQ(b.told.size(), 1u);
  b.expect(0.9e6, 1.2e6, 1.3e6);
  b.epoch(3, 60);
  EXPECT_EQ(b.told.size(), 2u) << "P50 moved by more than ten per cent";
  b.epoch(4, 150);
  EXPECT_EQ(b.told.size(), 2u);
  b.epoch(5, 161);
  EXPECT_EQ(b.told.size(), 3u) << "a tenth of the run later";
  b.expect(0.9e6, 2e6, 3e6);
  b.epoch(6, 161.9);
  EXPECT_EQ(b.told.size(), 3u) << "a line a second at most";
}

TEST(Outlook, SaysALineThatPeopleUnderstand) {
  ::setenv("TZ", "UTC", 1);
  ::tzset();
  const record::GridFactor factor{"f", "FR", "test", 2023, {0.036, 0.03, 0.04}};
  const record::Forecast f{600, {1.4e6, 1.2e6, 1.7e6}, {1200, 1100, 1500}};
  const double noon = 1764072000;  // 2025-11-25T12:00:00Z
  EXPECT_EQ(forecast_line(f, {"", 600, 2e5}, 3, 50, factor, noon),
            "cradle: epoch 3 of 50: 1.20 MJ to come, 1.40 MJ in all (1.20–1.70, eight cases in ten), done at 12:10, "
            "14.0 gCO2e");
  record::Forecast later = f;
  later.total_s.value = 600 + 86400;
  EXPECT_EQ(
      forecast_line(later, {"", 600, 2e5}, 0, 0, {}, noon),
      "cradle: after 10 min 00 s: 1.20 MJ to come, 1.40 MJ in all (1.20–1.70, eight cases in ten), done at 26 Nov "
      "12:00");
}

TEST(Outlook, ReadsTheEpochFromItsMarks) {
  Bench b;
  b.expect(0.9e6, 1e6, 1.1e6);
  b.mark("epochs=30", 1);
  b.mark("epoch-7-end", 2);
  b.mark("epoch-8-begin", 2);
  b.mark("validation-7-end", 2.5);
  b.look(3);
  ASSERT_EQ(b.told.size(), 1u);
  EXPECT_TRUE(b.told[0].starts_with("cradle: epoch 7 of 30: ")) << b.told[0];
}

TEST(Outlook, WarnsOnceWhenTheForecastPassesTheBudgetAndOnceWhenItIsReached) {
  Bench b("100kJ");
  b.expect(80e3, 95e3, 110e3);
  b.epoch(1, 100);
  EXPECT_TRUE(b.warned.empty());
  b.expect(90e3, 105e3, 120e3);
  b.epoch(2, 200);
  b.epoch(3, 300);
  ASSERT_EQ(b.warned.size(), 1u);
  EXPECT_NE(b.warned[0].find("105 kJ (90.0–120)"), std::string::npos) << b.warned[0];
  EXPECT_NE(b.warned[0].find("100kJ"), std::string::npos) << b.warned[0];
  b.expect(130e3, 150e3, 160e3);
  b.epoch(4, 400);
  EXPECT_EQ(b.warned.size(), 1u);
  b.look(999);
  EXPECT_EQ(b.warned.size(), 1u);
  b.look(1000);
  b.look(1001);
  ASSERT_EQ(b.warned.size(), 2u);
  EXPECT_NE(b.warned[1].find("is reached"), std::string::npos) << b.warned[1];
  EXPECT_FALSE(b.outlook->wants_an_end()) << "nobody said --stop";
  EXPECT_EQ(b.budget_events(), b.warned) << "the record has them too";
}

TEST(Outlook, WantsAnEndWhenTheBudgetIsReached) {
  Bench b("100kJ", true);
  b.look(999.9);
  EXPECT_FALSE(b.outlook->wants_an_end());
  b.look(1000.1);
  EXPECT_TRUE(b.outlook->wants_an_end());
}

TEST(Outlook, WantsAnEndWhenEvenTheLowEndOfTheForecastIsAboveTheBudget) {
  Bench b("100kJ", true);
  b.expect(99e3, 105e3, 120e3);
  b.epoch(1, 100);
  EXPECT_FALSE(b.outlook->wants_an_end()) << "P50 alone only warns";
  EXPECT_EQ(b.warned.size(), 1u);
  b.expect(101e3, 105e3, 120e3);
  b.epoch(2, 200);
  EXPECT_TRUE(b.outlook->wants_an_end());
  EXPECT_EQ(b.warned.size(), 2u);
}

TEST(Outlook, HoldsTimeAndEmissionsAgainstTheirBudgetsToo) {
  Bench time("10min");
  time.expect(1, 2, 3, 700);
  time.epoch(1, 100);
  ASSERT_EQ(time.warned.size(), 1u);
  EXPECT_NE(time.warned[0].find("11 min 40 s"), std::string::npos) << time.warned[0];
  Bench gas("1g");  // at 50 g/kWh: 72 kJ
  gas.expect(70e3, 71e3, 75e3);
  gas.epoch(1, 100);
  EXPECT_TRUE(gas.warned.empty());
  gas.expect(70e3, 73e3, 75e3);
  gas.epoch(2, 200);
  EXPECT_EQ(gas.warned.size(), 1u);
  gas.look(719);
  EXPECT_EQ(gas.warned.size(), 1u);
  gas.look(721);
  EXPECT_EQ(gas.warned.size(), 2u);
}

TEST(Outlook, WantsAReadingWhenTheBudgetWillBeReached) {
  Bench b("100kJ");
  EXPECT_TRUE(std::isinf(b.outlook->due_s())) << "nothing is known of the power yet";
  b.look(10);
  b.look(990);
  EXPECT_NEAR(b.outlook->due_s(), 1000, 1e-6) << "at 100 W";
}

}  // namespace
}  // namespace cradle::measure
