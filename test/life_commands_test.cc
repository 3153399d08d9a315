// The life of a model as its users meet it: the example studies, explained figures, packs, hardware beside its makers.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "cradle/base/file.h"
#include "cradle/base/json.h"
#include "program.h"

namespace cradle::test {
namespace {

using base::Json;
namespace fs = std::filesystem;

const std::string kExamples = std::string(CRADLE_SOURCE) + "/examples/";

Json assessed(const std::string& study, const std::string& more = "") {
  const Output o = shell("cradle assess " + study + " --json " + more);
  EXPECT_EQ(o.code, 0) << o.err;
  return base::parse_json(o.out, study);
}

double total(const Json& result, const std::string& criterion) {
  for (const Json& t : result.at("per_unit"))
    if (t.at("criterion") == criterion) return t.at("value").get<double>();
  return std::nan("");
}

TEST(LifeCommands, AStudyOfEachKindHasAnIntervalInEveryCriterion) {
  for (const char* name : {"training", "camera", "cloud", "llm"}) {
    const Json r = assessed(kExamples + name + ".toml", "--samples 500");
    std::set<std::string> criteria;
    for (const Json& t : r.at("per_unit")) {
      EXPECT_LT(t.at("p5").get<double>(), t.at("p95").get<double>()) << name << " " << t.at("criterion");
      criteria.insert(t.at("criterion").get<std::string>());
    }
    EXPECT_EQ(criteria, (std::set<std::string>{"GWP", "ADPe", "PE", "WU", "EW"})) << name;
  }
}

TEST(LifeCommands, ExplainReachesASourceForEveryLeafOfEveryFigure) {
  const fs::path folder = fresh_folder("explain");
  ASSERT_EQ(shell("cradle assess " + kExamples + "cloud.toml --samples 100 -o " + folder.string()).code, 0);
  for (const char* criterion : {"GWP", "ADPe", "PE", "WU", "EW"}) {
    const Output o = shell("cradle explain " + (folder / "result.json").string() + " " + criterion + " --json");
    ASSERT_EQ(o.code, 0) << o.err;
    const Json nodes = base::parse_json(o.out, "explain");
    int leaves = 0;
    for (const Json& node : nodes) {
      if (node.at("kind") == "factor") {
        EXPECT_FALSE(node.at("source").at("source").get<std::string>().empty()) << node.at("id");
        EXPECT_TRUE(node.at("source").at("status") != "catalogue" ||
                    !node.at("source").at("grade").get<std::string>().empty());
        continue;
      }
      const bool inner = std::any_of(nodes.begin(), nodes.end(), [&](const Json& n) {
        return n.at("parent") == node.at("id") && n.at("kind") != "factor";
      });
      const bool with_factor = std::any_of(nodes.begin(), nodes.end(), [&](const Json& n) {
        return n.at("parent") == node.at("id") && n.at("kind") == "factor";
      });
      if (inner) continue;
      ++leaves;
      EXPECT_EQ(node.at("kind"), "exchange") << node.at("id");
      EXPECT_TRUE(with_factor) << node.at("id");
    }
    EXPECT_GT(leaves, 0) << criterion;
  }
}

TEST(LifeCommands, ExplainTakesAPhaseAProcessAndACriterionInAnyOrder) {
  const fs::path folder = fresh_folder("explain-words");
  ASSERT_EQ(shell("cradle assess " + kExamples + "camera.toml --samples 100 -o " + folder.string()).code, 0);
  const std::string result = (folder / "result.json").string();
  EXPECT_EQ(shell("cradle explain " + result + " use GWP").out, shell("cradle explain " + result + " gwp Use").out);
  const Output waiting = shell("cradle explain " + result + " use.waiting");
  EXPECT_EQ(waiting.code, 0);
  EXPECT_NE(waiting.out.find("waiting between images"), std::string::npos) << waiting.out;
  EXPECT_EQ(waiting.out.find("inference:"), std::string::npos);
  const Output wrong = shell("cradle explain " + result + " use.wating");
  EXPECT_EQ(wrong.code, 2);
  EXPECT_NE(wrong.err.find("did you mean 'waiting'"), std::string::npos) << wrong.err;
}

TEST(LifeCommands, APackStandsBeforeTheCatalogueAndIsNamedWithItsHash) {
  const fs::path folder = fresh_folder("pack");
  const std::string pack =
      "key,name,place,year,set,value,low,high,distribution,unit,licence,grade,source,note\n"
      "grid.gwp,,BE,2026,,1.38107,,,fixed,kgCO2e/kWh,CC0,A,our own meter,\n";
  base::write_file(folder / "ours.csv", pack);
  const Json without = assessed(kExamples + "camera.toml", "--samples 200");
  const Json with = assessed(kExamples + "camera.toml", "--samples 200 --pack " + (folder / "ours.csv").string());
  EXPECT_GT(total(with, "GWP"), 3 * total(without, "GWP"));
  ASSERT_EQ(with.at("data").at("packs").size(), 1u);
  EXPECT_EQ(with.at("data").at("packs")[0].at("name"), "ours");
  EXPECT_EQ(with.at("data").at("packs")[0].at("sha256"), base::sha256_of(pack));
  EXPECT_EQ(with.at("data").at("sha256"), without.at("data").at("sha256")) << "the built-in data are the same";
  const Json by_setting = base::parse_json(shell("cradle assess " + kExamples + "camera.toml --samples 200 --json",
                                                 "CRADLE_PACK=" + (folder / "ours.csv").string())
                                               .out,
                                           "x");
  EXPECT_EQ(total(by_setting, "GWP"), total(with, "GWP"));
}

TEST(LifeCommands, HardwareBesideItsMakersIsTheTableOfTheDocs) {
  const Output o = shell("cradle data reconcile --markdown");
  ASSERT_EQ(o.code, 0) << o.err;
  const std::string docs = base::read_file(std::string(CRADLE_SOURCE) + "/docs/HARDWARE.md");
  EXPECT_NE(docs.find(o.out), std::string::npos) << "docs/HARDWARE.md is not this table:\n" << o.out;
}

TEST(LifeCommands, TheBadStudiesOfTheIssueAreNamedWithTheirLine) {
  const fs::path folder = fresh_folder("bad-studies");
  const std::string head =
      "schema = \"cradle.study/1\"\n[functional_unit]\nkind = \"training\"\n[training]\nplace = \"FR\"\n";
  const auto says = [&](const std::string& lines, const std::string& wanted) {
    base::write_file(folder / "s.toml", head + lines);
    const Output o = shell("cradle assess " + (folder / "s.toml").string());
    EXPECT_EQ(o.code, 1) << lines;
    EXPECT_EQ(o.out, "");
    EXPECT_NE(o.err.find(wanted), std::string::npos) << lines << " → " << o.err;
  };
  says("energy_mj = 36\n", "s.toml:6: unknown key 'energy_mj'; did you mean 'energy_kwh'?");
  says("energy_kwh = 10\npue = 0.9\n", "s.toml:7: 'training.pue': power usage effectiveness");
  says("energy_kwh = 10\nboundary = \"facility\"\npue = 1.2\n", "s.toml:8: 'training.pue': would be counted twice");
  says("energy_kwh = 10\nhours = 5\npower_w = 100\n", "s.toml:8: 'training.power_w': contradicts 'energy_kwh'");
  says("energy_kwh = 10\ncarbon_kg_per_kwh = 429\n", "429 g/kWh is written 0.429");
  says("hours = 10\npower_w = 10\nlifetime_years = -2\nhardware = \"server\"\n", "s.toml:8: 'training.lifetime_years'");
}

TEST(LifeCommands, AYearWithoutAFactorTakesTheNearestAndSaysSo) {
  const fs::path folder = fresh_folder("years");
  base::write_file(folder / "s.toml",
                   "schema = \"cradle.study/1\"\n[functional_unit]\nkind = \"training\"\n[training]\nplace = \"AE\"\n"
                   "energy_kwh = 1\n[electricity]\nyear = 2050\n");
  const Json r = assessed((folder / "s.toml").string(), "--samples 100");
  const Json& said = r.at("warnings");
  EXPECT_TRUE(std::any_of(said.begin(), said.end(), [](const Json& a) {
    return a.get<std::string>().find("the catalogue has no factor for 2050") != std::string::npos;
  })) << said;
}

}  // namespace
}  // namespace cradle::test
