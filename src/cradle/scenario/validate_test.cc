#include "cradle/scenario/validate.h"

#include <gtest/gtest.h>

#include "cradle/base/error.h"
#include "cradle/base/file.h"
#include "cradle/base/scratch_test.h"

namespace cradle::scenario {
namespace {

namespace fs = std::filesystem;

fs::path folder_of(const std::string& name) {
  const fs::path folder = base::scratch_folder() / ("validate-" + name);
  fs::remove_all(folder);
  fs::create_directories(folder / "deeper");
  return folder;
}

/// 10 h × 300 W × PUE 1.5 × 0.4 kg/kWh = 1.8 kg.
std::string study(const std::string& expected, const std::string& power = "300") {
  return "schema = \"cradle.study/1\"\n[functional_unit]\nkind = \"training\"\n[training]\nhours = 10\npower_w = " +
         power + "\npue = 1.5\nplace = \"FR\"\ncarbon_kg_per_kwh = 0.4\n" + expected;
}
std::string expect(const std::string& quantity, const std::string& value, const std::string& unit,
                   const std::string& more = "") {
  return "[[expected]]\nid = \"x\"\nquantity = \"" + quantity + "\"\nvalue = " + value + "\nunit = \"" + unit +
         "\"\nsource = \"hand\"\ntolerance = 0.01\n" + more;
}

Case only_case(const std::string& text) {
  const auto cases = cases_of(study::parse_study(text, "s.toml"), "s.toml", catalog::built_in());
  EXPECT_EQ(cases.size(), 1u);
  return cases.at(0);
}
std::string fault_of(const std::string& text) {
  try {
    only_case(text);
  } catch (const base::Error& e) {
    return e.what();
  }
  return "no error";
}

TEST(Validate, ComputesInTheStatedUnit) {
  EXPECT_NEAR(only_case(study(expect("GWP", "1800", "g", "phase = \"training\"\n"))).computed, 1800, 1e-6);
  EXPECT_NEAR(only_case(study(expect("facility-energy", "4.5", "kWh"))).computed, 4.5, 1e-9);
  EXPECT_NEAR(only_case(study(expect("node-energy", "10.8", "MJ"))).computed, 10.8, 1e-9);
  EXPECT_NEAR(
      only_case(study(expect("GWP", "1.8", "kg", "phase = \"training\"\nprocess = \"final training\"\n"))).computed,
      1.8, 1e-9);
}

TEST(Validate, WhatShouldReproduceMustAndWhatShouldNotMustNot) {
  const std::string known = "reproduces = false\nreason = \"counted twice\"\n";
  EXPECT_TRUE(as_stated(only_case(study(expect("GWP", "1.81", "kg")))));
  EXPECT_FALSE(as_stated(only_case(study(expect("GWP", "1.9", "kg")))));
  EXPECT_TRUE(as_stated(only_case(study(expect("GWP", "1.9", "kg", known)))));
  EXPECT_FALSE(as_stated(only_case(study(expect("GWP", "1.81", "kg", known)))));
}

TEST(Validate, NamesTheLineOfWhatItCannotCompute) {
  EXPECT_NE(fault_of(study(expect("GPW", "1", "kg"))).find("s.toml:10: 'quantity': unknown 'GPW'; did you mean 'GWP'?"),
            std::string::npos);
  EXPECT_NE(fault_of(study(expect("GWP", "0", "kg"))).find("s.toml:13: 'expected.value': must not be 0"),
            std::string::npos);
  EXPECT_NE(fault_of(study(expect("GWP", "1", "kWh"))).find("s.toml:10: 'unit'"), std::string::npos);
  EXPECT_NE(fault_of(study(expect("GWP", "1", "kg", "phase = \"use\"\n"))).find("s.toml:10: 'phase'"),
            std::string::npos);
  EXPECT_NE(fault_of(study(expect("GWP", "1", "kg", "process = \"finel\"\n"))).find("begins with 'finel'"),
            std::string::npos);
}

TEST(Validate, FindsStudiesBelowAFolderAndKeepsGoingAfterAFault) {
  const fs::path folder = folder_of("folder");
  base::write_file(folder / "a.toml", study(expect("GWP", "1.8", "kg")));
  base::write_file(folder / "deeper/b.toml", study(expect("GWP", "2", "1", "against = \"../a.toml\"\n"), "600"));
  base::write_file(folder / "c.toml", "schema = \n");
  base::write_file(folder / "d.toml", study(""));
  const Validation v = validate({folder}, catalog::built_in());
  ASSERT_EQ(v.cases.size(), 2u);
  EXPECT_EQ(v.cases[1].study, "deeper/b.toml");
  EXPECT_NEAR(v.cases[1].computed, 2, 1e-9);
  EXPECT_EQ(v.without, 1);
  ASSERT_EQ(v.faults.size(), 1u);
  EXPECT_NE(v.faults[0].find("c.toml:1"), std::string::npos) << v.faults[0];
  EXPECT_FALSE(passes(v));
  fs::remove(folder / "c.toml");
  EXPECT_TRUE(passes(validate({folder}, catalog::built_in())));
  EXPECT_THROW(validate({folder / "nowhere"}, catalog::built_in()), base::Error);
}

TEST(Validate, AWrongSumFailsInTextAndJson) {
  const fs::path folder = folder_of("sums");
  const auto validation_with = [&](const std::string& rows) {
    base::write_file(folder / "arithmetic.csv", "id,operation,operands,published,unit,tolerance,source,note\n" + rows);
    return validate({folder}, catalog::built_in());
  };
  base::write_file(folder / "a.toml", study(expect("GWP", "1.8", "kg")));
  const Validation right = validation_with("s,sum,1;2,3,t,0.01,hand,\n");
  EXPECT_TRUE(passes(right));
  const Validation wrong = validation_with("s,sum,1;2,4,t,0.01,hand,\n");
  EXPECT_FALSE(passes(wrong));
  const base::Json json = to_json(wrong);
  ASSERT_EQ(json.size(), 2u);
  EXPECT_EQ(json[0]["kind"], "case");
  EXPECT_EQ(json[1]["kind"], "arithmetic");
  EXPECT_EQ(json[1]["id"], "s");
  EXPECT_EQ(json[1]["computed"], 3);
  EXPECT_EQ(json[1]["within"], false);
  for (const auto& [key, value] : json[0].items()) EXPECT_TRUE(json[1].contains(key)) << key;
  const Validation broken = validation_with("s,summ,1;2,3,t,0.01,hand,\n");
  ASSERT_EQ(broken.faults.size(), 1u) << "a fault of the table, and the cases still stand";
  EXPECT_NE(broken.faults[0].find("arithmetic.csv:2"), std::string::npos) << broken.faults[0];
  EXPECT_EQ(broken.cases.size(), 1u);
}

TEST(Validate, TheJsonIsAListOfCases) {
  Validation v;
  v.cases.push_back(only_case(study(expect("GWP", "1.9", "kg", "reproduces = false\nreason = \"why\"\n"))));
  const base::Json json = to_json(v);
  ASSERT_TRUE(json.is_array());
  for (const char* key :
       {"id", "published", "computed", "relative_error", "within", "reproduces", "reason", "unit", "study"})
    EXPECT_TRUE(json[0].contains(key)) << key;
  EXPECT_NE(text(v).find("why"), std::string::npos);
}

}  // namespace
}  // namespace cradle::scenario
