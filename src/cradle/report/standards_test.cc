// The reporting forms: every item is there, numbers are the result's, nothing is claimed, what is missing is said.
#include "cradle/report/standards.h"

#include <gtest/gtest.h>

#include <regex>

#include "cradle/base/error.h"
#include "cradle/report/facts.h"
#include "cradle/report/figures.h"
#include "cradle/report/reading_test.h"
#include "cradle/report/sample_result.h"

namespace cradle::report {
namespace {

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
                           "comparative assertion disclosed to the public | *not stated*",
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

TEST(Iso14044, TheDesignOfHardwareFlowsOnlyWhereItIsInTheTree) {
  study::Result r = sample_result();
  r.impacts.push_back({"design", "GWP", {1e-4, 1e-4, 1e-4, 1e-4}});
  const std::string edge = "p_design -->|hardware design| p_production";
  EXPECT_FALSE(contains(iso14044(r, kOrigin), edge));
  EXPECT_TRUE(contains(iso14044(r, kOrigin), "p_design -->|experiments| p_training"));
  r.tree.push_back({"GWP/design", "", "design", "phase", "GWP", 1e-4, "", 1, 1, ""});
  r.tree.push_back({"GWP/design/hardware", "GWP/design", "hardware design", "process", "GWP", 1e-4, "", 1, 1, "model"});
  EXPECT_TRUE(contains(iso14044(r, kOrigin), edge));
}

TEST(Iso14044, OnlyWhatTheStudySaysIsUnderStated) {
  study::Result r = sample_result();
  const std::string none = "There is no normalisation, no weighting and no single score.";
  EXPECT_FALSE(contains(iso14044(r, kOrigin), none)) << "a further method may be a single score";
  EXPECT_TRUE(contains(iso14044(r, kOrigin), "is for its table to say"));
  r.methods.clear();
  EXPECT_TRUE(contains(iso14044(r, kOrigin), none));
  EXPECT_FALSE(contains(iso14044(r, kOrigin), "disclosed to the public | yes"));
  r.comparison_to_public = true;
  EXPECT_TRUE(contains(iso14044(r, kOrigin), "disclosed to the public | yes"));
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

TEST(Iso14044, WhetherMeasuredAndEstimatedEnergyAreMixedIsReadFromItsBasis) {
  study::Result r = sample_result();
  const auto said = [&](const char* basis) {
    r.energy_basis = basis;
    const std::string text = section(iso14044(r, kOrigin), "### 6.4 Consistency check");
    const std::size_t at = text.find("- energy: ");
    return text.substr(at + 10, text.find('\n', at) - at - 10);
  };
  EXPECT_EQ(said("counter"), "all of it is measured (basis: counter)");
  EXPECT_EQ(said("modelled, stated"), "all of it is estimated (basis: modelled, stated)");
  EXPECT_TRUE(said("counter, stated").starts_with("measured and estimated figures stand side by side"));
  EXPECT_EQ(said(""), "the result does not say whether it was measured or estimated");
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
