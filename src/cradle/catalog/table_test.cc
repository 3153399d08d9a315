// Reading tables: what becomes of each column, of each distribution, and of bad rows.
#include "cradle/catalog/table.h"

#include <gtest/gtest.h>

#include <cmath>
#include <thread>

#include "cradle/base/error.h"
#include "cradle/base/file.h"
#include "cradle/base/json.h"

namespace cradle::catalog {
namespace {

const std::string kHeader = "key,name,place,year,set,value,low,high,distribution,unit,licence,grade,source,note\n";

Factor only_factor(const std::string& row) {
  const auto factors = parse_table(kHeader + row + "\n", "t.csv");
  EXPECT_EQ(factors.size(), 1u);
  return factors.at(0);
}

std::string error_of(const std::string& text) {
  try {
    parse_table(text, "t.csv");
  } catch (const base::Error& e) {
    return e.what();
  }
  return "no error";
}

TEST(Keys, AreDeclaredBeforeOrBelowTheHeader) {
  const std::vector<std::string> keys = {"a.b", "c.d"};
  EXPECT_EQ(declared_keys("# note\n# keys: a.b c.d\n" + kHeader + "a.b,…\n"), keys);
  EXPECT_EQ(declared_keys(kHeader + "# note\n# keys: a.b c.d\na.b,…\n"), keys);
  EXPECT_TRUE(declared_keys(kHeader + "a.b,…\n# keys: a.b c.d\n").empty())
      << "below the first row it is a comment like any other";
  EXPECT_TRUE(declared_keys("").empty());
}

TEST(PlacesOfATable, AreCodesOrBeginningsOfCodes) {
  const std::vector<std::string> places = {"US", "US-*", "aws:*"};
  EXPECT_EQ(declared_places(kHeader + "# keys: a.b\n# places: US US-* aws:*\na.b,…\n"), places);
  for (const char* place : {"US", "US-OR", "aws:us-west-2"}) EXPECT_TRUE(is_declared(place, places)) << place;
  for (const char* place : {"U", "USA", "BE", "", "gcp:us-west1"}) EXPECT_FALSE(is_declared(place, places)) << place;
  EXPECT_TRUE(is_declared("BE", {})) << "a table that declares none may hold any";
}

TEST(FactorTable, AnOwningTableKeepsItsText) {
  for (const std::string& rows : {std::string("k,,,2020,,1,,,fixed,W,x,A,s,\n"), std::string()}) {
    const std::string text = kHeader + rows;
    const Table table = [&] { return Table::owning("t.csv", std::string(text)); }();
    EXPECT_EQ(table.text(), text);
    EXPECT_EQ(table.factors().size(), rows.empty() ? 0u : 1u);
  }
  EXPECT_EQ(Table::owning("t.csv", "short").text(), "short");
}

TEST(FactorTable, EveryColumnIsKept) {
  const Factor f =
      only_factor("grid.gwp,,BE,2023,s,0.138,0.1,0.2,triangular,kgCO2e/kWh,CC BY 4.0,B,\"Ember, 2024\",why");
  EXPECT_EQ(f.key, "grid.gwp");
  EXPECT_EQ(f.place, "BE");
  EXPECT_EQ(f.year, 2023);
  EXPECT_EQ(f.set, "s");
  EXPECT_EQ(f.distribution, base::triangular(0.1, 0.138, 0.2));
  EXPECT_EQ(f.low, 0.1);
  EXPECT_EQ(f.high, 0.2);
  EXPECT_EQ(f.unit, "kgCO2e/kWh");
  EXPECT_EQ(f.licence, "CC BY 4.0");
  EXPECT_EQ(f.grade, Grade::kB);
  EXPECT_EQ(f.source, "Ember, 2024");
  EXPECT_EQ(f.note, "why");
  EXPECT_EQ(where(f), "t.csv:2");
}

TEST(FactorTable, AFixedFigureHasItsValueAsBothEnds) {
  const Factor f = only_factor("k,,,2020,,7,,,fixed,W,x,A,src,");
  EXPECT_TRUE(base::is_fixed(f.distribution));
  EXPECT_EQ(f.distribution.value, 7.0);
  EXPECT_EQ(f.low, 7.0);
  EXPECT_EQ(f.high, 7.0);
}

TEST(FactorTable, TheEndsOfANormalAreItsFifthAndNinetyFifthPercentile) {
  const Factor f = only_factor("k,,,2020,,10,8,12,normal,W,x,A,src,");
  EXPECT_NEAR(base::quantile(f.distribution, 0.05), 8.0, 1e-9);
  EXPECT_NEAR(base::quantile(f.distribution, 0.95), 12.0, 1e-9);
}

TEST(FactorTable, TheValueOfALognormalIsItsMedianAndItsEndsGiveTheSpread) {
  const Factor f = only_factor("k,,,2020,,10,5,20,lognormal,W,x,A,src,");
  EXPECT_NEAR(base::quantile(f.distribution, 0.5), 10.0, 1e-9);
  EXPECT_NEAR(base::quantile(f.distribution, 0.05), 5.0, 1e-9);  // 10 is the geometric mean of 5 and 20
  EXPECT_NEAR(base::quantile(f.distribution, 0.95), 20.0, 1e-9);
  EXPECT_EQ(f.distribution.convention, base::Convention::kMedian);
}

TEST(FactorTable, AUniformFigureHasItsValueInTheMiddle) {
  EXPECT_EQ(only_factor("k,,,2020,,15,10,20,uniform,W,x,A,src,").distribution, base::uniform_between(10, 20));
  EXPECT_NE(error_of(kHeader + "k,,,2020,,12,10,20,uniform,W,x,A,src,\n").find("must be the middle of 10 and 20"),
            std::string::npos);
}

TEST(FactorTable, TheIdTellsKeyNamePlaceYearAndSet) {
  EXPECT_EQ(id_of(only_factor("grid.gwp,,BE,2023,,1,,,fixed,u,x,A,s,")), "grid.gwp@BE:2023");
  EXPECT_EQ(id_of(only_factor("gpu.tdp,NVIDIA Tesla T4,,2018,,1,,,fixed,u,x,A,s,")), "gpu.tdp/NVIDIA Tesla T4");
  EXPECT_EQ(id_of(only_factor("grid.gwp,,BE,2021,seed-2021,1,,,fixed,u,x,A,s,")), "grid.gwp@BE:2021#seed-2021");
}

TEST(FactorTable, AnUnknownColumnIsNamedWithTheNearestOne) {
  std::string text = kHeader + "k,,,2020,,7,,,fixed,W,x,A,src,\n";
  text.replace(text.find("licence"), 7, "license");
  const std::string error = error_of(text);
  EXPECT_NE(error.find("t.csv: unknown column 'license'; did you mean 'licence'?"), std::string::npos) << error;
}

TEST(FactorTable, AMissingColumnIsNamed) {
  EXPECT_NE(error_of("key,name\nk,n\n").find("the column 'place' is missing"), std::string::npos);
}

TEST(FactorTable, SeveralFaultsAreToldAtOnceWithTheirLines) {
  const std::string error = error_of(kHeader + "k,,,2020,,x,,,fixed,W,x,A,src,\nk,,,2020,,1,,,fixed,,x,A,src,\n");
  EXPECT_NE(error.find("t.csv:2:"), std::string::npos) << error;
  EXPECT_NE(error.find("t.csv:3: the unit is empty"), std::string::npos) << error;
}

TEST(FactorTable, KeysAreReadFromTheCommentWithoutParsingTheRows) {
  const std::string text = "# title\n# keys: b.x a.y\n" + kHeader + "this row is broken\n";
  const Table table("t.csv", text);
  EXPECT_EQ(table.keys(), (std::vector<std::string>{"b.x", "a.y"}));
  EXPECT_THROW(table.factors(), base::Error);
}

TEST(FactorTable, WithoutTheCommentTheKeysAreThoseOfTheRows) {
  const std::string text = kHeader + "k.b,,,2020,,1,,,fixed,W,x,A,s,\nk.a,,,2020,,1,,,fixed,W,x,A,s,\n";
  EXPECT_EQ(Table("t.csv", text).keys(), (std::vector<std::string>{"k.b", "k.a"}));
}

TEST(FactorTable, ManyThreadsMayAskForTheRowsAtOnce) {
  std::string text = kHeader;
  for (int i = 0; i < 500; ++i) text += "k,n" + std::to_string(i) + ",,2020,,1,,,fixed,W,x,A,s,\n";
  const Table table("t.csv", text);
  std::vector<std::thread> threads;
  std::vector<const Factor*> first(8);
  for (std::size_t t = 0; t < first.size(); ++t) threads.emplace_back([&, t] { first[t] = table.factors().data(); });
  for (std::thread& t : threads) t.join();
  for (const Factor* f : first) EXPECT_EQ(f, first[0]);
}

TEST(FactorTable, TheChecksumIsThatOfTheText) {
  const std::string text = kHeader;
  EXPECT_EQ(Table("t.csv", text).sha256(), base::sha256_of(text));
}

TEST(FactorJson, HoldsEveryField) {
  const base::Json json = to_json(only_factor("grid.gwp,,BE,2023,,0.138,0.1,0.2,triangular,u,l,B,src,why"));
  EXPECT_EQ(json.at("id"), "grid.gwp@BE:2023");
  EXPECT_EQ(json.at("value"), 0.138);
  EXPECT_EQ(json.at("low"), 0.1);
  EXPECT_EQ(json.at("distribution"), "triangular");
  EXPECT_EQ(json.at("grade"), "B");
  EXPECT_EQ(json.at("source"), "src");
  EXPECT_EQ(json.at("line"), 2);
  EXPECT_EQ(json.size(), 17u);
}

}  // namespace
}  // namespace cradle::catalog
