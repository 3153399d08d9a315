// The built-in figures but for electricity: the seed table, hardware, and the rows that were computed, computed again.
#include <gtest/gtest.h>

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
  EXPECT_FALSE(try_find(built_in(), {"gpu.memory", "NVIDIA A10G", "", {}, ""}).has_value());
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

/// The board model of METHODS.md from the factors themselves: die x CPA + one package + memory + base.
double board(const std::string& name, double (*pick)(const Factor&)) {
  const std::map<int, std::string> cpa = {{28, "28nm"}, {16, "16-14nm"}, {14, "16-14nm"},
                                          {12, "12nm"}, {7, "7nm"},      {4, "5-4nm"}};
  const std::string memory =
      get("gpu.gwp", name).source.find("dram.hbm_gwp") != std::string::npos ? "dram.hbm_gwp" : "dram.gddr6_gwp";
  const int node = static_cast<int>(value("gpu.node", name));
  return value("gpu.die", name) * pick(get("die.cpa_gwp." + cpa.at(node))) + pick(get("ic.packaging_gwp")) +
         value("gpu.memory", name) * pick(get(memory)) + pick(get("gpu.board_base_gwp"));
}

TEST(Gpus, RowsOfTheBoardModelFollowFromTheirFactors) {
  int computed = 0;
  for (const Factor* f : all("gpu.gwp")) {
    if (!f->source.starts_with("board model")) continue;
    ++computed;
    EXPECT_NEAR(f->distribution.value, board(f->name, [](const Factor& x) { return x.distribution.value; }), 1e-3);
    EXPECT_NEAR(f->low, board(f->name, [](const Factor& x) { return x.low; }), 1e-3) << f->name;
    EXPECT_NEAR(f->high, board(f->name, [](const Factor& x) { return x.high; }), 1e-3) << f->name;
  }
  EXPECT_GE(computed, 15);
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
  const int ours = 1;  // net.adapter, which the meter needs
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
  EXPECT_EQ(embedded_files().size(), 16u);
  for (const base::EmbeddedFile& file : embedded_files()) {
    const std::string_view header = file.bytes.substr(0, file.bytes.find('\n'));
    EXPECT_NE(header.find(",source"), std::string_view::npos) << file.name << ": the header stands first";
    EXPECT_TRUE(file.bytes.ends_with("\n")) << file.name;
  }
}

}  // namespace
}  // namespace cradle::catalog
