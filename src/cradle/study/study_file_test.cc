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

std::string faults_of(const std::string& text) {
  try {
    parse_study(text, "study.toml");
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
  };
  for (const Bad& bad : cases) {
    const std::string faults = faults_of(with(bad.from, bad.to));
    EXPECT_NE(faults.find(bad.fault), std::string::npos) << "expected: " << bad.fault << "\nfound: " << faults;
  }
}

TEST(StudyFile, ReportsAllFaultsTogether) {
  std::string text = with("years = 5", "years = -5");
  text.replace(text.find("amount = 1000"), 13, "amount = -1");
  const std::string faults = faults_of(text);
  EXPECT_NE(faults.find("use.years"), std::string::npos);
  EXPECT_NE(faults.find("functional_unit.amount"), std::string::npos);
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
