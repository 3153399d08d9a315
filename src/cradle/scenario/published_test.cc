// The published cases themselves: green, complete, and computed from their inputs.
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <regex>
#include <set>

#include "cradle/base/file.h"
#include "cradle/base/json.h"
#include "cradle/base/left_out_test.h"
#include "cradle/base/text.h"
#include "cradle/life/assess.h"
#include "cradle/scenario/arithmetic.h"
#include "cradle/scenario/validate.h"

namespace cradle::scenario {
namespace {

namespace fs = std::filesystem;

const fs::path kFolder = fs::path(CRADLE_SOURCE) / "test/published";

TEST(Published, TheTableIsGreen) {
  const Validation v = validate({kFolder}, catalog::built_in());
  EXPECT_TRUE(passes(v)) << text(v);
  EXPECT_GE(v.cases.size(), 60u);
  for (const ArithmeticCheck& c : arithmetic_at({kFolder})) EXPECT_TRUE(c.within) << c.id;
}

TEST(Published, TheMethodsShowThisTable) {
  const std::string methods = base::read_file(fs::path(CRADLE_SOURCE) / "docs/METHODS.md");
  const std::string table = text(validate({kFolder}, catalog::built_in()));
  EXPECT_NE(methods.find("```\n" + table + "```"), std::string::npos)
      << "docs/METHODS.md, 'Published cases': put there what `cradle validate test/published` prints now:\n"
      << table;
}

TEST(Published, EveryCaseOfTheReferenceIsHere) {
  fs::path reference;
  for (const char* up : {"..", "../.."})
    if (const fs::path p = fs::path(CRADLE_SOURCE) / up / "shared/cases/published.json"; fs::exists(p)) reference = p;
  if (base::left_out(!reference.empty(), "no ../shared/cases beside the project")) return;
  std::map<std::string, std::pair<double, double>> here;  // published figure and tolerance
  for (const auto& file : fs::directory_iterator(kFolder))
    if (file.path().extension() == ".toml")
      for (const auto& e : study::read_study(file.path()).expected) here[e.id] = {e.value, e.tolerance};
  for (const ArithmeticCheck& c : arithmetic_at({kFolder})) here[c.id] = {c.published, c.tolerance};
  // Its figure is a back-calculation in days; the study states the energy that the days should give.
  const std::set<std::string> restated = {"llama1.campaign_hours"};
  for (const auto& c : base::read_json(reference)) {
    const std::string id = c.at("id");
    ASSERT_TRUE(here.contains(id)) << id;
    if (!restated.contains(id)) {
      EXPECT_DOUBLE_EQ(here[id].first, c.at("published").get<double>()) << id;
      EXPECT_LE(here[id].second, c.at("tolerance_rel").get<double>()) << id << ": no looser than the reference";
    }
  }
}

/// The study with the first figure behind this key doubled; "" if it has none.
std::string doubled(const std::string& text, const std::string& key) {
  const std::regex line("(^|\n)(" + key + " = )([0-9.e+-]+)");
  std::smatch m;
  if (!std::regex_search(text, m, line)) return "";
  return std::string(m.prefix()) + m[1].str() + m[2].str() + base::format_number(2 * std::stod(m[3].str()), 17) +
         std::string(m.suffix());
}

TEST(Published, TwiceTheInputIsTwiceTheFigure) {
  // Of a training all that is expected follows from one of these; of a device a part is doubled.
  const std::vector<std::string> proportional = {"energy_kwh", "hours", "parameters", "operations"};
  int doubled_studies = 0;
  for (const auto& file : fs::directory_iterator(kFolder)) {
    if (file.path().extension() != ".toml") continue;
    const std::string text = base::read_file(file.path());
    const auto before = cases_of(study::parse_study(text, file.path()), "", catalog::built_in());
    if (before.empty()) continue;
    std::string changed, key;
    for (const std::string& candidate : proportional)
      if (changed.empty() && !(changed = doubled(text, candidate)).empty()) key = candidate;
    const bool is_device = changed.empty();
    if (is_device) changed = doubled(text, "amount");
    ASSERT_FALSE(changed.empty()) << file.path() << ": no input to double";
    // A training's hours may stand beside its energy: then they are those of the hardware, and both are doubled.
    if (key == "energy_kwh")
      if (const std::string hours = doubled(changed, "hours"); !hours.empty()) changed = hours;
    const auto after = cases_of(study::parse_study(changed, file.path()), "", catalog::built_in());
    ASSERT_EQ(after.size(), before.size());
    ++doubled_studies;
    for (std::size_t i = 0; i < before.size(); ++i) {
      const double ratio = after[i].computed / before[i].computed;
      if (is_device)
        EXPECT_GT(ratio, 1 + 1e-6) << before[i].expected.id;
      else
        EXPECT_NEAR(ratio, 2, 1e-9) << before[i].expected.id;
    }
  }
  EXPECT_GE(doubled_studies, 50);
}

TEST(Published, EnergyAtTheFacilitysMeterIsNotMultipliedAgain) {
  int found = 0;
  for (const auto& file : fs::directory_iterator(kFolder)) {
    if (file.path().extension() != ".toml") continue;
    const study::Study s = study::read_study(file.path());
    if (!s.training || !s.training->energy_kwh || s.training->boundary != study::Boundary::kFacility) continue;
    ++found;
    const auto central = life::central(s, catalog::built_in());
    const double given = s.training->energy_kwh->value;
    EXPECT_NEAR(central.values.at({"training", "facility-energy"}), given, 1e-9 * given) << file.path();
    if (!s.training->included_pue) continue;
    const double node = given / s.training->included_pue->value;
    EXPECT_NEAR(central.values.at({"training", "node-energy"}), node, 1e-9 * given) << file.path();
  }
  EXPECT_GE(found, 5);
}

TEST(Published, DieAreasInTheStudiesAreThoseOfTheFormula) {
  const study::Study h100 = study::read_study(kFolder / "boavizta_gpu_h100.toml");
  double die = 0, memory = 0;
  for (const auto& part : h100.devices.at(0).parts) {
    if (part.name.starts_with("die")) die = part.amount.value;
    if (part.name.starts_with("memory")) memory = part.amount.value;
  }
  EXPECT_NEAR(die, effective_die_area_mm2(814), 1e-6);
  // Six dies that hold 80 GB at 15.5 mm2 a gigabyte (the archetype of boaviztapi 2.4.1).
  EXPECT_NEAR(memory, 6 * effective_die_area_mm2(15.5 * 80 / 6), 1e-6);
}

}  // namespace
}  // namespace cradle::scenario
