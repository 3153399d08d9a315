// Rules of the life that no other test asserts, each by hand: what the figure would be if the rule were taken out
// differs.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <functional>

#include "cradle/base/error.h"
#include "cradle/base/file.h"
#include "cradle/base/random.h"
#include "cradle/base/scratch_test.h"
#include "cradle/base/statistics.h"
#include "cradle/life/assess.h"
#include "cradle/life/hand_catalog_test.h"
#include "cradle/life/model.h"
#include "cradle/life/pedigree.h"
#include "cradle/record/modelled_run_test.h"

namespace cradle::life {
namespace {

namespace fs = std::filesystem;

const char* const kPlace = "place = \"FR\"\nfacility = \"local\"\n";

/// A run on `host`, written into the tests' folder; its path as TOML text.
std::string written(const std::string& id, const std::string& host, double joules, double seconds,
                    const std::function<void(record::RunRecord&)>& change = {}) {
  const fs::path folder = base::scratch_folder() / "rules";
  fs::create_directories(folder);
  record::RunRecord r = record::modelled_run(id, joules, seconds, host);
  if (change) change(r);
  record::write_record(folder / (id + ".json"), r);
  return "\"" + (folder / (id + ".json")).string() + "\"";
}

int inputs_that_begin(const Model& m, const std::string& id) {
  return static_cast<int>(
      std::count_if(m.factors.begin(), m.factors.end(), [&](const auto& f) { return f.id.starts_with(id); }));
}

const UsedFactor* factor_of(const Model& m, const std::string& id) {
  for (const UsedFactor& f : m.factors)
    if (f.id.starts_with(id)) return &f;
  return nullptr;
}

bool warns(const Model& m, const std::string& text) {
  return std::any_of(m.warnings.begin(), m.warnings.end(),
                     [&](const auto& w) { return w.find(text) != std::string::npos; });
}

TEST(Supply, ALocalComputerEvaporatesNoWaterOnSite) {
  EXPECT_NEAR(figure(training_study(std::string("energy_kwh = 100\n") + kPlace), "training", "WU"),
              100 * (1 / 0.92) * 4, 1e-9);
}

TEST(Supply, EveryShapeOfTheDeclineIsTurnedIntoWhatIsLeft) {
  const std::string use =
      std::string("power_w = 3.6\nthroughput_per_s = 1\nimages_per_day = 1000\nyears = 3\n") + kPlace;
  const double flat = 1000 * 3.6 / 3.6e6 * (1 / 0.92) * 0.1, wanted = flat * (1 + 0.98 + 0.98 * 0.98) / 3;
  for (const char* decline :
       {"0.02", "{ low = 0.01, high = 0.03 }", "{ low = 0.01, mode = 0.02, high = 0.09 }",
        "{ mean = 0.02, sd = 0.001 }", "{ median = 0.02, gsd = 1.2 }", "{ quantiles = [0.0, 0.02, 0.2] }"}) {
    const auto s = use_study(use, std::string("[electricity]\ndecline_per_year = ") + decline + "\n");
    EXPECT_NEAR(figure(s, "use", "GWP"), wanted, 1e-12) << decline;
    const Model m = build_model(s, round_catalog());
    const UsedFactor& left = *factor_of(m, "grid-decline");
    EXPECT_LE(left.low, 0.98) << decline;
    EXPECT_GE(left.high, 0.98) << decline;
  }
  // The doubt is mirrored: a decline that may be much more leaves much less.
  const Model m = build_model(use_study(use, "[electricity]\ndecline_per_year = { quantiles = [0.0, 0.02, 0.2] }\n"),
                              round_catalog());
  EXPECT_NEAR(factor_of(m, "grid-decline")->low, 1 - 0.182, 0.01);
}

TEST(Hardware, TwoActivitiesOnOneDeviceKeepTheirOwnShareAndSurroundings) {
  const std::string use =
      std::string("energy_per_image_j = 1\nthroughput_per_s = 10\nimages_per_day = 100\nyears = 1\n") + kPlace;
  const std::string training = "[training]\nhours = 10\npower_w = 1\nplace = \"FR\"\n";
  const std::string small = "hardware = \"PlainGPU\"\nshare = 0.1\n", half = "hardware = \"PlainGPU\"\nshare = 0.5\n";
  const double both = figure(use_study(use + small, training + half), "production", "GWP");
  EXPECT_NEAR(both,
              figure(use_study(use, training + half), "production", "GWP") +
                  figure(use_study(use + small, training), "production", "GWP"),
              1e-12 * both);
}

TEST(Device, PartsOnOneLineAreTwoParts) {
  const auto s = device_study(
      "device = \"mine\"",
      "[device.mine]\n"
      "part = [{ kind = \"glass\", amount = 2, gwp_kg = 1 }, { kind = \"glass\", amount = 5, gwp_kg = 10 }]\n");
  EXPECT_NEAR(figure(s, "production", "GWP"), 2 * 1 + 5 * 10, 1e-12);
}

TEST(Device, FiguresOfTheStudyHaveTheUnitOfTheirCriterion) {
  const Model m =
      build_model(device_study("device = \"mine\"", "[device.mine]\ngwp_kg = 1\nadpe_kg = 1\npe_mj = 1\nwater_l = 1\n"),
                  round_catalog());
  EXPECT_EQ(factor_of(m, "GWP:mine")->unit, "kgCO2e");
  EXPECT_EQ(factor_of(m, "ADPe:mine")->unit, "kgSb");
  EXPECT_EQ(factor_of(m, "PE:mine")->unit, "MJ");
  EXPECT_EQ(factor_of(m, "WU:mine")->unit, "L");
}

TEST(Use, WithGrowthADeviceWaitsForTheRestOfItsMeanDay) {
  const auto s = use_study(std::string("power_w = 5\nthroughput_per_s = 10\nidle_w = 2\nimages_per_day = 1000\nyears = "
                                       "2\ngrowth_per_year = 1\n") +
                               kPlace,
                           "", "camera-year", 1);
  const double work = 1500 * 0.1;  // 1,000 and 2,000 images a day
  EXPECT_NEAR(figure(s, "use", "node-energy"), 365.25 * (work * 5 + (86400 - work) * 2) / 3.6e6, 1e-9);
}

TEST(Runs, OfTwoMachinesErrApartAndOfOneTogether) {
  const std::string a = written("a", "one", 3.6e6, 10), b = written("b", "one", 3.6e6, 10),
                    c = written("c", "two", 7.2e6, 10);
  const auto study_of = [&](const std::string& runs) { return training_study("run = [" + runs + "]\n" + kPlace); };
  EXPECT_EQ(inputs_that_begin(build_model(study_of(a + ", " + b), round_catalog()), "meter:"), 1);
  EXPECT_EQ(inputs_that_begin(build_model(study_of(a + ", " + c), round_catalog()), "meter:"), 2);
  EXPECT_NEAR(figure(study_of(a + ", " + b + ", " + c), "training", "node-energy"), 4, 1e-12);
  // Two errors that are not shared partly cancel.
  const auto width = [&](const std::string& runs) {
    const auto f = assess(study_of(runs), round_catalog(), {.samples = 2000}).per_unit[0].figure;
    return (f.p95 - f.p5) / f.value;
  };
  EXPECT_LT(width(a + ", " + written("d", "two", 3.6e6, 10)), 0.9 * width(a + ", " + b));
}

TEST(Runs, ThatFailedOrHaveNoEndAreSaid) {
  const std::string failed = written("failed", "one", 10, 1, [](auto& r) { r.exit_code = 3; });
  const std::string torn = written("torn", "one", 10, 1, [](auto& r) { r.complete = false; });
  EXPECT_TRUE(warns(build_model(training_study("run = " + failed + "\n" + kPlace), round_catalog()),
                    "run 'failed' ended with exit code 3"));
  EXPECT_TRUE(warns(build_model(training_study("run = " + torn + "\n" + kPlace), round_catalog()),
                    "was rebuilt from a journal without an end"));
}

TEST(Runs, OfAUseCountBetweenTheirMarksWithTheDoubtOfFewRepeats) {
  const auto use = [&](const std::string& id, double joules, double seconds) {
    return written(id, "one", joules, seconds, [&](record::RunRecord& r) {
      r.work = record::Work{"image", 100};
      r.marks = {{"window-begin", 0.1 * seconds, 0.1 * joules}, {"window-end", 0.9 * seconds, 0.9 * joules}};
    });
  };
  const std::string a = use("u1", 100, 10), b = use("u2", 120, 12);
  const std::string rest = "\nimages_per_day = 100\nyears = 1\nhardware = \"PlainGPU\"\ninfrastructure = false\n";
  const auto s = use_study("run = [" + a + ", " + b + "]" + rest + kPlace);
  EXPECT_NEAR(figure(s, "use", "node-energy"), 1000 * 0.8 * 1.1 / 3.6e6, 1e-12);
  // 1,000 images of 0.088 s; the board lives five years and, on a desk, works a fifth of them.
  EXPECT_NEAR(figure(s, "production", "GWP"), 60 * 1000 * 0.8 * 0.11 / (365.25 * 86400 * 5 * 0.2), 1e-12);
  const Model m = build_model(s, round_catalog());
  const UsedFactor& spread = *factor_of(m, "repeats:");
  // Two repeats 0.8 and 0.96 J: mean 0.88, standard error 0.08; Student's t of one degree of freedom is 6.314.
  EXPECT_NEAR(spread.high - 1, 6.3138 * 0.08 / 0.88, 1e-3);
  int slower = 0;
  for (const auto& e : m.inventory.inputs)
    for (const auto& t : e.terms) slower += m.factors[static_cast<std::size_t>(t.parameter)].id.starts_with("repeats:");
  EXPECT_EQ(slower, 2) << "a slower repeat holds the hardware longer too";
}

TEST(Training, PowerMayBeKnownAtTheGpuOrAtTheFacility) {
  const std::string power = "hours = 10\npower_w = 100\nplace = \"FR\"\n";
  EXPECT_NEAR(figure(training_study(power + "boundary = \"gpu\"\n"), "training", "node-energy"), 1.4, 1e-12);
  EXPECT_NEAR(
      figure(training_study(power + "boundary = \"facility\"\nincluded_pue = 1.25\n"), "training", "node-energy"),
      1 / 1.25, 1e-12);
}

TEST(Design, OtherRunsHoldTheHardwareOfTheTraining) {
  const std::string hours =
      "hours = 10\npower_w = 1\nhardware = \"PlainGPU\"\ninfrastructure = false\n" + std::string(kPlace);
  const std::string design = "[design]\nrun = " + written("other", "one", 3.6e6, 36000) + "\n";
  EXPECT_NEAR(figure(training_study(hours, design), "production", "GWP"),
              2 * figure(training_study(hours), "production", "GWP"), 1e-12);
  EXPECT_NEAR(figure(training_study(hours, design), "design", "node-energy"), 1, 1e-12);
}

}  // namespace
}  // namespace cradle::life
