#include "cradle/life/assess.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "cradle/base/error.h"
#include "cradle/base/file.h"
#include "cradle/base/json.h"
#include "cradle/base/scratch_test.h"
#include "cradle/record/modelled_run_test.h"

namespace cradle::life {
namespace {

using namespace study;  // NOLINT: a test speaks the study's words

namespace fs = std::filesystem;

/// A small catalogue with round numbers, so that results can be computed by hand.
catalog::Catalog hand_catalog() {
  static const std::string text =
      "key,name,place,year,set,value,low,high,distribution,unit,licence,grade,source,note\n"
      "grid.gwp,,FR,2023,,0.1,,,fixed,kgCO2e/kWh,CC0,A,test,\n"
      "grid.gwp,,BE,2023,,0.2,0.1,0.3,uniform,kgCO2e/kWh,CC0,A,test,\n"
      "grid.water,,WORLD,2023,,4,,,fixed,L/kWh,CC0,C,test,\n"
      "pue.world,,,2023,,1.5,,,fixed,1,CC0,A,test,\n"
      "pue.local,,,2023,,1,,,fixed,1,CC0,A,test,\n"
      "wue.onsite,,,2023,,0.3,,,fixed,L/kWh,CC0,B,test,\n"
      "net.fixed,,,2023,,0.03,,,fixed,kWh/GB,CC0,C,test,\n"
      "device.gwp,server,,2021,,1000,,,fixed,kgCO2e,CC0,B,test,\n"
      "device.mass,server,,2021,,20,,,fixed,kg,CC0,B,test,\n"
      "eol.weee,,,2021,,1.5,,,fixed,kgCO2e/kg,CC0,D,test,\n"
      "life.cpu_server_y,,,2021,,5,,,fixed,y,CC0,B,test,\n"
      "util.datacentre_gpu,,,2021,,0.5,,,fixed,1,CC0,C,test,\n";
  return {{catalog::Table("hand.csv", text)}};
}

fs::path folder_of(const std::string& name) {
  const fs::path folder = base::scratch_folder() / ("assess-" + name);
  fs::create_directories(folder);
  return folder;
}

/// Two studies in a folder: training 2 kWh; use 0.36 J (A) or 0.18 J (B) per image.
struct Bench {
  fs::path folder;

  explicit Bench(const std::string& name) : folder(folder_of(name)) {
    record::write_record(folder / "train.json", record::modelled_run("train", 2 * 3.6e6, 3600));
    record::write_record(folder / "compress.json", record::modelled_run("compress", 36, 10));
    write_use("a", 360, 10);
    write_use("b", 180, 5);
  }
  void write_use(const std::string& name, double joules, double seconds, double quality = 0.7) {
    record::RunRecord r = record::modelled_run("use-" + name, joules, seconds);
    r.work = record::Work{"image", 1000};
    r.quality = record::Quality{"mAP50", {quality, quality - 0.01, quality + 0.01}};
    record::write_record(folder / (name + ".json"), r);
  }
  Study study(const std::string& use, const std::string& more = "", const std::string& unit = "image") const {
    return parse_study("schema = \"cradle.study/1\"\nname = \"" + use + "\"\n[functional_unit]\nkind = \"" + unit +
                           "\"\namount = 1000\nquality = \"mAP50 >= 0.60\"\n[training]\nrun = \"train.json\"\n"
                           "place = \"FR\"\nhardware = \"server\"\n[use]\nrun = \"" +
                           use + ".json\"\nimages_per_day = 1000\nyears = 4\nplace = \"FR\"\nhardware = \"server\"\n" +
                           more,
                       folder / "study.toml");
  }
};

const Figure& impact(const Result& r, const std::string& phase, const std::string& criterion) {
  for (const Impact& i : r.impacts)
    if (i.phase == phase && i.criterion == criterion) return i.figure;
  ADD_FAILURE() << phase << " " << criterion;
  static const Figure none;
  return none;
}

constexpr double kImages = 1000 * 365.25 * 4;  // over the model's life
constexpr double kShare = 1000 / kImages;      // of the model per functional unit

TEST(Assess, EqualsTheCalculationByHand) {
  const Bench bench("hand");
  const Result r = assess(bench.study("a", "[end_of_life]\nshare_collected = 0.4\n"), hand_catalog(), {.samples = 200});
  // training: 2 kWh × PUE 1.5 × 0.1 kg/kWh
  EXPECT_NEAR(impact(r, "training", "GWP").value, 2 * 1.5 * 0.1 * kShare, 1e-12);
  // use: 360 J per 1000 images
  EXPECT_NEAR(impact(r, "use", "GWP").value, 360 / 3.6e6 * 1.5 * 0.1, 1e-15);
  // water: on site per kWh at the node, power stations per kWh of the grid; PUE multiplies only the second
  EXPECT_NEAR(impact(r, "use", "WU").value, 360 / 3.6e6 * (0.3 + 1.5 * 4), 1e-12);
  // production: seconds / (5 y × 0.5) of a server
  const double per_second = 1.0 / (365.25 * 86400 * 5 * 0.5);
  const double servers = 3600 * per_second * kShare + 10 * per_second;
  EXPECT_NEAR(impact(r, "production", "GWP").value, 1000 * servers, 1e-12);
  EXPECT_NEAR(impact(r, "end-of-life", "EW").value, 20 * servers, 1e-12);
  EXPECT_NEAR(impact(r, "end-of-life", "GWP").value, 20 * 0.4 * 1.5 * servers, 1e-12);
}

TEST(Assess, PhasesAddUpToTheTotalInEveryCriterion) {
  const Bench bench("sum");
  const Result r = assess(bench.study("a", "[deployment]\ntransfer_gb = 0.5\n[end_of_life]\nshare_collected = 0.4\n"),
                          hand_catalog(), {.samples = 200});
  for (const Total& total : r.per_unit) {
    double sum = 0;
    for (const Impact& i : r.impacts)
      if (i.criterion == total.criterion) sum += i.figure.value;
    EXPECT_NEAR(sum, total.figure.value, 1e-12 * std::abs(total.figure.value) + 1e-300) << total.criterion;
  }
}

TEST(Assess, TheTreeAddsUpAndEveryLeafHasASource) {
  const Bench bench("tree");
  const Result r = assess(bench.study("a", "[end_of_life]\nshare_collected = 0.4\n"), hand_catalog(), {.samples = 200});
  for (const TreeNode& node : r.tree) {
    if (node.kind == "factor") {
      const auto used =
          std::find_if(r.factors.begin(), r.factors.end(), [&](const auto& f) { return f.id == node.factor; });
      ASSERT_NE(used, r.factors.end()) << node.factor;
      EXPECT_FALSE(used->source.empty()) << node.factor;
      continue;
    }
    double sum = 0;
    bool leaf = true;
    for (const TreeNode& child : r.tree) {
      if (child.parent != node.id || child.kind == "factor" || child.criterion != node.criterion) continue;
      leaf = false;
      sum += child.value;
    }
    if (!leaf)
      EXPECT_NEAR(sum, node.value, 1e-10 * std::abs(node.value)) << node.id;
    else
      EXPECT_EQ(node.kind, "exchange") << node.id;
  }
}

TEST(Assess, MissingPhasesAreSaidAndNeverZero) {
  const Bench bench("missing");
  const Result r = assess(bench.study("a"), hand_catalog(), {.samples = 200});
  std::vector<std::string> missing;
  for (const auto& m : r.missing_phases) missing.push_back(m.phase);
  for (const char* phase : {"design", "data", "deployment", "end-of-life"})
    EXPECT_NE(std::find(missing.begin(), missing.end(), phase), missing.end()) << phase;
  for (const Impact& i : r.impacts) EXPECT_EQ(std::find(missing.begin(), missing.end(), i.phase), missing.end());
}

TEST(Assess, IntervalsHoldTheCentralFigureAndTheSeedRepeatsThem) {
  const Bench bench("seed");
  const Study s = bench.study("a");
  const Result once = assess(s, hand_catalog(), {.samples = 2000, .seed = 7});
  const Result again = assess(s, hand_catalog(), {.samples = 2000, .seed = 7, .threads = 2});
  const Result other = assess(s, hand_catalog(), {.samples = 2000, .seed = 8});
  const Figure& f = once.per_unit[0].figure;
  EXPECT_LT(f.p5, f.value);
  EXPECT_GT(f.p95, f.value);
  EXPECT_EQ(f.p5, again.per_unit[0].figure.p5) << "threads must not change a result";
  EXPECT_NE(f.p5, other.per_unit[0].figure.p5);
}

TEST(Compare, DrawsAreSharedSoTheMetersErrorCancels) {
  const Bench bench("paired");
  const Comparison c = compare(bench.study("a"), bench.study("b"), hand_catalog(), {.samples = 2000});
  // Both joules are uncertain by a factor of two, but by the same factor: b is better in every draw.
  EXPECT_EQ(c.rows[0].criterion, "GWP");
  EXPECT_EQ(c.rows[0].probability_b_better, 1.0);
  EXPECT_NEAR(c.rows[0].difference.value, c.rows[0].b.value - c.rows[0].a.value, 1e-15);
}

TEST(Compare, BreakEvenEqualsTheCalculationByHand) {
  const Bench bench("break-even");
  const Study a = bench.study("a"), b = bench.study("b", "[compression]\nrun = \"compress.json\"\n");
  const Comparison c = compare(a, b, hand_catalog(), {.samples = 500});
  const double per_second = 1000.0 / (365.25 * 86400 * 5 * 0.5);
  const double once = 36 / 3.6e6 * 1.5 * 0.1 + 10 * per_second;
  const double saved = (0.36 - 0.18) / 3.6e6 * 1.5 * 0.1 + (0.010 - 0.005) * per_second;
  EXPECT_NEAR(c.break_even[0].amount.value, once / saved, 1e-6 * once / saved);
  EXPECT_EQ(c.break_even[0].probability_never, 0.0);
  const Comparison back = compare(b, a, hand_catalog(), {.samples = 500});
  EXPECT_EQ(back.break_even[0].probability_never, 1.0) << "what saves nothing is never paid back";
}

TEST(Compare, RefusesDifferentFunctionalUnits) {
  const Bench bench("units");
  EXPECT_THROW(compare(bench.study("a"), bench.study("b", "", "camera-year"), hand_catalog()), base::Error);
}

TEST(Compare, WarnsWhenASideMissesTheStatedQuality) {
  Bench bench("quality");
  bench.write_use("b", 180, 5, 0.55);
  const Comparison c = compare(bench.study("a"), bench.study("b"), hand_catalog(), {.samples = 200});
  EXPECT_TRUE(std::any_of(c.warnings.begin(), c.warnings.end(), [](const std::string& w) {
    return w.find("use-b' misses the stated quality: mAP50 0.550 is below 0.6") != std::string::npos;
  })) << (c.warnings.empty() ? "no warnings" : c.warnings[0]);
}

TEST(Assess, TheFunctionalUnitScalesTheResult) {
  const Bench bench("unit-kinds");
  const auto gwp = [&](const char* unit) {
    return assess(bench.study("a", "", unit), hand_catalog(), {.samples = 200}).per_unit[0].figure.value;
  };
  // 1000 images against 1000 camera-years of 1000 images a day.
  EXPECT_NEAR(gwp("camera-year") / gwp("image"), 1000 * 365.25, 1e-6);
  EXPECT_NEAR(gwp("service-year"), gwp("camera-year"), 1e-9) << "one device: the service is the camera";
}

TEST(Assess, NamesTheLineOfAPlaceOrDeviceItDoesNotKnow) {
  const Bench bench("unknown");
  std::string text = base::read_file(bench.folder / "train.json");  // the folder is there
  const auto message = [&](const std::string& place, const std::string& device) {
    try {
      assess(parse_study("schema = \"cradle.study/1\"\n[functional_unit]\nkind = \"training\"\n[training]\n"
                         "run = \"train.json\"\nplace = \"" +
                             place + "\"\nhardware = \"" + device + "\"\n",
                         bench.folder / "s.toml"),
             hand_catalog(), {.samples = 200});
    } catch (const base::Error& e) {
      return std::string(e.what());
    }
    return std::string("no error");
  };
  EXPECT_NE(message("Frnace", "server").find("s.toml:6: 'place'"), std::string::npos) << message("Frnace", "server");
  EXPECT_NE(message("Frnace", "server").find("France"), std::string::npos);
  EXPECT_NE(message("FR", "servr").find("s.toml:7"), std::string::npos) << message("FR", "servr");
}

TEST(Assess, ResultsSurviveTheirFile) {
  const Bench bench("json");
  const Result r = assess(bench.study("a"), hand_catalog(), {.samples = 200});
  const base::Json json = to_json(r);
  EXPECT_EQ(to_json(result_from_json(json, "x")), json);
}

}  // namespace
}  // namespace cradle::life
