// CodeCarbon's table in and out: every version's columns, its known faults, and no crash on damaged files.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cmath>

#include "cradle/base/error.h"
#include "cradle/base/json.h"
#include "cradle/base/text.h"
#include "cradle/report/codecarbon_export.h"
#include "cradle/report/codecarbon_import.h"
#include "cradle/report/export_formats.h"

namespace cradle::report {
namespace {

const std::string kHeader38 =
    "timestamp,project_name,run_id,experiment_id,duration,emissions,emissions_rate,cpu_power,gpu_power,ram_power,"
    "cpu_energy,gpu_energy,ram_energy,energy_consumed,water_consumed,country_name,country_iso_code,region,"
    "cloud_provider,cloud_region,os,python_version,codecarbon_version,cpu_count,cpu_model,gpu_count,gpu_model,"
    "longitude,"
    "latitude,ram_total_size,tracking_mode,cpu_utilization_percent,gpu_utilization_percent,ram_utilization_percent,"
    "ram_used_gb,on_cloud,pue,wue\n";

/// 100 s: CPU 0.001, GPU 0.002, memory 0.0005 kWh; 0.0002 kg.
std::string row(const std::string& run = "run-1", const std::string& gpu = "0.002",
                const std::string& model = "1 x NVIDIA Tesla T4", double duration = 100,
                const std::string& pue = "1.0") {
  const double total = 0.0015 + (gpu.empty() ? 0 : std::stod(gpu));
  return fmt::format(
      "2026-01-02T03:04:05,proj,{},exp,{},0.0002,2e-06,36.5,72.0,18.0,0.001,{},0.0005,{},0.0,France,FRA,,,,"
      "Linux-6.1,3.11,3.3.0,8,\"CPU, with a comma\",1,{},2.3,48.8,16.0,machine,10.0,50.0,40.0,6.4,N,{},0.0\n",
      run, duration, gpu, total, model, pue);
}

std::string events_of(const record::RunRecord& run, const std::string& kind) {
  std::string text;
  for (const record::Event& e : run.events)
    if (e.kind == kind) text += e.part + ": " + e.detail + "\n";
  return text;
}

bool says(const record::RunRecord& run, const std::string& kind, const std::string& word) {
  return events_of(run, kind).find(word) != std::string::npos;
}

/// A record is as good as one that cradle wrote: it is read back without complaint.
void expect_valid(const record::RunRecord& run) { EXPECT_NO_THROW(record::from_json(record::to_json(run), run.id)); }

TEST(CodeCarbonImport, TakesTodaysColumnsWithTheirUnitsAndGaps) {
  const Import import = import_codecarbon(kHeader38 + row(), "e.csv");
  ASSERT_EQ(import.runs.size(), 1u);
  EXPECT_TRUE(import.refused.empty() && import.left_out.empty());
  const record::RunRecord& run = import.runs[0];
  expect_valid(run);
  EXPECT_EQ(run.name, "proj");
  EXPECT_EQ(run.place, "FR");
  EXPECT_EQ(run.started, "2026-01-02T03:02:25Z");
  EXPECT_EQ(run.finished, "2026-01-02T03:04:05Z");
  EXPECT_EQ(run.machine.cpu, "CPU, with a comma");
  ASSERT_EQ(run.parts.size(), 3u);
  EXPECT_NEAR(run.parts[0].j.value, 3600, 1e-9);
  EXPECT_NEAR(run.parts[0].j.low, 3600 / 1.4, 1e-9);
  EXPECT_EQ(run.parts[0].basis, record::Basis::kModelled) << "the file does not tell RAPL from a model";
  EXPECT_TRUE(says(run, "imported", "does not say whether"));
  EXPECT_NEAR(run.parts[1].j.value, 7200, 1e-9);
  EXPECT_EQ(run.parts[1].basis, record::Basis::kCounter);
  EXPECT_NEAR(run.parts[1].j.high, 7920, 1e-9);
  EXPECT_NEAR(run.parts[2].j.value, 1800, 1e-9);
  EXPECT_NEAR(run.total.value, 12600, 1e-9);
  EXPECT_EQ(run.billed.rule, "machine");
  ASSERT_TRUE(run.emissions);
  EXPECT_NEAR(run.emissions->co2e_g.value, 0.2, 1e-12) << "the tool's own figure";
  EXPECT_NEAR(run.emissions->factor_kg_per_kwh, 0.0002 / 0.0035, 1e-12);
  EXPECT_EQ(run.emissions->factor_source, "CodeCarbon 3.3.0");
  EXPECT_TRUE(says(run, "imported", "time zone"));
}

TEST(CodeCarbonImport, AGpuThatIsNamedAndHasNoJoulesIsAGap) {
  const record::RunRecord run = import_codecarbon(kHeader38 + row("r", "0.0"), "e.csv").runs.at(0);
  expect_valid(run);
  EXPECT_TRUE(says(run, "gap", "#1316"));
  EXPECT_EQ(run.parts[1].coverage, 0);
  EXPECT_EQ(run.parts[1].basis, record::Basis::kModelled);
  EXPECT_DOUBLE_EQ(run.parts[1].j.high, 70 * 100) << "a Tesla T4 draws at most 70 W";
  EXPECT_DOUBLE_EQ(run.billed.j.high, run.total.high);
}

TEST(CodeCarbonImport, AConstantPowerIsAModelAndAnImpossibleOneAReset) {
  std::string text = row();
  text.replace(text.find("36.5,72.0"), 4, "36.0");  // 36 W × 100 s = 0.001 kWh
  EXPECT_TRUE(says(import_codecarbon(kHeader38 + text, "e.csv").runs.at(0), "imported", "power is constant"));
  std::string high = row();
  high.replace(high.find("0.001,0.002"), 5, "0.100");  // 3600 W
  EXPECT_TRUE(says(import_codecarbon(kHeader38 + high, "e.csv").runs.at(0), "reset", "more than a package"));
}

TEST(CodeCarbonImport, ThePueIsDividedOutOfEnergyAndCo2e) {
  const record::RunRecord run = import_codecarbon(kHeader38 + row("r", "0.002", "x", 100, "1.25"), "e.csv").runs.at(0);
  expect_valid(run);
  EXPECT_NEAR(run.total.value, 12600 / 1.25, 1e-9);
  EXPECT_NEAR(run.emissions->co2e_g.value, 0.2 / 1.25, 1e-12);
  EXPECT_NEAR(run.emissions->factor_kg_per_kwh, 0.0002 / 0.0035, 1e-12) << "the grid's factor has no PUE in it";
  EXPECT_TRUE(says(run, "imported", "PUE of 1.25"));
  const Import wrong = import_codecarbon(kHeader38 + row("r", "0.002", "x", 100, "0.5"), "e.csv");
  EXPECT_TRUE(wrong.runs.empty());
  EXPECT_NE(wrong.refused.at(0).find("e.csv:2: 'pue' is 0.5"), std::string::npos);
}

TEST(CodeCarbonImport, RowsWithoutTheirEmptyColumnsAreRefusedWithLineAndReason) {
  std::string shifted = row("run-2");
  shifted.replace(shifted.find("FRA,,,,Linux"), 12, "FRA,Linux");  // as CodeCarbon 3.3.0 appends
  const Import import = import_codecarbon(kHeader38 + row("run-1") + shifted + row("run-3"), "e.csv");
  EXPECT_EQ(import.runs.size(), 2u);
  ASSERT_EQ(import.refused.size(), 1u);
  EXPECT_NE(import.refused[0].find("e.csv:3: 35 fields where the header has 38"), std::string::npos)
      << import.refused[0];
}

TEST(CodeCarbonImport, BadFiguresAreRefusedAloneWithTheirColumn) {
  std::string negative = row("n"), words = row("w"), clock = row("c");
  negative.replace(negative.find("0.001,0.002"), 5, "-.145");
  words.replace(words.find("36.5,72.0"), 4, "many");
  clock.replace(0, 10, "2026-02-30");
  std::string quoted = row("q");
  quoted.replace(quoted.find("36.5,72.0"), 4, "36.6");
  const Import import = import_codecarbon(kHeader38 + negative + words + clock + quoted, "e.csv");
  EXPECT_EQ(import.runs.size(), 1u);
  ASSERT_EQ(import.refused.size(), 3u);
  EXPECT_NE(import.refused[0].find("e.csv:4: 'timestamp'"), std::string::npos) << import.refused[0];
  EXPECT_NE(import.refused[1].find("e.csv:2: 'cpu_energy' is -.145"), std::string::npos) << import.refused[1];
  EXPECT_NE(import.refused[2].find("e.csv:3: 'cpu_power'"), std::string::npos) << import.refused[2];
}

TEST(CodeCarbonImport, FlushesOfOneRunAreCumulativeAndOnlyTheLastCounts) {
  std::string second = row("run-1", "0.004", "x", 200), other_start = row("run-1", "0.009", "x", 300);
  second.replace(0, 19, "2026-01-02T03:05:45");
  other_start.replace(0, 19, "2026-01-02T09:00:00");
  const Import import = import_codecarbon(kHeader38 + row("run-1") + second + other_start, "e.csv");
  ASSERT_EQ(import.runs.size(), 2u) << "the third has one id with them, but began later";
  EXPECT_DOUBLE_EQ(import.runs[0].duration_s, 200);
  ASSERT_EQ(import.left_out.size(), 1u);
  EXPECT_NE(import.left_out[0].find("e.csv:2: a flush"), std::string::npos);
  EXPECT_NE(import.left_out[0].find("line 3"), std::string::npos);
  EXPECT_NE(import.runs[0].id, import.runs[1].id);
  const Import early = import_codecarbon(kHeader38 + row("run-1"), "e.csv");
  EXPECT_EQ(record::identity_of(early.runs[0].id), record::identity_of(import.runs[0].id))
      << "imported between its flushes";
}

TEST(CodeCarbonImport, TasksOfOneRunAreRunsOfTheirOwn) {
  const std::string header =
      "task_name,timestamp,project_name,run_id,duration,emissions,emissions_rate,cpu_power,gpu_power,ram_power,"
      "cpu_energy,gpu_energy,ram_energy,energy_consumed,water_consumed,codecarbon_version,tracking_mode,on_cloud\n";
  const Import import = import_codecarbon(
      header +
          "load,2026-01-02T03:04:05,proj,r,10,0.0001,1e-05,36,0,18,0.0001,0,5e-05,0.00015,0.0,3.3.0,process,N\n"
          "train,2026-01-02T03:05:05,proj,r,60,0.0001,1e-05,35,0,18,0.0006,0,0.0003,0.0009,0.0,3.3.0,process,N\n",
      "t.csv");
  ASSERT_EQ(import.runs.size(), 2u);
  EXPECT_TRUE(import.left_out.empty());
  EXPECT_EQ(import.runs[1].name, "proj/train");
  EXPECT_EQ(import.runs[0].billed.rule, "mine") << "tracking_mode process";
  EXPECT_EQ(import.runs[0].parts.size(), 2u) << "no GPU is named";
  for (const record::RunRecord& run : import.runs) expect_valid(run);
}

TEST(CodeCarbonImport, FilesOfVersionOneHaveTheTotalAlone) {
  const Import import = import_codecarbon(
      "timestamp,experiment_id,project_name,duration,emissions,energy_consumed,country_name,country_iso_code,region,"
      "on_cloud,cloud_provider,cloud_region\n"
      "2022-03-13T04:44:26,0d668c36,codecarbon,100,0.01,0.02,USA,USA,Iowa,Y,gcp,us-central1\n"
      "2022-03-13T05:44:26,1e668c36,codecarbon,100,0.01,0.02,Canada,CAN,,N,,\n",
      "old.csv");
  ASSERT_EQ(import.runs.size(), 2u);
  expect_valid(import.runs[0]);
  ASSERT_EQ(import.runs[0].parts.size(), 1u);
  EXPECT_EQ(import.runs[0].parts[0].part, "machine");
  EXPECT_NEAR(import.runs[0].total.value, 72000, 1e-6);
  EXPECT_EQ(import.runs[0].machine.virtualised, "cloud gcp");
  EXPECT_EQ(import.runs[0].emissions->factor_place, "USA Iowa");
  EXPECT_NE(record::identity_of(import.runs[0].id), record::identity_of(import.runs[1].id))
      << "experiment_id named a run then";
  EXPECT_TRUE(says(import.runs[1], "imported", "Canada when it cannot find out"));
}

TEST(CodeCarbonImport, SaysWhatIsNoSuchTable) {
  EXPECT_TRUE(is_codecarbon(kHeader38));
  EXPECT_FALSE(is_codecarbon("key,name\n"));
  EXPECT_FALSE(is_codecarbon(""));
  EXPECT_THROW(import_codecarbon("", "e.csv"), base::Error);
  EXPECT_THROW(import_codecarbon("timestamp,duration\n", "e.csv"), base::Error);
  EXPECT_TRUE(import_codecarbon(kHeader38, "e.csv").runs.empty());
}

record::RunRecord own_run() {
  record::RunRecord r;
  r.id = "20260102-030225-1f2e3d4c";
  r.name = "train, twice";
  r.started = "2026-01-02T03:02:25Z";
  r.finished = "2026-01-02T03:04:05Z";
  r.duration_s = 100;
  r.place = "US-OR";
  r.machine = {"abc", "CPU", 8, 16, "", "6.1"};
  r.parts = {{"cpu-package-0", "cpu", record::Basis::kCounter, "rapl", {3000, 2900, 3100}, 1},
             {"cpu-package-1", "cpu", record::Basis::kCounter, "rapl", {600, 500, 700}, 1},
             {"dram-0", "memory", record::Basis::kCounter, "rapl", {400, 300, 500}, 1}};
  r.total = {4000, 3700, 4300};
  r.split = {1500, 500, 2000, "x"};
  r.billed = {{2000, 1800, 2200}, "mine+idle share"};
  r.emissions = record::Emissions{{0.5, 0.4, 0.6}, "grid.gwp@US-OR", 0.0009, "US-OR", 2023, "x"};
  return r;
}

TEST(CodeCarbonExport, HasTheHeaderOfCodeCarbonAndItsUnits) {
  const std::string text = codecarbon_csv(std::vector{own_run()}, "cradle 0.1.0");
  EXPECT_TRUE(text.starts_with(kHeader38));
  const std::vector<std::string> lines = base::split(text, '\n');
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_TRUE(
      lines[1].starts_with("2026-01-02T03:04:05,\"train, twice\",20260102-030225-1f2e3d4c,,100,0.0005,5e-06,18,,2,"
                           "0.0005,,"))
      << lines[1];
  EXPECT_NE(lines[1].find("United States,USA,oregon"), std::string::npos) << lines[1];
  EXPECT_NE(lines[1].find(",process,"), std::string::npos);
  EXPECT_EQ(codecarbon_csv({}, "cradle 0.1.0"), kHeader38);
}

TEST(CodeCarbonExport, IsImportedAsItWasExported) {
  record::RunRecord run = own_run();
  const auto round = [](const record::RunRecord& r) {
    const Import import = import_codecarbon(codecarbon_csv(std::vector{r}, "cradle 0.1.0"), "e.csv");
    EXPECT_TRUE(import.refused.empty()) << fmt::format("{}", fmt::join(import.refused, "\n"));
    return import.runs.at(0);
  };
  const record::RunRecord back = round(run);
  expect_valid(back);
  EXPECT_EQ(back.id, run.id) << "so that a second import is known to be one";
  EXPECT_EQ(back.name, run.name);
  EXPECT_EQ(back.started, run.started);
  EXPECT_EQ(back.duration_s, run.duration_s);
  EXPECT_NEAR(back.billed.j.value, run.billed.j.value, 1e-9) << "what is billed is what the file has";
  EXPECT_NEAR(back.parts.at(0).j.value, 1800, 1e-9) << "the billed half of both packages";
  EXPECT_NEAR(back.emissions->co2e_g.value, run.emissions->co2e_g.value, 1e-12);
  EXPECT_EQ(back.emissions->factor_source, "cradle 0.1.0") << "the joules are not CodeCarbon's";
  EXPECT_EQ(back.machine.cpu, run.machine.cpu);
  run.parts.push_back({"platform", "board", record::Basis::kCounter, "psys", {1000, 900, 1100}, 1});
  run.total = {5000, 4600, 5400};
  run.split.idle_j += 1000;
  const record::RunRecord board = round(run);
  EXPECT_NEAR(board.billed.j.value, run.billed.j.value, 1e-9);
  EXPECT_EQ(board.parts.back().part, "rest") << "a kind that CodeCarbon has no column for";
}

TEST(CodeCarbonExport, LeavesWhatWasNotReadEmpty) {
  record::RunRecord run = own_run();
  run.parts.push_back({"gpu-0", "gpu", record::Basis::kModelled, "x", {0, 0, 7000}, 0});
  const std::string text = codecarbon_csv(std::vector{run}, "cradle 0.1.0");
  EXPECT_NE(text.find(",18,,2,0.0005,,"), std::string::npos) << text;
  EXPECT_EQ(import_codecarbon(text, "e.csv").runs.at(0).parts.at(1).coverage, 0) << "a gap stays a gap";
}

TEST(ExportFormats, AreFoundByNameOrSuggested) {
  EXPECT_EQ(export_format("codecarbon").name, "codecarbon");
  try {
    export_format("codecarbn");
    FAIL();
  } catch (const base::Error& e) {
    EXPECT_NE(std::string(e.what()).find("did you mean 'codecarbon'?"), std::string::npos);
    EXPECT_EQ(e.fault(), base::Fault::kUsage);
  }
}

TEST(CodeCarbonImport, DamagedFilesGiveValidRecordsOrCleanErrors) {
  const std::string whole = kHeader38 + row("a") + row("b", "0.0") + row("a", "0.004", "x", 200);
  EXPECT_TRUE(rc::check("mutations of a table", [&] {
    std::string text = whole;
    const int changes = *rc::gen::inRange(1, 8);
    for (int i = 0; i < changes; ++i) {
      const std::size_t at = *rc::gen::inRange<std::size_t>(0, text.size());
      const int what = *rc::gen::inRange(0, 4);
      if (what == 0) text[at] = *rc::gen::arbitrary<char>();
      if (what == 1) text.erase(at, *rc::gen::inRange<std::size_t>(1, 40));
      if (what == 2) text.insert(at, *rc::gen::element<std::string>(",", "\"", "\n", "-", "9e99", "nan", "\0", "T"));
      if (what == 3) text.resize(at + 1);
      if (text.empty()) text = ",";
    }
    try {
      for (const record::RunRecord& run : import_codecarbon(text, "e.csv").runs) {
        const record::RunRecord back =
            record::from_json(base::parse_json(base::dump_json(record::to_json(run)), "x"), run.id);
        RC_ASSERT(back.parts.size() == run.parts.size());
        RC_ASSERT(std::isfinite(back.total.high));
      }
    } catch (const base::Error&) {
    }
  }));
}

}  // namespace
}  // namespace cradle::report
