// The whole demo on a reduced setting: a real training, a real ONNX file, two real lives.
#include <gtest/gtest.h>

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
  Output output = shell("cradle demo --quick --place FR -o " + folder.string(), "XDG_STATE_HOME=" + folder.string() + "/state");
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

TEST(Demo, ItsStudiesCanBeAssessedAgain) {
  ASSERT_EQ(demo().output.code, 0);
  const Output o = shell("cradle assess " + (demo().folder / "int8.toml").string() + " --json");
  ASSERT_EQ(o.code, 0) << o.err;
  EXPECT_EQ(base::parse_json(o.out, "again"), base::read_json(demo().folder / "int8/result.json"));
}

}  // namespace
}  // namespace cradle::test
