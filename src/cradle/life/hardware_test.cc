#include "cradle/life/hardware.h"

#include <gtest/gtest.h>

#include <cmath>

#include "cradle/base/error.h"
#include "cradle/life/board.h"
#include "cradle/life/hand_catalog_test.h"

namespace cradle::life {
namespace {

constexpr double kTransport = 2e-3 * (10000 * 0.01 + 1000 * 0.05);  // two kilograms by ship and truck
constexpr double kBoard = 8 * 2.5 + 0.2 + 80 * 1 + 30 + 3 * 9;      // die, package, memory, board, baseboard

TEST(Board, IsTheSumOfItsParts) {
  const auto s = device_study("device = \"BigGPU SXM\"\ninfrastructure = false");
  EXPECT_NEAR(figure(s, "production", "GWP"), kBoard + kTransport, 1e-12);
  EXPECT_NEAR(figure(s, "production", "PE"), 8 * 30, 1e-12);
  EXPECT_NEAR(figure(s, "production", "WU"), 8 * 12, 1e-12);
}

TEST(Board, InADataCentreBringsItsShareOfHostRacksAndBuilding) {
  const auto s = device_study("device = \"BigGPU SXM\"\ncount = 4");
  EXPECT_NEAR(figure(s, "production", "GWP"), 4 * (kBoard + kTransport + 4000 / 8.0 + 400 + 100), 1e-9);
}

TEST(Board, AWholeFigureIsUsedUnlessPartsAreAskedFor) {
  EXPECT_NEAR(figure(device_study("device = \"PlainGPU\"\ninfrastructure = false"), "production", "GWP"), 60, 1e-12);
  EXPECT_THROW(figure(device_study("device = \"PlainGPU\"\nparametric = true"), "production", "GWP"), base::Error)
      << "nobody knows its die";
}

TEST(Board, NodesBetweenTwoStepsTakeTheNextLarger) {
  EXPECT_EQ(node_name(4), "5-4nm");
  EXPECT_EQ(node_name(5), "5-4nm");
  EXPECT_EQ(node_name(14), "16-14nm");
  EXPECT_EQ(node_name(65), "node_unknown");
}

TEST(Device, OfTheStudyIsItsPartsWithTheirOwnFiguresOrTheCatalogues) {
  const auto s = device_study("device = \"mine\"",
                              "[device.mine]\ngwp_kg = 1.5\n"
                              "[[device.mine.part]]\nkind = \"die\"\nname = \"7nm\"\namount = 2\n"
                              "[[device.mine.part]]\nkind = \"pcb\"\namount = 100\n"
                              "[[device.mine.part]]\nkind = \"block\"\nname = \"processing HSL-2\"\n"
                              "[[device.mine.part]]\nkind = \"glass\"\namount = 3\ngwp_kg = 0.5\npe_mj = 7\n");
  EXPECT_NEAR(figure(s, "production", "GWP"), 1.5 + 2 * 2 + 100 * 0.03 + 3.5 + 3 * 0.5, 1e-12);
  EXPECT_NEAR(figure(s, "production", "PE"), 2 * 30 + 3 * 7, 1e-12);
}

TEST(Device, APartThatNobodyKnowsIsNamedWithItsLine) {
  const auto message = [](const std::string& part) {
    try {
      figure(device_study("device = \"mine\"", "[device.mine]\nmass_kg = 1\n[[device.mine.part]]\n" + part),
             "production", "GWP");
    } catch (const base::Error& e) {
      return std::string(e.what());
    }
    return std::string();
  };
  EXPECT_NE(message("kind = \"pbc\"").find("s.toml:8: 'kind': 'pbc' is no kind of part"), std::string::npos)
      << message("kind = \"pbc\"");
  EXPECT_NE(message("kind = \"pbc\"").find("did you mean 'pcb'"), std::string::npos);
  EXPECT_NE(message("kind = \"die\"\nname = \"90nm\"").find("no figure for the part 'die 90nm'"), std::string::npos)
      << message("kind = \"die\"\nname = \"90nm\"");
}

/// kg of a 60 kg board per training of 10 hours under a rule.
double charged(const std::string& more) {
  return figure(
      training_study("hours = 10\npower_w = 1\nplace = \"FR\"\nhardware = \"PlainGPU\"\ninfrastructure = false\n" +
                     more),
      "production", "GWP");
}

TEST(Allocation, FollowsTheRuleOfTheStudy) {
  const double whole = 60 * 10 / (365.25 * 24);
  EXPECT_NEAR(charged(""), whole / (5 * 0.5), 1e-12);
  EXPECT_NEAR(charged("[allocation]\nrule = \"calendar-time\"\n"), whole / 5, 1e-12);
  EXPECT_NEAR(charged("[allocation]\nrule = \"early-retirement\"\n"), whole / (4.1 * 0.5), 1e-12)
      << "P5 of 4 to 6 years";
  EXPECT_NEAR(charged("lifetime_years = 3\nutilisation = 0.25\nshare = 0.5\ncount = 2\n"), whole / (3 * 0.25) * 0.5 * 2,
              1e-12);
}

TEST(EndOfLife, ABoardInADataCentreTakesItsShareOfTheHostWithIt) {
  const std::string end = "[end_of_life]\nshare_collected = 0.5\n";
  EXPECT_NEAR(figure(device_study("device = \"BigGPU SXM\"", end), "end-of-life", "EW"), 2 + 80 / 8.0, 1e-12);
  EXPECT_NEAR(figure(device_study("device = \"BigGPU SXM\"", end), "end-of-life", "GWP"), (2 + 80 / 8.0) * 0.5 * 1.5,
              1e-12);
  EXPECT_NEAR(figure(device_study("device = \"BigGPU SXM\"\ninfrastructure = false", end), "end-of-life", "EW"), 2,
              1e-12);
}

TEST(EndOfLife, ABoardOnADeskTakesNoHostWithItThoughItsTwinInADataCentreDoes) {
  const std::string hours = "hours = 10\npower_w = 1\nhardware = \"BigGPU SXM\"\nutilisation = 1\nplace = \"FR\"\n";
  const std::string end = "[end_of_life]\nshare_collected = 0.5\n";
  const std::string data =
      "[use]\nthroughput_per_s = 1\npower_w = 1\nimages_per_day = 100\nyears = 1\n"
      "hardware = \"BigGPU SXM\"\nutilisation = 1\nfacility = \"local\"\nplace = \"FR\"\n";
  const auto s =
      study::parse_study("schema = \"cradle.study/1\"\n[functional_unit]\nkind = \"image\"\namount = 36525\n" + data +
                             "[training]\n" + hours + end,
                         "s.toml");
  const double years_trained = 10 / (365.25 * 24) / 5, years_used = 36525 / (365.25 * 86400) / 5;
  EXPECT_NEAR(figure(s, "end-of-life", "EW"), years_trained * (2 + 80 / 8.0) + years_used * 2, 1e-12);
}

TEST(EndOfLife, FollowsTheMass) {
  const auto s = device_study("device = \"camera\"", "[end_of_life]\nshare_collected = 0.4\n");
  EXPECT_NEAR(figure(s, "end-of-life", "EW"), 1, 1e-12);
  EXPECT_NEAR(figure(s, "end-of-life", "GWP"), 0.4 * 1.5, 1e-12);
}

}  // namespace
}  // namespace cradle::life
