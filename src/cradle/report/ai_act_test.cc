// The AI Act's form: the whole training, where and how its energy is known, and what is not known.
#include <gtest/gtest.h>

#include "cradle/report/facts.h"
#include "cradle/report/reading_test.h"
#include "cradle/report/sample_result.h"

namespace cradle::report {
namespace {

TEST(AiAct, TheTrainingIsWholeAndSaysWhereAndHowItsEnergyIsKnown) {
  const study::Result r = sample_result();
  const std::string text = ai_act(r, kOrigin);
  expect_shown(number(row(text, "amount of computation, FLOP")[1]), 2.43e21, "FLOP");
  expect_shown(number(row(text, "duration, wall clock")[1]), 2970.5 / 24, "days");
  expect_shown(number(row(text, "duration, hardware")[1]), 23764 / 24.0, "device-days");
  const double mwh = energy_of(r, "training")->facility_kwh.value / 1000 * 1.578e9 / 1000;
  expect_shown(number(row(text, "energy of the training, at the facility's meter")[1]), mwh, "MWh");
  EXPECT_EQ(row(text, "measured or estimated, where known")[1], "measured");
  EXPECT_EQ(row(text, "energy of the training, at the computers")[2], "measured (basis: counter)");
  EXPECT_EQ(row(text, "energy of the training, at the facility's meter")[2],
            "estimated from the figure at the boundary `node`, which is measured (basis: counter)")
      << "what PUE was put on is not measured";
  EXPECT_TRUE(contains(row(text, "boundary of the figure")[1], "known at the computer"));
  EXPECT_EQ(row(text, "benchmarked amount of computation for inference, FLOP")[1], "not stated");
  EXPECT_TRUE(contains(section(text, "## Not in the training's figure"), "design: not known"));
}

TEST(AiAct, TheDoubtOfTheUseIsNotTheTrainings) {
  study::Result r = sample_result();
  const std::string text = ai_act(r, kOrigin);
  for (const char* where : {"at the facility's meter", "at the computers"})
    EXPECT_TRUE(row(text, std::string("energy of the training, ") + where)[1].ends_with(" MWh")) << text;
  const std::string said = "interval is not known from this unit";
  EXPECT_TRUE(contains(text, said));
  EXPECT_EQ(text.find(said), text.rfind(said)) << "once";
  EXPECT_FALSE(contains(text, "Intervals are"));
  r.tree.clear();
  r.functional_unit = {"training", 1, "", "one training"};
  r.energy = {{"training", {12000, 11000, 12000, 13500}, {13200, 12000, 13200, 15000}}};
  const std::string of_one = ai_act(r, kOrigin);
  EXPECT_EQ(row(of_one, "energy of the training, at the computers")[1], "12.0 MWh (11.0–13.5)");
  EXPECT_TRUE(contains(of_one, "Intervals are the 5th to 95th percentile"));
  EXPECT_FALSE(contains(of_one, said));
}

TEST(AiAct, DevicesThatNobodyNamedAreNotCounted) {
  study::Result r = sample_result();
  r.training->device = "";
  r.training->count = 1;
  r.training->device_hours = r.training->hours;
  const std::string text = ai_act(r, kOrigin);
  EXPECT_EQ(row(text, "duration, hardware")[1], "not known");
  EXPECT_TRUE(contains(row(text, "duration, hardware")[2], "how many is *not stated*"));
  expect_shown(number(row(text, "duration, wall clock")[1]), 2970.5 / 24, "days");
  EXPECT_TRUE(contains(section(text, "## What is missing"), "hardware of the training and its number"));
}

TEST(AiAct, HoursThatWereComputedAreNotTheRecords) {
  study::Result r = sample_result();
  EXPECT_EQ(row(ai_act(r, kOrigin), "duration, wall clock")[2], "hours of the training in the study or its record");
  study::UsedFactor efficiency;
  efficiency.id = "efficiency";
  r.factors.push_back(efficiency);
  EXPECT_TRUE(row(ai_act(r, kOrigin), "duration, wall clock")[2].starts_with("computed: operations / (devices"));
  r.training->hours = 0;
  EXPECT_TRUE(row(ai_act(r, kOrigin), "duration, wall clock")[2].starts_with("the study states no hours"));
}

TEST(AiAct, EnergyFromARatedPowerIsNotKnownAtTheComputer) {
  study::Result r = sample_result();
  r.training->energy_basis = "modelled";
  const std::string text = ai_act(r, kOrigin);
  EXPECT_TRUE(row(text, "boundary of the figure")[1].starts_with("modelled at the computer;"));
  EXPECT_FALSE(contains(text, "known at the computer"));
  r.training->energy_basis = "counter, modelled";
  EXPECT_TRUE(contains(ai_act(r, kOrigin), "in part known and in part modelled at the computer;"));
}

TEST(AiAct, WhatIsCountedListsPartsWithoutTheirSum) {
  study::Result r = sample_result();
  const auto node = [](std::string id, std::string parent, std::string name, std::string kind, std::string unit) {
    return study::TreeNode{std::move(id),  std::move(parent), std::move(name), std::move(kind), "GWP", 1, "", 1, 1,
                           std::move(unit)};
  };
  const std::string all = "GWP/phase: training/training";
  r.tree = {node("GWP/phase: training", "GWP", "training", "phase", "functional unit"),
            node(all, "GWP/phase: training", "training of the model", "process", "model"),
            node(all + "/training: final training", all, "final training", "process", "model"),
            node(all + "/training: idle", all, "provisioned but idle", "process", "final run")};
  EXPECT_EQ(row(ai_act(r, kOrigin), "counted in it")[1], "final training, provisioned but idle");
}

TEST(AiAct, WhatIsNotKnownIsSaidWithWhatWouldBeNeeded) {
  study::Result r = sample_result();
  std::erase_if(r.energy, [](const study::Energy& e) { return e.phase == "training"; });
  r.training.reset();
  const std::string text = ai_act(r, kOrigin);
  for (const char* item : {"amount of computation, FLOP", "duration, wall clock", "duration, hardware",
                           "energy of the training, at the facility's meter"})
    EXPECT_EQ(row(text, item)[1], "not known") << item;
  EXPECT_TRUE(contains(section(text, "## Method"), "What is lacking is one of"));
  EXPECT_FALSE(contains(text, "| 0 "));
}

}  // namespace
}  // namespace cradle::report
