#include "cradle/scenario/difference.h"

#include <gtest/gtest.h>

#include <cmath>

#include "cradle/base/error.h"
#include "cradle/life/assess.h"
#include "cradle/scenario/leaves.h"
#include "cradle/study/study.h"

namespace cradle::scenario {
namespace {

using study::Result;

const std::string kStudy =
    "schema = \"cradle.study/1\"\nname = \"camera\"\n[functional_unit]\nkind = \"image\"\namount = 1000\n[training]\n"
    "hours = 10\npower_w = 300\nplace = \"FR\"\npue = 1.2\nhardware = \"server\"\n[use]\npower_w = 10\n"
    "throughput_per_s = 50\nimages_per_day = 86400\nyears = 5\nplace = \"BE\"\nfacility = \"world\"\n"
    "hardware = \"server\"\n";

Result result_of_text(const std::string& text, const std::vector<study::Override>& overrides = {}) {
  return life::assess(study::parse_study(text, "s.toml", overrides), catalog::built_in(), {.samples = 100});
}
Result result_of(const std::vector<study::Override>& overrides, const std::string& more = "") {
  return result_of_text(kStudy + more, overrides);
}
std::string with(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

double sum_of(const CriterionDifference& d) {
  double sum = d.smaller;
  for (const Cause& c : d.causes) sum += c.change;
  return sum;
}

const CriterionDifference& of(const Difference& d, const std::string& code) {
  for (const auto& c : d.criteria)
    if (c.criterion == code) return c;
  throw base::Error("no criterion " + code);
}

const Cause* cause_named(const CriterionDifference& d, const std::string& part) {
  for (const Cause& c : d.causes)
    if (c.name.find(part) != std::string::npos) return &c;
  return nullptr;
}

void expect_exact(const Difference& d) {
  for (const auto& c : d.criteria)
    EXPECT_NEAR(sum_of(c), c.after - c.before, 1e-9 * std::max(std::abs(c.before), std::abs(c.after))) << c.criterion;
}

TEST(Difference, LeavesAreTheProductsOfTheirPaths) {
  const Result r = result_of({});
  for (const auto& criterion : r.criteria) {
    double total = 0;
    for (const Leaf& leaf : leaves_of(r, criterion.code)) {
      double product = 1;
      for (const Step& step : leaf.steps) {
        product *= step.number;
        for (const FactorUse& f : step.factors) product *= std::pow(f.value, f.power);
      }
      EXPECT_NEAR(product, leaf.value, 1e-9 * std::abs(leaf.value)) << leaf.id;
      EXPECT_FALSE(leaf.phase.empty()) << leaf.id;
      total += leaf.value;
    }
    for (const auto& t : r.per_unit)
      if (t.criterion == criterion.code) {
        EXPECT_NEAR(total, t.figure.value, 1e-9 * std::abs(total)) << t.criterion;
      }
  }
}

TEST(Difference, NothingChangedIsNoCause) {
  const Difference d = difference(result_of({}), result_of({}));
  EXPECT_TRUE(d.settings.empty());
  for (const auto& c : d.criteria) EXPECT_TRUE(c.causes.empty() && c.smaller_count == 0) << c.criterion;
}

TEST(Difference, OneChangedInputIsTheWholeDifference) {
  const Difference d = difference(result_of({}), result_of({{"training.hours", "20"}}));
  expect_exact(d);
  const auto& gwp = of(d, "GWP");
  ASSERT_EQ(gwp.causes.size(), 1u);
  EXPECT_EQ(gwp.causes[0].kind, "amount");
  EXPECT_EQ(gwp.causes[0].before->value, 10);
  EXPECT_EQ(gwp.causes[0].after->value, 20);
  EXPECT_NEAR(gwp.causes[0].change, gwp.after - gwp.before, 1e-9 * gwp.after);
}

TEST(Difference, TwoChangesOfOneProductArePartedByTheirLogarithms) {
  // All of the training's water comes with its electricity, hours × power: ln 2 and ln 8 of ln 16.
  const Difference d = difference(result_of({}), result_of({{"training.hours", "20"}, {"training.power_w", "2400"}}));
  expect_exact(d);
  const auto& water = of(d, "WU");
  const Cause *hours = cause_named(water, "hours"), *power = cause_named(water, "power of one device");
  ASSERT_TRUE(hours && power);
  const double change = water.after - water.before;
  EXPECT_NEAR(hours->change, change / 4, 1e-9 * change) << text(d);
  EXPECT_NEAR(power->change, 3 * change / 4, 1e-9 * change) << text(d);
}

TEST(Difference, AnotherPlaceReplacesFactorsWithTheirSources) {
  const Difference d = difference(result_of({}), result_of({{"use.place", "PL"}}));
  expect_exact(d);
  const auto& gwp = of(d, "GWP");
  const Cause* grid = cause_named(gwp, "carbon intensity");
  ASSERT_TRUE(grid) << text(d);
  EXPECT_EQ(grid->kind, "factor");
  EXPECT_EQ(grid->before->place, "BE");
  EXPECT_EQ(grid->after->place, "PL");
  EXPECT_GT(grid->after->year, 2000);
  EXPECT_FALSE(grid->after->source.empty());
  for (const Cause& c : gwp.causes) EXPECT_TRUE(c.kind != "new" && c.kind != "gone") << c.name;
}

TEST(Difference, AStatedFigureReplacesTheCataloguesOfItsUnit) {
  const Difference d = difference(result_of({}), result_of({{"use.pue", "1.1"}}));
  expect_exact(d);
  const Cause* pue = cause_named(of(d, "GWP"), "PUE");
  ASSERT_TRUE(pue) << text(d);
  EXPECT_EQ(pue->kind, "amount");
  EXPECT_NEAR(pue->after->value, 1.1, 1e-12);
  EXPECT_GT(pue->before->value, 1.3);
}

TEST(Difference, WhatIsOnOneSideOnlyIsNewOrGoneInItsPhase) {
  const Result without = result_of({}), with = result_of({}, "[deployment]\ntransfer_gb = 5\n");
  const Difference d = difference(without, with), back = difference(with, without);
  expect_exact(d);
  expect_exact(back);
  const auto has = [](const CriterionDifference& c, const std::string& kind) {
    return std::any_of(c.causes.begin(), c.causes.end(),
                       [&](const Cause& x) { return x.kind == kind && x.phase == "deployment"; });
  };
  // The transfer is below 0.1 % of nothing else that changed, so it is listed.
  EXPECT_TRUE(has(of(d, "GWP"), "new")) << text(d);
  EXPECT_TRUE(has(of(back, "GWP"), "gone")) << text(back);
}

TEST(Difference, WhatIsNewIsNamedAfterItsProcess) {
  const std::string board = "[device.board]\n[[device.board.part]]\nkind = \"pcb\"\namount = 100\n";
  const std::string data = "[data]\nlabelling_hours = 100\nstorage_gb = 500\nyears = 3\nplace = \"FR\"\n";
  const Difference d = difference(result_of({}), result_of({{"use.hardware", "board"}}, board + data));
  expect_exact(d);
  const auto has = [&](const char* kind, const char* phase, const char* name) {
    const auto& causes = of(d, "GWP").causes;
    return std::any_of(causes.begin(), causes.end(),
                       [&](const Cause& c) { return c.kind == kind && c.phase == phase && c.name == name; });
  };
  EXPECT_TRUE(has("new", "production", "pcb")) << text(d);
  EXPECT_TRUE(has("gone", "production", "production of server")) << text(d);
  EXPECT_TRUE(has("new", "production", "production of laptop")) << "on which is labelled: " << text(d);
  EXPECT_TRUE(has("new", "data", "labelling")) << "not the electricity that both draw: " << text(d);
  EXPECT_TRUE(has("new", "data", "storage")) << text(d);
  for (const Cause& c : of(d, "GWP").causes) EXPECT_EQ(c.name.find("climate change"), std::string::npos) << c.name;
}

TEST(Difference, ANumberOfAnExchangeIsNamedAfterItsProcess) {
  const Result before = result_of({});
  Result after = before;
  for (auto& node : after.tree)
    if (node.kind == "exchange" && node.id.find("production:server") != std::string::npos) node.value *= 2;
  const Difference d = difference(before, after);
  const Cause* number = cause_named(of(d, "GWP"), "production of server");
  ASSERT_TRUE(number) << text(d);
  EXPECT_EQ(number->kind, "number");
}

TEST(Difference, AnotherWayToStateEnergyIsStructureAndStillExact) {
  // 10 h × 300 W = 3 kWh before; 6 kWh, stated, after: no factor of the one stands for a factor of the other.
  const Result before = result_of({}), after = result_of_text(with(kStudy, "power_w = 300\n", "energy_kwh = 6\n"));
  const Difference d = difference(before, after);
  expect_exact(d);
  const auto& water = of(d, "WU");
  ASSERT_EQ(water.causes.size(), 1u) << text(d);
  EXPECT_EQ(water.causes[0].kind, "structure");
  EXPECT_EQ(water.causes[0].phase, "training");
  EXPECT_EQ(water.causes[0].name, "electricity of training at the computer");
  EXPECT_NEAR(water.causes[0].change, water.after - water.before, 1e-9 * water.after);
}

TEST(Difference, SmallCausesAreGroupedAndTheirSumKept) {
  const Difference d =
      difference(result_of({}), result_of({{"use.place", "PL"}, {"training.hours", "10.00001"}}), {"gwp"});
  ASSERT_EQ(d.criteria.size(), 1u);
  expect_exact(d);
  EXPECT_GE(d.criteria[0].smaller_count, 1);
  EXPECT_FALSE(cause_named(d.criteria[0], "hours"));
  EXPECT_THROW(difference(result_of({}), result_of({}), {"GPW"}), base::Error);
}

TEST(Difference, SaysWhatElseDiffers) {
  Result a = result_of({}), b = a;
  b.view = "market";
  b.seed = 7;
  b.functional_unit.text = "2000 images";
  const Difference d = difference(a, b);
  ASSERT_EQ(d.settings.size(), 3u);
  EXPECT_NE(text(d).find("not of the same service"), std::string::npos);
  EXPECT_EQ(to_json(d)["settings"][2]["what"], "seed");
}

TEST(Difference, TheLogarithmicMeanIsContinuousAtEquality) {
  EXPECT_DOUBLE_EQ(logarithmic_mean(3, 3), 3);
  EXPECT_NEAR(logarithmic_mean(1, std::exp(1.0)), std::exp(1.0) - 1, 1e-14);
  for (const double r : {0.99e-4, 1.01e-4}) EXPECT_NEAR(logarithmic_mean(2, 2 * (1 + r)), 2 * (1 + r / 2), 1e-8);
  EXPECT_NEAR(logarithmic_mean(-2, -4), -2 / std::log(2.0), 1e-14);
}

TEST(Difference, KindsOfSegmentsAndFactors) {
  EXPECT_EQ(kind_of_segment("electricity:FR"), "electricity");
  EXPECT_EQ(kind_of_segment("generation:FR (2)"), "generation (2)");
  EXPECT_EQ(kind_of_segment("training: final training"), "training: final training");
  EXPECT_EQ(kind_of_segment("phase: use"), "phase: use");
  EXPECT_EQ(kind_of_factor("grid.gwp@FR:2023"), "grid.gwp");
  EXPECT_EQ(kind_of_factor("gpu.gwp/NVIDIA L4#set"), "gpu.gwp");
}

}  // namespace
}  // namespace cradle::scenario
