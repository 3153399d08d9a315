// Golden runs of sweep, when, diff, validate and data diff, as a user types them.
#include <gtest/gtest.h>

#include <cmath>

#include "cradle/base/file.h"
#include "cradle/base/json.h"
#include "program.h"

namespace cradle::test {
namespace {

using base::Json;

const std::string kStudy = kTrainingStudy;

TEST(ScenarioCommands, ValidatePrintsTheTableAndFailsWhenACaseDoes) {
  const auto folder = fresh_folder("validate");
  const auto expected = [](const char* value) {
    return std::string("carbon_kg_per_kwh = 0.4\n[[expected]]\nid = \"mine\"\nquantity = \"GWP\"\nvalue = ") + value +
           "\nunit = \"kg\"\nsource = \"hand\"\n";
  };
  base::write_file(folder / "s.toml", kStudy + expected("1.2"));
  const Output good = shell("cradle validate " + folder.string());
  EXPECT_EQ(good.code, 0) << good.err << good.out;
  EXPECT_NE(good.out.find("✓"), std::string::npos) << good.out;
  const Json list = json_of(shell("cradle validate --json " + (folder / "s.toml").string()));
  EXPECT_EQ(list.at(0).at("id"), "mine");
  EXPECT_NEAR(list.at(0).at("computed").get<double>(), 1.2, 1e-9);
  base::write_file(folder / "s.toml", kStudy + expected("1.3"));
  const Output wrong = shell("cradle validate " + folder.string());
  EXPECT_EQ(wrong.code, 1);
  EXPECT_NE(wrong.out.find("FAILS"), std::string::npos) << wrong.out;
  EXPECT_EQ(shell("cradle validate " + (folder / "nowhere").string()).code, 1);
  base::write_file(folder / "s.toml", kStudy + expected("1.2"));
  base::write_file(folder / "arithmetic.csv",
                   "id,operation,operands,published,unit,tolerance,source,note\ns,sum,1;2,4,t,0.01,hand,\n");
  for (const char* form : {"", "--json "})
    EXPECT_EQ(shell(std::string("cradle validate ") + form + folder.string()).code, 1) << form << "a wrong sum";
}

TEST(ScenarioCommands, SweepListsEveryCombination) {
  const auto folder = fresh_folder("sweep");
  base::write_file(folder / "s.toml", kStudy);
  const std::string study = (folder / "s.toml").string();
  const Json json =
      json_of(shell("cradle sweep " + study + " --over place=FR,PL,training.hours=5,10 --samples 200 --json"));
  ASSERT_EQ(json.at("combinations").size(), 4u);
  EXPECT_EQ(json.at("combinations")[0].at("on_front"), true);
  const Output text = shell("cradle sweep " + study + " --over place=FR,Frnace --criterion GWP --samples 200");
  EXPECT_EQ(text.code, 0) << text.err;
  EXPECT_NE(text.out.find("failed [1]"), std::string::npos) << text.out;
  const Output wrong = shell("cradle sweep " + study + " --over plaec=FR");
  EXPECT_EQ(wrong.code, 2);
  EXPECT_NE(wrong.err.find("did you mean 'place'?"), std::string::npos) << wrong.err;
}

TEST(ScenarioCommands, ANegativeSeedIsWrongUsage) {
  const auto folder = fresh_folder("seed");
  base::write_file(folder / "s.toml", kStudy);
  const std::string s = (folder / "s.toml").string();
  for (const std::string& command :
       {"assess " + s, "sweep " + s + " --over years=1", "when " + s, std::string("data diff built-in built-in"),
        "compare " + s + " " + s, std::string("train")}) {
    const Output o = shell("cradle " + command + " --seed -1");
    EXPECT_EQ(o.code, 2) << command;
    EXPECT_NE(o.err.find("--seed"), std::string::npos) << command << ": " << o.err;
  }
  EXPECT_EQ(shell("cradle assess " + s + " --samples 100 --seed 0").code, 0);
}

TEST(ScenarioCommands, WhenReadsTheExamplesProfile) {
  const auto folder = fresh_folder("when");
  base::write_file(folder / "s.toml", kStudy);
  const std::string profile = std::string(CRADLE_SOURCE) + "/examples/profiles/made-up-fr.csv";
  const Json json = json_of(shell("cradle when " + (folder / "s.toml").string() +
                                  " --places FR,PL --profile FR=" + profile + " --samples 200 --json"));
  EXPECT_EQ(json.at("places")[0].at("place"), "FR");
  EXPECT_EQ(json.at("places")[0].at("hours").size(), 24u);
  EXPECT_TRUE(json.at("places")[1].at("profile").is_null());
  const Output wrong = shell("cradle when " + (folder / "s.toml").string() + " --profile PL=" + profile);
  EXPECT_EQ(wrong.code, 2) << wrong.err;
}

TEST(ScenarioCommands, WhenFailsOnlyWhereNoPlaceCouldBeComputed) {
  const auto folder = fresh_folder("when-failed");
  // The carbon is stated, so that no other place would change it.
  base::write_file(folder / "s.toml", kStudy + "carbon_kg_per_kwh = 0.05\n");
  const std::string when = "cradle when " + (folder / "s.toml").string() + " --samples 200 --places ";
  for (const char* form : {"PL,SE", "PL,SE --json"}) {
    const Output none = shell(when + form);
    EXPECT_EQ(none.code, 1) << form;
    EXPECT_NE(none.out.find("carbon_kg_per_kwh"), std::string::npos) << "the reason: " << none.out;
    EXPECT_NE(none.err.find("no place could be computed"), std::string::npos) << none.err;
  }
  EXPECT_EQ(shell(when + "FR,PL").code, 0) << "its own place can be";
}

TEST(ScenarioCommands, DiffExplainsTwoResults) {
  const auto folder = fresh_folder("diff");
  std::string other = kStudy;
  other.replace(other.find("\"FR\""), 4, "\"PL\"");
  base::write_file(folder / "a.toml", kStudy);
  base::write_file(folder / "b.toml", other);
  for (const char* name : {"a", "b"})
    ASSERT_EQ(shell(std::string("cradle assess --samples 200 ") + (folder / name).string() + ".toml -o " +
                    (folder / name).string())
                  .code,
              0);
  const std::string results = (folder / "a/result.json").string() + " " + (folder / "b/result.json").string();
  const Json gwp = json_of(shell("cradle diff --json --criterion GWP " + results)).at("criteria").at(0);
  double sum = gwp.at("smaller").at("change");
  for (const Json& cause : gwp.at("causes")) sum += cause.at("change").get<double>();
  EXPECT_NEAR(sum, gwp.at("difference").get<double>(), 1e-9 * std::abs(sum));
  const Output text = shell("cradle diff " + results);
  EXPECT_NE(text.out.find("FR → PL"), std::string::npos) << text.out;
}

TEST(ScenarioCommands, DataDiffShowsRowsAndStudies) {
  const auto folder = fresh_folder("data-diff");
  base::write_file(folder / "s.toml", kStudy);
  base::write_file(folder / "mine.csv",
                   "key,name,place,year,set,value,low,high,distribution,unit,licence,grade,source,note\n"
                   "grid.gwp,,FR,2026,,0.03,,,fixed,kgCO2e/kWh,CC0,D,made up,\n");
  const Output o = shell("cradle data diff built-in " + (folder / "mine.csv").string() + " " +
                         (folder / "s.toml").string() + " --samples 200");
  EXPECT_EQ(o.code, 0) << o.err;
  EXPECT_NE(o.out.find("1 rows added"), std::string::npos) << o.out;
  EXPECT_NE(o.out.find("grid.gwp@FR:2026"), std::string::npos) << o.out;
  EXPECT_NE(o.out.find("carbon intensity"), std::string::npos) << o.out;
}

TEST(ScenarioCommands, DataDiffFailsOnlyWhereNoStudyCouldBeComputed) {
  const auto folder = fresh_folder("data-diff-failed");
  base::write_file(folder / "s.toml", kStudy);
  const std::string nowhere = (folder / "nowhere.toml").string(), diff = "cradle data diff built-in built-in ";
  for (const char* form : {"", " --json"}) {
    const Output none = shell(diff + nowhere + form);
    EXPECT_EQ(none.code, 1) << form;
    EXPECT_NE(none.out.find("nowhere.toml"), std::string::npos) << "the reason: " << none.out;
  }
  EXPECT_EQ(shell(diff + nowhere + " " + (folder / "s.toml").string() + " --samples 200").code, 0);
  EXPECT_EQ(shell(diff).code, 0) << "rows alone are an answer";
}

}  // namespace
}  // namespace cradle::test
