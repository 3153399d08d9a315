// What a study asks of catalogue and files that they do not have: each message names the line and what to try.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "cradle/base/error.h"
#include "cradle/base/file.h"
#include "cradle/base/scratch_test.h"
#include "cradle/life/assess.h"
#include "cradle/life/hand_catalog_test.h"
#include "cradle/life/model.h"
#include "cradle/record/modelled_run_test.h"

namespace cradle::life {
namespace {

std::string message_of(const Study& s) {
  try {
    central(s, round_catalog());
  } catch (const base::Error& e) {
    return e.what();
  }
  return "no error";
}

#define EXPECT_SAYS(study, text) EXPECT_NE(message_of(study).find(text), std::string::npos) << message_of(study)

const std::string kUse = "energy_per_image_j = 1\nimages_per_day = 100\nyears = 1\nplace = \"FR\"\n";

TEST(BadInput, AnUnknownPlaceIsNamedWithTheNearest) {
  EXPECT_SAYS(training_study("energy_kwh = 1\nplace = \"Frnace\""), "s.toml:6: 'place': ");
  EXPECT_SAYS(training_study("energy_kwh = 1\nplace = \"Frnace\""), "France");
}

TEST(BadInput, APlaceWithoutThatYearTakesTheNearestAndSaysSo) {
  const Model m =
      build_model(training_study("energy_kwh = 1\nplace = \"FR\"", "[electricity]\nyear = 2019\n"), round_catalog());
  EXPECT_NE(
      std::find(m.warnings.begin(), m.warnings.end(),
                "greenhouse gases of electricity in FR: the catalogue has no factor for 2019; that of 2023 is used"),
      m.warnings.end());
  const Model now =
      build_model(training_study("energy_kwh = 1\nplace = \"FR\"", "[electricity]\nyear = 2023\n"), round_catalog());
  for (const auto& a : now.assumptions) EXPECT_EQ(a.find("no factor for"), std::string::npos) << a;
}

TEST(BadInput, AnUnknownDeviceOfTheStudyIsNamedWithTheNearest) {
  EXPECT_SAYS(use_study(kUse, "[deployment]\ndevice = \"mien\"\n[device.mine]\ngwp_kg = 1\n"),
              "s.toml:12: no [device.mien] in the study; did you mean 'mine'?");
  EXPECT_SAYS(use_study(kUse, "[deployment]\ndevice = \"camrea\"\n"), "s.toml:12: ");
  EXPECT_SAYS(use_study(kUse, "[deployment]\ndevice = \"camrea\"\n"), "camera");
}

TEST(BadInput, AnAbsentFileIsNamedWithItsLine) {
  EXPECT_SAYS(training_study("run = \"none.json\"\nplace = \"FR\""), "s.toml:5: 'run': cannot open none.json");
  EXPECT_SAYS(training_study("energy_kwh = 1\nplace = \"FR\"", "[method]\ntable = \"none.csv\"\n"),
              "s.toml:8: 'table': cannot open none.csv");
  EXPECT_SAYS(training_study("run = \"\"\nplace = \"FR\""), "s.toml:5: 'run': ");
}

TEST(BadInput, AUseRecordWithoutImagesSaysHowToMakeOne) {
  const auto folder = base::scratch_folder() / "bad-input";
  std::filesystem::create_directories(folder);
  record::write_record(folder / "r.json", record::modelled_run("r", 10, 1));
  const std::string use =
      "run = \"" + (folder / "r.json").string() + "\"\nimages_per_day = 100\nyears = 1\nplace = \"FR\"";
  EXPECT_SAYS(use_study(use), "s.toml:6: 'run': ");
  EXPECT_SAYS(use_study(use), "does not say how many images it worked on; make it with cradle bench");
}

TEST(BadInput, MoreImagesThanADayHasSecondsForIsRefused) {
  EXPECT_SAYS(use_study("energy_per_image_j = 1\nlatency_ms = 1000\nimages_per_day = 1e5\nyears = 1\nplace = \"FR\"\n"),
              "s.toml [use]: 1e+05 images a day at 1 s each do not fit into a day; images_per_day is of one device");
  // Boards that work on one image together do not make the day longer.
  EXPECT_SAYS(use_study("energy_per_image_j = 1\nlatency_ms = 1000\nimages_per_day = 1e5\nyears = 1\nplace = \"FR\"\n"
                        "hardware = \"PlainGPU\"\ncount = 2\n"),
              "1e+05 images a day at 1 s each do not fit into a day");
  // 50,000 images a day fit; after two years of growth they do not.
  const std::string growing =
      "energy_per_image_j = 1\nlatency_ms = 1000\nimages_per_day = 5e4\nplace = \"FR\"\ngrowth_per_year = 0.5\n";
  EXPECT_SAYS(use_study(growing + "years = 3\n"), "1.125e+05 images a day in year 3 at 1 s each do not fit into a day");
  EXPECT_SAYS(use_study(growing + "years = 2\n"), "no error");
}

TEST(BadInput, FiguresTooLargeToMultiplyNameTheStudy) {
  EXPECT_SAYS(
      training_study("energy_kwh = 1\nplace = \"FR\"\n", "[device.x]\ngwp_kg = 1\n[design]\nexperiments = 1e30\n"),
      "no error")
      << "thirty zeros are silly and finite";
  Study s = training_study("energy_kwh = 1\nplace = \"FR\"\n");
  s.training->energy_kwh->value = 1e308;  // past the reader's bound, as an override of another room may be
  s.training->supply.pue = base::fixed(1e10);
  EXPECT_SAYS(s, "s.toml: ");
  EXPECT_SAYS(s, "has no finite figure in GWP");
}

}  // namespace
}  // namespace cradle::life
