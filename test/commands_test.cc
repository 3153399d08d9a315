// Golden runs of the commands, as a user types them: what is printed, where, and with which exit code.
#include <gtest/gtest.h>

#include "cradle/base/file.h"
#include "cradle/base/json.h"
#include "program.h"

namespace cradle::test {
namespace {

using base::Json;

const std::string kStudy = std::string(kTrainingStudy) + "hardware = \"server\"\nshare    = 0.1\n";

double training_gwp(const Json& result) {
  for (const Json& impact : result.at("impacts"))
    if (impact.at("phase") == "training" && impact.at("criterion") == "GWP") return impact.at("value").get<double>();
  ADD_FAILURE() << "no GWP of training";
  return 0;
}

TEST(Commands, DataShowsAFactorWithItsSource) {
  const Output o = shell("cradle data show grid.gwp@FR --json");
  EXPECT_EQ(o.code, 0) << o.err;
  EXPECT_EQ(o.err, "");
  EXPECT_NE(o.out.find("Our World in Data"), std::string::npos) << o.out;
  EXPECT_EQ(shell("cradle data check").code, 0);
  const Output wrong = shell("cradle data show grid.gpw@FR");
  EXPECT_NE(wrong.code, 0);
  EXPECT_NE(wrong.err.find("grid.gwp"), std::string::npos) << wrong.err;
}

TEST(Commands, DataListsTablesAndFilters) {
  const Output all = shell("cradle data list");
  EXPECT_EQ(all.code, 0) << all.err;
  for (const char* table : {"electricity", "gpus", "cpus", "devices", "seed_2021"})
    EXPECT_NE(all.out.find(table), std::string::npos) << table;
  const Output belgium = shell("cradle data list --key grid.gwp --place BE");
  EXPECT_EQ(belgium.code, 0) << belgium.err;
  EXPECT_NE(belgium.out.find("grid.gwp"), std::string::npos) << belgium.out;
}

TEST(Commands, DataCheckRefusesARowWithoutSource) {
  const auto folder = fresh_folder("data-check");
  base::write_file(folder / "bad.csv",
                   "key,name,place,year,set,value,low,high,distribution,unit,licence,grade,source,note\n"
                   "grid.gwp,,FR,2023,,0.05,,,fixed,kgCO2e/kWh,CC0,B,,\n");
  const Output o = shell("cradle data check " + (folder / "bad.csv").string());
  EXPECT_EQ(o.code, 1);
  EXPECT_NE((o.out + o.err).find("bad.csv:2"), std::string::npos) << o.out << o.err;
}

constexpr const char* kPack =
    "key,name,place,year,set,value,low,high,distribution,unit,licence,grade,source,note\n"
    "grid.gwp,,FR,2015,,0.05,,,fixed,kgCO2e/kWh,own,A,our contract,\n";

TEST(Commands, DataShowAndListPutAPackBeforeTheBuiltInFigures) {
  const std::string pack = (fresh_folder("data-pack") / "mine.csv").string();
  base::write_file(pack, kPack);
  const Output shown = shell("cradle data show grid.gwp@FR --pack " + pack);
  EXPECT_EQ(shown.code, 0) << shown.err;
  EXPECT_TRUE(shown.out.starts_with("grid.gwp@FR:2015\n")) << shown.out;
  EXPECT_NE(shown.out.find("mine.csv:2"), std::string::npos) << shown.out;
  EXPECT_NE(shown.out.find("grid.gwp@FR:2024"), std::string::npos) << "built-in figures stand beside it: " << shown.out;
  EXPECT_NE(shell("cradle data list --pack " + pack).out.find("pack mine: 1 figure before the built-in ones"),
            std::string::npos);
  EXPECT_NE(shell("cradle data show grid.gwp@FR --pack /none.csv").err.find("/none.csv: there is no such file"),
            std::string::npos);
}

TEST(Commands, DataCheckTellsRemarksAndDoesNotFailOnThem) {
  const auto folder = fresh_folder("data-remark");
  base::write_file(folder / "mine.csv", kPack);
  for (const char* how : {" ", " --pack "}) {
    const Output o = shell("cradle data check" + (how + folder.string()));
    EXPECT_EQ(o.code, 0) << o.err;
    EXPECT_NE(o.out.find("mine.csv:2: remark: 0.0500 is more than 3 times off"), std::string::npos) << o.out;
    EXPECT_NE(o.out.find("every rule is kept; "), std::string::npos) << o.out;
  }
  const Json list = base::parse_json(shell("cradle data check --json " + folder.string()).out, "check");
  EXPECT_EQ(list.at(0).at("severity"), "remark");
}

TEST(Commands, TheSeedsDataSetStandsBesideTodays) {
  const Json seed = json_of(shell("cradle data show grid.gwp@Brussels --json"));
  const std::string all = seed.dump();
  EXPECT_NE(all.find("0.627"), std::string::npos);
  EXPECT_NE(all.find("seed-2021"), std::string::npos);
}

TEST(Commands, AssessPrintsWritesAndAgreesWithItself) {
  const auto folder = fresh_folder("assess");
  base::write_file(folder / "study.toml", kStudy);
  const std::string study = (folder / "study.toml").string(), out = (folder / "out").string();
  const Output o = shell("cradle assess " + study + " --samples 500 -o " + out + " --json");
  ASSERT_EQ(o.code, 0) << o.err;
  const Json printed = base::parse_json(o.out, "stdout");
  EXPECT_EQ(printed, base::read_json(folder / "out" / "result.json"));
  EXPECT_EQ(printed.at("schema"), "cradle.result/1");
  EXPECT_TRUE(std::filesystem::exists(folder / "out" / "report.html"));
  // 3 kWh in France, no PUE at a local machine: within the year's factor.
  const double gwp = training_gwp(printed);
  EXPECT_GT(gwp, 3 * 0.02);
  EXPECT_LT(gwp, 3 * 0.10);
  EXPECT_EQ(shell("cradle assess " + study + " --samples 500 --json").out, o.out) << "the seed repeats a result";
  const Output text = shell("cradle assess " + study + " --samples 500");
  EXPECT_NE(text.out.find("raining"), std::string::npos);
  EXPECT_EQ(text.err, "");
  const Output why = shell("cradle explain " + out + "/result.json GWP training");
  EXPECT_EQ(why.code, 0) << why.err;
  EXPECT_NE(why.out.find("grid.gwp"), std::string::npos) << why.out;
  EXPECT_NE(why.out.find("Ember"), std::string::npos) << why.out;
}

TEST(Commands, ReportWritesAResultInAFormAndSaysWhichFormsThereAre) {
  const auto folder = fresh_folder("report");
  base::write_file(folder / "study.toml", kStudy);
  const std::string result = (folder / "out" / "result.json").string();
  ASSERT_EQ(
      shell("cradle assess " + (folder / "study.toml").string() + " --samples 200 -o " + (folder / "out").string())
          .code,
      0);
  const Output iso = shell("cradle report " + result + " --format iso14044");
  EXPECT_EQ(iso.code, 0) << iso.err;
  EXPECT_EQ(iso.err, "");
  EXPECT_NE(iso.out.find("## 8. What is missing for a conformant report"), std::string::npos) << iso.out;
  const Output file = shell("cradle report " + result + " --format sci -o " + (folder / "sci.md").string());
  EXPECT_EQ(file.code, 0) << file.err;
  EXPECT_EQ(file.out, "");
  EXPECT_NE(base::read_file(folder / "sci.md").find("**SCI = "), std::string::npos);
  const Output wrong = shell("cradle report " + result + " --format iso14040");
  EXPECT_EQ(wrong.code, 2);
  EXPECT_NE(wrong.err.find("did you mean 'iso14044'?"), std::string::npos) << wrong.err;
  EXPECT_EQ(shell("cradle report " + (folder / "none.json").string() + " --format sci").code, 1);
}

TEST(Commands, TheSameStudyOnTheSeedsFactorsDiffers) {
  const auto folder = fresh_folder("seed-set");
  std::string text = kStudy;
  text.replace(text.find("\"FR\""), 4, "\"Brussels\"");
  base::write_file(folder / "today.toml", text);
  base::write_file(folder / "seed.toml", text + "[electricity]\nset = \"seed-2021\"\n");
  const auto gwp = [&](const char* file) {
    return training_gwp(json_of(shell("cradle assess " + (folder / file).string() + " --samples 200 --json")));
  };
  EXPECT_GT(gwp("seed.toml") / gwp("today.toml"), 3.0) << "the seed's Belgium is primary energy, not electricity";
}

TEST(Commands, ABadStudyNamesFileAndLineAndWritesNothing) {
  const auto folder = fresh_folder("bad-study");
  std::string text = kStudy;
  text.replace(text.find("hours  "), 7, "huors  ");
  base::write_file(folder / "study.toml", text);
  const Output o = shell("cradle assess " + (folder / "study.toml").string() + " -o " + (folder / "out").string());
  EXPECT_EQ(o.code, 1);
  EXPECT_EQ(o.out, "");
  EXPECT_NE(o.err.find("study.toml:7: unknown key 'huors'; did you mean 'hours'?"), std::string::npos) << o.err;
  EXPECT_FALSE(std::filesystem::exists(folder / "out"));
  const Output missing = shell("cradle assess " + (folder / "none.toml").string());
  EXPECT_EQ(missing.code, 1);
  EXPECT_NE(missing.err.find("none.toml"), std::string::npos);
}

TEST(Commands, ConfigSaysWhereAValueComesFrom) {
  const auto folder = fresh_folder("config");
  base::write_file(folder / "cradle.toml", "place = \"FR\"\nseed = 3\n");
  for (const char* wrong : {"CRADLE_SEED=-1", "CRADLE_SAMPLES=1.5", "CRADLE_THREADS=1e99"}) {
    const Output o = shell("cradle config", wrong);
    EXPECT_EQ(o.code, 2) << wrong;
    EXPECT_NE(o.err.find("expected a whole number from 0 to 2147483647"), std::string::npos) << o.err;
  }
  const Output o = shell("cd " + folder.string() + " && cradle config --json", "CRADLE_SEED=4");
  ASSERT_EQ(o.code, 0) << o.err;
  for (const Json& s : base::parse_json(o.out, "config")) {
    if (s.at("key") == "place") {
      EXPECT_NE(s.at("origin").get<std::string>().find("cradle.toml:1"), std::string::npos);
    }
    if (s.at("key") == "seed") {
      EXPECT_EQ(s.at("value"), "4");
      EXPECT_EQ(s.at("origin"), "CRADLE_SEED");
    }
    if (s.at("key") == "samples") {
      EXPECT_EQ(s.at("origin"), "built-in");
    }
  }
  base::write_file(folder / "cradle.toml", "plaec = \"FR\"\n");
  const Output wrong = shell("cd " + folder.string() + " && cradle config");
  EXPECT_EQ(wrong.code, 1);
  EXPECT_NE(wrong.err.find("cradle.toml:1: unknown key 'plaec'; did you mean 'place'?"), std::string::npos)
      << wrong.err;
}

TEST(Commands, RunPassesTheChildThroughAndRecordsIt) {
  const auto folder = fresh_folder("run");
  const std::string state = "XDG_STATE_HOME=" + folder.string();
  const Output o =
      shell("cradle run --place FR --json " + (folder / "r.json").string() + " -- sh -c \"echo out; exit 3\"", state);
  EXPECT_EQ(o.code, 3);
  EXPECT_EQ(o.out, "out\n");
  const Json r = base::read_json(folder / "r.json");
  EXPECT_EQ(r.at("schema"), "cradle.run/1");
  EXPECT_EQ(r.at("exit_code"), 3);
  EXPECT_EQ(shell("cradle run -- /nonexistent/x", state).code, 127);
  EXPECT_EQ(shell("cradle run -- /etc/passwd", state).code, 126);
  const Output list = shell("cradle runs list --json", state);
  EXPECT_EQ(list.code, 0) << list.err;
  EXPECT_NE(list.out.find(r.at("id").get<std::string>()), std::string::npos);
  const Output shown = shell("cradle runs show " + r.at("id").get<std::string>() + " --json", state);
  EXPECT_EQ(shown.code, 0) << shown.err;
  EXPECT_EQ(base::parse_json(shown.out, "shown"), r);
  EXPECT_EQ(shell("cradle runs recover", state).code, 0) << "nothing to recover is not a fault";
  const Output wrong = shell("cradle runs show 1999", state);
  EXPECT_EQ(wrong.code, 1);
  EXPECT_EQ(wrong.out, "");
}

const std::string kEmissions =
    "timestamp,project_name,run_id,experiment_id,duration,emissions,cpu_energy,gpu_energy,ram_energy,energy_consumed,"
    "country_iso_code,codecarbon_version\n"
    "2026-01-02T03:04:05,first,r1,e,100,0.0002,0.001,0.002,0.0005,0.0035,FRA,3.3.0\n"
    "2026-01-02T04:04:05,shifted,r2,100,0.0002,0.001,0.002,0.0005,0.0035,FRA,3.3.0\n"
    "2026-01-02T05:04:05,third,r3,e,100,0.0002,0.001,0.002,0.0005,0.0035,FRA,3.3.0\n";

TEST(Commands, ImportKeepsWhatIsGoodNamesWhatIsNotAndDoesNotDoubleIt) {
  const auto folder = fresh_folder("import");
  const std::string state = "XDG_STATE_HOME=" + folder.string(), file = (folder / "emissions.csv").string();
  base::write_file(file, kEmissions);
  const Output o = shell("cradle import " + file, state);
  EXPECT_EQ(o.code, 1) << "one line was refused";
  EXPECT_NE(o.err.find("emissions.csv:3: 11 fields where the header has 12"), std::string::npos) << o.err;
  EXPECT_NE(o.out.find("first"), std::string::npos) << o.out;
  EXPECT_NE(o.out.find("12.6 kJ"), std::string::npos) << o.out;
  EXPECT_EQ(json_of(shell("cradle runs list --json", state)).size(), 2u);
  const Output again = shell("cradle import --json " + file, state);
  EXPECT_EQ(base::parse_json(again.out, "again").size(), 0u);
  EXPECT_NE(again.err.find("was imported before"), std::string::npos) << again.err;
  EXPECT_EQ(json_of(shell("cradle runs list --json", state)).size(), 2u);

  const Output exported = shell("cradle export --format codecarbon --all", state);
  EXPECT_EQ(exported.code, 0) << exported.err;
  EXPECT_TRUE(exported.out.starts_with("timestamp,project_name,run_id,experiment_id,duration,emissions,"));
  EXPECT_NE(exported.out.find(",0.0035"), std::string::npos) << exported.out;
  EXPECT_EQ(shell("cradle export --format codecarbon", state).code, 2);
  const Output wrong = shell("cradle export --format codecarbn --all", state);
  EXPECT_EQ(wrong.code, 2);
  EXPECT_NE(wrong.err.find("did you mean"), std::string::npos) << wrong.err;
}

TEST(Commands, ImportTakesBothLogsOfATrackerAsOneRun) {
  const auto folder = fresh_folder("import-tracker");
  const std::string state = "XDG_STATE_HOME=" + folder.string(), stem = (folder / "7_2025_carbontracker").string();
  base::write_file(
      stem + ".log",
      "2025-11-18 15:53:54 - carbontracker version 2.4.3\n"
      "2025-11-18 15:53:54 - Only predicted and actual consumptions are multiplied by a PUE coefficient of "
      "1.58 (x).\n"
      "2025-11-18 15:53:54 - The following components were found: GPU with device(s) A, B.\n"
      "2025-11-18 15:54:28 - Epoch 1:\n2025-11-18 15:54:28 - Duration: 0:00:30.00\n"
      "2025-11-18 15:54:28 - Average power usage (W) for gpu: 100.0\n");
  base::write_file(stem + "_output.log",
                   "2025-11-18 15:54:28 - CarbonTracker: \nActual consumption for 1 epoch(s):\n\tTime:\t0:00:30\n"
                   "\tEnergy:\t0.001316666667 kWh\n\tCO2eq:\t0.1 g\n");
  const Output o = shell("cradle import --json " + stem + "_output.log " + stem + ".log", state);
  ASSERT_EQ(o.code, 0) << o.err;
  const Json imported = base::parse_json(o.out, "import");
  ASSERT_EQ(imported.size(), 1u);
  EXPECT_NEAR(imported[0].at("billed_j").get<double>(), 6000, 1e-6) << "two devices of 100 W for 30 s";
  const Output none = shell("cradle import /etc/passwd", state);
  EXPECT_EQ(none.code, 1);
  EXPECT_NE(none.err.find("neither an emissions.csv"), std::string::npos) << none.err;
}

TEST(Commands, RunsMergeCountsEachJouleOnce) {
  const auto folder = fresh_folder("merge");
  const std::string state = "XDG_STATE_HOME=" + folder.string();
  const std::string a = (folder / "a.json").string(), b = (folder / "b.json").string();
  ASSERT_EQ(shell("cradle run --quiet --json " + a + " -- sleep 0.2", state).code, 0);
  Json one = base::read_json(a), other = one;
  other["id"] = "20260102-030405-00000002";
  one["machine"]["host_id"] = other["machine"]["host_id"] = "h1";
  base::write_json(a, one);
  base::write_json(b, other);
  const Output same = shell("cradle runs merge --json --name both " + a + " " + b, state);
  ASSERT_EQ(same.code, 0) << same.err;
  const Json merged = base::parse_json(same.out, "merged");
  EXPECT_EQ(merged.at("name"), "both");
  EXPECT_DOUBLE_EQ(merged.at("energy").at("total").at("j").get<double>(),
                   one.at("energy").at("total").at("j").get<double>());
  const Output twice = shell("cradle runs merge " + a + " " + b, state);
  EXPECT_EQ(twice.code, 1);
  EXPECT_NE(twice.err.find("merged already"), std::string::npos) << twice.err;
  EXPECT_EQ(shell("cradle runs merge " + a + " " + a, state).code, 2);
  other["machine"]["host_id"] = "";
  base::write_json(b, other);
  const Output unknown = shell("cradle runs merge " + a + " " + b, state);
  EXPECT_EQ(unknown.code, 1);
  EXPECT_NE(unknown.err.find("--unknown-hosts"), std::string::npos) << unknown.err;
  EXPECT_EQ(
      shell("cradle runs merge --unknown-hosts different -o " + (folder / "m.json").string() + " " + a + " " + b, state)
          .code,
      0);
  EXPECT_TRUE(std::filesystem::exists(folder / "m.json"));
}

TEST(Commands, DoctorSaysWhatIsReadableAndWhy) {
  const Output o = shell("cradle doctor --json");
  EXPECT_EQ(o.code, 0) << o.err;
  EXPECT_FALSE(base::parse_json(o.out, "doctor").empty());
}

TEST(Commands, GraphPrintsTheCostOfEachLayer) {
  const Output o = shell("cradle graph " CRADLE_SOURCE "/test/models/tiny.onnx --json");
  ASSERT_EQ(o.code, 0) << o.err;
  const Json j = base::parse_json(o.out, "graph");
  double macs = 0;
  for (const Json& layer : j.at("layers")) macs += layer.at("macs").get<double>();
  EXPECT_EQ(macs, j.at("macs").get<double>()) << "layers add up to the whole";
  EXPECT_GT(macs, 0);
}

TEST(Commands, AnUnknownPlaceOrTaskSuggestsTheNearest) {
  const Output place = shell("cradle run --place Frnace -- true");
  EXPECT_NE(place.code, 0);
  EXPECT_NE(place.err.find("France"), std::string::npos) << place.err;
  const auto folder = fresh_folder("unknown-device");
  std::string text = kStudy;
  text.replace(text.find("\"server\""), 8, "\"sever\"");
  base::write_file(folder / "study.toml", text);
  const Output device = shell("cradle assess " + (folder / "study.toml").string());
  EXPECT_EQ(device.code, 1);
  EXPECT_NE(device.err.find("study.toml:11"), std::string::npos) << device.err;
  EXPECT_NE(device.err.find("server"), std::string::npos) << device.err;
}

TEST(Commands, AFullDiskIsNamedAndLeavesTheOldResult) {
  const auto folder = fresh_folder("full-disk");
  base::write_file(folder / "study.toml", kStudy);
  const std::string assess =
      "cradle assess " + (folder / "study.toml").string() + " --samples 200 -o " + (folder / "out").string();
  ASSERT_EQ(shell(assess).code, 0);
  const std::string before = base::read_file(folder / "out" / "result.json");
  // A limit on the size of files stands in for a full disk.
  const Output full = shell("ulimit -f 4; trap \"\" XFSZ; " + assess + " --seed 2");
  EXPECT_EQ(full.code, 1) << full.err;
  EXPECT_NE(full.err.find("result.json"), std::string::npos) << full.err;
  EXPECT_EQ(base::read_file(folder / "out" / "result.json"), before);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder / "out"), {}), 2)
      << "no half-written file is left";
}

TEST(Commands, AnOperatorThatIsNotSupportedIsNamedWithItsNode) {
  // One of libonnx-testdata's models, as another program wrote it.
  const std::string model = "/usr/share/libonnx-testdata/data/node/test_det_2d/model.onnx";
  ASSERT_TRUE(std::filesystem::exists(model)) << "install libonnx-testdata";
  const Output o = shell("cradle graph " + model);
  EXPECT_EQ(o.code, 1);
  EXPECT_NE(o.err.find("Det"), std::string::npos) << o.err;
  EXPECT_NE(o.err.find("node"), std::string::npos) << o.err;
}

TEST(Commands, ACorruptModelIsNamedAndNothingIsWritten) {
  const auto folder = fresh_folder("corrupt");
  const std::string good = base::read_file(CRADLE_SOURCE "/test/models/tiny.onnx");
  base::write_file(folder / "cut.onnx", good.substr(0, good.size() / 2));
  for (const std::string& command :
       {"graph " + (folder / "cut.onnx").string(),
        "compress " + (folder / "cut.onnx").string() + " -o " + (folder / "o.onnx").string(),
        "bench " + (folder / "cut.onnx").string() + " -o " + (folder / "b").string()}) {
    const Output o = shell("cradle " + command);
    EXPECT_EQ(o.code, 1) << command;
    EXPECT_NE(o.err.find("cut.onnx"), std::string::npos) << command << "\n" << o.err;
  }
  EXPECT_FALSE(std::filesystem::exists(folder / "o.onnx"));
}

}  // namespace
}  // namespace cradle::test
