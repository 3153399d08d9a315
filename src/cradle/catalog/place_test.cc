// Places: codes, aliases, what lies around, and what is said of a slip.
#include "cradle/catalog/place.h"

#include <gtest/gtest.h>

#include <map>

#include "cradle/base/error.h"

namespace cradle::catalog {
namespace {

std::string error_of(const auto& act) {
  try {
    act();
  } catch (const base::Error& e) {
    return e.what();
  }
  return "no error";
}

constexpr const char* kHeader = "code,name,aliases,kind,within,source\n";

TEST(Places, CodesAndNamesAndOtherNamesMeanTheSame) {
  for (const char* name : {"BE", "be", "BEL", "Belgium", " belgium ", "Brussels"})
    EXPECT_EQ(resolve_place(name).code, "BE") << name;
}

TEST(Places, TheNinePlacesOfTheSeedTableAreKnown) {
  const std::map<std::string, std::string> seed = {{"Oregon", "US-OR"},         {"District of Columbia", "US-DC"},
                                                   {"South Carolina", "US-SC"}, {"Nevada", "US-NV"},
                                                   {"Iowa", "US-IA"},           {"Maryland", "US-MD"},
                                                   {"Brussels", "BE"},          {"Groningen", "NL"},
                                                   {"New Taipei", "TW"}};
  for (const auto& [name, code] : seed) EXPECT_EQ(resolve_place(name).code, code);
}

TEST(Places, ACountryGoesBeforeTheStateOfTheSameName) {
  EXPECT_EQ(resolve_place("Georgia").code, "GE");
  EXPECT_EQ(resolve_place("US-GA").name, "Georgia (US)");
}

TEST(Places, ASlipIsAnsweredWithTheNearestName) {
  EXPECT_NE(error_of([] { resolve_place("Belgum"); }).find("did you mean 'Belgium'?"), std::string::npos);
  EXPECT_NE(error_of([] { resolve_place("Oregno"); }).find("did you mean 'Oregon'?"), std::string::npos);
}

TEST(Places, AStateLiesInItsCountryAndThatInTheWorld) {
  EXPECT_EQ(around("Oregon"), (std::vector<std::string>{"US-OR", "US", "WORLD"}));
  EXPECT_EQ(around("WORLD"), (std::vector<std::string>{"WORLD"}));
  EXPECT_EQ(around("aws:us-west-2"), (std::vector<std::string>{"aws:us-west-2", "US-OR", "US", "WORLD"}));
  EXPECT_EQ(around("gcp:europe-west9"), (std::vector<std::string>{"gcp:europe-west9", "FR", "WORLD"}));
}

TEST(Places, EveryCountryHasTwoAndThreeLettersAndEveryStateIsThere) {
  int countries = 0, states = 0, provinces = 0;
  for (const Place& p : places()) {
    EXPECT_FALSE(p.source.empty()) << p.code;
    if (p.kind == "country") {
      ++countries;
      EXPECT_EQ(p.code.size(), 2u);
      ASSERT_FALSE(p.aliases.empty()) << p.code;
      EXPECT_EQ(p.aliases.front().size(), 3u) << p.code;
      EXPECT_EQ(resolve_place(p.aliases.front()).code, p.code);
    }
    if (p.kind == "subdivision") ++(p.within == "US" ? states : provinces);
  }
  EXPECT_EQ(countries, 249 + 1);  // ISO 3166-1 has 249 entries; Kosovo uses a code reserved for users
  EXPECT_EQ(states, 50 + 1);      // and the District of Columbia
  EXPECT_EQ(provinces, 10 + 3);   // of Canada, and its territories
}

TEST(Places, CloudRegionsAreKnownByTheirProvidersNames) {
  EXPECT_EQ(resolve_place("eu-west-3").code, "aws:eu-west-3");
  EXPECT_EQ(resolve_place("europe-west9").code, "gcp:europe-west9");
  EXPECT_EQ(resolve_place("France Central").code, "azure:francecentral");
  EXPECT_EQ(resolve_place("westeurope").code, "azure:westeurope");
}

TEST(Places, ARegionLiesInACountryStateOrProvinceAndTheUnitedStatesAreTooLargeForOne) {
  int regions = 0;
  for (const Place& p : places()) {
    if (p.kind != "region") continue;
    ++regions;
    const std::string& around_it = resolve_place(p.within).kind;
    EXPECT_TRUE(around_it == "country" || around_it == "subdivision") << p.code;
    EXPECT_FALSE(p.within == "US" || p.within == "CA") << p.code << " lies in a state or province";
    EXPECT_TRUE(p.code.starts_with("aws:") || p.code.starts_with("gcp:") || p.code.starts_with("azure:")) << p.code;
  }
  EXPECT_GE(regions, 140);
}

TEST(Places, ANameMayStandForOnePlaceOnly) {
  const std::string text = std::string(kHeader) + "AA,Aland,ALA,country,,x\nBB,Bland,ala,country,,x\n";
  EXPECT_NE(error_of([&] { parse_places(text, "p.csv"); }).find("p.csv:3: 'ala' already stands for AA"),
            std::string::npos);
}

TEST(Places, APlaceLiesWithinAKnownOne) {
  const std::string text = std::string(kHeader) + "AA,Aland,,country,ZZ,x\n";
  EXPECT_NE(error_of([&] { parse_places(text, "p.csv"); }).find("p.csv:2: AA lies within 'ZZ'"), std::string::npos);
}

TEST(Places, APlaceWithoutASourceIsRefused) {
  const std::string text = std::string(kHeader) + "AA,Aland,,world,,\n";
  EXPECT_NE(error_of([&] { parse_places(text, "p.csv"); }).find("p.csv:2"), std::string::npos);
}

}  // namespace
}  // namespace cradle::catalog
