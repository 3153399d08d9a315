// Results as a whole: trees that can be computed by hand, alternatives, widened figures, method tables, marks.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>

#include "cradle/base/error.h"
#include "cradle/base/file.h"
#include "cradle/base/scratch_test.h"
#include "cradle/life/assess.h"
#include "cradle/life/hand_catalog_test.h"
#include "cradle/life/model.h"
#include "cradle/life/pedigree.h"
#include "cradle/life/reconcile.h"

namespace cradle::life {
namespace {

using study::Alternative;

const char* const kLife =
    "power_w = { low = 4, mode = 5, high = 7 }\nthroughput_per_s = 10\nidle_w = 1\nimages_per_day = 1000\nyears = 3\n"
    "place = \"FR\"\nfacility = \"local\"\n";
const char* const kRest =
    "[training]\nhours = 10\nhardware = \"BigGPU SXM\"\nplace = \"BE\"\n[design]\nexperiments = 1\n"
    "[deployment]\ndevice = \"camera\"\ntransfer_gb = 1\n[data]\nstorage_gb = 10\nyears = 1\nplace = \"FR\"\n"
    "[end_of_life]\nshare_collected = 0.4\nsecond_life = 0.5\n";

Study whole_life() { return use_study(kLife, kRest, "camera-year", 1); }

double total_of(const std::vector<study::Total>& totals, const std::string& criterion) {
  for (const auto& t : totals)
    if (t.criterion == criterion) return t.figure.value;
  return std::nan("");
}

TEST(Tree, EveryNodeFollowsByHandFromItsParentAndItsFactors) {
  const Result r = assess(whole_life(), round_catalog(), {.samples = 100});
  std::map<std::string, const TreeNode*> by_id;
  for (const TreeNode& n : r.tree) by_id[n.criterion + n.id] = &n;
  int processes = 0, exchanges = 0;
  for (const TreeNode& n : r.tree) {
    if (n.kind == "factor") continue;
    double product = n.number;
    for (const TreeNode& f : r.tree)
      if (f.kind == "factor" && f.parent == n.id && f.criterion == n.criterion) product *= std::pow(f.value, f.number);
    if (n.kind == "exchange") {
      const TreeNode& parent = *by_id.at(n.criterion + n.parent);
      EXPECT_NEAR(n.amount, product, 1e-9 * std::abs(product)) << n.id;
      EXPECT_NEAR(n.value, parent.amount * n.amount, 1e-9 * std::abs(n.value)) << n.id;
      ++exchanges;
    } else if (!n.parent.empty()) {
      const double above = by_id.at(n.criterion + n.parent)->amount;
      EXPECT_NEAR(n.amount, above * product, 1e-9 * std::abs(n.amount)) << n.id;
      ++processes;
    }
  }
  EXPECT_GT(processes, 40);
  EXPECT_GT(exchanges, 20);
}

TEST(Tree, EveryExchangeEndsInAFigureWithASource) {
  const Result r = assess(whole_life(), round_catalog(), {.samples = 100});
  for (const TreeNode& n : r.tree) {
    if (n.kind != "exchange") continue;
    const bool has = std::any_of(r.tree.begin(), r.tree.end(), [&](const TreeNode& f) {
      if (f.kind != "factor" || f.parent != n.id || f.criterion != n.criterion) return false;
      const auto used =
          std::find_if(r.factors.begin(), r.factors.end(), [&](const auto& u) { return u.id == f.factor; });
      return used != r.factors.end() && !used->source.empty();
    });
    EXPECT_TRUE(has) << n.criterion << " " << n.id;
  }
}

TEST(Alternatives, HoldTheStudysOwnChoiceAndItsTotals) {
  const Result r = assess(whole_life(), round_catalog(), {.samples = 200});
  for (const char* kind : {"allocation", "electricity", "end-of-life"}) {
    const auto chosen = std::find_if(r.alternatives.begin(), r.alternatives.end(),
                                     [&](const Alternative& a) { return a.kind == kind && a.chosen; });
    ASSERT_NE(chosen, r.alternatives.end()) << kind;
    for (const auto& t : r.per_unit)
      EXPECT_NEAR(total_of(chosen->per_unit, t.criterion), t.figure.value, 1e-12 * std::abs(t.figure.value)) << kind;
  }
}

TEST(Alternatives, AreTheStudyWithThatChoiceWritten) {
  const Result r = assess(whole_life(), round_catalog(), {.samples = 200});
  for (const Alternative& a : r.alternatives) {
    if (a.chosen || a.per_unit.empty() || a.kind == "end-of-life") continue;
    Study s = whole_life();
    (a.kind == "allocation" ? s.allocation : s.view) = a.name;
    EXPECT_NEAR(total_of(a.per_unit, "GWP"), figure(s, "", "GWP"), 1e-12) << a.name;
    if (a.name != "market") {  // which stands at the average here
      EXPECT_NE(total_of(a.per_unit, "GWP"), total_of(r.per_unit, "GWP")) << a.name;
    }
  }
}

TEST(Alternatives, AViewWithoutAFigureIsSaid) {
  // Belgium, where the training ran, has no marginal figure in the catalogue; nobody has a market figure.
  const Result r = assess(whole_life(), round_catalog(), {.samples = 200});
  const auto view = [&](const std::string& name) {
    return *std::find_if(r.alternatives.begin(), r.alternatives.end(), [&](const auto& a) { return a.name == name; });
  };
  EXPECT_TRUE(view("location-marginal").per_unit.empty());
  EXPECT_NE(view("location-marginal").note.find("has no marginal figure"), std::string::npos);
  EXPECT_NEAR(total_of(view("market").per_unit, "GWP"), total_of(r.per_unit, "GWP"), 1e-12);
  EXPECT_NE(view("market").note.find("the grid's average (GHG Protocol"), std::string::npos);
}

TEST(Alternatives, FiftyFiftyLeavesHalfOfMakingAndWasteToTheSecondLife) {
  const Result r = assess(whole_life(), round_catalog(), {.samples = 200});
  const auto shared = std::find_if(r.alternatives.begin(), r.alternatives.end(),
                                   [](const Alternative& a) { return a.name == "50:50"; });
  ASSERT_NE(shared, r.alternatives.end());
  double hardware = 0;
  for (const auto& i : r.impacts)
    if (i.criterion == "GWP" && (i.phase == "production" || i.phase == "end-of-life")) hardware += i.figure.value;
  // Half of the devices have a second life, and it carries half.
  EXPECT_NEAR(total_of(shared->per_unit, "GWP"), total_of(r.per_unit, "GWP") - 0.25 * hardware, 1e-12);
}

TEST(Energy, PhasesAddUpAndFacilityIsNodeTimesPueAndNetworks) {
  const Result r = assess(whole_life(), round_catalog(), {.samples = 200});
  double node = 0, facility = 0;
  for (const auto& e : r.energy) {
    if (e.phase.empty()) {
      EXPECT_NEAR(e.node_kwh.value, node, 1e-12);
      EXPECT_NEAR(e.facility_kwh.value, facility, 1e-12);
      continue;
    }
    node += e.node_kwh.value;
    facility += e.facility_kwh.value;
    if (e.phase == "training") {
      EXPECT_NEAR(e.facility_kwh.value, 1.5 * e.node_kwh.value, 1e-12);
    }
  }
  EXPECT_EQ(r.energy.back().phase, "");
}

TEST(Sobol, SharesOfOneUncertainInputAreOne) {
  const Study s = training_study("energy_kwh = { low = 5, high = 15 }\nplace = \"FR\"");
  const Result r = assess(s, round_catalog(), {.samples = 200, .sobol = true});
  ASSERT_FALSE(r.variance.empty());
  for (const auto& v : r.variance) {
    EXPECT_EQ(v.input, "training-energy");
    EXPECT_NEAR(v.first, 1, 0.1);
    EXPECT_NEAR(v.total, 1, 0.1);
  }
}

catalog::Factor row(catalog::Grade grade, const base::Distribution& d, const std::string& key = "x.gwp",
                    const std::string& unit = "kgCO2e") {
  catalog::Factor f;
  f.key = key;
  f.unit = unit;
  f.grade = grade;
  f.distribution = d;
  return f;
}

TEST(Pedigree, WidensByGradeAndKeepsTheValue) {
  using catalog::Grade;
  const auto lognormal = base::lognormal(10, 1.5, base::Convention::kMedian);
  EXPECT_EQ(widened(row(Grade::kA, lognormal)), lognormal);
  EXPECT_NEAR(widened(row(Grade::kD, lognormal)).sigma, std::hypot(std::log(1.5), std::log(1.5) / 2), 1e-12);
  const auto fixed = widened(row(Grade::kD, base::fixed(10)));
  EXPECT_EQ(fixed.value, 10);
  EXPECT_NEAR(base::quantile(fixed, 0.95) / base::quantile(fixed, 0.05), std::exp(2 * 1.6449 * std::log(1.5) / 2),
              1e-3);
  const auto triangular = widened(row(Grade::kC, base::triangular(8, 10, 14)));
  EXPECT_NEAR(triangular.low, 10 - 2 * 1.2, 1e-12);
  EXPECT_NEAR(triangular.high, 10 + 4 * 1.2, 1e-12);
  EXPECT_NEAR(widened(row(Grade::kD, base::normal(10, 1))).sigma, std::hypot(1, 10 * std::log(1.5) / 2), 1e-12);
}

TEST(Pedigree, StaysWithinWhatNatureAllowsAndLeavesFactsAlone) {
  using catalog::Grade;
  EXPECT_EQ(widened(row(Grade::kD, base::triangular(0.3, 0.6, 0.99), "util.datacentre_gpu")).high, 1.0);
  EXPECT_EQ(widened(row(Grade::kD, base::triangular(1.05, 1.1, 2), "pue.x")).low, 1.0 + 0.025);
  EXPECT_EQ(widened(row(Grade::kD, base::fixed(1), "pue.local")).value, 1.0);
  EXPECT_TRUE(base::is_fixed(widened(row(Grade::kD, base::fixed(1), "pue.local"))));
  for (const auto& [key, unit] : {std::pair{"gpu.tdp", "W"},
                                  {"gpu.lpddr", "GB"},
                                  {"gpu.die_second", "cm2"},
                                  {"gpu.baseboard_mass", "kg"},
                                  {"gpu.peak_int8", "TOPS"},
                                  {"gpu.bandwidth", "GB/s"},
                                  {"cpu.clock", "GHz"},
                                  {"cpu.ops_per_cycle_fp32", "1/cycle"},
                                  {"cpu.node", "nm"}})
    EXPECT_TRUE(base::is_fixed(widened(row(Grade::kD, base::fixed(300), key, unit)))) << key;
  for (const auto& [key, unit] : {std::pair{"gpu.gwp", "kgCO2e"}, {"device.power_mean", "W"}, {"gpu.power_idle", "W"}})
    EXPECT_FALSE(base::is_fixed(widened(row(Grade::kD, base::fixed(300), key, unit)))) << key;
}

Study with_method(const std::string& csv) {
  const auto folder = base::scratch_folder() / "method";
  std::filesystem::create_directories(folder);
  base::write_file(folder / "acid.csv", csv);
  Study s = training_study("energy_kwh = 10\nplace = \"FR\"\npue = 1\n");
  s.methods = {{folder / "acid.csv", "s.toml:9"}};
  return s;
}

const char* const kHeader = "criterion,name,unit,flow,flow_unit,value,low,high,distribution,source\n";

TEST(Method, ATableOfFlowsAndFactorsIsAFurtherCriterion) {
  const Study s = with_method(
      std::string(kHeader) +
      "AP,acidification,molH+,electricity:FR,kWh,0.001,0.0005,0.002,lognormal,made up\n"
      "AP,acidification,molH+,electricity:*,kWh,9,,,fixed,made up\nAP,acidification,molH+,moon dust,kg,1,,,,made up\n");
  EXPECT_NEAR(figure(s, "", "AP"), 10 / 0.92 * 0.001, 1e-12) << "the exact row goes before the one for all places";
  const Result r = assess(s, round_catalog(), {.samples = 200});
  EXPECT_EQ(r.criteria.back().code, "AP");
  EXPECT_GT(r.per_unit.back().figure.p95, r.per_unit.back().figure.value);
  EXPECT_TRUE(std::any_of(r.factors.begin(), r.factors.end(),
                          [](const auto& f) { return f.id == "method:AP:electricity:FR" && f.source == "made up"; }));
  EXPECT_TRUE(std::any_of(r.assumptions.begin(), r.assumptions.end(),
                          [](const auto& a) { return a.find("moon dust") != std::string::npos; }));
}

TEST(Method, RefusesWhatDoesNotFitWithItsLine) {
  const auto message = [](const std::string& rows) {
    try {
      figure(with_method(kHeader + rows), "", "GWP");
    } catch (const base::Error& e) {
      return std::string(e.what());
    }
    return std::string("no error");
  };
  EXPECT_NE(message("AP,,molH+,electricity:FR,MJ,1,,,,x\n")
                .find("acid.csv:2: the flow 'electricity:FR' is counted in kWh, the factor is per MJ"),
            std::string::npos);
  EXPECT_NE(message("GWP,,kgCO2e,electricity:FR,kWh,1,,,,x\n").find("cradle's own"), std::string::npos);
  EXPECT_NE(message("AP,,molH+,electricity:FR,kWh,lots,,,,x\n").find("acid.csv:2"), std::string::npos);
  EXPECT_NE(message("AP,,molH+,electricity:FR,kWh,1,,,,\n").find("'source' is empty"), std::string::npos);
}

TEST(Quality, ThatNoRecordShowsIsSaid) {
  const Study s = study::parse_study(
      "schema = \"cradle.study/1\"\n[functional_unit]\nkind = \"image\"\nquality = \"top-1 >= 0.8\"\n[use]\n" +
          std::string(kLife),
      "s.toml");
  const Model m = build_model(s, round_catalog());
  EXPECT_TRUE(std::any_of(m.warnings.begin(), m.warnings.end(), [](const std::string& w) {
    return w == "the study asks for top-1 >= 0.8, and no record shows that it is reached";
  }));
}

TEST(Marks, SayOneSourceAndAge) {
  const Result r = assess(whole_life(), round_catalog(), {.samples = 100});
  const auto gwp = std::find_if(r.criteria.begin(), r.criteria.end(), [](const auto& c) { return c.code == "GWP"; });
  EXPECT_NE(gwp->note.find("all factors have one source"), std::string::npos) << gwp->note;
}

TEST(Reconcile, BoardsStandBesideTheirMakersFigures) {
  const auto rows = reconcile(catalog::built_in());
  const auto of = [&](const std::string& product, const std::string& who) {
    return *std::find_if(rows.begin(), rows.end(), [&](const auto& r) { return r.product == product && r.who == who; });
  };
  const auto h100 = of("NVIDIA H100 SXM 80 GB", "nvidia-pcf-2025");
  ASSERT_TRUE(h100.modelled);
  EXPECT_EQ(h100.published, 164);
  EXPECT_GT(h100.modelled->p95, 164) << "the maker's figure lies inside the model's interval";
  EXPECT_LT(h100.modelled->p5, 164);
  EXPECT_GT(rows.size(), 40u);
  const auto eight = of("NVIDIA HGX H100 (eight GPUs)", "nvidia-pcf-2025");
  EXPECT_NEAR(eight.modelled->value, 8 * h100.modelled->value, 1e-9);
}

TEST(Figures, OfTheBuiltInCatalogueReachEveryPhase) {
  const Study s = study::parse_study(
      "schema = \"cradle.study/1\"\n[functional_unit]\nkind = \"camera-year\"\n[design]\nexperiments = "
      "\"default\"\nfailed_runs = \"default\"\n"
      "[data]\nlabelling_hours = 100\nstorage_gb = 500\nyears = 5\ntransfer_gb = 50\nplace = \"FR\"\n"
      "[training]\nhours = 40\nhardware = \"NVIDIA H100 SXM 80 GB\"\nplace = \"aws:eu-west-3\"\n"
      "[deployment]\ndevice = \"jetson-agx-orin\"\ncount = 10\ntransfer_gb = 0.5\nupdates = 12\ninstallation_km = 30\n"
      "[use]\npower_w = 15\nthroughput_per_s = 30\nidle_w = 5\nimages_per_day = 86400\nyears = 5\nplace = "
      "\"BE\"\nfacility = \"local\"\n"
      "[end_of_life]\nshare_collected = 0.4\n",
      "s.toml");
  const Result r = assess(s, catalog::built_in(), {.samples = 200});
  EXPECT_TRUE(r.missing_phases.empty());
  for (const char* phase : {"design", "production", "data", "training", "deployment", "use", "end-of-life"})
    EXPECT_TRUE(std::any_of(r.impacts.begin(), r.impacts.end(), [&](const auto& i) {
      return i.phase == phase && i.criterion == "GWP";
    })) << phase;
  EXPECT_EQ(r.per_unit.size(), 5u) << "a total in every criterion";
}

}  // namespace
}  // namespace cradle::life
