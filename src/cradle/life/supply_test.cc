#include "cradle/life/supply.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "cradle/life/hand_catalog_test.h"

namespace cradle::life {
namespace {

constexpr double kLoss = 1 / 0.92;  // generated per kWh used, where the factor is of generation

TEST(Supply, ACountrysFactorIsOfGenerationSoLossesAddToIt) {
  const auto s = training_study("energy_kwh = 100\nplace = \"FR\"\npue = 1.2");
  EXPECT_NEAR(figure(s, "training", "GWP"), 100 * 1.2 * kLoss * 0.1, 1e-12);
  EXPECT_NEAR(figure(s, "training", "facility-energy"), 120, 1e-12) << "losses lie before the meter";
  EXPECT_NEAR(figure(s, "training", "node-energy"), 100, 1e-12);
}

TEST(Supply, WhatTheStudyStatesAndACloudRegionsFigureAreOfConsumption) {
  EXPECT_NEAR(figure(training_study("energy_kwh = 100\ncarbon_kg_per_kwh = 0.429\npue = 1"), "training", "GWP"), 42.9,
              1e-12);
  // The region has its provider's PUE and water on site.
  const auto aws = training_study("energy_kwh = 100\nplace = \"aws:eu-west-3\"");
  EXPECT_NEAR(figure(aws, "training", "GWP"), 100 * 1.2 * 0.06, 1e-12);
  // The other factors are of generation, so they take the losses there too.
  EXPECT_NEAR(figure(aws, "training", "WU"), 100 * (0.2 + 1.2 * kLoss * 4), 1e-9);
}

TEST(Supply, StatedWaterIsPerKilowattHourUsed) {
  const auto s = training_study("energy_kwh = 100\nplace = \"FR\"\npue = 1.2\nwue = 0\nwater_l_per_kwh = 3");
  EXPECT_NEAR(figure(s, "training", "WU"), 100 * 1.2 * 3, 1e-9) << "no losses on it";
}

TEST(Supply, FacilityEnergyIsNotMultipliedByPueAgain) {
  const auto s = training_study("energy_kwh = 1287\nboundary = \"facility\"\nincluded_pue = 1.1\nplace = \"FR\"");
  EXPECT_NEAR(figure(s, "training", "facility-energy"), 1287, 1e-9);
  EXPECT_NEAR(figure(s, "training", "node-energy"), 1287 / 1.1, 1e-9);
  EXPECT_NEAR(figure(s, "training", "WU"), 1287 / 1.1 * 0.3 + 1287 * kLoss * 4, 1e-6)
      << "on site by the computer's energy";
}

TEST(Supply, EnergyOfTheGpusIsBroughtToTheComputer) {
  const auto s = training_study("energy_kwh = 100\nboundary = \"gpu\"\nplace = \"FR\"\nfacility = \"local\"");
  EXPECT_NEAR(figure(s, "training", "node-energy"), 140, 1e-12);
}

TEST(Supply, TheViewChoosesTheCarbonAndSaysWhereTheAverageStandsIn) {
  const std::string marginal = "[electricity]\nview = \"location-marginal\"\n";
  EXPECT_NEAR(figure(training_study("energy_kwh = 1\nplace = \"FR\"\npue = 1", marginal), "training", "GWP"),
              kLoss * 0.4, 1e-12);
  const auto be = central(training_study("energy_kwh = 1\nplace = \"BE\"\npue = 1", marginal), round_catalog());
  EXPECT_NEAR(be.values.at({"training", "GWP"}), kLoss * 0.2, 1e-12);
  EXPECT_TRUE(std::any_of(be.warnings.begin(), be.warnings.end(), [](const std::string& w) {
    return w.find("electricity in BE: the catalogue has no marginal") == 0;
  }));
}

TEST(Supply, TheGridsPathWeighsEachYearWithItsImages) {
  const std::string use =
      "power_w = 3.6\nthroughput_per_s = 1\nimages_per_day = 1000\nyears = 3\nplace = \"FR\"\nfacility = \"local\"\n";
  // 3.6 J an image; 10 % less carbon a year; a third of the images in each year.
  const double flat = 1000 * 3.6 / 3.6e6 * kLoss * 0.1;
  EXPECT_NEAR(figure(use_study(use, "[electricity]\ndecline_per_year = 0.1\n"), "use", "GWP"),
              flat * (1 + 0.9 + 0.81) / 3, 1e-15);
  EXPECT_NEAR(figure(use_study(use + "growth_per_year = 1\n", "[electricity]\ndecline_per_year = 0.1\n"), "use", "GWP"),
              flat * (1 * 1 + 2 * 0.9 + 4 * 0.81) / 7, 1e-15);
  EXPECT_NEAR(figure(use_study(use + "growth_per_year = 1\n"), "use", "GWP"), flat, 1e-15);
}

}  // namespace
}  // namespace cradle::life
