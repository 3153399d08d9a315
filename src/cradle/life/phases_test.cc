#include "cradle/life/phases.h"

#include <gtest/gtest.h>

#include <cmath>

#include "cradle/base/error.h"
#include "cradle/life/hand_catalog_test.h"
#include "cradle/life/model.h"

namespace cradle::life {
namespace {

const char* const kPlace = "place = \"FR\"\nfacility = \"local\"\n";
constexpr double kCarbon = 0.1 / 0.92;

double training_kwh(const std::string& training, const std::string& more = "") {
  return figure(training_study(training + "\n" + kPlace, more), "training", "node-energy");
}

TEST(Training, ComesToTheSameByEachWayOfStatingIt) {
  // 2 devices, 100 W, 50 h = 10 kWh; 100 TFLOPS at 50 % for 50 h are 9e18 operations on each of the two.
  EXPECT_NEAR(training_kwh("energy_kwh = 10"), 10, 1e-12);
  EXPECT_NEAR(training_kwh("hours = 50\npower_w = 100\ncount = 2"), 10, 1e-12);
  EXPECT_NEAR(training_kwh("operations = 1.8e19\npeak_per_s = 1e14\nefficiency = 0.5\npower_w = 100\ncount = 2"), 10,
              1e-9);
  EXPECT_NEAR(
      training_kwh("parameters = 3e9\ntokens = 1e9\npeak_per_s = 1e14\nefficiency = 0.5\npower_w = 100\ncount = 2"), 10,
      1e-9);
  EXPECT_NEAR(training_kwh("forward_operations = 3e9\nsamples = 2e8\nepochs = 10\npeak_per_s = 1e14\nefficiency = "
                           "0.5\npower_w = 100\ncount = 2"),
              10, 1e-9);
}

TEST(Training, TakesPowerAndPeakFromTheCatalogue) {
  EXPECT_NEAR(training_kwh("hours = 10\nhardware = \"BigGPU SXM\""), 10 * 0.5 * 0.7 * 1.4, 1e-12);
  EXPECT_NEAR(training_kwh("hours = 10\nhardware = \"BigGPU SXM\"\nload = 1\ncount = 4"), 4 * 10 * 0.5 * 1.4, 1e-12);
  EXPECT_NEAR(training_kwh("operations = 1.8e18\nefficiency = 0.5\nhardware = \"BigGPU SXM\""), 10 * 0.5 * 0.7 * 1.4,
              1e-9);
  EXPECT_NEAR(training_kwh("hours = 10\npower_w = 295\nmemory_gb = 64"), 10 * (295 + 64 * 0.4) / 1000, 1e-12);
}

TEST(Training, TakesThe32BitPeakOfABoardWithout16BitUnits) {
  // 1.8e17 operations at half of 10 TFLOPS are ten hours.
  EXPECT_NEAR(training_kwh("operations = 1.8e17\nefficiency = 0.5\nhardware = \"PlainGPU\""), 10 * 0.1 * 0.7 * 1.4,
              1e-9);
}

TEST(Training, IdleAndDevelopmentAreMultiplesOfTheFinalRun) {
  EXPECT_NEAR(training_kwh("energy_kwh = 10\nidle = 0.6"), 16, 1e-12);
  EXPECT_NEAR(training_kwh("energy_kwh = 10\nidle = \"default\""), 12.5, 1e-12);
  const auto s = training_study("energy_kwh = 10\n" + std::string(kPlace),
                                "[design]\nexperiments = 2.4\nfailed_runs = \"default\"\nhardware_kwh = 3\n");
  EXPECT_NEAR(figure(s, "design", "node-energy"), 24 + 1 + 3, 1e-12);
  EXPECT_NEAR(figure(s, "training", "node-energy"), 10, 1e-12) << "development is the phase design, not training";
}

TEST(Training, DevelopmentHoldsTheHardwareToo) {
  const std::string hours =
      "hours = 10\npower_w = 1\nhardware = \"PlainGPU\"\ninfrastructure = false\n" + std::string(kPlace);
  EXPECT_NEAR(figure(training_study(hours, "[design]\nexperiments = 2\n"), "production", "GWP"),
              3 * figure(training_study(hours), "production", "GWP"), 1e-12);
}

TEST(Data, CountsLabellingStorageTransferAndDrives) {
  const std::string base = "energy_kwh = 1\n" + std::string(kPlace);
  const auto data = [&](const std::string& lines) {
    return training_study(base, "[data]\n" + lines + "\nplace = \"FR\"\nfacility = \"local\"\n");
  };
  EXPECT_NEAR(figure(data("collection_kwh = 5"), "data", "node-energy"), 5, 1e-12);
  EXPECT_NEAR(figure(data("labelling_hours = 100"), "data", "node-energy"), 3, 1e-12);
  const auto in_centre = training_study(base, "[data]\nlabelling_hours = 100\nplace = \"FR\"\n");
  EXPECT_NEAR(figure(in_centre, "data", "facility-energy"), 3, 1e-12) << "a desk has no facility's overhead";
  EXPECT_NEAR(figure(data("labelling_hours = 100"), "production", "GWP"), 200 * 100 / (365.25 * 24 * 5 * 0.2), 1e-12);
  // 1 TB, three copies, 2 years at 1 Wh per TB and hour.
  EXPECT_NEAR(figure(data("storage_gb = 1000\nyears = 2"), "data", "node-energy"), 3 * 2 * 365.25 * 24 * 1e-3, 1e-9);
  EXPECT_NEAR(figure(data("storage_gb = 1000\nyears = 2"), "production", "GWP"), 3 * 1000 * 0.02 * 2 / 5, 1e-12);
  EXPECT_NEAR(figure(data("transfer_gb = 10"), "data", "facility-energy"), 0.3, 1e-12);
}

TEST(Use, AnImageIsTheSameByEachWayOfStatingIt) {
  const std::string rest = "images_per_day = 1000\nyears = 2\n" + std::string(kPlace);
  const double wanted = 1000 * 0.5 / 3.6e6;  // half a joule
  EXPECT_NEAR(figure(use_study("power_w = 5\nthroughput_per_s = 10\n" + rest), "use", "node-energy"), wanted, 1e-15);
  EXPECT_NEAR(figure(use_study("power_w = 5\nlatency_ms = 800\nbatch = 8\n" + rest), "use", "node-energy"), wanted,
              1e-15);
  EXPECT_NEAR(figure(use_study("energy_per_image_j = 0.5\n" + rest), "use", "node-energy"), wanted, 1e-15);
  EXPECT_NEAR(figure(use_study("energy_per_image_j = 0.5\nidle = 0.25\n" + rest), "use", "node-energy"), 1.25 * wanted,
              1e-15);
}

TEST(Use, ADeviceWaitsForTheRestOfTheDay) {
  const auto s = use_study(
      "power_w = 5\nthroughput_per_s = 10\nidle_w = 2\nimages_per_day = 1000\nyears = 2\n" + std::string(kPlace), "",
      "camera-year", 1);
  const double work = 1000 * 0.1, wait = 86400 - work;
  EXPECT_NEAR(figure(s, "use", "node-energy"), 365.25 * (work * 5 + wait * 2) / 3.6e6, 1e-9);
}

TEST(Use, ADayHasNoRoomForMoreImagesThanTheDeviceCanWorkOn) {
  EXPECT_THROW(
      figure(use_study("power_w = 5\nthroughput_per_s = 1\nimages_per_day = 100000\nyears = 2\n" + std::string(kPlace)),
             "use", "GWP"),
      base::Error);
}

TEST(Use, TheModelIsSpreadOverTheImagesOfItsLifeWithGrowth) {
  const std::string use =
      "energy_per_image_j = 1\nimages_per_day = 100\nyears = 3\ngrowth_per_year = 1\n" + std::string(kPlace);
  const std::string training = "[training]\nenergy_kwh = 10\n" + std::string(kPlace);
  const double images = 100 * 365.25 * (1 + 2 + 4);
  EXPECT_NEAR(figure(use_study(use, training), "training", "GWP"), 1000 / images * 10 * kCarbon, 1e-15);
  EXPECT_NEAR(build_model(use_study(use, training), round_catalog()).images, images, 1e-6);
  // A camera-year is the mean year of its life.
  EXPECT_NEAR(figure(use_study(use, training, "camera-year", 1), "use", "node-energy"), images / 3 / 3.6e6, 1e-12);
  EXPECT_NEAR(figure(use_study(use, training, "camera-year", 1), "training", "GWP"), 10 * kCarbon / 3, 1e-12);
}

TEST(Deployment, CountsTransfersUpdatesAndTheWayToTheDevice) {
  const std::string use = "energy_per_image_j = 1\nimages_per_day = 100\nyears = 1\n" + std::string(kPlace);
  const auto deployed = [&](const std::string& lines) {
    return use_study(use, "[deployment]\ncount = 10\n" + lines, "service-year", 1);
  };
  EXPECT_NEAR(figure(deployed("transfer_gb = 2\n"), "deployment", "facility-energy"), 10 * 2 * 0.03, 1e-12);
  EXPECT_NEAR(figure(deployed("transfer_gb = 2\nupdates = 4\nnetwork = \"mobile\"\n"), "deployment", "facility-energy"),
              10 * 2 * 5 * 0.12, 1e-12);
  EXPECT_NEAR(figure(deployed("installation_km = 50\n"), "deployment", "GWP"), 10 * 50 * 0.12, 1e-12);
}

TEST(Deployment, ADedicatedDeviceIsChargedForItsYears) {
  const std::string use = "energy_per_image_j = 1\nimages_per_day = 100\nyears = 2\n" + std::string(kPlace);
  const auto s = use_study(use, "[deployment]\ndevice = \"camera\"\n", "camera-year", 1);
  EXPECT_NEAR(figure(s, "production", "GWP"), (20 + 1e-3 * (10000 * 0.01 + 1000 * 0.05)) / 5, 1e-12);
}

}  // namespace
}  // namespace cradle::life
