#include "cradle/scenario/data_difference.h"

#include <gtest/gtest.h>

#include <cmath>

#include "cradle/base/error.h"
#include "cradle/base/file.h"
#include "cradle/base/scratch_test.h"

namespace cradle::scenario {
namespace {

namespace fs = std::filesystem;

fs::path folder() {
  const fs::path f = base::scratch_folder() / "data-difference";
  fs::create_directories(f);
  return f;
}
fs::path pack(const std::string& value) {
  const fs::path path = folder() / "mine.csv";
  base::write_file(path,
                   "key,name,place,year,set,value,low,high,distribution,unit,licence,grade,source,note\n"
                   "grid.gwp,,FR,2026,," +
                       value + ",,,fixed,kgCO2e/kWh,CC0,D,made up,\n");
  return path;
}
fs::path study() {
  const fs::path path = folder() / "s.toml";
  base::write_file(path,
                   "schema = \"cradle.study/1\"\n[functional_unit]\nkind = \"training\"\n[training]\nhours = 10\n"
                   "power_w = 1000\npue = 1\nplace = \"FR\"\n");
  return path;
}

TEST(DataDifference, ARowOfAPackIsAddedAndChangesTheStudyByItself) {
  const DataDifference d =
      data_difference("built-in", pack("0.1").string(), {study(), folder() / "nowhere.toml"}, {.samples = 100});
  ASSERT_EQ(d.rows.size(), 1u);
  EXPECT_EQ(d.rows[0].before, nullptr);
  EXPECT_EQ(catalog::id_of(*d.rows[0].after), "grid.gwp@FR:2026");
  ASSERT_EQ(d.studies.size(), 2u);
  ASSERT_EQ(d.studies[0].fault, "");
  const CriterionDifference& gwp = d.studies[0].difference.criteria.at(0);
  ASSERT_EQ(gwp.criterion, "GWP");
  ASSERT_EQ(gwp.causes.size(), 1u) << text(d);
  EXPECT_EQ(gwp.causes[0].kind, "factor");
  EXPECT_EQ(gwp.causes[0].after->year, 2026);
  EXPECT_NEAR(gwp.causes[0].change, gwp.after - gwp.before, 1e-9 * std::abs(gwp.after));
  EXPECT_NEAR(gwp.after / gwp.before, 0.1 / gwp.causes[0].before->value, 1e-9);
  for (std::size_t k = 1; k < d.studies[0].difference.criteria.size(); ++k)
    EXPECT_TRUE(d.studies[0].difference.criteria[k].causes.empty());
  EXPECT_NE(d.studies[1].fault.find("nowhere.toml"), std::string::npos);
}

TEST(DataDifference, TheSameDataChangeNothing) {
  const DataDifference d = data_difference("built-in", "built-in", {study()}, {.samples = 100});
  EXPECT_TRUE(d.rows.empty());
  for (const auto& c : d.studies[0].difference.criteria) EXPECT_TRUE(c.causes.empty());
  EXPECT_TRUE(to_json(d)["rows"].empty());
  EXPECT_THROW(data_difference("built-in", (folder() / "nothing.csv").string(), {}), base::Error);
}

}  // namespace
}  // namespace cradle::scenario
