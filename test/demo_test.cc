// The whole demo on a reduced setting: a real training, a real ONNX file, two real lives.
#include <gtest/gtest.h>

#include <algorithm>

#include <cmath>

#include "cradle/base/file.h"
#include "cradle/base/json.h"
#include "cradle/record/run_record.h"
#include "cradle/study/result.h"
#include "program.h"

namespace cradle::test {
namespace {

/// One run of the demo for all tests of this file.
struct Demo {
  std::filesystem::path folder = fresh_folder("demo");
  Output output =
      shell("cradle demo --quick --place FR -o " + folder.string(), "XDG_STATE_HOME=" + folder.string() + "/state");
};
const Demo& demo() {
  static const Demo once;
  return once;
}

TEST(Demo, RunsFromTrainingToReport) {
  const Demo& d = demo();
  ASSERT_EQ(d.output.code, 0) << d.output.err;
  for (const char* file : {"fp32.onnx", "int8.onnx", "fp32.toml", "int8.toml", "fp32/result.json", "int8/result.json",
                           "comparison.json", "bench.json", "report.html", "runs/train.json"})
    EXPECT_TRUE(std::filesystem::exists(d.folder / file)) << file;
  // Nothing half-written and no intermediate file is left.
  for (const auto& entry : std::filesystem::directory_iterator(d.folder)) {
    const std::string name = entry.path().filename().string();
    EXPECT_EQ(name.find(".part"), std::string::npos) << name;
    EXPECT_EQ(name.find(".statistics"), std::string::npos) << name;
    EXPECT_EQ(name.find(".untrained"), std::string::npos) << name;
  }
}

TEST(Demo, TheTrainingIsOneRecordWhosePartsAddUp) {
  ASSERT_EQ(demo().output.code, 0);
  const record::RunRecord r = record::read_record(demo().folder / "runs/train.json");
  double sum = 0;
  for (const auto& part : r.parts) sum += part.j.value;
  EXPECT_NEAR(sum, r.total.value, 1e-9 * sum);
  EXPECT_GT(r.billed.j.value, 0);
  EXPECT_LT(r.billed.j.low, r.billed.j.value);
  EXPECT_GT(r.billed.j.high, r.billed.j.value);
  ASSERT_TRUE(r.emissions.has_value());
  EXPECT_EQ(r.emissions->factor_place, "FR");
  EXPECT_NEAR(r.emissions->co2e_g.value, r.billed.j.value / 3.6e6 * r.emissions->factor_kg_per_kwh * 1000,
              1e-6 * r.emissions->co2e_g.value);
}

TEST(Demo, WhatItPrintsIsWhatItWrote) {
  ASSERT_EQ(demo().output.code, 0);
  const std::string& out = demo().output.out;
  const base::Json bench = base::read_json(demo().folder / "bench.json");
  ASSERT_EQ(bench.at("results").size(), 2u);
  const double fp32 = bench.at("results")[0].at("size_bytes").get<double>();
  const double int8 = bench.at("results")[1].at("size_bytes").get<double>();
  EXPECT_LT(int8, 0.5 * fp32) << "int8 weights take a quarter, with scales and names beside them";
  if (bench.at("results")[0].at("basis") == "modelled") {
    EXPECT_NE(out.find("ratio of times"), std::string::npos);
    EXPECT_EQ(out.find(" measured,"), std::string::npos) << "a modelled joule is never called measured";
  }
  const study::Result result = study::read_result(demo().folder / "int8/result.json");
  EXPECT_EQ(result.functional_unit.amount, 1000);
  for (const auto& total : result.per_unit) {
    EXPECT_GT(total.figure.value, 0) << total.criterion;
    EXPECT_LT(total.figure.p5, total.figure.p95) << total.criterion;
  }
}

TEST(Demo, EveryLeafOfEveryFigureEndsInASource) {
  ASSERT_EQ(demo().output.code, 0);
  const study::Result r = study::read_result(demo().folder / "int8/result.json");
  int exchanges = 0;
  for (const auto& node : r.tree) {
    if (node.kind != "exchange") continue;
    ++exchanges;
    const bool sourced = std::any_of(r.tree.begin(), r.tree.end(), [&](const study::TreeNode& f) {
      if (f.kind != "factor" || f.parent != node.id || f.criterion != node.criterion) return false;
      return std::any_of(r.factors.begin(), r.factors.end(),
                         [&](const auto& used) { return used.id == f.factor && !used.source.empty(); });
    });
    EXPECT_TRUE(sourced) << node.criterion << " " << node.id;
  }
  EXPECT_GT(exchanges, 20);
}

TEST(Demo, TheReportHoldsTheResult) {
  ASSERT_EQ(demo().output.code, 0);
  const std::string page = base::read_file(demo().folder / "report.html");
  const auto block = [&](const std::string& id) {
    const std::string begin = "id=\"" + id + "\">";
    const std::size_t from = page.find(begin);
    EXPECT_NE(from, std::string::npos) << id;
    const std::size_t start = from + begin.size();
    return base::parse_json(page.substr(start, page.find("</script>", start) - start), id);
  };
  EXPECT_EQ(block("cradle-data"), base::read_json(demo().folder / "int8/result.json"));
  EXPECT_EQ(block("cradle-comparison"), base::read_json(demo().folder / "comparison.json"));
}

TEST(Demo, TwoMinutesOfTrainingMissTheQualityAndItSaysSo) {
  ASSERT_EQ(demo().output.code, 0);
  const base::Json comparison = base::read_json(demo().folder / "comparison.json");
  bool warned = false;
  for (const auto& warning : comparison.at("warnings"))
    warned = warned || warning.get<std::string>().find("misses the stated quality") != std::string::npos;
  const record::RunRecord r = record::read_record(demo().folder / "runs/bench-fp32-1.json");
  EXPECT_EQ(warned, r.quality->value.value < 0.6);
}

// The commands that the demo is made of, as a user calls them one by one.

TEST(Demo, CompareGivesTheDemosComparison) {
  ASSERT_EQ(demo().output.code, 0);
  const Output o = shell("cradle compare " + (demo().folder / "fp32.toml").string() + " " +
                         (demo().folder / "int8.toml").string() + " --json");
  ASSERT_EQ(o.code, 0) << o.err;
  EXPECT_EQ(base::parse_json(o.out, "comparison"), base::read_json(demo().folder / "comparison.json"));
}

TEST(Demo, CompressWritesASmallerModelAndKeepsTheOldOne) {
  ASSERT_EQ(demo().output.code, 0);
  const std::string model = (demo().folder / "fp32.onnx").string();
  const auto folder = fresh_folder("compress");
  const std::string before = base::read_file(model);
  const Output o = shell("cradle compress " + model + " -o " + (folder / "small.onnx").string() +
                         " --images 16 --rounds 1 --seconds 0.2 --no-study");
  ASSERT_EQ(o.code, 0) << o.err;
  EXPECT_LT(std::filesystem::file_size(folder / "small.onnx"), before.size() / 2);
  EXPECT_EQ(base::read_file(model), before);
  const Output again = shell("cradle compress " + (folder / "small.onnx").string() + " -o " +
                             (folder / "smaller.onnx").string() + " --images 16 --rounds 1 --seconds 0.2 --no-study");
  EXPECT_EQ(again.code, 1) << "a model that is quantised already is refused";
  EXPECT_FALSE(std::filesystem::exists(folder / "smaller.onnx"));
  EXPECT_EQ(shell("cradle compress " + model + " -o " + model).code, 2) << "never over the model itself";
}

TEST(Demo, BenchMeasuresBothModelsInTurn) {
  ASSERT_EQ(demo().output.code, 0);
  const auto folder = fresh_folder("bench");
  const Output o =
      shell("cradle bench " + (demo().folder / "fp32.onnx").string() + " " + (demo().folder / "int8.onnx").string() +
            " --runs 2 --no-idle --seconds 0.1 --images 20 --json -o " + folder.string());
  ASSERT_EQ(o.code, 0) << o.err;
  const base::Json j = base::parse_json(o.out, "bench");
  ASSERT_EQ(j.at("results").size(), 2u);
  for (const auto& result : j.at("results")) {
    EXPECT_EQ(result.at("runs").size(), 2u);
    EXPECT_GT(result.at("joules_per_image").at("value").get<double>(), 0);
    for (const auto& file : result.at("runs")) {
      const record::RunRecord r = record::read_record(file.get<std::string>());
      const record::Window w = record::between(r, "window-begin", "window-end");
      EXPECT_GE(w.s, 0.1);
      EXPECT_LE(w.j, r.billed.j.value) << "the window is part of the run";
    }
  }
}

TEST(Demo, TrainWritesAModelAndItsRecord) {
  const auto folder = fresh_folder("train");
  const Output o = shell("cradle train detection --epochs 1 --images 64 -o " + folder.string() + " --json");
  ASSERT_EQ(o.code, 0) << o.err;
  const base::Json record = base::parse_json(o.out, "train");
  EXPECT_EQ(record.at("work").at("amount"), 64);
  EXPECT_TRUE(std::filesystem::exists(folder / "model.onnx"));
  EXPECT_EQ(record, base::read_json(folder / "runs" / "train.json"));
  const Output unknown = shell("cradle train detection --arch centrnet-dense -o " + folder.string());
  EXPECT_EQ(unknown.code, 1);
  EXPECT_NE(unknown.err.find("centernet-dense"), std::string::npos) << unknown.err;
}

TEST(Demo, ItsStudiesCanBeAssessedAgain) {
  ASSERT_EQ(demo().output.code, 0);
  const Output o = shell("cradle assess " + (demo().folder / "int8.toml").string() + " --json");
  ASSERT_EQ(o.code, 0) << o.err;
  EXPECT_EQ(base::parse_json(o.out, "again"), base::read_json(demo().folder / "int8/result.json"));
}

}  // namespace
}  // namespace cradle::test
