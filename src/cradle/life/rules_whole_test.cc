// More rules by hand: hardware's defaults, marks on criteria, method tables, comparison, alternatives.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "cradle/base/error.h"
#include "cradle/base/file.h"
#include "cradle/base/scratch_test.h"
#include "cradle/life/assess.h"
#include "cradle/life/hand_catalog_test.h"
#include "cradle/life/model.h"
#include "cradle/life/pedigree.h"

namespace cradle::life {
namespace {

const char* const kPlace = "place = \"FR\"\nfacility = \"local\"\n";

double figure_in(const catalog::Catalog& c, const Study& s, const std::string& phase, const std::string& criterion) {
  const Central all = central(s, c);
  const auto at = all.values.find({phase, criterion});
  return at == all.values.end() ? 0.0 : at->second;
}

std::string made(const std::string& device) {
  return "hours = 10\npower_w = 1\nplace = \"FR\"\ninfrastructure = false\nhardware = \"" + device + "\"\n";
}

constexpr double kShare = 10 / (365.25 * 24);  // ten hours of a year

TEST(Lifetime, AndUtilisationFollowTheKindOfDevice) {
  const auto c = round_and(
      "device.gwp,edge camera,,2021,,100,,,fixed,kgCO2e,CC0,A,test,\n"
      "gpu.gwp,jetson round,,2021,,100,,,fixed,kgCO2e,CC0,A,test,\n"
      "device.gwp,raspberry,,2021,,100,,,fixed,kgCO2e,CC0,A,test,\n"
      "device.gwp,smartphone,,2021,,100,,,fixed,kgCO2e,CC0,A,test,\n"
      "device.gwp,named,,2021,,100,,,fixed,kgCO2e,CC0,A,test,\n"
      "device.life_y,named,,2021,,8,,,fixed,y,CC0,A,test,\n"
      "device.gwp,smart hub,,2021,,100,,,fixed,kgCO2e,CC0,A,test,\n"
      "device.share_in_use,smart hub,,2021,,0.25,,,fixed,1,CC0,A,test,\n"
      "life.smartphone_y,,,2021,,2,,,fixed,y,CC0,A,test,\n");
  catalog::Catalog edge = c;  // three years for an edge board, to tell it from a server
  add_rows(edge, "life.edge_board_y,,,2025,,3,,,fixed,y,CC0,A,test,\n");
  const auto share = [&](const std::string& device) {
    return figure_in(edge, training_study(made(device)), "production", "GWP") / (100 * kShare);
  };
  EXPECT_NEAR(share("edge camera"), 1 / (3 * 1.0), 1e-9) << "cameras work all day";
  EXPECT_NEAR(share("jetson round"), 1 / (3 * 1.0), 1e-9) << "a GPU by its family, an edge board by its life";
  EXPECT_NEAR(share("raspberry"), 1 / (3 * 0.2), 1e-9);
  EXPECT_NEAR(share("smartphone"), 1 / (2 * 0.5), 1e-9);
  EXPECT_NEAR(share("named"), 1 / (8 * 0.5), 1e-9) << "a life of its own goes first";
  EXPECT_NEAR(share("smart hub"), 1 / (3 * 0.25), 1e-9) << "as does its own share in use";
  const auto at_home = [&](const std::string& device) {
    return figure_in(edge, training_study(made(device) + "facility = \"local\"\n"), "production", "GWP") /
           (100 * kShare);
  };
  EXPECT_NEAR(at_home("named"), 1 / (8 * 0.2), 1e-9) << "what does not stand in a data centre does not work as one";
}

TEST(Board, OfTwoDiesAndOfAnUnknownNode) {
  const auto c = round_and(
      "gpu.die,Twin,,2023,,2,,,fixed,cm2,CC0,A,test,\ngpu.node,Twin,,2023,,7,,,fixed,nm,CC0,A,test,\n"
      "gpu.die_second,Twin,,2023,,3,,,fixed,cm2,CC0,A,test,\ngpu.node_second,Twin,,2023,,4,,,fixed,nm,CC0,A,test,\n"
      "gpu.hbm,Twin,,2023,,1,,,fixed,GB,CC0,A,test,\n"
      "gpu.die,Old,,2023,,2,,,fixed,cm2,CC0,A,test,\ngpu.node,Old,,2023,,6,,,fixed,nm,CC0,A,test,\n"
      "gpu.hbm,Old,,2023,,1,,,fixed,GB,CC0,A,test,\n"
      "die.cpa_gwp.node_unknown,,,2023,,1.5,,,fixed,kgCO2e/cm2,CC0,A,test,\n");
  const auto whole = [&](const std::string& device) {
    return figure_in(c, device_study("infrastructure = false\ndevice = \"" + device + "\""), "production", "GWP");
  };
  EXPECT_NEAR(whole("Twin"), 2 * 2 + 3 * 2.5 + 0.2 + 1 + 30, 1e-9);
  EXPECT_NEAR(whole("Old"), 2 * 1.5 + 0.2 + 1 + 30, 1e-9) << "no figure of 6 nm: that of an unknown node";
}

TEST(Board, OfWholeFigureTakesItsWaterFromTheDie) {
  const auto c =
      round_and("gpu.gwp,Known,,2023,,60,,,fixed,kgCO2e,CC0,A,test,\ngpu.die,Known,,2023,,4,,,fixed,cm2,CC0,A,test,\n");
  EXPECT_NEAR(figure_in(c, training_study(made("Known")), "production", "WU"), 4 * 12 * kShare / 2.5, 1e-9);
}

TEST(Board, OfAJetsonHasNoHostAroundIt) {
  const auto c = round_and("gpu.gwp,Jetson Round,,2023,,60,,,fixed,kgCO2e,CC0,A,test,\n");
  EXPECT_NEAR(figure_in(c, device_study("device = \"Jetson Round\""), "production", "GWP"), 60, 1e-9);
}

TEST(Device, OfTheStudyIsNotTransportedByUs) {
  const auto s = device_study("device = \"mine\"", "[device.mine]\ngwp_kg = 7\nmass_kg = 100\n");
  EXPECT_NEAR(figure(s, "production", "GWP"), 7, 1e-12);
}

TEST(Device, APartWithAFigureOfItsOwnTakesNoneOfTheCatalogues) {
  const auto s =
      device_study("device = \"mine\"",
                   "[device.mine]\n[[device.mine.part]]\nkind = \"die\"\nname = \"7nm\"\namount = 2\ngwp_kg = 5\n");
  EXPECT_NEAR(figure(s, "production", "GWP"), 10, 1e-12);
  EXPECT_EQ(figure(s, "production", "PE"), 0);
}

TEST(Deployment, OfADedicatedDeviceWithGrowthIsSpreadOverAllItsImages) {
  const auto s =
      use_study(std::string("energy_per_image_j = 1\nimages_per_day = 100\nyears = 2\ngrowth_per_year = 1\n") + kPlace,
                "[deployment]\ndevice = \"camera\"\n", "camera-year", 1);
  EXPECT_NEAR(figure(s, "production", "GWP"), (20 + 1e-3 * (10000 * 0.01 + 1000 * 0.05)) / 5, 1e-12)
      << "a year of the device, however many images";
}

TEST(Deployment, WithoutFiguresIsMissingAndNotZero) {
  const auto s = use_study(std::string("energy_per_image_j = 1\nimages_per_day = 100\nyears = 2\n") + kPlace,
                           "[deployment]\ncount = 3\n");
  const Model m = build_model(s, round_catalog());
  EXPECT_TRUE(std::none_of(m.phases.begin(), m.phases.end(), [](const auto& p) { return p.first == "deployment"; }));
  EXPECT_TRUE(std::any_of(m.missing.begin(), m.missing.end(), [](const auto& p) { return p.phase == "deployment"; }));
}

TEST(Facts, OfATrainingCountHoursOfAllDevices) {
  const Model m =
      build_model(training_study(std::string("hours = 10\npower_w = 1\ncount = 4\n") + kPlace), round_catalog());
  EXPECT_NEAR(m.training->hours, 10, 1e-12);
  EXPECT_NEAR(m.training->device_hours, 40, 1e-12);
}

TEST(Supply, AStatedFacilityTakesItsOwnWaterAndOneWaterIsStated) {
  const auto aws = [](const std::string& more) {
    return figure(training_study("energy_kwh = 100\nplace = \"aws:eu-west-3\"\npue = 1\n" + more), "training", "WU");
  };
  EXPECT_NEAR(aws(""), 100 * (0.2 + 4 / 0.92), 1e-9);
  EXPECT_NEAR(aws("facility = \"world\""), 100 * (0.3 + 4 / 0.92), 1e-9)
      << "the provider's water is not that of another facility";
  EXPECT_NEAR(aws("water_l_per_kwh = 7"), 100 * (0.2 + 7), 1e-9);
}

TEST(Supply, TwoActivitiesWithStatedCarbonInOnePlaceAreApart) {
  const auto s = use_study(
      "energy_per_image_j = 3600\nimages_per_day = 100\nyears = 1\nplace = \"FR\"\npue = 1\ncarbon_kg_per_kwh = 0.7\n",
      "[training]\nenergy_kwh = 10\nplace = \"FR\"\npue = 1\ncarbon_kg_per_kwh = 0.3\n");
  EXPECT_NEAR(figure(s, "use", "GWP"), 0.7, 1e-9);
  EXPECT_NEAR(figure(s, "training", "GWP"), 1000 / 36525.0 * 10 * 0.3, 1e-9);
}

TEST(Supply, SaysWhichPlaceStandsIn) {
  const Model m = build_model(training_study("energy_kwh = 1\nplace = \"FR\""), round_catalog());
  EXPECT_TRUE(std::any_of(m.assumptions.begin(), m.assumptions.end(), [](const auto& a) {
    return a.find("water of power stations of electricity in FR: the factor of WORLD stands in") == 0;
  }));
}

std::string note_of(const catalog::Catalog& c, const Study& s, const std::string& criterion) {
  for (const CriterionInfo& i : build_model(s, c).criteria)
    if (i.code == criterion) return i.note;
  return "";
}

TEST(Marks, SayAgeWeaknessAndOneSourceOnlyWhereItIsSo) {
  const auto s = training_study("energy_kwh = 1\nplace = \"LU\"\npue = 1\n");
  const auto old = round_and("grid.gwp,,LU,2011,,0.3,,,fixed,kgCO2e/kWh,CC0,D,old source,\n");
  EXPECT_EQ(note_of(old, s, "GWP"), "oldest factor of 2011; all factors are of grade D");
  EXPECT_EQ(note_of(old, s, "WU"),
            "all factors have one source; one figure of electricity for every place, of 2023, grade A");
  EXPECT_EQ(note_of(round_and("grid.water,,FR,2023,,3,,,fixed,L/kWh,CC0,A,other,\n"), s, "WU"),
            "all factors have one source")
      << "a country's own figure, though not this one's";
  const auto good = round_and("grid.gwp,,LU,2022,,0.3,,,fixed,kgCO2e/kWh,CC0,B,other,\n");
  EXPECT_EQ(note_of(good, s, "GWP"), "") << "one factor is not several of one source";
  const auto mixed =
      use_study("energy_per_image_j = 1\nimages_per_day = 100\nyears = 1\ncarbon_kg_per_kwh = 0.3\npue = 1\n",
                "[training]\nenergy_kwh = 1\nplace = \"LU\"\npue = 1\n");
  EXPECT_NE(note_of(old, mixed, "GWP").find("all factors are of grade D"), std::string::npos)
      << "what the study states beside them does not make the catalogue's better";
  const auto stated = training_study("energy_kwh = 1\ncarbon_kg_per_kwh = 0.3\npue = 1\n");
  EXPECT_EQ(note_of(good, stated, "GWP"), "") << "what the study states is no factor of the catalogue";
}

Study with_method(const std::string& rows, const std::string& more = "") {
  const auto folder = base::scratch_folder() / "rules-method";
  std::filesystem::create_directories(folder);
  base::write_file(folder / "m.csv", "criterion,name,unit,flow,flow_unit,value,low,high,distribution,source\n" + rows);
  Study s = training_study(made("PlainGPU") + "lifetime_years = 1\nutilisation = 1\npue = 1\n", more);
  s.methods = {{folder / "m.csv", "s.toml:9"}};
  return s;
}

TEST(Method, CountsDevicesAndWasteAndWarnsOfFlowsWithoutAFactor) {
  const auto c = round_and("gpu.mass,PlainGPU,,2023,,2,,,fixed,kg,CC0,A,test,\n");
  const Study s = with_method("X,,u,device:PlainGPU,device,3,,,,made up\nY,,u,waste,kg,5,,,,made up\n",
                              "[end_of_life]\nshare_collected = 0.5\n");
  EXPECT_NEAR(figure_in(c, s, "", "X"), 3 * kShare, 1e-12);
  EXPECT_NEAR(figure_in(c, s, "", "Y"), 5 * 2 * kShare, 1e-12);
  const Model m = build_model(s, c);
  EXPECT_TRUE(std::any_of(m.warnings.begin(), m.warnings.end(), [](const auto& w) {
    return w.find("X: 'electricity:FR', 'waste' has no factor in m.csv") == 0 ||
           w.find("X: 'waste', 'electricity:FR' has no factor in m.csv") == 0;
  }));
}

TEST(Method, ACriterionHasOneUnit) {
  try {
    figure(with_method("X,,u,waste,kg,5,,,,made up\nX,,v,device:PlainGPU,device,3,,,,made up\n"), "", "X");
    FAIL();
  } catch (const base::Error& e) {
    EXPECT_NE(std::string(e.what()).find("m.csv:3: 'X' has the unit v here and u before"), std::string::npos)
        << e.what();
  }
}

TEST(Pedigree, GradeBWidensByALittle) {
  EXPECT_EQ(pedigree_gsd_squared(catalog::Grade::kA), 1.0);
  EXPECT_EQ(pedigree_gsd_squared(catalog::Grade::kB), 1.05);
  EXPECT_EQ(pedigree_gsd_squared(catalog::Grade::kC), 1.2);
  EXPECT_EQ(pedigree_gsd_squared(catalog::Grade::kD), 1.5);
}

TEST(Alternatives, FiftyFiftyMovesTheIntervalWithTheFigure) {
  const Result r = assess(training_study(made("PlainGPU") + "pue = 1\n", "[end_of_life]\nshare_collected = 0.5\n"),
                          round_catalog(), {.samples = 1000});
  for (const auto& a : r.alternatives) {
    if (a.name != "50:50") continue;
    // No second_life is stated: all devices have one, so half of making stays.
    const auto& whole = r.per_unit[0].figure;
    const double energy = 10 * 1e-3 * (1 / 0.92) * 0.1;
    EXPECT_NEAR(a.per_unit[0].figure.value, energy + (whole.value - energy) / 2, 1e-12);
    EXPECT_NEAR(a.per_unit[0].figure.p95, energy + (whole.p95 - energy) / 2, 1e-9);
    return;
  }
  FAIL() << "no 50:50";
}

TEST(Alternatives, WhereNoDeviceHasASecondLifeFiftyFiftyIsCutOff) {
  const Result r =
      assess(training_study(made("PlainGPU") + "pue = 1\n", "[end_of_life]\nshare_collected = 0.5\nsecond_life = 0\n"),
             round_catalog(), {.samples = 100});
  const auto at =
      std::find_if(r.alternatives.begin(), r.alternatives.end(), [](const auto& a) { return a.name == "50:50"; });
  ASSERT_NE(at, r.alternatives.end());
  EXPECT_EQ(at->per_unit[0].figure.value, r.per_unit[0].figure.value);
}

TEST(Basis, OfTheTrainingIsOfItsFinalRunAlone) {
  const Result r = assess(use_study("energy_per_image_j = 1\nimages_per_day = 100\nyears = 1\n" + std::string(kPlace),
                                    "[training]\nhours = 10\nhardware = \"BigGPU SXM\"\n" + std::string(kPlace)),
                          round_catalog(), {.samples = 100});
  ASSERT_TRUE(r.training);
  EXPECT_EQ(r.training->energy_basis, "modelled");
  EXPECT_EQ(r.energy_basis, "modelled, stated");
}

TEST(Compare, WhatIsBetterFromTheStartHasPaidBackAtOnceAndDaysAreOfAllDevices) {
  const auto side = [](const std::string& joules, const std::string& kwh) {
    return use_study("energy_per_image_j = " + joules + "\nimages_per_day = 100\nyears = 1\n" + kPlace,
                     "[deployment]\ncount = 5\n[training]\nenergy_kwh = " + kwh + "\n" + kPlace);
  };
  const Comparison better = compare(side("2", "10"), side("1", "5"), round_catalog(), {.samples = 100});
  EXPECT_EQ(better.break_even[0].amount.value, 0);
  const Comparison later = compare(side("2", "5"), side("1", "10"), round_catalog(), {.samples = 100});
  EXPECT_NEAR(later.break_even[0].amount.value, 5 * 3.6e6, 1e-3);
  EXPECT_NEAR(later.break_even[0].days.value, 5 * 3.6e6 / 500, 1e-6);
  EXPECT_NEAR(later.break_even[0].days.p50, 5 * 3.6e6 / 500, 1e-6);
  // The same training, a better use: nothing is spent, so it is paid back at once.
  EXPECT_EQ(compare(side("2", "5"), side("1", "5"), round_catalog(), {.samples = 100}).break_even[0].amount.value, 0);
  EXPECT_EQ(compare(side("1", "5"), side("1", "5"), round_catalog(), {.samples = 100}).break_even[0].amount.value, 0);
}

TEST(Assess, APhaseThatNoFactorReachesHasNoFigure) {
  const Result r = assess(training_study(std::string("energy_kwh = 1\n") + kPlace), round_catalog(), {.samples = 100});
  for (const auto& i : r.impacts) EXPECT_NE(i.figure.value, 0) << i.phase << " " << i.criterion;
  EXPECT_TRUE(std::none_of(r.impacts.begin(), r.impacts.end(), [](const auto& i) { return i.criterion == "EW"; }));
  // The board's making has a climate figure and none of water; the training has both.
  const Result board = assess(training_study(made("PlainGPU")), round_catalog(), {.samples = 100});
  const auto has = [&](const std::string& phase, const std::string& criterion) {
    return std::any_of(board.impacts.begin(), board.impacts.end(),
                       [&](const auto& i) { return i.phase == phase && i.criterion == criterion; });
  };
  EXPECT_TRUE(has("production", "GWP") && has("training", "WU"));
  EXPECT_FALSE(has("production", "WU"));
}

}  // namespace
}  // namespace cradle::life
