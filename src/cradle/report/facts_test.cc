#include "cradle/report/facts.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "cradle/base/error.h"
#include "cradle/report/carbon_parts.h"
#include "cradle/report/figures.h"
#include "cradle/report/sample_result.h"

namespace cradle::report {
namespace {

void remove_phase(study::Result& r, const std::string& phase) {
  std::erase_if(r.impacts, [&](const study::Impact& i) { return i.phase == phase; });
}

TEST(Facts, APhaseWithoutAFigureIsUncountedEvenIfTheResultDoesNotNameIt) {
  study::Result r = sample_result();
  EXPECT_EQ(counted_phases(r),
            (std::vector<std::string>{"production", "training", "deployment", "use", "end-of-life"}));
  ASSERT_EQ(uncounted_phases(r).size(), 2u);
  EXPECT_EQ(uncounted_phases(r)[1].reason, "the study has no [data] table");
  remove_phase(r, "deployment");
  const auto missing = uncounted_phases(r);
  ASSERT_EQ(missing.size(), 3u);
  EXPECT_EQ(missing[2].phase, "deployment");
  EXPECT_EQ(missing[2].reason, "no figure, and the result gives no reason");
}

TEST(Facts, APhaseWithFiguresThatIsNamedMissingIsPartlyCounted) {
  study::Result r = sample_result();
  r.missing_phases.push_back({"production", "the machine that trained is not named"});
  EXPECT_EQ(uncounted_phases(r).size(), 2u);
  ASSERT_EQ(partly_counted_phases(r).size(), 1u);
  EXPECT_EQ(partly_counted_phases(r)[0].phase, "production");
}

TEST(Facts, AGapIsACountedPhaseWithoutAFigureInOneCriterion) {
  study::Result r = sample_result();
  EXPECT_TRUE(gaps(r).empty());
  std::erase_if(r.impacts, [](const study::Impact& i) { return i.phase == "use" && i.criterion == "EW"; });
  ASSERT_EQ(gaps(r).size(), 1u);
  EXPECT_EQ(gaps(r)[0].phase + " " + gaps(r)[0].criterion, "use EW");
}

TEST(Facts, ModelsOfAUnitAreTheSameFromTheTreeAndFromTheImages) {
  study::Result r = sample_result();
  const auto by_tree = models_per_unit(r);
  r.tree.clear();
  const auto by_images = models_per_unit(r);
  ASSERT_TRUE(by_tree && by_images);
  EXPECT_NEAR(*by_tree, *by_images, 1e-12 * *by_tree);
  r.images = 0;
  EXPECT_FALSE(models_per_unit(r));
  r.functional_unit.kind = "training";
  r.functional_unit.amount = 2;
  EXPECT_EQ(models_per_unit(r), 2.0);
}

TEST(Facts, OnlyATrainingOrACertainFigureHasTheIntervalOfTheModel) {
  study::Result r = sample_result();
  const double models = 1000 / r.images;
  const auto of_images = of_whole_model(r, {1, 0.5, 1, 3});
  ASSERT_TRUE(of_images);
  EXPECT_FALSE(of_images->has_interval);
  EXPECT_NEAR(of_images->figure.value, 1 / models, 1e-9 / models);
  EXPECT_TRUE(is_certain(of_images->figure));
  EXPECT_TRUE(of_whole_model(r, {1, 1, 1, 1})->has_interval);
  r.tree.clear();
  r.functional_unit = {"training", 2, "", "two trainings"};
  const auto of_trainings = of_whole_model(r, {1, 0.5, 1, 3});
  ASSERT_TRUE(of_trainings);
  EXPECT_TRUE(of_trainings->has_interval);
  EXPECT_EQ(of_trainings->figure.p95, 1.5);
  r.functional_unit.kind = "device";
  EXPECT_FALSE(of_whole_model(r, {1, 0.5, 1, 3}));
}

TEST(Facts, LeavesAddUpToTheTotalAndContributionsToOne) {
  const study::Result r = sample_result();
  for (const study::CriterionInfo& c : r.criteria) {
    double sum = 0, shares = 0;
    for (const Leaf& leaf : leaves_of(r, c.code)) sum += leaf.value;
    EXPECT_NEAR(sum, total_of(r, c.code)->value, 1e-12 * sum) << c.code;
    const auto found = contributions(r, c.code);
    for (const Contribution& x : found) shares += x.share;
    EXPECT_NEAR(shares, 1.0, 1e-12) << c.code;
    EXPECT_TRUE(std::is_sorted(found.begin(), found.end(), [](auto& a, auto& b) { return a.value > b.value; }));
  }
}

TEST(Facts, ALeafHasEveryFactorOnItsWay) {
  const study::Result r = sample_result();
  const auto leaves = leaves_of(r, "ADPe");
  const auto inference =
      std::find_if(leaves.begin(), leaves.end(), [](const Leaf& l) { return l.process == "Inference on the device"; });
  ASSERT_NE(inference, leaves.end());
  ASSERT_EQ(inference->factors.size(), 2u);
  EXPECT_EQ(inference->factors[0]->id, "run.bench.j-per-image");
  EXPECT_EQ(inference->factors[1]->id, "grid.adpe");
  EXPECT_EQ(inference->phase, "use");
}

TEST(Facts, ATotalRestsOnTheWeakestGradeOfEachWayAndItsSharesAddUp) {
  const study::Result r = sample_result();
  const auto e = evidence_of(r, "ADPe");
  ASSERT_TRUE(e);
  const double total = total_of(r, "ADPe")->value;
  // The inference's factors are of grades B and D: it rests on D.
  EXPECT_NEAR(e->grade_d, 0.93 * impact_of(r, "use", "ADPe")->value / total, 1e-12);
  EXPECT_NEAR(e->grade_c, 0.9 * impact_of(r, "production", "ADPe")->value / total, 1e-12);
  EXPECT_NEAR(e->grade_a + e->grade_b + e->grade_c + e->grade_d + e->ungraded + e->unexplained, 1.0, 1e-12);
  EXPECT_EQ(e->oldest, 2011);
  EXPECT_EQ(e->newest, 2026);
  EXPECT_EQ(e->source, "Manufacturer's product sheet, similar board");
  EXPECT_NEAR(e->source_share, e->grade_c, 1e-12);
  EXPECT_EQ(e->sources, 2);
  study::Result bare = r;
  bare.tree.clear();
  EXPECT_FALSE(evidence_of(bare, "ADPe"));
}

study::TreeNode process_node(std::string id, std::string parent, double value) {
  study::TreeNode n;
  n.name = n.id = std::move(id);
  n.parent = std::move(parent);
  n.kind = "process";
  n.criterion = "GWP";
  n.value = value;
  return n;
}

TEST(Facts, ACircleInTheTreeEndsAndLosesNoRoot) {
  study::Result r = sample_result();
  r.tree = {process_node("a", "", 3), process_node("b", "a", 3), process_node("a", "b", 3)};
  const auto leaves = leaves_of(r, "GWP");
  ASSERT_EQ(leaves.size(), 1u) << "the branch ends where the circle closes";
  EXPECT_EQ(leaves[0].value, 3);
  EXPECT_EQ(leaves[0].process, "a");
}

TEST(Facts, ANodeUnderTwoParentsOfOneNameIsCountedOnce) {
  study::Result r = sample_result();
  r.tree = {process_node("root", "", 3), process_node("a", "root", 1), process_node("a", "root", 2),
            process_node("b", "a", 1), process_node("c", "a", 2)};
  double sum = 0;
  for (const Leaf& leaf : leaves_of(r, "GWP")) sum += leaf.value;
  EXPECT_EQ(sum, 3);
}

TEST(Facts, ABareNameLosesItsAmountOnly) {
  EXPECT_EQ(bare_name("training of the model: 6.3e-07 model"), "training of the model");
  EXPECT_EQ(bare_name("training: final run"), "training: final run");
  EXPECT_EQ(bare_name("use"), "use");
}

TEST(CarbonParts, AddUpToTheTotalAndPartTheHardwareByWhatItServed) {
  const study::Result r = sample_result();
  double sum = 0;
  for (const CarbonPart& p : carbon_parts(r, "SCI")) sum += p.kg;
  EXPECT_NEAR(sum, total_of(r, "GWP")->value, 1e-12 * sum);
  const auto split = split_by_training(r, "production", "GWP");
  ASSERT_TRUE(split);
  EXPECT_NEAR(split->training, 0.1 * impact_of(r, "production", "GWP")->value, 1e-15);
  study::Result bare = r;
  bare.tree.clear();
  for (const CarbonPart& p : carbon_parts(bare, "SCI")) {
    if (p.phase == "production") {
      EXPECT_FALSE(p.of_training);
    }
  }
  bare.per_unit.clear();
  EXPECT_THROW(carbon_parts(bare, "SCI"), base::Error);
}

TEST(CarbonParts, ElectricityWithoutAFigureOfItStandsBesideWhatIsNone) {
  study::Result r = sample_result();
  r.energy.clear();
  for (study::TreeNode& n : r.tree)
    if (n.id == "GWP/use.standby.grid") n.factor = "device.edge.embodied";
  double electric = -1, other = -1;
  for (const CarbonPart& p : carbon_parts(r, "SCI"))
    if (p.phase == "use") (p.other ? other : electric) = p.kg;
  EXPECT_NEAR(electric, 0.93 * impact_of(r, "use", "GWP")->value, 1e-12);
  EXPECT_NEAR(other, 0.07 * impact_of(r, "use", "GWP")->value, 1e-12);
}

TEST(CarbonParts, AProcessThatDoesNotSayWhatItServesLeavesTheHardwareUndivided) {
  study::Result r = sample_result();
  for (study::TreeNode& n : r.tree)
    if (n.id == "GWP/production.device") {
      n.name = "House board";
      n.id = "GWP/production.board";
    }
  EXPECT_FALSE(split_by_training(r, "production", "GWP"));
  EXPECT_TRUE(split_by_training(r, "production", "ADPe"));
}

TEST(Facts, TheBasisDecidesTheWord) {
  EXPECT_EQ(measured_or_estimated("counter"), "measured");
  EXPECT_EQ(measured_or_estimated("modelled"), "estimated");
  EXPECT_EQ(measured_or_estimated("counter, modelled"), "measured and estimated");
  EXPECT_EQ(measured_or_estimated("stated"), "estimated");
  EXPECT_EQ(measured_or_estimated(""), "not stated");
}

TEST(Facts, TheTornadoIsOfOneCriterionGreatestSwingFirstWhicheverWayItGoes) {
  study::Result r;
  r.sensitivity = {{"a", "a", "GWP", 5, 6}, {"b", "b", "PE", 0, 9}, {"c", "c", "GWP", 8, 3}, {"d", "d", "GWP", 6, 5}};
  std::string order;
  for (const study::Sensitivity& s : by_swing(r, "GWP")) order += s.input;
  EXPECT_EQ(order, "cad");
}

TEST(Facts, WhatLiesOutsideTheUnitIsNotWanting) {
  study::Result r = sample_result();
  remove_phase(r, "use");
  r.missing_phases = {{"use", "outside the functional unit (one training)", true}, {"design", "nobody knows"}};
  const auto wanting = uncounted_phases(r);
  EXPECT_TRUE(std::none_of(wanting.begin(), wanting.end(), [](const auto& m) { return m.phase == "use"; }));
  ASSERT_EQ(phases_outside(r).size(), 1u);
  EXPECT_EQ(phases_outside(r)[0].phase, "use");
}

}  // namespace
}  // namespace cradle::report
