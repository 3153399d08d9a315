// The reporting forms: every item is there, numbers are the result's, nothing is claimed, what is missing is said.
#include "cradle/report/standards.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <regex>

#include "cradle/base/error.h"
#include "cradle/base/text.h"
#include "cradle/report/facts.h"
#include "cradle/report/figures.h"
#include "cradle/report/sample_result.h"

namespace cradle::report {
namespace {

const Origin kOrigin{"cradle 0.1.0", "2026-11-25 20:06:00"};

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

/// From a heading (or any mark) to the next heading of its level or above.
std::string section(const std::string& text, const std::string& title) {
  const std::size_t from = text.find(title);
  if (from == std::string::npos) return "";
  const std::size_t level = title.find(' ');
  for (std::size_t at = from; (at = text.find("\n#", at + 1)) != std::string::npos;)
    if (text.find(' ', at) - at - 1 <= level) return text.substr(from, at - from);
  return text.substr(from);
}

/// The cells of the first table row that begins so: "| use |".
std::vector<std::string> row(const std::string& text, const std::string& first) {
  for (const std::string& line : base::split(text, '\n')) {
    if (!line.starts_with("| " + first)) continue;
    std::vector<std::string> cells;
    for (const std::string& cell : base::split(line, '|')) cells.emplace_back(base::trim(cell));
    if (cells[1] == first) return {cells.begin() + 1, cells.end() - 1};
  }
  return {};
}

double number(const std::string& text) { return std::strtod(text.c_str(), nullptr); }

/// Equal as far as three significant digits can tell.
void expect_shown(double shown, double exact, const std::string& what) {
  EXPECT_NEAR(shown, exact, 0.006 * std::abs(exact)) << what;
}

void remove_phase(study::Result& r, const std::string& phase) {
  std::erase_if(r.impacts, [&](const study::Impact& i) { return i.phase == phase; });
  std::erase_if(r.energy, [&](const study::Energy& e) { return e.phase == phase; });
}

TEST(Forms, EveryFormIsWrittenTwiceAlikeAndAWrongNameFindsTheNearest) {
  const study::Result r = sample_result();
  for (const Form& f : forms()) EXPECT_EQ(f.write(r, kOrigin), f.write(r, kOrigin)) << f.name;
  EXPECT_EQ(form("sci-ai").name, "sci-ai");
  try {
    form("iso14040");
    FAIL();
  } catch (const base::Error& e) {
    EXPECT_TRUE(contains(e.what(), "did you mean 'iso14044'?")) << e.what();
    EXPECT_EQ(e.fault(), base::Fault::kUsage);
  }
}

TEST(Forms, NoneClaimsConformity) {
  study::Result r = sample_result();
  const std::regex claim("conforms|certified|certifies|compliant|complies|fulfils|in accordance with|meets the",
                         std::regex::icase);
  for (const char* reviewer : {"", "none", "internal", "external", "panel"}) {
    r.reviewer = reviewer;
    for (const Form& f : forms()) {
      const std::string text = f.write(r, kOrigin);
      std::smatch found;
      EXPECT_FALSE(f.name != "html" && std::regex_search(text, found, claim)) << f.name << ": " << found.str();
    }
  }
  for (const char* name : {"iso14044", "sci", "sci-ai"})
    EXPECT_TRUE(std::regex_search(form(name).write(r, kOrigin), std::regex("[Nn]o (claim of )?conformity"))) << name;
}

TEST(Forms, EachNamesWhatIsMissingAndARemovedPhaseMovesThere) {
  const study::Result before = sample_result();
  study::Result after = before;
  remove_phase(after, "deployment");
  for (const char* name : {"iso14044", "sci", "sci-ai"}) {
    const std::string title = std::string(name) == "iso14044" ? "## 8. What is missing" : "## What is missing";
    const std::string was = section(form(name).write(before, kOrigin), title);
    const std::string is = section(form(name).write(after, kOrigin), title);
    EXPECT_TRUE(contains(was, "the study has no [data] table")) << name << was;
    EXPECT_FALSE(contains(was, "deployment")) << name;
    EXPECT_TRUE(contains(is, "deployment")) << name << is;
  }
  EXPECT_TRUE(contains(afnor_2314(after, kOrigin), "no data for deployment (not zero, and not in the totals)"));
}

TEST(Forms, NoTextOfTheStudyBreaksATableOrTheDiagram) {
  study::Result r = sample_result();
  const std::string attack = "a|b\n| c |\"]-->x\n```\n# heading <img>";
  r.name = r.question = r.audience = r.application = r.reviewer = r.energy_basis = r.allocation = r.view = attack;
  r.functional_unit.text = r.functional_unit.quality = r.functional_unit.kind = attack;
  for (auto& c : r.criteria) c.name = c.note = attack;
  for (auto& m : r.missing_phases) m.reason = attack;
  for (auto& f : r.factors) f.name = f.source = f.note = f.licence = f.place = f.unit = f.status = attack;
  for (auto& n : r.tree)
    if (n.kind != "phase") n.name = attack;
  for (auto& a : r.alternatives) a.name = a.note = attack;
  for (auto& s : r.sensitivity) s.name = attack;
  for (auto& v : r.variance) v.name = attack;
  r.training->device = r.training->operations_rule = r.training->boundary = r.training->energy_basis = attack;
  r.packs[0].name = r.methods[0] = r.data_sha256 = r.study_file = r.convention = attack;
  r.warnings = r.assumptions = {attack};
  for (const char* name : {"iso14044", "sci", "sci-ai", "ai-act", "afnor-2314", "markdown"}) {
    const std::string text = form(name).write(r, kOrigin);
    EXPECT_FALSE(contains(text, "<img")) << name;
    EXPECT_FALSE(contains(text, "\n# heading")) << name;
    EXPECT_FALSE(contains(text, "\n```\n#")) << name;
    std::size_t cells = 0;
    for (const std::string& line : base::split(text, '\n')) {
      if (!line.starts_with("|")) {
        cells = 0;
        continue;
      }
      std::size_t bars = 0;
      for (std::size_t i = 0; i < line.size(); ++i) bars += line[i] == '|' && line[i - (i > 0)] != '\\';
      if (cells == 0) cells = bars;
      EXPECT_EQ(bars, cells) << name << ": " << line;
    }
  }
}

TEST(Iso14044, HasEveryItem) {
  const std::string text = iso14044(sample_result(), kOrigin);
  for (const char* item : {"## 1. Goal",
                           "intended application | object detection",
                           "comparative assertion disclosed to the public | no",
                           "## 2. Scope",
                           "### 2.1 Functional unit and reference flow",
                           "### 2.2 System boundary",
                           "```mermaid\nflowchart LR",
                           "```text\ninside the boundary:",
                           "### 2.3 Cut-off",
                           "### 2.4 Allocation",
                           "### 2.5 Electricity",
                           "### 2.6 Criteria",
                           "no normalisation, no weighting and no single score",
                           "## 3. Life-cycle inventory",
                           "## 4. Data quality",
                           "## 5. Impact assessment",
                           "### 5.1 Other rules of allocation",
                           "### 5.2 Other views of electricity",
                           "### 5.3 Other treatments of the end of life",
                           "### 6.1 Hotspots",
                           "### 6.2 Completeness check",
                           "### 6.3 Sensitivity check",
                           "### 6.4 Consistency check",
                           "### 6.5 Uncertainty",
                           "### 6.6 Limitations",
                           "### 6.7 Conclusions",
                           "## 7. Critical review",
                           "no critical review took place",
                           "## 8. What is missing for a conformant report",
                           "plant.csv",
                           "land-use.csv",
                           "2026-11-25"})
    EXPECT_TRUE(contains(text, item)) << item;
}

TEST(Iso14044, TheInventoryHasEveryFigureWithItsSource) {
  const study::Result r = sample_result();
  const std::string inventory = section(iso14044(r, kOrigin), "## 3. Life-cycle inventory");
  for (const study::UsedFactor& f : r.factors) {
    const auto cells = row(inventory, f.name);
    ASSERT_EQ(cells.size(), 11u) << f.name;
    expect_shown(number(cells[1]), f.value, f.name);
    EXPECT_EQ(cells[8], f.source);
    EXPECT_EQ(cells[7], f.grade);
    EXPECT_EQ(cells[5], f.year == 0 ? "" : std::to_string(f.year));
  }
  EXPECT_EQ(row(inventory, "Electricity of the training run")[6], "measured");
  EXPECT_EQ(row(inventory, "Electricity per image, node")[6], "modelled (estimated)");
  EXPECT_EQ(row(inventory, "Years of service")[6], "stated in the study");
  EXPECT_EQ(row(inventory, "Energy of all other runs / final run")[6], "assumed");
}

TEST(Iso14044, TheImpactsReadBackAsTheResult) {
  const study::Result r = sample_result();
  const std::string impacts = section(iso14044(r, kOrigin), "## 5. Impact assessment");
  for (const study::Impact& i : r.impacts) {
    const auto cells = row(impacts, i.phase);
    for (std::size_t c = 0; c < r.criteria.size(); ++c)
      if (r.criteria[c].code == i.criterion)
        expect_shown(number(cells[c + 1]), i.figure.value * scale_of(r, r.criteria[c]).factor, i.phase + i.criterion);
  }
  const auto totals = row(impacts, "**total**");
  for (std::size_t c = 0; c < r.criteria.size(); ++c)
    expect_shown(number(totals[c + 1]), r.per_unit[c].figure.value * scale_of(r, r.criteria[c]).factor, "total");
  for (const char* phase : {"design", "data"}) {
    const auto cells = row(impacts, phase);
    ASSERT_EQ(cells.size(), 6u);
    for (std::size_t c = 1; c < cells.size(); ++c) EXPECT_EQ(cells[c], "–") << "a phase without data is never 0";
  }
  EXPECT_EQ(number(row(impacts, "location-marginal")[1]), 12.9);  // 1.87 × 6.90 g
  EXPECT_EQ(row(impacts, "market")[1], "–");
  EXPECT_EQ(row(impacts, "market")[6], "The study names no contract.");
}

TEST(Iso14044, TheDiagramHasEveryPhaseOnTheRightSide) {
  study::Result r = sample_result();
  remove_phase(r, "deployment");
  const std::string text = section(iso14044(r, kOrigin), "### 2.2 System boundary");
  const std::string inside = text.substr(0, text.find("subgraph missing"));
  const std::string outside = text.substr(text.find("subgraph missing"));
  for (const char* phase : {"p_production[", "p_training[", "p_use[", "p_end_of_life["})
    EXPECT_TRUE(contains(inside, phase)) << phase;
  for (const char* phase : {"p_design[", "p_data[", "p_deployment["}) EXPECT_TRUE(contains(outside, phase)) << phase;
  EXPECT_FALSE(contains(text, "p_deployment -->")) << "nothing flows through a phase without data";
  EXPECT_TRUE(contains(text, "p_use ==> unit"));
  EXPECT_TRUE(contains(text, "inside the boundary:    production -> training -> use -> end of life")) << text;
  EXPECT_TRUE(contains(text, "no data, not counted:   design, data, deployment"));
}

TEST(Iso14044, WhatIsMissingFollowsFromTheResult) {
  study::Result r = sample_result();
  const auto missing = [&](const study::Result& x) {
    return section(iso14044(x, kOrigin), "## 8. What is missing for a conformant report");
  };
  EXPECT_FALSE(contains(missing(r), "`[goal] question`"));
  EXPECT_TRUE(contains(missing(r), "critical review: none is stated"));
  EXPECT_TRUE(contains(missing(r), "criterion ADPe\\*: Grid factors have one source of 2011"));
  EXPECT_FALSE(contains(missing(r), "by a panel"));
  r.question = r.application = r.audience = r.functional_unit.quality = "";
  for (const char* key :
       {"`[goal] question`", "`[goal] application`", "`[goal] audience`", "`[functional_unit] quality`"})
    EXPECT_TRUE(contains(missing(r), key)) << key;
  r.comparison_to_public = true;
  r.reviewer = "external";
  EXPECT_TRUE(contains(missing(r), "by a panel, for a comparative assertion"));
  EXPECT_TRUE(contains(iso14044(r, kOrigin), "for which ISO 14044 asks for a critical review by a panel"));
  r.reviewer = "panel";
  EXPECT_FALSE(contains(missing(r), "by a panel"));
  EXPECT_FALSE(contains(missing(r), "critical review:"));
  r.factors[0].source = "";
  EXPECT_TRUE(contains(missing(r), "source of the figure: Electricity per image, node"));
}

TEST(Iso14044, OldResultsWithoutTheNewKeysAreReportedToo) {
  study::Result r = sample_result();
  r.tree.clear();
  r.sensitivity.clear();
  r.alternatives.clear();
  r.energy.clear();
  r.variance.clear();
  r.training.reset();
  r.allocation = r.view = r.reviewer = "";
  r.images = 0;
  const std::string text = iso14044(r, kOrigin);
  EXPECT_TRUE(contains(text, "allocation: the rule is not recorded in the result"));
  EXPECT_TRUE(contains(text, "contributions of processes: the result has no tree"));
  EXPECT_TRUE(contains(text, "does not say whether a critical review took place"));
  EXPECT_TRUE(contains(ai_act(r, kOrigin), "energy of the training, at the facility's meter | not known"));
  EXPECT_FALSE(contains(sci(r, kOrigin), "nan"));
  EXPECT_EQ(row(sci(r, kOrigin), "E")[1], "not known") << "no figure of electricity is not zero";
  EXPECT_EQ(number(row(sci(r, kOrigin), "O, other")[1]), 5.73);
}

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

TEST(AiAct, TheTrainingIsWholeAndSaysWhereAndHowItsEnergyIsKnown) {
  const study::Result r = sample_result();
  const std::string text = ai_act(r, kOrigin);
  expect_shown(number(row(text, "amount of computation, FLOP")[1]), 2.43e21, "FLOP");
  expect_shown(number(row(text, "duration, wall clock")[1]), 2970.5 / 24, "days");
  expect_shown(number(row(text, "duration, hardware")[1]), 23764 / 24.0, "device-days");
  const double mwh = energy_of(r, "training")->facility_kwh.value / 1000 * 1.578e9 / 1000;
  expect_shown(number(row(text, "energy of the training, at the facility's meter")[1]), mwh, "MWh");
  EXPECT_EQ(row(text, "measured or estimated, where known")[1], "measured");
  EXPECT_EQ(row(text, "energy of the training, at the computers")[2], "measured (basis: counter)");
  EXPECT_EQ(row(text, "energy of the training, at the facility's meter")[2],
            "estimated from the figure at the boundary `node`, which is measured (basis: counter)")
      << "what PUE was put on is not measured";
  EXPECT_TRUE(contains(row(text, "boundary of the figure")[1], "known at the computer"));
  EXPECT_EQ(row(text, "benchmarked amount of computation for inference, FLOP")[1], "not stated");
  EXPECT_TRUE(contains(section(text, "## Not in the training's figure"), "design: not known"));
}

TEST(AiAct, WhatIsNotKnownIsSaidWithWhatWouldBeNeeded) {
  study::Result r = sample_result();
  std::erase_if(r.energy, [](const study::Energy& e) { return e.phase == "training"; });
  r.training.reset();
  const std::string text = ai_act(r, kOrigin);
  for (const char* item : {"amount of computation, FLOP", "duration, wall clock", "duration, hardware",
                           "energy of the training, at the facility's meter"})
    EXPECT_EQ(row(text, item)[1], "not known") << item;
  EXPECT_TRUE(contains(section(text, "## Method"), "What is lacking is one of"));
  EXPECT_FALSE(contains(text, "| 0 "));
}

TEST(Afnor, TicksNothingAndAsksTheAuthor) {
  const std::string text = afnor_2314(sample_result(), kOrigin);
  for (const char* item : {"need", "AI against simpler means", "second order and rebound", "good practices: service",
                           "good practices: data", "good practices: infrastructure", "claims", "uncertainty"}) {
    const auto cells = row(text, item);
    ASSERT_EQ(cells.size(), 3u) << item;
    EXPECT_FALSE(cells[2].empty()) << item;
  }
  for (const char* tick : {"[x]", "✓", "✔", "☑"}) EXPECT_FALSE(contains(text, tick)) << tick;
  // 6.9038 g of 985 kg.
  EXPECT_TRUE(contains(row(text, "scale")[1], "GWP: 7.01e-06 of one person's year")) << row(text, "scale")[1];
}

TEST(Forms, ACriterionWithANoteIsMarkedEverywhere) {
  const study::Result r = sample_result();
  for (const char* name : {"iso14044", "afnor-2314", "markdown"}) {
    const std::string text = form(name).write(r, kOrigin);
    EXPECT_TRUE(contains(text, "ADPe\\*")) << name;
    EXPECT_TRUE(contains(text, "\\* ADPe: Grid factors have one source of 2011 (grade D).")) << name;
    EXPECT_FALSE(contains(text, "GWP\\*")) << name;
  }
  const std::string page = form("html").write(r, kOrigin);
  EXPECT_TRUE(contains(page, "ADPe*, µg Sb")) << "head of the life-cycle table";
  EXPECT_TRUE(contains(page, "<strong>* ADPe:</strong> Grid factors have one source"));
}

}  // namespace
}  // namespace cradle::report
