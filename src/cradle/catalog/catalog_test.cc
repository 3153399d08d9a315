// Searching: exact, by other names, by what lies around, by year and by set; and what a slip is answered.
#include "cradle/catalog/catalog.h"

#include <gtest/gtest.h>

#include "cradle/base/error.h"
#include "cradle/catalog/thing_name.h"

namespace cradle::catalog {
namespace {

const std::string kText =
    "key,name,place,year,set,value,low,high,distribution,unit,licence,grade,source,note\n"
    "grid.gwp,,US,2020,,0.40,,,fixed,kg/kWh,x,A,s,\n"
    "grid.gwp,,US,2024,,0.38,,,fixed,kg/kWh,x,A,s,\n"
    "grid.gwp,,US-OR,2016,,0.14,,,fixed,kg/kWh,x,D,s,\n"
    "grid.gwp,,US-OR,2021,old,0.15,,,fixed,kg/kWh,x,D,s,\n"
    "grid.gwp,,WORLD,2023,,0.48,,,fixed,kg/kWh,x,C,s,\n"
    "grid.water,,WORLD,2023,,3.9,,,fixed,L/kWh,x,C,s,\n"
    "pue.world,,,2025,,1.5,,,fixed,1,x,A,s,\n"
    "gpu.tdp,NVIDIA Tesla T4,,2018,,70,,,fixed,W,x,B,s,\n"
    "gpu.tdp,NVIDIA A100 SXM4 40 GB,,2020,,400,,,fixed,W,x,B,s,\n"
    "gpu.tdp,NVIDIA A100 SXM4 80 GB,,2020,,400,,,fixed,W,x,B,s,\n"
    "gpu.gwp,,,2025,,164,,,fixed,kg,x,D,s,\n"
    "gpu.gwp,NVIDIA A100 SXM4 40 GB,,2025,,128,,,fixed,kg,x,B,s,\n"
    "gpu.gwp,NVIDIA A100 SXM4 80 GB,,2024,old,330,,,fixed,kg,x,C,s,\n"
    "gpu.pe,NVIDIA A100 SXM4 40 GB,,2025,,3722,,,fixed,MJ,x,B,s,\n"
    "gops,NVIDIA Tesla T4,,2021,old,804,,,fixed,GOPS/W,x,D,s,\n";

const Catalog& small() {
  static const Catalog catalog{{Table("small.csv", kText)}};
  return catalog;
}

Query query(std::string key, std::string name = "", std::string place = "", std::optional<int> year = {},
            std::string set = "") {
  return {std::move(key), std::move(name), std::move(place), year, std::move(set)};
}

double value(const Query& q) { return find(small(), q).distribution.value; }

std::string error_of(const Query& q) {
  try {
    find(small(), q);
  } catch (const base::Error& e) {
    return e.what();
  }
  return "no error";
}

TEST(Find, TheNewestYearUnlessOneIsAsked) {
  EXPECT_EQ(value(query("grid.gwp", "", "US")), 0.38);
  EXPECT_EQ(value(query("grid.gwp", "", "US", 2020)), 0.40);
}

TEST(Find, TheNearestYearAndTheLaterOfTwoEquallyNear) {
  EXPECT_EQ(find(small(), query("grid.gwp", "", "US", 2021)).year, 2020);
  EXPECT_EQ(find(small(), query("grid.gwp", "", "US", 2022)).year, 2024);
  EXPECT_EQ(find(small(), query("grid.gwp", "", "US", 1999)).year, 2020);
}

TEST(Find, APlaceMayBeGivenByAnyOfItsNames) {
  EXPECT_EQ(value(query("grid.gwp", "", "Oregon")), 0.14);
  EXPECT_EQ(value(query("grid.gwp", "", "USA")), 0.38);
}

TEST(Find, WhatLiesAroundStandsInAndIsSeenInTheFactor) {
  const Factor& state = find(small(), query("grid.gwp", "", "US-WA"));
  EXPECT_EQ(state.place, "US");
  const Factor& country = find(small(), query("grid.water", "", "Belgium"));
  EXPECT_EQ(country.place, "WORLD");
}

TEST(Find, AFigureWithoutPlaceServesAnyPlace) { EXPECT_EQ(value(query("pue.world", "", "BE")), 1.5); }

TEST(Find, AFigureOfAPlaceNeedsOne) {
  EXPECT_NE(error_of(query("grid.gwp")).find("'grid.gwp' needs a place, for example 'US'"), std::string::npos);
}

TEST(Find, ASetGoesBeforeTodaysFiguresWhereItHasOne) {
  EXPECT_EQ(value(query("grid.gwp", "", "US-OR", {}, "old")), 0.15);
  EXPECT_EQ(value(query("grid.gwp", "", "US", {}, "old")), 0.38);
  EXPECT_EQ(value(query("grid.gwp", "", "US-OR")), 0.14);
}

TEST(Find, AnUnknownSetIsAnErrorEvenWhereTodaysFigureWouldDo) {
  EXPECT_NE(error_of(query("grid.gwp", "", "US", {}, "odl")).find("unknown data set 'odl'; did you mean 'old'?"),
            std::string::npos);
}

TEST(Find, AFigureKnownOnlyInASetSaysSo) {
  EXPECT_NE(error_of(query("gops", "T4")).find("known only in the set 'old'"), std::string::npos);
  EXPECT_EQ(value(query("gops", "T4", "", {}, "old")), 804);
}

TEST(Find, WhereANameIsOfAnotherSetOnlyAnyOfItsKindServes) {
  EXPECT_EQ(value(query("gpu.gwp", "NVIDIA A100 SXM4 80 GB")), 164);
  EXPECT_EQ(value(query("gpu.gwp", "A100 SXM4 80GB")), 164) << "however it is written";
  EXPECT_EQ(value(query("gpu.gwp", "NVIDIA A100 SXM4 80 GB", "", {}, "old")), 330);
}

TEST(Find, ANameIsTakenWithoutVendorCaseAndPunctuation) {
  for (const char* name : {"NVIDIA Tesla T4", "nvidia tesla t4", "Tesla T4", "T4"})
    EXPECT_EQ(value(query("gpu.tdp", name)), 70) << name;
  EXPECT_EQ(find(small(), query("gpu.tdp", "NVIDIA A100-SXM4-80GB")).name, "NVIDIA A100 SXM4 80 GB");
  EXPECT_EQ(find(small(), query("gpu.tdp", "A100 80GB SXM4")).name, "NVIDIA A100 SXM4 80 GB");
}

TEST(Find, ANameThatMayMeanSeveralThingsIsAnError) {
  const std::string text = kText + "gpu.tdp,AMD Tesla T4,,2018,,71,,,fixed,W,x,B,s,\n";
  const Catalog catalog{{Table("t.csv", text)}};
  try {
    find(catalog, query("gpu.tdp", "T4"));
    FAIL();
  } catch (const base::Error& e) {
    EXPECT_NE(std::string(e.what()).find("may mean any of: AMD Tesla T4, NVIDIA Tesla T4"), std::string::npos)
        << e.what();
  }
}

TEST(Find, AnUnknownNameIsAnsweredWithTheNearest) {
  EXPECT_NE(error_of(query("gpu.tdp", "NVIDIA Tesla T5")).find("did you mean 'NVIDIA Tesla T4'?"), std::string::npos);
}

TEST(Find, AKnownThingWithoutTheKeyGetsTheRowWithoutName) {
  const Factor& f = find(small(), query("gpu.gwp", "T4"));
  EXPECT_EQ(f.name, "");
  EXPECT_EQ(f.distribution.value, 164);
  EXPECT_NE(error_of(query("gpu.pe", "T4")).find("'T4' is known, but it has no 'gpu.pe'"), std::string::npos);
}

TEST(Find, AnUnknownThingNeverGetsTheRowWithoutName) {
  EXPECT_NE(error_of(query("gpu.gwp", "NVIDIA Tesla T5")).find("no 'NVIDIA Tesla T5' is known"), std::string::npos);
}

TEST(Find, AKeyOfThingsNeedsAName) {
  EXPECT_NE(error_of(query("gpu.tdp")).find("needs a name, for example 'NVIDIA Tesla T4'"), std::string::npos);
}

TEST(Find, AnUnknownKeyIsAnsweredWithTheNearest) {
  EXPECT_NE(error_of(query("grid.gpw", "", "US")).find("unknown key 'grid.gpw'; did you mean 'grid.gwp'?"),
            std::string::npos);
}

/// A table whose rows nobody could read, for regions only.
Catalog with_unreadable_regions() {
  return {{Table::owning("regions.csv", "# keys: grid.gwp pue.region\n# places: aws:*\nnonsense\n"),
           Table("small.csv", kText)}};
}

TEST(Find, ATableOfOtherPlacesIsNotEvenParsed) {
  const Catalog catalog = with_unreadable_regions();
  EXPECT_EQ(find(catalog, query("grid.gwp", "", "US")).distribution.value, 0.38);
  EXPECT_EQ(find(catalog, query("grid.gwp", "", "US-WA")).place, "US");
  EXPECT_EQ(find(catalog, query("pue.world", "", "US")).distribution.value, 1.5);
  EXPECT_THROW(find(catalog, query("grid.gwp", "", "aws:us-west-2")), base::Error);
}

TEST(Find, WhatIsNotFoundByItsPlaceIsExplainedByAllTables) {
  const Catalog catalog{{Table::owning("regions.csv",
                                       "key,name,place,year,set,value,low,high,distribution,unit,licence,grade,source,"
                                       "note\n# keys: pue.region\n# places: aws:*\n"
                                       "pue.region,,aws:us-west-2,2024,,1.1,,,fixed,1,x,A,s,\n"),
                         Table("small.csv", kText)}};
  try {
    find(catalog, query("pue.region", "", "BE"));
    FAIL();
  } catch (const base::Error& e) {
    EXPECT_STREQ(e.what(), "'pue.region' has no figure for 'BE', nor for what lies around it");
  }
  EXPECT_EQ(find(catalog, query("pue.region", "", "aws:us-west-2")).distribution.value, 1.1);
}

TEST(TryFind, IsNothingWhereFindThrowsButASlipInAPlaceStillThrows) {
  EXPECT_FALSE(try_find(small(), query("gpu.tdp", "nothing like it")).has_value());
  EXPECT_FALSE(try_find(small(), query("no.key")).has_value());
  EXPECT_TRUE(try_find(small(), query("gpu.tdp", "T4")).has_value());
  EXPECT_THROW(try_find(small(), query("grid.gwp", "", "Belgum")), base::Error);
}

TEST(Matching, AKeyMayBeItsBeginningUpToADot) {
  EXPECT_EQ(matching(small(), {"grid", "", "", {}, ""}).size(), 6u);
  EXPECT_EQ(matching(small(), {"grid.gwp", "", "", {}, ""}).size(), 5u);
  EXPECT_THROW(matching(small(), {"gri", "", "", {}, ""}), base::Error);
}

TEST(Matching, NamePlaceSetAndTableNarrow) {
  EXPECT_EQ(matching(small(), {"", "a100", "", {}, ""}).size(), 5u);
  EXPECT_EQ(matching(small(), {"", "", "Oregon", {}, ""}).size(), 2u);
  EXPECT_EQ(matching(small(), {"", "", "Oregon", "", ""}).size(), 1u);
  EXPECT_EQ(matching(small(), {"", "", "", "old", ""}).size(), 3u);
  EXPECT_EQ(matching(small(), {"", "", "", {}, "small"}).size(), 15u);
  EXPECT_THROW(matching(small(), {"", "", "", {}, "smal"}), base::Error);
}

TEST(Words, OfOneDeviceAreTheSameHoweverTheSystemSpellsIt) {
  EXPECT_EQ(words_of("Intel(R) Core(TM) i7-8550U CPU @ 1.80GHz"), (std::vector<std::string>{"core", "i7", "8550u"}));
  EXPECT_EQ(words_of("13th Gen Intel(R) Core(TM) i7-1370P"), words_of("Core i7-1370P"));
  EXPECT_EQ(words_of("AMD Ryzen 9 5950X 16-Core Processor"), words_of("Ryzen 9 5950X"));
  EXPECT_EQ(words_of("AMD Ryzen 7 5700G with Radeon Graphics"), words_of("AMD Ryzen 7 5700G"));
  EXPECT_EQ(normal_name("NVIDIA A100-SXM4-80GB"), "a100 sxm4 80gb");
  EXPECT_EQ(normal_name("A100 SXM4 80 GB"), "a100 sxm4 80gb");
  EXPECT_EQ(normal_name("Intel(R) CPU @ 2 GHz"), "");
}

}  // namespace
}  // namespace cradle::catalog
