// What is known to be zero, what is not known, and what is said of either.
#include <gtest/gtest.h>

#include <algorithm>

#include "cradle/base/file.h"
#include "cradle/base/scratch_test.h"
#include "cradle/life/assess.h"
#include "cradle/life/hand_catalog_test.h"
#include "cradle/life/model.h"
#include "cradle/record/modelled_run_test.h"

namespace cradle::life {
namespace {

const study::Figure* impact(const Result& r, const std::string& phase, const std::string& criterion) {
  for (const auto& i : r.impacts)
    if (i.phase == phase && i.criterion == criterion) return &i.figure;
  return nullptr;
}

template <class List>
bool says(const List& list, const std::string& text) {
  return std::any_of(list.begin(), list.end(),
                     [&](const std::string& line) { return line.find(text) != std::string::npos; });
}

TEST(Known, ZeroIsAFigureAndHasItsTree) {
  const auto s = training_study("energy_kwh = 100\nplace = \"FR\"\npue = 1\ncarbon_kg_per_kwh = 0\n");
  const Result r = assess(s, round_catalog(), {.samples = 100});
  ASSERT_NE(impact(r, "training", "GWP"), nullptr);
  EXPECT_EQ(impact(r, "training", "GWP")->value, 0);
  EXPECT_TRUE(std::any_of(r.per_unit.begin(), r.per_unit.end(), [](const auto& t) { return t.criterion == "GWP"; }));
  EXPECT_TRUE(std::any_of(r.tree.begin(), r.tree.end(), [](const auto& n) {
    return n.criterion == "GWP" && n.factor.starts_with("carbon:");
  })) << "the zero has a source";
  EXPECT_FALSE(says(r.warnings, "GWP: no phase"));
  EXPECT_EQ(r.energy.back().facility_kwh.value, 100) << "and its kilowatt-hours are counted";
  EXPECT_EQ(impact(r, "training", "EW"), nullptr) << "of electricity nobody says what waste it causes";
}

TEST(Known, ZeroOfAMarketIsAFigureOfTheAlternativeToo) {
  const auto c = round_and("grid.gwp_market,,aws:eu-west-3,2023,,0,,,fixed,kgCO2e/kWh,CC0,A,test,\n");
  const Result r =
      assess(training_study("energy_kwh = 100\nplace = \"aws:eu-west-3\"\npue = 1\n"), c, {.samples = 100});
  const auto market = std::find_if(r.alternatives.begin(), r.alternatives.end(),
                                   [](const auto& alternative) { return alternative.name == "market"; });
  ASSERT_NE(market, r.alternatives.end());
  ASSERT_FALSE(market->per_unit.empty());
  EXPECT_EQ(market->per_unit[0].criterion, "GWP");
  EXPECT_EQ(market->per_unit[0].figure.value, 0);
}

TEST(Known, ARegionWithoutAFigureOfItsOwnTakesItsCountrysWithTheLosses) {
  // "aws:eu-west-3" has a figure of its own, "gcp:europe-west9" (France as well) has none in the round catalogue.
  const double own = figure(training_study("energy_kwh = 100\nplace = \"aws:eu-west-3\"\npue = 1\n"), "", "GWP");
  const double none = figure(training_study("energy_kwh = 100\nplace = \"gcp:europe-west9\"\npue = 1\n"), "", "GWP");
  const double country = figure(training_study("energy_kwh = 100\nplace = \"FR\"\npue = 1\n"), "", "GWP");
  EXPECT_NEAR(own, 100 * 0.06, 1e-12) << "of consumption";
  EXPECT_NEAR(none, country, 1e-12) << "of generation, as the country's";
}

TEST(Known, ProductionOfDataAloneIsNotMissing) {
  const std::string data = "[data]\nlabelling_hours = 100\nfacility = \"local\"\nplace = \"FR\"\n";
  const Model m = build_model(training_study("energy_kwh = 1\nplace = \"FR\"\npue = 1\n", data), round_catalog());
  EXPECT_FALSE(std::any_of(m.missing.begin(), m.missing.end(), [](const auto& p) { return p.phase == "production"; }));
  EXPECT_TRUE(says(m.warnings, "production: [training] names no hardware"));
}

TEST(Known, WhatLiesOutsideTheUnitIsNotMissingData) {
  const Model m = build_model(training_study("energy_kwh = 1\nplace = \"FR\"\n"), round_catalog());
  for (const auto& p : m.missing) EXPECT_EQ(p.outside, p.phase == "deployment" || p.phase == "use") << p.phase;
}

TEST(Known, WhatTheDataStateOfTheirElectricityIsOneInput) {
  const std::string data =
      "[data]\nlabelling_hours = 100\nstorage_gb = 10\nyears = 1\nplace = \"FR\"\n"
      "carbon_kg_per_kwh = { low = 0.1, high = 0.9 }\n";
  const Model m = build_model(training_study("energy_kwh = 1\nplace = \"FR\"\npue = 1\n", data), round_catalog());
  EXPECT_EQ(
      std::count_if(m.factors.begin(), m.factors.end(), [](const auto& f) { return f.id.starts_with("carbon:"); }), 1);
}

TEST(Known, WhatIsLeftOutIsSaid) {
  const auto warnings = [](const Study& s, const catalog::Catalog& c = round_catalog()) {
    return build_model(s, c).warnings;
  };
  const std::string place = "place = \"FR\"\nfacility = \"local\"\n";
  EXPECT_TRUE(says(warnings(use_study("energy_per_image_j = 1\nimages_per_day = 1\nyears = 1\n" + place,
                                      "[training]\nhours = 1\npower_w = 1\nhardware = \"PlainGPU\"\n" + place)),
                   "production: neither [use] nor [deployment] names hardware"));
  EXPECT_TRUE(says(warnings(training_study("energy_kwh = 1\nhardware = \"PlainGPU\"\n" + place)),
                   "is given without hours, so its hardware cannot be charged by time"));
  const auto bare = round_and(
      "gpu.die,Bare,,2023,,2,,,fixed,cm2,CC0,A,test,\ngpu.node,Bare,,2023,,7,,,fixed,nm,CC0,A,test,\n"
      "gpu.tdp,Bare,,2023,,100,,,fixed,W,CC0,A,test,\n");
  EXPECT_TRUE(says(warnings(training_study("hours = 1\npower_w = 1\nhardware = \"Bare\"\n" + place), bare),
                   "does not say what memory 'Bare' has"));
}

TEST(Known, QualityThatARecordDoesNotShowIsSaid) {
  const auto file = base::scratch_folder() / "quality.json";
  record::RunRecord r = record::modelled_run("bench", 100, 10);
  r.work = record::Work{"image", 100};
  record::write_record(file, r);
  const auto study_of = [&] {
    return study::parse_study(
        "schema = \"cradle.study/1\"\n[functional_unit]\nkind = \"image\"\nquality = \"mAP50 >= 0.6\"\n[use]\nrun = "
        "\"" +
            file.string() + "\"\nimages_per_day = 1\nyears = 1\nplace = \"FR\"\nfacility = \"local\"\n",
        "s.toml");
  };
  EXPECT_TRUE(says(build_model(study_of(), round_catalog()).warnings, "states no quality; the study asks for mAP50"));
  r.quality = record::Quality{"top-1", {0.9, 0.8, 1}};
  record::write_record(file, r);
  EXPECT_TRUE(says(build_model(study_of(), round_catalog()).warnings, "states top-1, the study asks for mAP50"));
}

TEST(Known, ACriterionThatASideLacksIsNotCompared) {
  const auto a = training_study("energy_kwh = 1\nplace = \"FR\"\npue = 1\n");
  const Comparison c = compare(a, a, round_catalog(), {.samples = 100});
  EXPECT_TRUE(std::none_of(c.rows.begin(), c.rows.end(), [](const auto& row) { return row.criterion == "EW"; }));
  EXPECT_TRUE(says(c.warnings, "EW: neither side has data, so it is not compared"));
}

TEST(Known, TheTornadoIsTheTotalAtTheEndsOfEachInput) {
  const auto s = training_study("energy_kwh = { low = 5, high = 15 }\nplace = \"FR\"\npue = { low = 1, high = 1.2 }\n");
  const Result r = assess(s, round_catalog(), {.samples = 100});
  const double per_kwh = 0.1 / 0.92;
  int seen = 0;
  for (const auto& t : r.sensitivity) {
    if (t.criterion != "GWP") continue;
    const bool energy = t.input == "training-energy";
    // Uniform inputs: P5 and P95 lie a twentieth of the width inside.
    EXPECT_NEAR(t.at_p5, per_kwh * (energy ? 5.5 * 1.1 : 10 * 1.01), 1e-9) << t.input;
    EXPECT_NEAR(t.at_p95, per_kwh * (energy ? 14.5 * 1.1 : 10 * 1.19), 1e-9) << t.input;
    ++seen;
  }
  EXPECT_EQ(seen, 2) << "the place's factor and losses are fixed here";
}

}  // namespace
}  // namespace cradle::life
