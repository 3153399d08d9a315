#include "cradle/scenario/when.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <numeric>

#include "cradle/base/error.h"
#include "cradle/base/file.h"
#include "cradle/base/scratch_test.h"
#include "cradle/record/modelled_run_test.h"

namespace cradle::scenario {
namespace {

namespace fs = std::filesystem;

fs::path folder() {
  const fs::path f = base::scratch_folder() / "when";
  fs::create_directories(f);
  return f;
}
fs::path study_file(const std::string& hours, const std::string& more = "") {
  const fs::path path = folder() / ("study-" + hours + ".toml");
  base::write_file(path,
                   "schema = \"cradle.study/1\"\nname = \"t\"\n[functional_unit]\nkind = \"training\"\n[training]\n"
                   "hours = " +
                       hours + "\npower_w = 1000\npue = 1.2\nplace = \"FR\"\n" + more);
  return path;
}
/// `value(month, hour)` for each typical day.
template <class F>
fs::path profile_file(const std::string& name, const std::string& head, const F& value) {
  std::string text = head + "# source: test\nmonth,hour,kg_per_kwh\n";
  for (int m = 1; m <= 12; ++m)
    for (int h = 0; h < 24; ++h) text += fmt::format("{},{},{}\n", m, h, value(m, h));
  base::write_file(folder() / name, text);
  return folder() / name;
}
WhenOptions options(std::vector<fs::path> profiles) {
  WhenOptions o;
  o.profiles = std::move(profiles);
  o.assess.samples = 200;
  return o;
}
const std::string kAbsolute = "# place: FR\n# unit: kgCO2e/kWh\n", kRelative = "# place: FR\n# unit: 1\n";
double noon(int, int h) { return h == 12 ? 0.05 : 0.1; }

TEST(When, MeansByStartWrapAroundTheYear) {
  std::vector<double> profile(8760, 1.0);
  profile[0] = 4;
  const auto means = means_by_start(profile, flat_curve(3 * 3600));
  EXPECT_NEAR(means[8758], (1 + 1 + 4) / 3.0, 1e-12);
  EXPECT_NEAR(means[0], 2, 1e-12);
  // More than a year: each hour is met once, and the first ones again.
  const auto longer = means_by_start(profile, flat_curve(2 * 8760.0 * 3600));
  EXPECT_NEAR(longer[5], std::accumulate(profile.begin(), profile.end(), 0.0) / 8760, 1e-9);
}

TEST(When, AnHourAtNoonIsComputedByHand) {
  const When w = when(study_file("1"), options({profile_file("noon.csv", kAbsolute, noon)}), catalog::built_in());
  ASSERT_EQ(w.places.size(), 1u);
  const PlaceWhen& p = w.places[0];
  ASSERT_EQ(p.fault, "");
  EXPECT_EQ(p.hours[static_cast<std::size_t>(p.best)].hour, 12);
  // 1 kWh × PUE 1.2 × what the grid loses on the way (as the assessment has it) × 0.05 kg/kWh.
  const study::Result r = life::assess(study::read_study(study_file("1")), catalog::built_in(), {.samples = 100});
  double with_losses = 0;
  for (const auto& f : r.factors)
    if (f.id.starts_with("grid.gwp@FR")) with_losses = r.per_unit.at(0).figure.value / f.value;
  EXPECT_NEAR(r.energy.at(0).facility_kwh.value, 1.2, 1e-9);
  EXPECT_GE(with_losses, 1.2);
  EXPECT_NEAR(p.hours[12].co2e_kg.value, with_losses * 0.05, 1e-9);
  EXPECT_NEAR(p.typical_kg.value, with_losses * (23 * 0.1 + 0.05) / 24, 1e-9);
  EXPECT_NEAR(p.hours[12].saving, 1 - 0.05 / ((23 * 0.1 + 0.05) / 24), 1e-9);
  EXPECT_EQ(p.hours[12].probability_lower, 1.0);
  EXPECT_EQ(p.hours[3].probability_lower, 0.0);
  EXPECT_LT(p.hours[12].co2e_kg.p5, p.hours[12].co2e_kg.value) << "the annual factor's doubt";
  EXPECT_NE(text(w).find("one typical day for each month"), std::string::npos) << "what the share of days rests on";
}

TEST(When, ARelativeProfileKeepsTheAnnualFigureOnAverage) {
  const auto wave = [](int m, int h) {
    return 1 + 0.5 * std::sin(2 * std::numbers::pi * h / 24.0) + 0.2 * std::cos(2 * std::numbers::pi * m / 12.0);
  };
  const fs::path study = study_file("5");
  const When w = when(study, options({profile_file("wave.csv", kRelative, wave)}), catalog::built_in());
  const study::Result r = life::assess(study::read_study(study), catalog::built_in(), {.samples = 200});
  EXPECT_NEAR(w.places[0].typical_kg.value, r.per_unit[0].figure.value, 1e-9 * r.per_unit[0].figure.value);
  EXPECT_NEAR(w.places[0].typical_kg.p95, r.per_unit[0].figure.p95, 1e-9 * r.per_unit[0].figure.p95);
}

TEST(When, AWholeDayIsTheSameAtAnyStart) {
  const When w = when(study_file("24"), options({profile_file("noon.csv", kAbsolute, noon)}), catalog::built_in());
  for (const StartHour& h : w.places[0].hours) EXPECT_NEAR(h.saving, 0, 1e-9) << h.hour;
}

TEST(When, DaysOnWhichItIsLowerAreCounted) {
  // Noon is low in the first half of the year and high in the second, which has 184 of 365 days.
  const auto half = [](int m, int h) { return h != 12 ? 0.1 : m <= 6 ? 0.05 : 0.15; };
  const When w = when(study_file("1"), options({profile_file("half.csv", kAbsolute, half)}), catalog::built_in());
  EXPECT_NEAR(w.places[0].hours[12].probability_lower, 181.0 / 365, 1e-12);
  EXPECT_EQ(w.places[0].months[0].best_hour, 12);
  EXPECT_EQ(w.places[0].months[11].worst_hour, 12);
  WhenOptions december = options({folder() / "half.csv"});
  december.month = 12;
  EXPECT_EQ(when(study_file("1"), december, catalog::built_in()).places[0].hours[12].probability_lower, 0);
}

TEST(When, APlaceWithoutAProfileIsFlatAndSaysSo) {
  WhenOptions o = options({profile_file("noon.csv", kAbsolute, noon)});
  o.places = {"FR", "PL", "Frnace"};
  EXPECT_THROW(when(study_file("1"), o, catalog::built_in()), base::Error);
  o.places = {"PL", "FR"};
  const When w = when(study_file("1"), o, catalog::built_in());
  ASSERT_EQ(w.places.size(), 2u);
  EXPECT_EQ(w.places[0].place, "FR") << "the least first";
  EXPECT_NE(w.places[1].note.find("annual average"), std::string::npos);
  EXPECT_GT(w.places[1].typical_kg.value, 0.5);
  EXPECT_NE(text(w).find("PL: no profile"), std::string::npos);
  EXPECT_TRUE(to_json(w)["places"][1]["profile"].is_null());
}

TEST(When, TheInstantIsReadOnTheProfilesClock) {
  const fs::path zoned = profile_file("zoned.csv", kAbsolute + "# zone: UTC+2\n", noon);
  WhenOptions o = options({zoned});
  o.now_unix_s = 1767261600 + 0.0;  // 2026-01-01T10:00:00Z: noon there
  const When w = when(study_file("1"), o, catalog::built_in());
  ASSERT_TRUE(w.places[0].start);
  EXPECT_EQ(w.places[0].start->hour, 12);
  EXPECT_NEAR(w.places[0].start->co2e_kg.value, w.places[0].hours[12].co2e_kg.value, 1e-12);
  EXPECT_LT(w.places[0].start->co2e_kg.value, 0.6 * w.places[0].hours[11].co2e_kg.value);
}

TEST(When, RefusesWhatDoesNotFit) {
  const fs::path marginal = profile_file("marginal.csv", kAbsolute + "# view: location-marginal\n", noon);
  const fs::path one = profile_file("noon.csv", kAbsolute, noon);
  EXPECT_THROW(when(study_file("1"), options({marginal}), catalog::built_in()), base::Error);
  EXPECT_THROW(when(study_file("1"), options({one, one}), catalog::built_in()), base::Error);
  WhenOptions o = options({one});
  o.start_hour = 24;
  EXPECT_THROW(when(study_file("1"), o, catalog::built_in()), base::Error);
  o = options({});
  o.places = {"FR", "PL"};
  const fs::path stated = study_file("2", "carbon_kg_per_kwh = 0.3\n");
  const When w = when(stated, o, catalog::built_in());
  EXPECT_EQ(w.places[0].fault, "");
  EXPECT_NE(w.places[1].fault.find("carbon_kg_per_kwh"), std::string::npos);
}

TEST(When, TheRecordsMarksSayWhenItsEnergyWasDrawn) {
  // Two hours, all of whose energy was drawn in the first.
  record::RunRecord r = record::modelled_run("train", 3.6e6, 7200);
  r.marks = {{"epoch-1", 3600, 3.6e6}, {"epoch-2", 7200, 3.6e6}};
  record::write_record(folder() / "train.json", r);
  const fs::path path = folder() / "measured.toml";
  base::write_file(path,
                   "schema = \"cradle.study/1\"\n[functional_unit]\nkind = \"training\"\n[training]\n"
                   "run = \"train.json\"\npue = 1\nplace = \"FR\"\n");
  const When w = when(path, options({profile_file("noon.csv", kAbsolute, noon)}), catalog::built_in());
  EXPECT_EQ(w.curve, "measured");
  const auto& hours = w.places.at(0).hours;
  EXPECT_NEAR(hours[12].co2e_kg.value / hours[10].co2e_kg.value, 0.5, 1e-9);
  EXPECT_NEAR(hours[11].co2e_kg.value, hours[10].co2e_kg.value, 1e-9) << "its second hour draws nothing";
}

TEST(When, AStudyOfImagesIsAskedForItsTraining) {
  const fs::path path = folder() / "images.toml";
  base::write_file(
      path,
      "schema = \"cradle.study/1\"\n[functional_unit]\nkind = \"image\"\namount = 1000\n[training]\nhours = 1\n"
      "power_w = 1000\npue = 1.2\nplace = \"FR\"\n[use]\npower_w = 10\nthroughput_per_s = 50\n"
      "images_per_day = 86400\nyears = 5\nplace = \"BE\"\n");
  const When images = when(path, options({}), catalog::built_in());
  const When training = when(study_file("1"), options({}), catalog::built_in());
  EXPECT_NEAR(images.places[0].typical_kg.value, training.places[0].typical_kg.value, 1e-12);
}

}  // namespace
}  // namespace cradle::scenario
