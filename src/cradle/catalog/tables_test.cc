// The built-in figures but for electricity: the seed table, hardware, and the rows that were computed, computed again.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <set>
#include <string_view>

#include "cradle/base/error.h"
#include "cradle/catalog/built_in.h"
#include "cradle/catalog/catalog.h"

namespace cradle::catalog {
namespace {

const Factor& get(std::string key, std::string name = "", std::string place = "", std::string set = "") {
  return find(built_in(), {std::move(key), std::move(name), std::move(place), {}, std::move(set)});
}

double value(std::string key, std::string name = "", std::string place = "", std::string set = "") {
  return get(std::move(key), std::move(name), std::move(place), std::move(set)).distribution.value;
}

std::vector<const Factor*> all(std::string key, std::string table = "") {
  return matching(built_in(), {std::move(key), "", "", {}, std::move(table)});
}

const std::map<std::string, double> kSeed = {{"Oregon", .139},         {"District of Columbia", .219},
                                             {"South Carolina", .286}, {"Nevada", .349},
                                             {"Iowa", .453},           {"Maryland", .459},
                                             {"Brussels", .627},       {"Groningen", .770},
                                             {"New Taipei", .790}};

TEST(Seed, ItsNinePlacesAreAsGiven) {
  for (const auto& [place, seed] : kSeed) {
    const Factor& f = get("grid.gwp", "", place, "seed-2021");
    EXPECT_EQ(f.distribution.value, seed) << place;
    EXPECT_EQ(f.year, 2021);
    EXPECT_EQ(f.grade, Grade::kD);
    EXPECT_FALSE(f.note.empty());
  }
}

TEST(Seed, TheThreeWrongOnesSayWhyAndTodaysFigureDiffersAsFar) {
  const std::map<std::string, double> wrong = {{"BE", 5.3}, {"NL", 3.0}, {"TW", 1.2}};
  for (const auto& [place, factor] : wrong) {
    const Factor& f = get("grid.gwp", "", place, "seed-2021");
    EXPECT_NE(f.note.find("WRONG"), std::string::npos);
    EXPECT_NE(f.note.find("primary energy"), std::string::npos);
    EXPECT_NEAR(f.distribution.value / value("grid.gwp", "", place), factor, 0.2 * factor) << place;
  }
}

TEST(Seed, ItsGpuEfficienciesExistInTheSetOnly) {
  EXPECT_EQ(value("gops_per_watt", "T4", "", "seed-2021"), 804.49);
  EXPECT_EQ(value("gops_per_watt", "NVIDIA Tesla P100 PCIe 16 GB", "", "seed-2021"), 63.85);
  EXPECT_EQ(value("gops_per_watt", "K80", "", "seed-2021"), 23.89);
  EXPECT_THROW(get("gops_per_watt", "T4"), base::Error);
}

TEST(Seed, ElsewhereAStudyOnTheSeedUsesTodaysFigures) { EXPECT_EQ(get("grid.gwp", "", "FR", "seed-2021").set, ""); }

TEST(Gpus, KnownDefectsOfTheListsAreMended) {
  EXPECT_EQ(value("gpu.tdp", "Tesla V100-PCIE-16GB"), 250);  // NVIDIA: PCIe 250 W
  EXPECT_EQ(value("gpu.tdp", "Tesla V100-SXM2-16GB"), 300);  // NVIDIA: SXM2 300 W
  EXPECT_EQ(value("gpu.tdp", "NVIDIA A10G"), 150);
  EXPECT_EQ(value("gpu.memory", "NVIDIA A10G"), 24);  // AWS; the columns of mlco2's row are shifted
  EXPECT_TRUE(matching(built_in(), {"gpu.tdp", "GTX 750", "", {}, ""}).empty());
}

TEST(Gpus, TheMakersFigureOfTheH100IsCentralAndEveryStudyIsKept) {
  const Factor& h100 = get("gpu.gwp", "NVIDIA H100 SXM 80 GB");
  EXPECT_EQ(h100.distribution.value, 1312.0 / 8.0);
  std::set<std::string> studies;
  for (const Factor* f : matching(built_in(), {"gpu.gwp", "H100 SXM", "", {}, ""})) {
    studies.insert(f->set);
    EXPECT_GE(f->distribution.value, h100.low);
    EXPECT_LE(f->distribution.value, h100.high);
  }
  EXPECT_EQ(studies.size(), 5u);
}

TEST(Gpus, EveryBoardHasOneMemoryKindThatIsItsMemory) {
  std::map<std::string, double> kinds;
  for (const char* key : {"gpu.hbm", "gpu.gddr", "gpu.lpddr"})
    for (const Factor* f : all(key)) EXPECT_TRUE(kinds.emplace(f->name, f->distribution.value).second) << f->name;
  for (const Factor* f : all("gpu.memory")) {
    const auto kind = kinds.find(f->name);
    if (kind == kinds.end() || f->name == "NVIDIA B200 SXM") continue;  // 180 of its 192 GB can be used
    EXPECT_EQ(kind->second, f->distribution.value) << f->name;
  }
  EXPECT_GT(kinds.size(), 140u);
}

TEST(Gpus, ThereAreMoreThanOneHundredAndFiftyBoardsAndTheNamedOnesHaveAFootprint) {
  std::set<std::string> boards;
  for (const Factor* f : all("gpu", "gpus")) boards.insert(f->name);
  EXPECT_GT(boards.size(), 150u);
  for (const char* name :
       {"H200 SXM 141 GB", "B200 SXM", "AMD Instinct MI300X", "AMD Instinct MI250X", "L4", "L40S", "A10", "A30",
        "A100 80GB PCIe", "H100 PCIe", "Tesla V100-SXM2-32GB", "Tesla P40", "K80", "T4", "GeForce RTX 5090", "RTX 4090",
        "RTX 3090", "Jetson AGX Orin 64 GB", "Jetson Nano 4 GB"}) {
    const auto whole = try_find(built_in(), {"gpu.gwp", name, "", {}, ""});
    EXPECT_TRUE((whole && !(*whole)->name.empty()) || try_find(built_in(), {"gpu.die", name, "", {}, ""})) << name;
  }
}

TEST(Gpus, AJetsonModuleIsNotTakenForAGraphicsCardNorForItsKit) {
  EXPECT_EQ(value("gpu.gwp", "NVIDIA Jetson AGX Orin 64 GB"), value("device.gwp", "jetson-agx-orin"));
  EXPECT_FALSE(try_find(built_in(), {"gpu.tdp", "jetson-nano", "", {}, ""}).has_value());  // the kit is a device
}

TEST(Gpus, PeaksOfTheDataCentreAreDense) {
  EXPECT_EQ(value("gpu.peak_fp16", "NVIDIA H100 SXM 80 GB"), 1979 / 2.0);  // the maker's 1979 counts sparsity
  EXPECT_EQ(value("gpu.peak_int8", "NVIDIA H100 SXM 80 GB"), 3958 / 2.0);
  EXPECT_EQ(value("gpu.peak_fp16", "T4"), 65);
  // The seed's 804.49 GOPS/W would be 43 % of what the T4's data sheet allows.
  EXPECT_NEAR(value("gops_per_watt", "T4", "", "seed-2021") * 70 / 1000 / value("gpu.peak_int8", "T4"), 0.43, 0.005);
}

/// The board model of METHODS.md from the factors themselves: dies x CPA + one package + memory + base.
double board(const std::string& name, double (*pick)(const Factor&)) {
  const std::map<int, std::string> cpa = {{28, "28nm"}, {20, "20nm"}, {16, "16-14nm"}, {14, "16-14nm"}, {12, "12nm"},
                                          {8, "8nm"},   {7, "7nm"},   {6, "6nm"},      {5, "5-4nm"},    {4, "5-4nm"}};
  const std::string memory = try_find(built_in(), {"gpu.hbm", name, "", {}, ""}) ? "dram.hbm_gwp" : "dram.gddr6_gwp";
  const auto die = [&](const std::string& area, const std::string& node) {
    const auto cm2 = try_find(built_in(), {area, name, "", {}, ""});
    if (!cm2) return 0.0;
    return (*cm2)->distribution.value * pick(get("die.cpa_gwp." + cpa.at(static_cast<int>(value(node, name)))));
  };
  return die("gpu.die", "gpu.node") + die("gpu.die_second", "gpu.node_second") + pick(get("ic.packaging_gwp")) +
         value("gpu.memory", name) * pick(get(memory)) + pick(get("gpu.board_base_gwp"));
}

TEST(Gpus, BoardsOnABaseboardSayIt) {
  for (const Factor* f : all("gpu.tdp"))
    if (f->name.find("SXM") != std::string::npos) {
      EXPECT_EQ(value("gpu.on_baseboard", f->name), 1) << f->name;
    }
  for (const char* oam : {"AMD Instinct MI300X", "AMD Instinct MI250X", "Intel Gaudi 3"})
    EXPECT_EQ(value("gpu.on_baseboard", oam), 1) << oam;
  EXPECT_FALSE(try_find(built_in(), {"gpu.on_baseboard", "NVIDIA H100 PCIe 80 GB", "", {}, ""}));
}

TEST(Gpus, FiguresOfABoardAreOfTheWholeBoard) {
  EXPECT_DOUBLE_EQ(value("gpu.die", "NVIDIA Tesla K80"), 2 * 5.61);
  EXPECT_DOUBLE_EQ(value("gpu.memory", "NVIDIA Tesla K80"), 24);
  EXPECT_DOUBLE_EQ(value("gpu.die", "NVIDIA A16"), 4 * 2);
  EXPECT_DOUBLE_EQ(value("cpu.die", "AMD EPYC 7601"), 4 * 2.13) << "Naples has four dies";
}

TEST(Chips, CarbonPerAreaOfActFollowsFromItsElectricityGasesAndMaterials) {
  for (const char* node : {"28nm", "20nm", "16-14nm", "10nm", "8nm", "7nm", "5-4nm", "3nm"}) {
    const std::string n = node;
    const double energy = value("die.fab_ci") * value("die.epa." + n);
    const double rest = value("die.mpa." + n);
    const Factor& gases = get("die.gpa." + n);
    const double yield = value("die.yield");
    const auto expect = [&](const char* set, double gas) {
      EXPECT_NEAR(value("die.cpa_gwp." + n, "", "", set), (energy + gas + rest) / yield, 1e-3) << n << ' ' << set;
    };
    expect("act-2022", gases.distribution.value);
    expect("act-2022-gpa95", gases.high);
    expect("act-2022-gpa99", gases.low);
  }
}

TEST(Chips, TheDefaultOfANodeLiesAmongTheStudies) {
  for (const char* node : {"28nm", "20nm", "16-14nm", "10nm", "8nm", "7nm", "5-4nm", "3nm"}) {
    const Factor& f = get(std::string("die.cpa_gwp.") + node);
    std::vector<double> studies;
    for (const Factor* other : all(f.key))
      if (!other->set.empty()) studies.push_back(other->distribution.value);
    const auto [least, most] = std::minmax_element(studies.begin(), studies.end());
    EXPECT_GE(f.distribution.value, *least - 0.005) << node;
    EXPECT_LE(f.distribution.value, *most + 0.005) << node;
  }
}

TEST(Components, TheMakersFigureOfTheH100IsReachedWithItsBaseboard) {
  const double bare = board("NVIDIA H100 SXM 80 GB", [](const Factor& f) { return f.distribution.value; });
  EXPECT_NEAR(1.0 - bare / 164.0, 0.27, 0.01);  // what METHODS.md says of the model
  const double whole = bare + value("gpu.baseboard_mass") * value("gpu.baseboard_gwp");
  EXPECT_NEAR(whole / 164.0, 0.89, 0.01);
  EXPECT_NEAR(bare * value("gpu.model_calibration"), 164.0, 3.0);
}

TEST(Blocks, TheyMakeTheRaspberryPiAndTheCamera) {
  const auto sum = [](const std::vector<std::pair<std::string, std::string>>& blocks) {
    double kg = 0.0;
    for (const auto& [block, level] : blocks) kg += value("block." + block + ".gwp", "HSL-" + level);
    return kg;
  };
  EXPECT_NEAR(sum({{"processing", "2"}, {"memory", "2"}, {"pcb", "3"}, {"connectivity", "2"}, {"others", "2"}}),
              value("device.gwp", "raspberry-pi-4"), 0.5);
  EXPECT_NEAR(sum({{"processing", "3"},
                   {"memory", "2"},
                   {"sensing", "3"},
                   {"connectivity", "2"},
                   {"power_supply", "2"},
                   {"casing", "2"},
                   {"pcb", "3"},
                   {"others", "2"}}),
              value("device.gwp", "ai-camera"), 1e-3);
}

TEST(Vendors, WhatTheySayOfABoardIsWhatTheStudiesOfTheBoardSay) {
  int same = 0;
  for (const Factor* said : all("vendor.gwp")) {
    EXPECT_FALSE(said->set.empty()) << id_of(*said);
    EXPECT_FALSE(said->note.empty()) << id_of(*said) << ": the note states the boundary";
    for (const Factor* study : all("gpu.gwp"))
      if (study->name == said->name && study->set == said->set) {
        EXPECT_NEAR(study->distribution.value, said->distribution.value, 5e-4) << id_of(*said);
        ++same;
      }
  }
  EXPECT_GE(same, 18);
}

TEST(Vendors, PartsAddUpToTheWholeTheyState) {
  const auto say = [](const char* name, const char* set) { return value("vendor.gwp", name, "", set); };
  EXPECT_EQ(say("Google TPU v6e chip", "schneider-2025") + say("Google TPU v6e, host share", "schneider-2025") +
                say("Google TPU v6e, data-centre building", "schneider-2025"),
            say("Google TPU v6e with host and building", "schneider-2025"));
  for (const auto& [eight, one] : {std::pair("NVIDIA HGX H100 (eight GPUs)", "NVIDIA H100 SXM 80 GB"),
                                   std::pair("NVIDIA HGX B200 (eight GPUs)", "NVIDIA B200 SXM")})
    EXPECT_EQ(say(eight, "nvidia-pcf-2025") / 8, say(one, "nvidia-pcf-2025"));
}

TEST(Cpus, TheBrokenRowsOfThePublicListAreLeftOut) {
  for (const char* name :
       {"Celeron 1000A", "Celeron 1100A", "Celeron 1200", "Celeron 1400", "Quark Microcontroller D1000"})
    EXPECT_FALSE(try_find(built_in(), {"cpu.tdp", std::string("Intel ") + name, "", {}, ""}).has_value()) << name;
  for (const char* name : {"6140", "255e", "ARMv8 Processor rev 0 (v8l)"})  // names that mean several processors
    EXPECT_FALSE(try_find(built_in(), {"cpu.tdp", name, "", {}, ""}).has_value()) << name;
  for (const Factor* f : all("cpu.tdp")) EXPECT_GT(f->distribution.value, 0.0) << f->name;
  EXPECT_GT(all("cpu.tdp").size(), 4500u);
}

TEST(Cpus, WhereTheTwoListsDisagreeBothFiguresBoundTheRow) {
  const std::string says = "CarbonTracker 8beb2b9 lists ";
  int disagree = 0;
  for (const Factor* f : all("cpu.tdp")) {
    const std::size_t at = f->note.find(says);
    if (at == std::string::npos) continue;
    ++disagree;
    const double other = std::stod(f->note.substr(at + says.size()));
    EXPECT_EQ(f->low, std::min(f->distribution.value, other)) << f->name;
    EXPECT_EQ(f->high, std::max(f->distribution.value, other)) << f->name;
    EXPECT_GT(f->high / f->low, 1.2) << f->name;
  }
  EXPECT_EQ(disagree, 44);
}

TEST(Devices, TheEdgeDevicesOfThePlanHaveMassAndThreeImpacts) {
  for (const char* device :
       {"jetson-agx-xavier", "raspberry-pi-4", "ip-camera", "smartphone", "laptop", "desktop", "server", "workstation"})
    for (const char* key : {"device.gwp", "device.adpe", "device.pe", "device.mass"}) {
      const Factor& f = get(key, device);
      EXPECT_EQ(f.name, device);
      EXPECT_LT(f.low, f.high) << id_of(f);
    }
}

TEST(Devices, TheBlocksOfTheIpCameraAddUp) {
  // TIDE, Pirson and Bol 2021, manufacturing ADPe: processing 2, memory 1, sensing 3, connectivity 2, supply 2,
  // casing 2, board 2, others 2. Climate: 15.4 kg in the same profile.
  EXPECT_NEAR(value("device.gwp", "ip-camera"), 3.53 + .28 + .80 + .90 + 4.64 + 3.45 + .61 + 1.21, 0.5);
}

TEST(Defaults, EveryRowOfTheSurveyIsInTheCatalogueOnce) {
  // The survey's keys that stand under a place or a device name here; all others keep their names.
  const std::vector<std::pair<std::string, std::string>> moved = {
      {"device.gwp", "smartphone"},        {"device.gwp", "laptop"},
      {"device.gwp", "desktop"},           {"device.gwp", "monitor"},
      {"device.gwp", "jetson-agx-xavier"}, {"device.gwp", "raspberry-pi-4"},
      {"device.gwp", "ip-camera"},         {"device.gwp", "server"}};
  for (const auto& [key, name] : moved) EXPECT_EQ(get(key, name).name, name);
  for (const char* key : {"grid.gwp", "grid.adpe", "grid.pe", "grid.water"}) EXPECT_FALSE(all(key).empty());
  int unnamed = 0;
  for (const Factor* f : all("", "defaults"))
    if (f->name.empty()) ++unnamed;
  const int ours = 2;  // net.adapter, which the meter needs, and transport.car
  EXPECT_EQ(unnamed - ours + static_cast<int>(moved.size()) + 5,
            74);  // 5: grid.ci, grid.adpe, grid.pe, ewif.us, ewif.world
}

TEST(Defaults, TheOnesAStudyNeedsAreThere) {
  EXPECT_EQ(value("pue.world"), 1.54);
  EXPECT_EQ(value("pue.local"), 1.0);
  EXPECT_EQ(value("life.gpu_y"), 5.0);
  EXPECT_EQ(value("wue.onsite"), 0.3);
  EXPECT_GT(get("wue.onsite").low, 0.0);  // a lognormal has no zero; the note says what was done
  EXPECT_NE(get("wue.onsite").note.find("P5 set to 0.05"), std::string::npos);
  EXPECT_EQ(value("power.cpu_load_fraction", "load-50"), 0.75);
}

TEST(BuiltIn, EmbeddedFilesAreTheFilesOfTheDataFolder) {
  EXPECT_EQ(embedded_files().size(), 26u);
  for (const base::EmbeddedFile& file : embedded_files()) {
    const std::string_view header = file.bytes.substr(0, file.bytes.find('\n'));
    EXPECT_NE(header.find(",source"), std::string_view::npos) << file.name << ": the header stands first";
    EXPECT_TRUE(file.bytes.ends_with("\n")) << file.name;
  }
}

}  // namespace
}  // namespace cradle::catalog
