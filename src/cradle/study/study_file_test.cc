#include <gtest/gtest.h>

#include "cradle/base/error.h"
#include "cradle/study/study.h"

namespace cradle::study {
namespace {

constexpr const char* kGood = R"(schema = "cradle.study/1"
name = "camera"
[functional_unit]
kind = "image"
amount = 1000
quality = "mAP50 >= 0.60"
[training]
hours = 10
power_w = 300
place = "FR"
[use]
power_w = 10
throughput_per_s = 50
images_per_day = 86400
years = 5
place = "BE"
)";

std::string faults_of(const std::string& text, const std::vector<Override>& overrides = {}) {
  try {
    parse_study(text, "study.toml", overrides);
  } catch (const base::Error& e) {
    return e.what();
  }
  return "";
}

std::string with(const std::string& from, const std::string& to) {
  std::string text = kGood;
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

TEST(StudyFile, ReadsAStudy) {
  const Study s = parse_study(kGood, "study.toml");
  EXPECT_EQ(s.functional_unit.text, "1000 images at mAP50 >= 0.6");
  EXPECT_EQ(s.quality->metric, "mAP50");
  EXPECT_DOUBLE_EQ(s.quality->at_least, 0.6);
  EXPECT_DOUBLE_EQ(s.training->hours->value, 10);
  EXPECT_EQ(s.use->supply.place, "BE");
}

struct Bad {
  std::string from, to, fault;
};

TEST(StudyFile, NamesLineAndWhatToTry) {
  const std::vector<Bad> cases = {
      {"years = 5", "yaers = 5", "study.toml:15: unknown key 'yaers'; did you mean 'years'?"},
      {"kind = \"image\"", "kind = \"images\"", "study.toml:4: 'functional_unit.kind': expected image"},
      {"years = 5", "years = -5", "study.toml:15: 'use.years': must lie between 0.001 and 1000, found -5"},
      {"place = \"BE\"", "", "'use.place': is missing"},
      {"hours = 10", "hours = \"ten\"", "study.toml:8: 'training.hours': expected a number"},
      {"hours = 10", "hours = { low = 12, mode = 10, high = 20 }", "study.toml:8: 'training.hours': a triangular"},
      {"hours = 10", "hours = 10\nrun = \"a.json\"", "study.toml:8: 'training.hours': contradicts 'run'"},
      {"place = \"FR\"", "place = \"FR\"\npue = 0.9", "cannot be below 1"},
      {"place = \"FR\"", "place = \"FR\"\nfacility = \"hypersale\"", "did you mean 'hyperscale'?"},
      {"mAP50 >= 0.60", "good", "expected the form \"mAP50 >= 0.60\""},
      {"schema = \"cradle.study/1\"", "schema = \"cradle.study/9\"", "study.toml:1: 'schema': expected"},
      {"power_w = 10\n", "power_w = 10\nrun = \"b.json\"\n", "contradicts 'run'"},
      {"[use]", "[uses]", "unknown key 'uses'; did you mean 'use'?"},
      {"[training]", "[training]\nshare = 0.5", "stands without 'hardware'"},
      // A unit that is not the key's.
      {"hours = 10\npower_w = 300", "energy_mj = 36",
       "study.toml:8: unknown key 'energy_mj'; did you mean 'energy_kwh'?"},
      {"hours = 10\npower_w = 300", "energy_kwh = \"36 MJ\"",
       "study.toml:8: 'training.energy_kwh': expected a number, { low, high }"},
      {"hours = 10\npower_w = 300", "energy_kwh = \"36 MJ\"",
       "found the text \"36 MJ\"; write the bare number, in the unit that the key names"},
      {"place = \"FR\"", "carbon_kg_per_kwh = 429",
       "study.toml:10: 'training.carbon_kg_per_kwh': 429 kg CO2e per kWh is more than any grid has"},
      {"place = \"FR\"", "carbon_kg_per_kwh = 429", "was it grams? 429 g/kWh is written 0.429"},
      // Bounds, each with what was found.
      {"place = \"FR\"", "place = \"FR\"\npue = { low = 0.9, high = 1.3 }",
       "study.toml:11: 'training.pue': power usage effectiveness is facility energy over node energy and cannot be "
       "below 1, found down to 0.900"},
      {"years = 5", "years = 1e9", "study.toml:15: 'use.years': must lie between 0.001 and 1000, found"},
      {"power_w = 300", "hardware = \"server\"\nshare = 1.5",
       "study.toml:10: 'training.share': must lie between 0 and 1, found 1.50"},
      {"power_w = 300", "power_w = 300\ncount = 0", "study.toml:10: 'training.count': must be above 0, found 0"},
      {"power_w = 300", "power_w = 300\ncount = nan",
       "study.toml:10: 'training.count': expected a finite number, found nan"},
      {"[use]", "[deployment]\ncount = -2\n[use]", "study.toml:12: 'deployment.count': must be above 0, found -2"},
      {"hours = 10", "operations = 1e18\npeak_per_s = 1e14\nefficiency = 0",
       "study.toml:10: 'training.efficiency': must lie between 1e-06 and 1, found 0"},
      {"hours = 10", "parameters = -1\ntokens = 1e9\npeak_per_s = 1e14\nefficiency = 0.5",
       "study.toml:8: 'training.parameters': must lie between 1 and 1e+18, found -1"},
      {"hours = 10", "hours = 1e31",
       "study.toml:8: 'training.hours': must be at most 1e+30, found up to 1e+31; is its unit"},
      {"hours = 10", "hours = inf",
       "study.toml:8: 'training.hours': the value of a distribution must be a finite number"},
      {"years = 5", "years = 5\ngrowth_per_year = -1",
       "study.toml:16: 'use.growth_per_year': must be above -1 and at most 100 (0.2 is 20 % more each year), found -1"},
      {"amount = 1000", "amount = 0", "study.toml:5: 'functional_unit.amount': must be above 0"},
      {"mAP50 >= 0.60", "mAP50 >= nan", "expected the form \"mAP50 >= 0.60\""},
      {"[use]", "[electricity]\nyear = 20230\n[use]",
       "study.toml:12: 'electricity.year': must lie between 1900 and 2200"},
      {"[use]", "[electricity]\nyear = 2021.9\n[use]",
       "study.toml:12: 'electricity.year': must be a whole year, as 2023; found 2021.9"},
      {"[use]", "[end_of_life]\nshare_collected = 0.5\nsecond_life = { low = 0, mode = 0.2, high = 1 }\n[use]",
       "study.toml:13: 'end_of_life.second_life': must be one number from 0 to 1; a doubt about this share would not"},
      {"[use]", "[end_of_life]\nshare_collected = 0.5\nsecond_life = 1.5\n[use]",
       "study.toml:13: 'end_of_life.second_life': must lie between 0 and 1, found 1.50"},
      {"place = \"BE\"", "place = \"" + std::string(300, 'x') + "\"", "'use.place': a name has at most 200 characters"},
      // What contradicts itself.
      {"hours = 10", "energy_kwh = 3\nrun = \"a.json\"", "study.toml:8: 'training.energy_kwh': contradicts 'run'"},
      {"hours = 10", "hours = 10\noperations = 1e18\npeak_per_s = 1e14\nefficiency = 0.5",
       "'training.hours': contradicts 'operations'"},
      {"throughput_per_s = 50", "throughput_per_s = 50\nlatency_ms = 20",
       "study.toml:14: 'use.latency_ms': contradicts 'throughput_per_s'"},
      {"throughput_per_s = 50", "throughput_per_s = 50\nidle = 0.3\nidle_w = 2",
       "study.toml:14: 'use.idle': contradicts 'idle_w'"},
      {"power_w = 10\nthroughput_per_s = 50", "energy_per_image_j = 0.2\nidle_w = 2",
       "study.toml:13: 'use.idle_w': needs the time of an image, which is not idle: state throughput_per_s or"},
      {"hours = 10\npower_w = 300", "energy_kwh = 10\nload = 0.5",
       "study.toml:9: 'training.load': stands without a power"},
      {"hours = 10\npower_w = 300", "energy_kwh = 10\nmemory_gb = 64",
       "study.toml:9: 'training.memory_gb': stands without hours or operations"},
      {"hours = 10\npower_w = 300", "energy_kwh = 10\nboundary = \"facility\"\npue = 1.2",
       "study.toml:10: 'training.pue': would be counted twice: facility energy already contains it"},
      {"power_w = 300", "power_w = 300\nincluded_pue = 1.2",
       "study.toml:10: 'training.included_pue': belongs to boundary = \"facility\""},
  };
  for (const Bad& bad : cases) {
    const std::string faults = faults_of(with(bad.from, bad.to));
    EXPECT_NE(faults.find(bad.fault), std::string::npos) << "expected: " << bad.fault << "\nfound: " << faults;
  }
}

TEST(StudyFile, IdlePowerMayStandBesideEnergyAndTimeOfAnImage) {
  for (const char* time : {"throughput_per_s = 50", "latency_ms = 20"})
    EXPECT_EQ(faults_of(with("power_w = 10\nthroughput_per_s = 50",
                             std::string("energy_per_image_j = 0.2\nidle_w = 2\n") + time)),
              "")
        << time;
}

TEST(StudyFile, ReportsAllFaultsTogether) {
  std::string text = with("years = 5", "years = -5");
  text.replace(text.find("amount = 1000"), 13, "amount = -1");
  const std::string faults = faults_of(text);
  EXPECT_NE(faults.find("use.years"), std::string::npos);
  EXPECT_NE(faults.find("functional_unit.amount"), std::string::npos);
}

TEST(StudyFile, AnOverrideReplacesAKeyOrAddsIt) {
  const Study s = parse_study(kGood, "study.toml",
                              {{"use.years", "3"}, {"use.place", "PL"}, {"use.idle_w", "{ low = 1, high = 3 }"}});
  EXPECT_EQ(s.use->years.value, 3);
  EXPECT_EQ(s.use->supply.place, "PL");
  EXPECT_EQ(s.use->idle_w->value, 2);
}

TEST(StudyFile, AnOverrideAddsATableThatNeedsNoOtherKey) {
  const Study s = parse_study(kGood, "study.toml",
                              {{"electricity.view", "market"},
                               {"electricity.year", "2021"},
                               {"allocation.rule", "calendar-time"},
                               {"end_of_life.share_collected", "0.5"}});
  EXPECT_EQ(s.view, "market");
  EXPECT_EQ(s.electricity_year, 2021);
  EXPECT_EQ(s.allocation, "calendar-time");
  EXPECT_EQ(s.end_of_life->share_collected.value, 0.5);
  EXPECT_NE(
      faults_of(kGood, {{"data.place", "FR"}}).find("there is no table [data] in which 'data.place' could be set"),
      std::string::npos)
      << "a table with keys of its own is not made up";
}

TEST(StudyFile, FaultsOfAnOverrideNameIt) {
  const auto has = [](const std::vector<Override>& overrides, const std::string& part) {
    const std::string faults = faults_of(kGood, overrides);
    EXPECT_NE(faults.find(part), std::string::npos) << faults;
    EXPECT_EQ(faults.find(":0:"), std::string::npos) << faults;
  };
  has({{"use.yeers", "4"}}, "study.toml, with use.yeers = 4: unknown key 'yeers'; did you mean 'years'?");
  has({{"use.years", "-4"}}, "study.toml, with use.years = -4: 'use.years': must lie between");
  has({{"allocation.rule", "x"}}, "study.toml, with allocation.rule = x: 'allocation.rule': expected active-time");
  has({{"training.yeers", "1"}, {"use.yeers", "2"}}, "study.toml, with training.yeers = 1: unknown key");
  has({{"training.yeers", "1"}, {"use.yeers", "2"}}, "study.toml, with use.yeers = 2: unknown key");
  has({{"nmae", "x"}}, "study.toml, with nmae = x: unknown key 'nmae'; did you mean 'name'?");
}

TEST(StudyFile, AnyCutOrFlippedByteIsAStudyOrAnError) {
  const std::string good = kGood;
  for (std::size_t i = 0; i < good.size(); ++i) {
    for (const std::string& text : {good.substr(0, i), good.substr(0, i) + '\x7f' + good.substr(i + 1)}) {
      try {
        parse_study(text, "study.toml");
      } catch (const base::Error&) {
      }
    }
  }
}

}  // namespace
}  // namespace cradle::study
