// Studies with cut, flipped, swapped and absurd lines: each is a study with finite figures, or an Error with its file.
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "cradle/base/error.h"
#include "cradle/base/file.h"
#include "cradle/base/random.h"
#include "cradle/base/scratch_test.h"
#include "cradle/base/text.h"
#include "cradle/life/assess.h"
#include "cradle/life/hand_catalog_test.h"
#include "cradle/record/modelled_run_test.h"

namespace cradle::life {
namespace {

namespace fs = std::filesystem;

/// A folder with a record of a training, one of a use, and a method, which the studies below cite.
fs::path folder_of_studies() {
  const fs::path folder = base::scratch_folder() / "fuzz";
  fs::create_directories(folder);
  record::RunRecord r = record::modelled_run("run", 3.6e6, 100);
  record::write_record(folder / "train.json", r);
  r.work = record::Work{"image", 1000};
  record::write_record(folder / "use.json", r);
  base::write_file(folder / "p.csv", "");  // only looked for; `cradle when` reads it
  base::write_file(folder / "method.csv",
                   "criterion,name,unit,flow,flow_unit,value,low,high,distribution,source\n"
                   "AP,acid,mol,electricity:*,kWh,0.1,,,,made up\n");
  return folder;
}

const char* const kHead = "schema = \"cradle.study/1\"\nname = \"all\"\n";
const char* const kGoal =
    "[goal]\nquestion = \"?\"\napplication = \"a\"\naudience = \"b\"\nreview = \"panel\"\ncomparison_to_public = "
    "true\n";
const char* const kTail =
    "[electricity]\nview = \"location-marginal\"\nset = \"seed-2021\"\nyear = 2022\n"
    "decline_per_year = { low = 0.01, high = 0.05 }\nprofile = \"p.csv\"\n[allocation]\nrule = \"early-retirement\"\n"
    "[end_of_life]\nshare_collected = { mean = 0.5, sd = 0.01 }\nsecond_life = 0.5\n[method]\ntable = \"method.csv\"\n"
    "[[expected]]\nid = \"x\"\nquantity = \"GWP\"\nphase = \"use\"\nprocess = \"use\"\nagainst = \"b.toml\"\nvalue = "
    "3\n"
    "unit = \"kg\"\ntolerance = 0.1\nreproduces = false\nreason = \"r\"\nsource = \"s\"\nindependence = \"i\"\n";
const char* const kOwnDevice =
    "[device.mine]\ngwp_kg = 3\nadpe_kg = { median = 1e-3, gsd = 2 }\npe_mj = 40\nwater_l = 5\nmass_kg = 2\ntdp_w = "
    "50\n"
    "[[device.mine.part]]\nkind = \"die\"\nname = \"7nm\"\namount = { low = 1, mode = 2, high = 3 }\n"
    "[[device.mine.part]]\nkind = \"block\"\nname = \"processing HSL-2\"\n"
    "[[device.mine.part]]\nkind = \"glass\"\namount = 3\ngwp_kg = 0.5\nadpe_kg = 1e-6\npe_mj = 7\nwater_l = 1\n";

/// Studies that together write every table and every key.
std::vector<std::string> whole_studies() {
  const std::string head = kHead, goal = kGoal, tail = kTail, device = kOwnDevice;
  const std::string unit = "[functional_unit]\nkind = \"service-year\"\namount = 2\nquality = \"mAP50 >= 0.6\"\n";
  const std::string hours =
      "[training]\nhours = { quantiles = [8, 10, 14] }\nhardware = \"BigGPU SXM\"\ncount = 4\nshare = 0.5\nload = 0.8\n"
      "memory_gb = 64\nidle = \"default\"\nlifetime_years = 4\nutilisation = 0.6\nparametric = true\n"
      "infrastructure = true\nplace = \"FR\"\npue = { low = 1.1, high = 1.3 }\nwue = 0.3\n";
  const std::string data =
      "[data]\ncollection_kwh = 5\nlabelling_hours = 10\nlabelling_device = \"laptop\"\nstorage_gb = 100\nyears = 2\n"
      "medium = \"ssd\"\nreplication = 2\ntransfer_gb = 10\nrun = \"train.json\"\nplace = \"BE\"\n";
  const std::string use =
      "[use]\npower_w = 5\nlatency_ms = 100\nbatch = 4\nidle_w = 1\nimages_per_day = 1000\nyears = 3\n"
      "growth_per_year = 0.2\nplace = \"FR\"\nfacility = \"local\"\n";
  return {head + goal + unit + "[design]\nexperiments = 2\nfailed_runs = \"default\"\nhardware_kwh = 3\n" + data +
              hours +
              "[compression]\nrun = [\"train.json\"]\n[deployment]\ndevice = \"mine\"\ncount = 3\nlifetime_years = 5\n"
              "transfer_gb = 0.5\nupdates = 12\nnetwork = \"mobile\"\ninstallation_km = 30\n" +
              use + device + tail,
          head +
              "[functional_unit]\nkind = \"image\"\namount = 1000\n[design]\nrun = \"train.json\"\n[training]\n"
              "energy_kwh = 10\nboundary = \"facility\"\nincluded_pue = 1.1\nhours = 5\ncarbon_kg_per_kwh = 0.4\n"
              "water_l_per_kwh = 2\n[use]\nenergy_per_image_j = 0.5\nthroughput_per_s = 10\nidle = 0.3\n"
              "images_per_day = 1000\nyears = 2.5\nplace = \"aws:eu-west-3\"\nhardware = \"PlainGPU\"\nshare = 0.1\n",
          head +
              "[functional_unit]\nkind = \"training\"\n[training]\nparameters = 1e9\ntokens = 1e9\nefficiency = 0.4\n"
              "peak_per_s = 1e14\npower_w = 100\nboundary = \"gpu\"\ncount = 2\nplace = \"FR\"\ndevelopment = 1\n",
          head +
              "[functional_unit]\nkind = \"camera-year\"\n[training]\nforward_operations = 1e9\nsamples = 1e6\n"
              "epochs = 3\nefficiency = 0.3\nhardware = \"BigGPU SXM\"\nplace = \"FR\"\n[use]\nrun = [\"use.json\", "
              "\"use.json\"]\nimages_per_day = 100\nyears = 2\nplace = \"BE\"\n",
          head + "[functional_unit]\nkind = \"device\"\n[production]\ndevice = \"mine\"\ncount = 2\n" + device};
}

std::vector<std::string> lines_of(const std::string& text) { return base::split(text, '\n'); }

std::string joined_lines(const std::vector<std::string>& lines) { return fmt::format("{}", fmt::join(lines, "\n")); }

const std::vector<std::string>& absurd_values() {
  static const std::vector<std::string> all = [] {
    std::string numbers = "[1", texts = "[\"train.json\"";
    for (int i = 0; i < 1000; ++i) numbers += ", 1";
    for (int i = 0; i < 10; ++i) texts += ", \"train.json\"";
    return std::vector<std::string>{"-1",
                                    "0",
                                    "1",
                                    "1e308",
                                    "-1e308",
                                    "1e-308",
                                    "1e9",
                                    "1e30",
                                    "nan",
                                    "inf",
                                    "-inf",
                                    "\"NaN\"",
                                    "\"36 MJ\"",
                                    "\"\"",
                                    "\"default\"",
                                    "\"FR\"",
                                    "true",
                                    "2026-11-25",
                                    "[]",
                                    "[[]]",
                                    "{}",
                                    "9223372036854775807",
                                    "{ low = 0, high = 1e308 }",
                                    "{ low = -1e308, high = 1e308 }",
                                    "{ low = 2, high = 1 }",
                                    "{ low = 0, mode = 0, high = 1e-300 }",
                                    "{ mean = 1, sd = 1e308 }",
                                    "{ mean = 5, sd = 1 }",
                                    "{ median = 1e-300, gsd = 1e300 }",
                                    "{ median = 1, gsd = 1.0000000001 }",
                                    "{ mean = 1, gsd = 1e9 }",
                                    "{ quantiles = [0, 1e308] }",
                                    "{ quantiles = [] }",
                                    "{ quantiles = " + numbers + "] }",
                                    numbers + "]",
                                    texts + "]",
                                    "\"" + std::string(5000, 'x') + "\"",
                                    "\"\\u0000\"",
                                    "{ low = nan, high = nan }"};
  }();
  return all;
}

catalog::Catalog catalog_with_a_set() {
  catalog::Catalog c = round_catalog();
  c.tables.emplace_back("set.csv",
                        "key,name,place,year,set,value,low,high,distribution,unit,licence,grade,source,note\n"
                        "grid.gwp,,FR,2021,seed-2021,0.05,,,fixed,kgCO2e/kWh,CC0,A,test,\n");
  return c;
}

/// What a reader may do with a text: a study whose figures are finite, or an Error that names a file.
struct Judge {
  fs::path folder = folder_of_studies();
  catalog::Catalog catalog = catalog_with_a_set();
  int studies = 0, errors = 0;

  void look_at(const std::string& text) {
    try {
      const study::Study s = study::parse_study(text, folder / "s.toml");
      const Central c = central(s, catalog);
      for (const auto& [key, value] : c.values)
        ASSERT_TRUE(std::isfinite(value)) << key.first << " " << key.second << "\n" << text.substr(0, 4000);
      for (const auto& node : c.tree)
        ASSERT_TRUE(std::isfinite(node.value) && std::isfinite(node.amount)) << node.id << "\n" << text.substr(0, 4000);
      ++studies;
    } catch (const base::Error& e) {
      ++errors;
      const std::string what = e.what();
      ASSERT_TRUE(what.find("s.toml") != std::string::npos || what.find(folder.string()) != std::string::npos)
          << what << "\n"
          << text.substr(0, 4000);
    } catch (const std::exception& e) {
      FAIL() << "not an Error: " << e.what() << "\n" << text.substr(0, 4000);
    }
  }
};

TEST(Fuzz, TheWholeStudiesAreGood) {
  Judge judge;
  for (const std::string& text : whole_studies()) judge.look_at(text);
  EXPECT_EQ(judge.errors, 0);
  EXPECT_NO_THROW(study::parse_study(whole_studies()[0], judge.folder / "s.toml"));
}

TEST(Fuzz, EveryValueMayBeAbsurd) {
  Judge judge;
  const auto texts = whole_studies();
  for (const std::string& text : texts) {
    const auto lines = lines_of(text);
    const std::size_t step = &text == &texts.front() ? 2 : 4;  // the first has nearly every key
    for (std::size_t i = 0; i < lines.size(); ++i) {
      const std::size_t equals = lines[i].find('=');
      if (equals == std::string::npos) continue;
      for (std::size_t v = i % step; v < absurd_values().size(); v += step) {
        auto changed = lines;
        changed[i] = lines[i].substr(0, equals + 1) + " " + absurd_values()[v];
        judge.look_at(joined_lines(changed));
        if (HasFatalFailure()) return;
      }
    }
  }
  EXPECT_GT(judge.studies, 100) << "most values of most keys are wrong, but not all";
  EXPECT_GT(judge.errors, 1000);
}

TEST(Fuzz, LinesMayBeMissingDoubledSwappedOrCut) {
  Judge judge;
  for (const std::string& text : whole_studies()) {
    const auto lines = lines_of(text);
    for (std::size_t i = 0; i < lines.size(); ++i) {
      auto without = lines, doubled = lines, swapped = lines, cut = lines;
      without.erase(without.begin() + static_cast<std::ptrdiff_t>(i));
      doubled.insert(doubled.begin() + static_cast<std::ptrdiff_t>(i), lines[i]);
      std::swap(swapped[i], swapped[(i * 7 + 3) % lines.size()]);
      cut[i] = cut[i].substr(0, cut[i].size() / 2);
      for (const auto& changed : {without, doubled, swapped, cut}) {
        judge.look_at(joined_lines(changed));
        if (HasFatalFailure()) return;
      }
    }
  }
  EXPECT_GT(judge.studies, 100);
}

/// Several changes at once, by chance but the same each time.
TEST(Fuzz, ManyThingsMayBeWrongAtOnce) {
  Judge judge;
  const auto texts = whole_studies();
  std::uint64_t draw = 0;
  const auto below = [&](std::size_t n) {
    return std::min(n - 1, static_cast<std::size_t>(base::uniform(11, 4, draw++) * static_cast<double>(n)));
  };
  for (int round = 0; round < 1500; ++round) {
    auto lines = lines_of(texts[below(texts.size())]);
    for (std::size_t change = 0; change < 2 + below(3); ++change) {
      const std::size_t i = below(lines.size());
      std::string& line = lines[i];
      const std::size_t equals = line.find('=');
      switch (below(4)) {
        case 0:
          if (equals != std::string::npos) line = line.substr(0, equals + 1) + absurd_values()[below(34)];
          break;
        case 1:
          if (!line.empty()) line[below(line.size())] = static_cast<char>(below(256));
          break;
        case 2: std::swap(line, lines[below(lines.size())]); break;
        default: line = lines[below(lines.size())];
      }
    }
    judge.look_at(joined_lines(lines));
    if (HasFatalFailure()) return;
  }
  EXPECT_GT(judge.studies, 20);
}

}  // namespace
}  // namespace cradle::life
