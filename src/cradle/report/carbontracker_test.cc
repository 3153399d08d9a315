// CarbonTracker's logs: every version's form, its known fault, and no crash on damaged files.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cmath>

#include "cradle/base/error.h"
#include "cradle/base/json.h"
#include "cradle/report/carbontracker_import.h"
#include "cradle/report/carbontracker_log.h"

namespace cradle::report {
namespace {

/// Two epochs of 10 and 20 s; GPU 100 and 200 W, CPU (RAPL) 50 W. As 1.x printed it: a figure for each device.
const std::string kOld =
    "2022-11-14 15:42:43 - carbontracker version 1.1.6\n"
    "2022-11-14 15:42:43 - Only predicted and actual consumptions are multiplied by a PUE coefficient of 1.67 (Rhonda "
    "Ascierto, 2019, Uptime Institute Global Data Center Survey).\n"
    "2022-11-14 15:42:43 - The following components were found: GPU with device(s) NVIDIA GeForce RTX 3060. CPU with "
    "device(s) cpu:0.\n"
    "2022-11-14 15:42:43 - Monitoring thread started.\n"
    "2022-11-14 15:42:53 - Epoch 1:\n"
    "2022-11-14 15:42:53 - Duration: 0:00:10.00\n"
    "2022-11-14 15:42:53 - Average power usage (W) for gpu: [100.]\n"
    "2022-11-14 15:42:53 - Average power usage (W) for cpu: [50.]\n"
    "2022-11-14 15:43:13 - Epoch 2:\n"
    "2022-11-14 15:43:13 - Duration: 0:00:20.00\n"
    "2022-11-14 15:43:13 - Average power usage (W) for gpu: [200.]\n"
    "2022-11-14 15:43:13 - Average power usage (W) for cpu: [50.]\n"
    "2022-11-14 15:43:13 - Average carbon intensity during training was 102.00 gCO2/kWh at detected location: "
    "Copenhagen, Capital Region, DK.\n"
    "2022-11-14 15:43:13 - Monitoring thread ended.\n";

/// 6500 J = 0.00180556 kWh, × 1.67 = 0.003015 kWh, at 102 g/kWh.
const std::string kOldOutput =
    "2022-11-14 15:42:43 - CarbonTracker: The following components were found: GPU with device(s) NVIDIA GeForce RTX "
    "3060. CPU with device(s) cpu:0.\n"
    "2022-11-14 15:43:13 - CarbonTracker: \n"
    "Actual consumption for 2 epoch(s):\n"
    "\tTime:\t0:00:30\n"
    "\tEnergy:\t0.003015 kWh\n"
    "\tCO2eq:\t0.307530 g\n"
    "\tThis is equivalent to:\n"
    "\t0.002860 km travelled by car\n"
    "2022-11-14 15:43:13 - CarbonTracker: \n"
    "Predicted consumption for 4 epoch(s):\n"
    "\tTime:\t0:01:00\n"
    "\tEnergy:\t0.006030 kWh\n"
    "\tCO2eq:\t0.615060 g\n"
    "2022-11-14 15:43:13 - CarbonTracker: Finished monitoring.\n";

/// As 2.x prints it: one mean for all devices.
const std::string kNew =
    "2025-11-18 15:53:54 - carbontracker version 2.4.3\n"
    "2025-11-18 15:53:54 - Only predicted and actual consumptions are multiplied by a PUE coefficient of 1.58 (Daniel "
    "Bizo, 2023, Uptime Institute Global Data Center Survey).\n"
    "2025-11-18 15:53:54 - The following components were found: GPU with device(s) NVIDIA A100, NVIDIA A100. CPU with "
    "device(s) Intel(R) Core(TM) i7-8750H CPU @ 2.20GHz.\n"
    "2025-11-18 15:54:28 - Epoch 1:\n"
    "2025-11-18 15:54:28 - Duration: 0:00:33.50\n"
    "2025-11-18 15:54:28 - Average power usage (W) for gpu: 250.0\n"
    "2025-11-18 15:54:28 - Average power usage (W) for cpu: 22.5\n"
    "2025-11-18 15:54:28 - Carbon intensities (gCO2eq/kWh) fetched every 900 s at detected location: Copenhagen, "
    "Capital "
    "Region, DK: [143.3]\n"
    "2025-11-18 15:54:28 - Average carbon intensity during training was 143.30 gCO2eq/kWh. \n"
    "2025-11-18 15:54:28 - Monitoring thread ended.\n";

bool says(const record::RunRecord& run, const std::string& kind, const std::string& word) {
  for (const record::Event& e : run.events)
    if (e.kind == kind && (e.part + ": " + e.detail).find(word) != std::string::npos) return true;
  return false;
}

const record::PartEnergy& part(const record::RunRecord& run, const std::string& name) {
  for (const record::PartEnergy& p : run.parts)
    if (p.part == name) return p;
  throw std::runtime_error("no part " + name);
}

record::RunRecord imported(const std::string& standard, const std::string& output = "",
                           const std::string& errors = "") {
  record::RunRecord run = import_carbontracker({standard, output, errors, "10151_2022-11-14T154243Z"}, "x.log");
  EXPECT_NO_THROW(record::from_json(record::to_json(run), run.id));
  return run;
}

TEST(CarbonTrackerImport, AddsUpEpochsAndComponentsWithoutThePue) {
  const record::RunRecord run = imported(kOld, kOldOutput);
  EXPECT_DOUBLE_EQ(run.duration_s, 30);
  EXPECT_DOUBLE_EQ(part(run, "gpu").j.value, 100 * 10 + 200 * 20);
  EXPECT_DOUBLE_EQ(part(run, "cpu").j.value, 50 * 30);
  EXPECT_DOUBLE_EQ(run.total.value, 6500);
  EXPECT_EQ(part(run, "gpu").basis, record::Basis::kIntegrated);
  EXPECT_EQ(part(run, "cpu").basis, record::Basis::kIntegrated);
  EXPECT_DOUBLE_EQ(part(run, "cpu").coverage, 0.5) << "RAPL was read every other second";
  EXPECT_TRUE(says(run, "imported", "PUE of 1.67"));
  EXPECT_EQ(run.started, "2022-11-14T15:42:43Z");
  EXPECT_EQ(run.place, "DK");
  EXPECT_TRUE(run.complete);
  // Its own total, divided by its PUE, is the same energy another way.
  EXPECT_NEAR(0.003015 * 3.6e6 / 1.67, run.total.value, 1);
  EXPECT_FALSE(says(run, "imported", "own total"));
  ASSERT_TRUE(run.emissions);
  EXPECT_NEAR(run.emissions->factor_kg_per_kwh, 0.102, 1e-6);
  EXPECT_NEAR(run.emissions->co2e_g.value, 6500 / 3.6e6 * 102, 1e-5);
  EXPECT_EQ(run.emissions->factor_source, "CarbonTracker 1.1.6");
}

TEST(CarbonTrackerImport, MarksTheEndOfEachEpoch) {
  const record::RunRecord run = imported(kOld, kOldOutput);
  ASSERT_EQ(run.marks.size(), 2u);
  EXPECT_EQ(run.marks[0].name, "epoch-1/4") << "four epochs were predicted";
  EXPECT_DOUBLE_EQ(run.marks[0].t_s, 10);
  EXPECT_DOUBLE_EQ(run.marks[0].j, 1500);
  EXPECT_DOUBLE_EQ(run.marks[1].j, 6500);
  EXPECT_EQ(imported(kOld).marks[0].name, "epoch-1");
}

TEST(CarbonTrackerImport, AMeanOfSeveralDevicesIsMadeTheirSumAndSaid) {
  const record::RunRecord run = imported(kNew);
  EXPECT_DOUBLE_EQ(part(run, "gpu").j.value, 2 * 250 * 33.5);
  EXPECT_TRUE(says(run, "imported", "gpu: CarbonTracker 2.4.3 printed the mean of 2 devices"));
  EXPECT_FALSE(says(run, "imported", "cpu: CarbonTracker 2.4.3 printed")) << "one device is its own mean";
  EXPECT_EQ(part(run, "cpu").basis, record::Basis::kModelled) << "a model's name means half of its TDP";
  EXPECT_NE(part(run, "cpu").sensor.find("2.20GHz"), std::string::npos) << "a dot is no end of a name";
  EXPECT_NEAR(run.emissions->factor_kg_per_kwh, 0.1433, 1e-9);
  EXPECT_EQ(run.place, "DK");
  EXPECT_FALSE(run.complete) << "no consumption was printed: the log broke off";
  std::string list = kNew;
  list.replace(list.find("gpu: 250.0"), 10, "gpu: [240.\n 260.]");
  EXPECT_DOUBLE_EQ(part(imported(list), "gpu").j.value, 500 * 33.5) << "a list has each device";
  EXPECT_FALSE(says(imported(list), "imported", "printed the mean"));
}

TEST(CarbonTrackerImport, AnEpochWithoutAReadingIsFilledAndLowersTheCoverage) {
  std::string text = kOld;
  text.replace(text.find("[100.]"), 6, "[None]");
  const record::RunRecord run = imported(text);
  EXPECT_DOUBLE_EQ(part(run, "gpu").j.value, 200 * 30);
  EXPECT_NEAR(part(run, "gpu").coverage, 20.0 / 30, 1e-12);
  EXPECT_TRUE(says(run, "gap", "gpu: 1 of 2 epochs"));
}

TEST(CarbonTrackerImport, AComponentThatWasNeverReadIsAGapAndNotZero) {
  std::string text = kOld;
  for (std::size_t at; (at = text.find("[50.]")) != std::string::npos;) text.replace(at, 5, "None");
  const record::RunRecord run = imported(text);
  EXPECT_EQ(part(run, "cpu").j.value, 0);
  EXPECT_DOUBLE_EQ(part(run, "cpu").j.high, 1000 * 30);
  EXPECT_EQ(part(run, "cpu").coverage, 0);
  EXPECT_TRUE(says(run, "gap", "cpu: no reading at all"));
  const record::RunRecord denied =
      imported(text, "",
               "MainThread - CRITICAL - Could not read CPU/DRAM energy consumption due to lack of "
               "read-permissions.\n");
  EXPECT_TRUE(says(denied, "denied", "cpu"));
}

TEST(CarbonTrackerImport, ATotalAloneIsOnePartAndItsPueIsAssumed) {
  const record::RunRecord run = imported("", kOldOutput);
  ASSERT_EQ(run.parts.size(), 1u);
  EXPECT_EQ(run.parts[0].part, "machine");
  EXPECT_NEAR(run.total.value, 0.003015 * 3.6e6 / 1.58, 1e-6);
  EXPECT_DOUBLE_EQ(run.duration_s, 30);
  EXPECT_TRUE(says(run, "imported", "no log states the PUE"));
}

TEST(CarbonTrackerImport, ItsOwnTotalIsComparedAndTimeOutsideOfEpochsIsSaid) {
  std::string output = kOldOutput;
  output.replace(output.find("0.003015"), 8, "0.009999");
  EXPECT_TRUE(says(imported(kOld, output), "imported", "own total"));
  EXPECT_TRUE(
      says(imported(kOld + "2022-11-14 16:00:00 - Training was interrupted before all 4 epochs were monitored.\n"),
           "imported", "only time inside of epochs"));
}

TEST(CarbonTrackerImport, TheSameTrackerHasTheSameId) {
  EXPECT_EQ(imported(kOld).id, imported(kOld, kOldOutput).id);
  const CarbonTrackerLogs other{kOld, "", "", "10152_2022-11-14T154243Z"};
  EXPECT_NE(import_carbontracker(other, "x.log").id, imported(kOld).id) << "another process at the same time";
}

TEST(CarbonTrackerImport, ALogOfTwoTrackersIsReadToItsSecondBeginning) {
  const record::RunRecord run = imported(kOld + kNew);
  EXPECT_DOUBLE_EQ(run.total.value, 6500);
  EXPECT_TRUE(says(run, "imported", "another tracker"));
}

TEST(CarbonTrackerImport, SaysWhatIsNoLogAndWhatCannotBeRead) {
  EXPECT_TRUE(is_carbontracker(kOld));
  EXPECT_TRUE(is_carbontracker(kOldOutput));
  EXPECT_FALSE(is_carbontracker("timestamp,project_name\n"));
  EXPECT_THROW(import_carbontracker({"", "", "", "x"}, "x.log"), base::Error);
  std::string text = kOld;
  text.replace(text.find("0:00:10.00"), 10, "a while   ");
  try {
    import_carbontracker({text, "", "", "x"}, "x.log");
    FAIL();
  } catch (const base::Error& e) {
    EXPECT_NE(std::string(e.what()).find("x.log:6"), std::string::npos) << e.what();
  }
}

TEST(CarbonTrackerImport, DamagedLogsGiveValidRecordsOrCleanErrors) {
  EXPECT_TRUE(rc::check("mutations of a pair of logs", [] {
    CarbonTrackerLogs logs{*rc::gen::element(kOld, kNew), kOldOutput, "", "stem"};
    for (std::string* text : {&logs.standard, &logs.output}) {
      const int changes = *rc::gen::inRange(0, 6);
      for (int i = 0; i < changes; ++i) {
        const std::size_t at = *rc::gen::inRange<std::size_t>(0, text->size());
        const int what = *rc::gen::inRange(0, 4);
        if (what == 0) (*text)[at] = *rc::gen::arbitrary<char>();
        if (what == 1) text->erase(at, *rc::gen::inRange<std::size_t>(1, 40));
        if (what == 2)
          text->insert(at, *rc::gen::element<std::string>("[", "\n", "-", "9e99", "nan ", ". ", ":", "None"));
        if (what == 3) text->resize(at + 1);
        if (text->empty()) *text = "\n";
      }
    }
    try {
      const record::RunRecord run = import_carbontracker(logs, "x.log");
      const record::RunRecord back =
          record::from_json(base::parse_json(base::dump_json(record::to_json(run)), "x"), run.id);
      RC_ASSERT(std::isfinite(back.total.high));
    } catch (const base::Error&) {
    }
  }));
}

}  // namespace
}  // namespace cradle::report
