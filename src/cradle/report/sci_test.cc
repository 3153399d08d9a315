// SCI and SCI for AI: terms and components make the score; the standard's choices stand in for others.
#include <gtest/gtest.h>

#include <array>
#include <regex>

#include "cradle/base/error.h"
#include "cradle/report/facts.h"
#include "cradle/report/figures.h"
#include "cradle/report/reading_test.h"
#include "cradle/report/sample_result.h"

namespace cradle::report {
namespace {

/// The sample's study as if it had shared hardware by the calendar.
study::Result calendar_shared() {
  study::Result r = sample_result();
  for (study::Alternative& a : r.alternatives)
    if (a.kind == "allocation") a.chosen = a.name == "calendar-time";
  r.allocation = "calendar-time";
  return r;
}

TEST(Sci, TheTermsMakeTheScoreAndTheComponentsSumToIt) {
  const study::Result r = calendar_shared();
  const std::string text = sci(r, kOrigin);
  const double e = number(row(text, "E")[1]), i = number(row(text, "I")[1]), m = number(row(text, "M")[1]);
  EXPECT_TRUE(contains(text, "**SCI = 6.90 gCO2e (5.11–10.1) per 1,000 images at mAP50 >= 0.60**")) << text;
  expect_shown(e * i + m, 1000 * total_of(r, "GWP")->value, "E · I + M");
  expect_shown(e, energy_of(r, "")->facility_kwh.value, "E is at the facility's meter");
  expect_shown(m, 1000 * (impact_of(r, "production", "GWP")->value + impact_of(r, "end-of-life", "GWP")->value), "M");
  const std::string components = section(text, "### 4. Quantify");
  double sum = 0;
  for (const char* name : {"use", "training", "deployment"}) {
    const auto cells = row(components, name);
    ASSERT_EQ(cells.size(), 7u) << name;
    sum += number(cells[4]);
    expect_shown(number(cells[2]) * number(cells[3]), number(cells[4]), name);
  }
  for (const char* name : {"hardware of the training", "hardware of the use", "disposal of hardware of the use"})
    sum += number(row(components, name)[5]);
  expect_shown(sum, 1000 * total_of(r, "GWP")->value, "components");
}

/// Ten drives of 40 km under deployment, as the tree has them.
void add_drive(study::Result& r, double kg) {
  study::UsedFactor car;
  car.id = "transport.car";
  car.name = "driving a car or small van";
  car.unit = "kgCO2e/km";
  r.factors.push_back(car);
  const auto node = [](std::string id, std::string parent, std::string kind, double value, std::string factor) {
    return study::TreeNode{
        std::move(id), std::move(parent), "Drive", std::move(kind), "GWP", value, std::move(factor), 1, 1, ""};
  };
  r.tree.push_back(node("GWP/deployment.drive", "GWP/deployment", "process", kg, ""));
  r.tree.push_back(node("GWP/deployment.drive.car", "GWP/deployment.drive", "factor", 0.12, "transport.car"));
  for (study::Impact& i : r.impacts)
    if (i.phase == "deployment" && i.criterion == "GWP") i.figure.value += kg;
  r.per_unit[0].figure.value += kg;
}

TEST(Sci, WhatIsNotElectricityIsInTheScoreButNotInItsIntensity) {
  study::Result r = calendar_shared();
  const auto before = row(section(sci(r, kOrigin), "### 4. Quantify"), "deployment");
  const std::string o = row(sci(r, kOrigin), "O = E · I")[1], i = row(sci(r, kOrigin), "I")[1];
  add_drive(r, 2e-3);
  const std::string text = sci(r, kOrigin);
  const std::string components = section(text, "### 4. Quantify");
  for (std::size_t c = 0; c < 6; ++c) EXPECT_EQ(row(components, "deployment")[c], before[c]) << c;
  const auto drive = row(components, "deployment, not electricity: driving a car or small van");
  ASSERT_EQ(drive.size(), 7u) << components;
  EXPECT_EQ(drive[3], "–") << "no intensity";
  expect_shown(number(drive[4]), 2, "g");
  EXPECT_EQ(row(text, "O = E · I")[1], o);
  EXPECT_EQ(row(text, "I")[1], i);
  expect_shown(number(row(text, "O, other")[1]), 2, "g");
  EXPECT_TRUE(contains(row(text, "O, other")[3], "driving a car or small van"));
  EXPECT_TRUE(contains(text, "SCI = (E · I + O, other + M) per R"));
  EXPECT_TRUE(contains(text, "**SCI = 8.90 gCO2e"));
  EXPECT_TRUE(contains(sci_ai(r, kOrigin), "operational, not of electricity"));
}

TEST(Sci, UnderAMarketViewWhatIsNotElectricityStaysAsItIs) {
  study::Result r = calendar_shared();
  add_drive(r, 2e-3);
  r.view = "market";
  for (study::Alternative& a : r.alternatives)
    if (a.name == "location-average") a.per_unit[0].figure = {11e-3, 10e-3, 11e-3, 12e-3};
  const std::string text = sci(r, kOrigin);
  const double m = number(row(text, "M")[1]);
  expect_shown(number(row(text, "O = E · I")[1]), 11 - 2 - m, "electricity by location");
  const auto other = row(text, "O, other");
  ASSERT_EQ(other.size(), 4u) << text;
  expect_shown(number(other[1]), 2, "the drive");
  EXPECT_TRUE(contains(other[3], "driving a car or small van"));
}

TEST(Sci, WithoutATreeAPhaseIsTakenAsItsElectricityAndThatIsSaid) {
  study::Result r = calendar_shared();
  const std::string said = "taken as the electricity's";
  EXPECT_FALSE(contains(sci(r, kOrigin), said));
  r.tree.clear();
  EXPECT_TRUE(contains(sci(r, kOrigin), said));
  expect_shown(number(row(sci(r, kOrigin), "O = E · I")[1]), 5.735, "O");
}

TEST(Sci, HardwareIsSharedByTheCalendarWhateverTheStudysRule) {
  study::Result r = sample_result();  // by active time
  const std::string text = sci(r, kOrigin);
  // 0.93 of 6.904 g by the calendar; O stays.
  EXPECT_TRUE(contains(text, "**SCI = 6.42 gCO2e (4.49–9.63) per")) << text;
  const double o = number(row(text, "O = E · I")[1]), m = number(row(text, "M")[1]);
  expect_shown(o, 5.735, "O");
  EXPECT_NEAR(m, 0.93 * 6.9038 - 5.735, 0.002);
  EXPECT_TRUE(contains(text, "the study's own rule is active-time"));
  EXPECT_TRUE(contains(sci_ai(r, kOrigin), "hardware is shared by the study's rule active-time"));
  std::erase_if(r.alternatives, [](const study::Alternative& a) { return a.kind == "allocation"; });
  EXPECT_TRUE(contains(sci(r, kOrigin), "**M is by the study's rule active-time**"));
  EXPECT_TRUE(contains(sci(r, kOrigin), "**SCI = 6.90 gCO2e"));
}

TEST(Sci, AMarketViewIsRefusedAndTheLocationAverageTaken) {
  study::Result r = calendar_shared();
  r.view = "market";
  for (study::Alternative& a : r.alternatives)
    if (a.name == "location-average") a.per_unit[0].figure = {9e-3, 8e-3, 9e-3, 1e-2};
  const std::string text = sci(r, kOrigin);
  EXPECT_TRUE(contains(text, "may not be used in this score"));
  EXPECT_TRUE(contains(text, "**SCI = 9.00 gCO2e (8.00–10.0) per"));
  const double e = number(row(text, "E")[1]), i = number(row(text, "I")[1]), m = number(row(text, "M")[1]);
  expect_shown(e * i + m, 9.0, "E · I + M");
  EXPECT_TRUE(contains(sci_ai(r, kOrigin), "**No score can be given**"));
  r.alternatives.clear();
  EXPECT_TRUE(contains(sci(r, kOrigin), "**no score can be given**"));
  EXPECT_FALSE(contains(sci(r, kOrigin), "SCI ="));
}

TEST(Sci, ElectricityThatEmitsNothingByContractIsStillElectricity) {
  study::Result r = calendar_shared();
  r.view = "market";
  const double kg = impact_of(r, "use", "GWP")->value;
  // A market factor of 0 for the use: no Impact in GWP at all, or one of 0.
  std::erase_if(r.impacts, [](const study::Impact& i) { return i.phase == "use" && i.criterion == "GWP"; });
  std::erase_if(r.tree, [](const study::TreeNode& n) { return n.id.starts_with("GWP/use"); });
  r.per_unit[0].figure.value -= kg;
  study::Result zero = r;
  zero.impacts.push_back({"use", "GWP", {0, 0, 0, 0}});
  for (study::Result& x : std::array{r, zero}) {
    for (study::Alternative& a : x.alternatives)
      if (a.name == "location-average") a.per_unit[0].figure = {9e-3, 8e-3, 9e-3, 1e-2};
    const std::string text = sci(x, kOrigin);
    expect_shown(number(row(text, "E")[1]), energy_of(x, "")->facility_kwh.value, "E is of all phases");
    expect_shown(number(row(text, "E")[1]) * number(row(text, "I")[1]) + number(row(text, "M")[1]), 9.0, "score");
    x.view = "location-average";
    const auto use = row(section(sci(x, kOrigin), "### 4. Quantify"), "use");
    ASSERT_EQ(use.size(), 7u);
    expect_shown(number(use[2]), energy_of(x, "use")->facility_kwh.value, "E of the use");
    EXPECT_EQ(use[4], "0");
    EXPECT_TRUE(row(section(sci_ai(x, kOrigin), "## Consumer score"), "use").size() == 5);
  }
}

TEST(Sci, AScoreOfNothingHasNoShares) {
  study::Result r = calendar_shared();
  for (study::Impact& i : r.impacts) i.figure = {};
  r.per_unit[0].figure = {};
  for (study::TreeNode& n : r.tree)
    if (n.kind != "factor") n.value = 0;
  const std::string text = sci(r, kOrigin);
  EXPECT_EQ(row(section(text, "### 4. Quantify"), "use")[6], "–");
  EXPECT_FALSE(contains(text, "nan"));
  EXPECT_EQ(row(text, "M")[1], "0") << "a known zero";
}

TEST(Sci, UnderAMarketViewEIsTheTotalsEvenWherePhasesLackTheirs) {
  study::Result r = calendar_shared();
  r.view = "market";
  std::erase_if(r.energy, [](const study::Energy& e) { return e.phase == "use"; });
  expect_shown(number(row(sci(r, kOrigin), "E")[1]), energy_of(r, "")->facility_kwh.value, "E");
}

TEST(Sci, UnderAMarketViewATotalOfNothingIsNoFault) {
  study::Result r = calendar_shared();
  r.per_unit.erase(r.per_unit.begin());
  EXPECT_THROW(sci(r, kOrigin), base::Error);
  r.view = "market";
  EXPECT_TRUE(contains(sci(r, kOrigin), "**SCI = "));
}

/// A carbon intensity of the study itself for an activity.
void state_carbon(study::Result& r, const std::string& activity) {
  study::UsedFactor f;
  f.id = "carbon:" + activity;
  f.name = "carbon intensity of the electricity of " + activity;
  f.unit = "kgCO2e/kWh";
  f.status = "input";
  r.factors.push_back(f);
}

TEST(Sci, BehindAStatedCarbonIntensityMayStandAContract) {
  study::Result r = calendar_shared();
  const std::string none = "No offset, certificate or purchase agreement enters it";
  const std::string word =
      "intensity of the electricity of training and use is stated by the study, so whether an offset";
  for (const auto& form : {sci, sci_ai}) {
    EXPECT_TRUE(contains(form(r, kOrigin), none));
    EXPECT_FALSE(contains(form(r, kOrigin), "stated by the study, so"));
  }
  EXPECT_FALSE(contains(iso14044(r, kOrigin), "the same under every view"));
  state_carbon(r, "training");
  state_carbon(r, "use");
  for (const auto& form : {sci, sci_ai}) {
    EXPECT_TRUE(contains(form(r, kOrigin), word));
    EXPECT_FALSE(contains(form(r, kOrigin), none));
  }
  const std::string views = section(iso14044(r, kOrigin), "### 5.2");
  EXPECT_TRUE(contains(views, "`location-marginal` is not what one more"));
  EXPECT_EQ(
      row(views, "location-marginal")[6],
      "The power station that follows the load. (the carbon intensity that the study states stands under it too)");
}

TEST(Sci, UnderAMarketViewAStatedCarbonIntensityHasNoScore) {
  study::Result r = calendar_shared();
  r.view = "market";
  EXPECT_TRUE(contains(sci(r, kOrigin), "**SCI = ")) << "by the alternative location-average";
  state_carbon(r, "training");
  const std::string why = "the carbon intensity of the electricity of training, which no view changes";
  for (const auto& form : {sci, sci_ai}) {
    EXPECT_FALSE(contains(form(r, kOrigin), "SCI = "));
    EXPECT_TRUE(contains(form(r, kOrigin), why)) << form(r, kOrigin);
    EXPECT_TRUE(contains(form(r, kOrigin), "`carbon_kg_per_kwh`"));
  }
}

TEST(Sci, TwoChangedChoicesHaveASumButNoInterval) {
  study::Result r = sample_result();  // by active time
  r.view = "market";
  for (study::Alternative& a : r.alternatives)
    if (a.name == "location-average") a.per_unit[0].figure = {9e-3, 8e-3, 9e-3, 1e-2};
  const std::string text = sci(r, kOrigin);
  // 9 g by location less what the calendar takes from the hardware: 9 − 0.07 · 6.904.
  EXPECT_TRUE(contains(text, "**SCI = 8.52 gCO2e per 1,000 images")) << text;
  EXPECT_TRUE(contains(text, "no interval for two changed choices at once"));
}

TEST(Sci, HardwareWithoutAFigureIsNotKnownAndNotZero) {
  study::Result r = sample_result();  // by active time, with an alternative by the calendar
  for (const char* phase : {"production", "end-of-life"}) {
    r.per_unit[0].figure.value -= impact_of(r, phase, "GWP")->value;
    remove_phase(r, phase);
    std::erase_if(r.tree, [&](const study::TreeNode& n) { return n.id.find(phase) != std::string::npos; });
  }
  const std::string text = sci(r, kOrigin);
  EXPECT_EQ(row(text, "M")[1], "not known");
  EXPECT_EQ(row(section(text, "### 4. Quantify"), "**sum**")[5], "–");
  EXPECT_TRUE(contains(text, "**M is not known**"));
  EXPECT_TRUE(contains(text, "**SCI = 5.73 gCO2e")) << "the calendar changes nothing that is there";
  EXPECT_TRUE(contains(text, "the operation alone (use; its hardware is not known)"));
  for (const char* said : {"hardware by the calendar", "hardware of the training", "calendar-time"})
    EXPECT_FALSE(contains(text, said)) << said;
  EXPECT_FALSE(contains(sci_ai(r, kOrigin), "hardware is shared by"));
}

TEST(Sci, TheStepsNameWhatIsThereAndHowItWasObtained) {
  study::Result r = calendar_shared();
  const auto bound = [&] { return section(sci(r, kOrigin), "### 1. Bound"); };
  const auto define = [&] { return section(sci(r, kOrigin), "### 3. Define"); };
  EXPECT_TRUE(contains(bound(), "all phases with data, the training and the hardware that served it among them,"));
  EXPECT_TRUE(contains(define(), "Hardware: calculated from footprints (published) and the study's shares of them."));
  for (study::UsedFactor& f : r.factors)
    if (f.id == "device.edge.embodied") f.status = "input";
  EXPECT_TRUE(contains(define(), "footprints (stated in the study)"));
  remove_phase(r, "training");
  EXPECT_TRUE(contains(bound(), "all phases with data, hardware among them,"));
  remove_phase(r, "production");
  std::erase_if(r.tree, [&](const study::TreeNode& n) { return n.id.find("production") != std::string::npos; });
  EXPECT_TRUE(contains(bound(), "all phases with data, as far as"));
  EXPECT_TRUE(contains(define(), "Hardware: not known."));
}

TEST(Sci, WithoutAUseThereIsNoScoreOfTheOperation) {
  study::Result r = calendar_shared();
  for (const char* phase : {"use", "production", "end-of-life"}) remove_phase(r, phase);
  EXPECT_TRUE(contains(sci(r, kOrigin), "no figure of the operation"));
}

TEST(SciAi, BothScoresAreSeparateAndTogetherTheTotal) {
  const study::Result r = sample_result();
  const std::string text = sci_ai(r, kOrigin);
  const std::string consumer = section(text, "## Consumer score"), provider = section(text, "## Provider score");
  const double c = number(row(consumer, "**sum**")[4]), p = number(row(provider, "**sum**")[4]);
  expect_shown(c, 1000 * (impact_of(r, "use", "GWP")->value + 0.9 * impact_of(r, "production", "GWP")->value),
               "consumer");
  expect_shown(c + p, 1000 * total_of(r, "GWP")->value, "both");
  EXPECT_FALSE(row(consumer, "use").empty());
  EXPECT_TRUE(row(provider, "use").empty());
  EXPECT_FALSE(row(provider, "hardware of the training").empty());
  // 0.65 g for 1,000 of 1.578e9 images is 1.03 t for the model, over 2.43e21 operations.
  const double per_1e18 = p / (1000 / 1.578e9) / 2.43e21 * 1e18;
  std::smatch found;
  ASSERT_TRUE(std::regex_search(provider, found, std::regex("Provider SCI = ([0-9.e+-]+) gCO2e per 10¹⁸ FLOP")));
  expect_shown(number(found[1]), per_1e18, "per FLOP");
  EXPECT_TRUE(contains(text, "gross values"));
}

TEST(SciAi, HardwareThatTheTreeDoesNotTellApartIsInNeitherScore) {
  study::Result r = sample_result();
  r.tree.clear();
  const std::string text = sci_ai(r, kOrigin);
  EXPECT_FALSE(row(section(text, "## In neither score"), "hardware").empty()) << text;
  EXPECT_TRUE(contains(section(text, "## What is missing"), "hardware of the training apart from that of the use"));
  r.training->operations = 0;
  EXPECT_TRUE(contains(sci_ai(r, kOrigin), "**No score per FLOP**"));
}

}  // namespace
}  // namespace cradle::report
