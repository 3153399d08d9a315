// The built-in figures of electricity: the known answers, what a query gets, and every row against its source where the
// sources lie beside the project.
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <set>
#include <string_view>

#include "cradle/base/csv.h"
#include "cradle/base/error.h"
#include "cradle/base/file.h"
#include "cradle/base/json.h"
#include "cradle/base/left_out_test.h"
#include "cradle/base/text.h"
#include "cradle/catalog/catalog.h"

namespace cradle::catalog {
namespace {

const Factor& get(std::string key, std::string name = "", std::string place = "", std::string set = "",
                  std::optional<int> year = {}) {
  return find(built_in(), {std::move(key), std::move(name), std::move(place), year, std::move(set)});
}

double value(std::string key, std::string name = "", std::string place = "", std::string set = "",
             std::optional<int> year = {}) {
  return get(std::move(key), std::move(name), std::move(place), std::move(set), year).distribution.value;
}

std::vector<const Factor*> all(std::string key, std::string table = "") {
  return matching(built_in(), {std::move(key), "", "", {}, std::move(table)});
}

TEST(Electricity, BelgiumIsWhatEmberSays) {
  const Factor& be = get("grid.gwp", "", "Belgium");
  EXPECT_DOUBLE_EQ(be.distribution.value, 0.11758);
  EXPECT_EQ(be.year, 2024);
  EXPECT_EQ(be.licence, "CC BY 4.0");
  EXPECT_EQ(be.grade, Grade::kB);
  EXPECT_DOUBLE_EQ(value("grid.gwp", "", "BE", "", 2023), 0.138107) << "the older figure stays";
}

TEST(Electricity, CountriesHaveAStandardDeviationOfATenth) {
  for (const Factor* f : all("grid.gwp", "electricity")) {
    EXPECT_EQ(f->distribution.shape, base::Shape::kNormal);
    EXPECT_NEAR(f->distribution.sigma / f->distribution.value, 0.10, 0.0002) << id_of(*f);
  }
}

TEST(Electricity, ThereAreMoreThanTwoHundredCountriesAndAWorld) {
  std::set<std::string> countries;
  for (const Factor* f : all("grid.gwp", "electricity")) countries.insert(f->place);
  EXPECT_EQ(countries.size(), 213u + 1u);
  EXPECT_NEAR(value("grid.gwp", "", "WORLD"), 0.473, 0.001);
  EXPECT_NEAR(value("grid.gwp", "", "WORLD", "", 2023), 0.48, 0.01);
}

TEST(Electricity, PrimaryEnergyLiesBetweenAllWaterAndAllGeothermal) {
  for (const Factor* f : all("grid.pe")) {
    EXPECT_GE(f->distribution.value, 3.6 - 1e-9) << id_of(*f);   // 1 kWh of water, wind or sun
    EXPECT_LE(f->distribution.value, 36.0 + 1e-9) << id_of(*f);  // 1 kWh of geothermal heat at 10 %
  }
}

TEST(Electricity, PrimaryEnergyOfBelgiumFollowsFromItsSources) {
  // TWh of 2023 (Our World in Data): coal .05, oil 4.49, gas 17.2, nuclear 33.42, biofuel 3.93, water .38, sun 7.66,
  // wind 15.27; heat rates in Btu/kWh (EIA table 8.1, 2022).
  constexpr double kBtu = 1055.05585e-6;  // MJ
  const double heat =
      kBtu * (10689 * (.05 + 3.93) + 11166 * 4.49 + 7740 * 17.2) + 3.6 / .33 * 33.42 + 3.6 * (.38 + 7.66 + 15.27);
  const double twh = .05 + 4.49 + 17.2 + 33.42 + 3.93 + .38 + 7.66 + 15.27;
  EXPECT_NEAR(value("grid.pe", "", "BE"), heat / twh, 1e-4);
}

TEST(Electricity, WaterOfFranceFollowsFromItsSources) {
  // TWh of 2023 (Our World in Data): coal 2.16, oil 9.71, gas 31.43, nuclear 335.65, biofuel 9.5, water 53.19,
  // sun 23.26, wind 48.61, other renewables 0.6; medians of Macknick et al. 2012 in US gallons per MWh: of coal (250,
  // 687), gas in combined cycle (100, 205) and nuclear (269, 672) the middle of once-through and tower; oil as steam on
  // gas (240, 826).
  constexpr double kLitres = 3.785411784e-3;  // per kWh, of a gallon per MWh
  const double gallons =
      468.5 * 2.16 + 533 * 9.71 + 152.5 * 31.43 + 470.5 * 335.65 + 426.5 * 9.5 + 4491 * 53.19 + 1 * 23.26 + 270 * 0.6;
  const double twh = 2.16 + 9.71 + 31.43 + 335.65 + 9.5 + 53.19 + 23.26 + 48.61 + 0.6;
  EXPECT_NEAR(value("grid.water", "", "FR"), kLitres * gallons / twh, 1e-4);
}

TEST(Electricity, WaterOfTheWorldLiesAmongItsCountriesAndBesideWhatOthersFound) {
  std::set<std::string> countries;
  for (const Factor* f : all("grid.water", "electricity_water")) countries.insert(f->place);
  EXPECT_EQ(countries.size(), 213u);
  // Two ways to one figure: Li et al. 2023 have 1.476 for Ireland, 2.271 for Indonesia, 3.14 for the United States.
  for (const char* place : {"IE", "ID", "US"}) {
    const double ours = value("grid.water", "", place, "mix-2023"), theirs = value("grid.water", "", place);
    EXPECT_LT(std::abs(std::log(ours / theirs)), std::log(2.0)) << place << " " << ours << " " << theirs;
    EXPECT_GT(get("grid.water", "", place, "mix-2023").high, theirs) << place;
  }
}

TEST(Electricity, MineralsAndWaterFallBackOnTheWorld) {
  EXPECT_EQ(get("grid.adpe", "", "BE").place, "WORLD");
  EXPECT_EQ(get("grid.adpe", "", "BE").grade, Grade::kD);
  EXPECT_EQ(get("grid.water", "", "azure:francecentral").place, "FR");
  EXPECT_EQ(get("grid.water", "", "US-OR").place, "US");
}

TEST(UnitedStates, StatesAreThoseOf2023AndTheOldOnesStayMarked) {
  const Factor& oregon = get("grid.gwp", "", "Oregon");
  EXPECT_NEAR(oregon.distribution.value, 365.0 * 0.45359237 / 1000.0, 1e-4);  // EPA: 365.0 lb/MWh
  EXPECT_EQ(oregon.year, 2023);
  const Factor& old = get("grid.gwp", "", "Oregon", "", 2016);
  EXPECT_NEAR(old.distribution.value, 305.891 * 0.45359237 / 1000.0, 1e-6);
  EXPECT_EQ(old.grade, Grade::kD);
  EXPECT_NE(old.note.find("superseded by the row of 2023"), std::string::npos);
  EXPECT_EQ(all("grid.gwp", "us_states").size(), 51u + 51u + 1u);  // and the country as a whole in 2016
}

TEST(UnitedStates, TheStatesOfEachYearLieAroundTheCountry) {
  double low = 1e9, high = 0;
  for (const Factor* f : all("grid.gwp", "us_states")) {
    if (f->year != 2023) continue;
    EXPECT_NE(f->note.find("direct emissions only"), std::string::npos);
    low = std::min(low, f->distribution.value);
    high = std::max(high, f->distribution.value);
  }
  EXPECT_LT(low, 0.3497);  // EPA eGRID2023, United States
  EXPECT_GT(high, 0.3497);
}

TEST(UnitedStates, TheCountryItselfIsTodaysFigure) { EXPECT_GE(get("grid.gwp", "", "US").year, 2022); }

TEST(Chain, EveryPlaceHasAnAverageAMarginalAndTheOtherFigures) {
  for (const Place& p : places())
    for (const char* key : {"grid.gwp", "grid.gwp_marginal", "grid.loss", "grid.water", "grid.adpe", "grid.pe"})
      EXPECT_GE(get(key, "", p.code).distribution.value, 0.0) << key << " " << p.code;
}

TEST(Chain, ARegionWithoutAFigureGetsItsStatesThenItsCountrys) {
  EXPECT_EQ(get("grid.gwp", "", "aws:ca-west-1").place, "CA-AB");  // Calgary: coal and gas, unlike Canada as a whole
  EXPECT_GT(value("grid.gwp", "", "aws:ca-west-1"), 2.0 * value("grid.gwp", "", "CA"));
  EXPECT_EQ(get("grid.gwp", "", "azure:francecentral").place, "FR");
  EXPECT_EQ(get("grid.gwp", "", "azure:westus").place, "US-CA");
  EXPECT_EQ(get("grid.water", "", "aws:us-west-2").place, "US");
  EXPECT_EQ(get("grid.gwp_market", "", "azure:francecentral").place, "FR");
}

TEST(Cloud, ARegionsFigureGoesBeforeItsStates) {
  EXPECT_EQ(get("grid.gwp", "", "gcp:us-west1").place, "gcp:us-west1");
  EXPECT_EQ(get("grid.gwp", "", "us-west1").place, "gcp:us-west1");
  EXPECT_EQ(get("grid.gwp", "", "West Europe").place, "azure:westeurope");
}

TEST(Cloud, TheDefaultIsLifeCycleAndTheDirectFiguresAreSets) {
  const Factor& today = get("grid.gwp", "", "gcp:europe-west9");
  EXPECT_EQ(today.set, "");
  EXPECT_EQ(today.year, 2023);
  EXPECT_NEAR(today.distribution.value, 0.05287, 1e-9);
  EXPECT_NEAR(value("grid.gwp", "", "gcp:europe-west9", "direct"), 0.0163, 1e-9);
  EXPECT_NEAR(value("grid.gwp", "", "gcp:europe-west9", "hourly"), 0.034, 1e-9);
  for (const Factor* f : all("grid.gwp", "cloud")) {
    const bool direct = f->note.find("direct emissions only") != std::string::npos;
    EXPECT_EQ(direct, f->set == "direct" || (f->set == "hourly" && f->year >= 2021)) << id_of(*f);
  }
}

TEST(Cloud, MarginalIsFarFromAverageWhereWaterRuns) {
  EXPECT_NEAR(value("grid.gwp_marginal", "", "gcp:us-west1"), 0.477, 0.001);
  EXPECT_LT(value("grid.gwp", "", "gcp:us-west1"), 0.13);
}

TEST(Cloud, EachOfTheThreeProvidersHasItsRegionsAndAFacility) {
  std::map<std::string, std::set<std::string>> grid, pue;
  for (const Factor* f : all("grid.gwp", "cloud")) grid[f->place.substr(0, f->place.find(':'))].insert(f->place);
  for (const Factor* f : all("pue.region")) pue[f->place.substr(0, f->place.find(':'))].insert(f->place);
  EXPECT_GE(grid["aws"].size(), 30u);
  EXPECT_GE(grid["gcp"].size(), 40u);
  EXPECT_GE(grid["azure"].size(), 20u);
  for (const char* provider : {"aws", "gcp", "azure"}) {
    EXPECT_GE(pue[provider].size(), 12u) << provider;
    EXPECT_GE(value("pue.provider", provider), 1.0);
    EXPECT_GT(value("wue.provider", provider), 0.0);
  }
  for (const Factor* f : all("pue")) {
    EXPECT_GE(f->low, 1.0) << id_of(*f);
    EXPECT_LE(f->high, 2.1) << id_of(*f);
  }
}

TEST(Loss, TheWorldLiesWithinItsCountries) {
  const Factor& world = get("grid.loss", "", "WORLD");
  EXPECT_GT(world.distribution.value, value("grid.loss", "", "JP"));
  EXPECT_LT(world.distribution.value, value("grid.loss", "", "IN"));
  for (const Factor* f : all("grid.loss")) {
    EXPECT_GT(f->low, 0.0) << id_of(*f);
    EXPECT_LE(f->high, 0.95) << id_of(*f);
  }
}

TEST(Loss, OfNearlyAllElectricityIsItsOwnCountrysAndOfTheYearAskedFor) {
  std::set<std::string> countries;
  for (const Factor* f : all("grid.loss"))
    if (f->year == 2022 && f->place != "WORLD") countries.insert(f->place);
  EXPECT_GE(countries.size(), 149u);
  EXPECT_EQ(get("grid.loss", "", "FR").year, 2023);
  EXPECT_NEAR(value("grid.loss", "", "FR", "", 2014), 0.0634239, 1e-9) << "an older edition, kept";
  EXPECT_EQ(get("grid.loss", "", "FJ").place, "WORLD") << "a country without a figure";
  // What nobody pays for is not lost: where the series has much, the range goes far below it.
  for (const Factor* f : all("grid.loss"))
    if (f->year >= 2018 && f->place != "WORLD" && f->distribution.value > 0.15) {
      EXPECT_EQ(f->grade, Grade::kD) << id_of(*f);
      EXPECT_LE(f->low, 0.1) << id_of(*f);
    }
}

// ---- every row against its source -------------------------------------------------------------------------------

/// A source's text, or nothing where the sources do not lie beside the project.
std::string shared_text(const std::string& file) {
  std::filesystem::path folder = CRADLE_SOURCE_FOLDER;
  for (; folder.has_relative_path(); folder = folder.parent_path())
    if (const auto path = folder / "shared" / "data" / file; std::filesystem::exists(path))
      return base::read_file(path);
  return "";
}

/// Its rows as maps from column to cell.
std::vector<std::map<std::string, std::string>> source(const std::string& file) {
  const std::string text = shared_text(file);
  std::vector<std::map<std::string, std::string>> rows;
  if (text.empty()) return rows;
  const base::Csv csv = base::parse_csv(text, file);
  for (const base::CsvRow& row : csv.rows) {
    rows.emplace_back();
    for (std::size_t i = 0; i < csv.header.size(); ++i) rows.back()[csv.header[i]] = row.cells[i];
  }
  return rows;
}

// Other people's files, which the project does not ship: they lie in ../shared/data where the project is developed and
// in CI. Elsewhere the known answers above stand for them.
constexpr const char* kNoSources = "../shared/data is not here: the rows are compared with their sources where it is";

using Figures = std::multimap<std::string, double>;  // "gcp:us-west1:2023" → every figure of the source

std::string code_of(std::map<std::string, std::string>& row) {
  static const std::map<std::string, std::string> kProviders = {
      {"Amazon Web Services", "aws:"}, {"Google Cloud", "gcp:"}, {"Microsoft Azure", "azure:"}};
  static const std::map<std::string, std::string> kMended = {{"azure:westus", "azure:westus2"},
                                                             {"azure:asiapacific", "azure:indonesiacentral"}};
  const std::string code = kProviders.at(row["cloud-provider"]) + row["cloud-region"];
  return kMended.contains(code) ? kMended.at(code) : code;
}

/// Whether one of the source's figures for the row's place and year, times `scale`, is the row's value.
bool holds(const Figures& figures, const Factor& f, double scale) {
  const auto [from, to] = figures.equal_range(f.place + ':' + std::to_string(f.year));
  return std::any_of(from, to, [&](const auto& x) {
    return std::abs(x.second * scale - f.distribution.value) <= 1e-5 * f.distribution.value;
  });
}

TEST(Sources, EveryRowOfACloudRegionIsInTheSource) {
  auto rows = source("gsf-real-time-cloud/Cloud_Region_Metadata.csv");
  if (base::left_out(!rows.empty(), kNoSources)) return;
  std::map<std::string, Figures> columns;
  for (auto& row : rows)
    for (const auto& [column, cell] : row)
      if (double x = 0; !cell.empty() && std::sscanf(cell.c_str(), "%lf", &x) == 1)
        columns[column].emplace(code_of(row) + ':' + row["year"], x);
  const std::map<std::string, std::pair<const char*, double>> kColumns = {
      {"grid.gwp#", {"grid-carbon-intensity-average-consumption-annual", 1e-3}},
      {"grid.gwp#direct", {"grid-carbon-intensity-average-consumption-annual", 1e-3}},
      {"grid.gwp#hourly", {"provider-carbon-intensity-average-consumption-hourly", 1e-3}},
      {"grid.gwp_marginal#", {"grid-carbon-intensity-marginal-consumption-annual", 1e-3}},
      {"grid.gwp_market#", {"provider-carbon-intensity-market-annual", 1e-3}},
      {"pue.region#", {"power-usage-effectiveness", 1.0}},
      {"wue.region#", {"water-usage-effectiveness", 1.0}}};
  int compared = 0;
  for (const char* table : {"cloud", "cloud_views", "cloud_facility"})
    for (const Factor* f : all("", table)) {
      if (f->place.empty() || f->note.starts_with("the source's row holds the zone")) continue;
      const auto& [column, scale] = kColumns.at(f->key + '#' + f->set);
      EXPECT_TRUE(holds(columns.at(column), *f, scale)) << id_of(*f) << " " << f->distribution.value;
      ++compared;
    }
  EXPECT_GT(compared, 900);
}

TEST(Sources, TheWorldsLossIsItsCountriesByTheirGeneration) {
  const auto text = shared_text("codecarbon/global_energy_mix.json");
  if (base::left_out(!text.empty(), kNoSources)) return;
  const base::Json mix = base::parse_json(text, "global_energy_mix.json");
  double generated = 0, lost = 0;
  for (const Factor* f : all("grid.loss")) {
    if (f->year != 2022 || f->place == "WORLD") continue;
    const std::string letters = resolve_place(f->place).aliases.front();
    if (!mix.contains(letters)) continue;
    const double twh = mix[letters].value("total_TWh", 0.0);
    generated += twh;
    lost += twh * f->distribution.value;
  }
  EXPECT_GT(generated, 29000) << "TWh: nearly all that the world generates";
  EXPECT_NEAR(lost / generated / value("grid.loss", "", "WORLD"), 1.0, 0.01);
}

TEST(Sources, EveryMarginalAndEveryNewerAverageOfACountryIsInTheSource) {
  auto rows = source("derived/country_crosswalk.csv");
  if (base::left_out(!rows.empty(), kNoSources)) return;
  std::map<std::string, std::map<std::string, std::string>> by_letters;  // three of them; and the world
  for (auto& row : rows) by_letters[row["iso3"]] = row;
  const auto figure = [&](const Factor& f, const char* column) {
    const std::string letters = f.place == "WORLD" ? f.place : resolve_place(f.place).aliases.front();
    return std::stod(by_letters.at(letters).at(column)) / 1000.0;
  };
  for (const Factor* f : all("grid.gwp_marginal", "electricity_marginal")) {
    if (f->place == "WORLD") continue;
    EXPECT_NEAR(f->distribution.value, figure(*f, "unfccc_marginal_2021_g"), 1e-5) << f->place;
  }
  for (const Factor* f : all("grid.gwp", "electricity")) {
    if (!f->source.starts_with("Ember")) continue;  // revised by at most a tenth between the two editions
    EXPECT_NEAR(f->distribution.value / figure(*f, "ember_tgwf_g"), 1.0, 0.1) << id_of(*f);
  }
}

}  // namespace
}  // namespace cradle::catalog
