// Packs: what they hold, that they go before the built-in figures, and which are refused, with file and line.
#include "cradle/catalog/pack.h"

#include <gtest/gtest.h>

#include "cradle/base/error.h"
#include "cradle/base/file.h"
#include "cradle/base/scratch_test.h"
#include "cradle/catalog/catalog.h"

namespace cradle::catalog {
namespace {

namespace fs = std::filesystem;

const std::string kHeader = "key,name,place,year,set,value,low,high,distribution,unit,licence,grade,source,note\n";

std::string row(const std::string& start) { return start + ",,,fixed,kgCO2e/kWh,own,A,our contract,\n"; }

class Packs : public testing::Test {
 protected:
  Packs() { fs::create_directories(folder_); }
  ~Packs() override { fs::remove_all(folder_); }

  fs::path write(const std::string& name, const std::string& rows) {
    const fs::path path = folder_ / name;
    fs::create_directories(path.parent_path());
    base::write_file(path, kHeader + rows);
    return path;
  }

  Catalog with(const std::vector<fs::path>& paths) { return with_packs(built_in(), paths); }

  std::string error_of(const fs::path& path) {
    try {
      with({path});
    } catch (const base::Error& e) {
      return e.what();
    }
    return "no error";
  }

  fs::path folder_ = base::scratch_folder() / "packs";
};

TEST_F(Packs, AFigureOfAPackGoesBeforeANewerBuiltInOne) {
  const fs::path path = write("mine.csv", row("grid.gwp,,FR,2015,,0.005"));
  const Catalog all = with({path});
  const Factor& f = find(all, {"grid.gwp", "", "FR", {}, ""});
  EXPECT_EQ(f.distribution.value, 0.005);
  EXPECT_EQ(f.table, path.string());
  EXPECT_GT(find(built_in(), {"grid.gwp", "", "FR", {}, ""}).year, 2015);
  EXPECT_EQ(find(all, {"grid.gwp", "", "FR", 2023, ""}).year, 2015) << "whatever the year";
}

TEST_F(Packs, ElsewhereTheBuiltInFiguresStand) {
  const Catalog all = with({write("mine.csv", row("grid.gwp,,FR,2015,,0.005"))});
  EXPECT_EQ(find(all, {"grid.gwp", "", "BE", {}, ""}).table, "electricity.csv");
  EXPECT_EQ(find(all, {"grid.gwp", "", "aws:eu-west-3", {}, ""}).table, "cloud.csv") << "the inner place first";
  EXPECT_EQ(find(all, {"pue.world", "", "", {}, ""}).table, "defaults.csv");
}

TEST_F(Packs, AnAskedSetGoesBeforeAPack) {
  const Catalog all = with({write("mine.csv", row("grid.gwp,,BE,2015,,0.005"))});
  EXPECT_EQ(find(all, {"grid.gwp", "", "BE", {}, "seed-2021"}).table, "seed_2021.csv");
  EXPECT_EQ(find(all, {"grid.gwp", "", "BE", {}, ""}).distribution.value, 0.005);
}

TEST_F(Packs, OfTwoPacksTheFirstGoesBefore) {
  const fs::path a = write("a.csv", row("grid.gwp,,FR,2015,,0.001")),
                 b = write("b.csv", row("grid.gwp,,FR,2024,,0.002"));
  EXPECT_EQ(find(with({a, b}), {"grid.gwp", "", "FR", {}, ""}).distribution.value, 0.001);
  EXPECT_EQ(find(with({b, a}), {"grid.gwp", "", "FR", {}, ""}).distribution.value, 0.002);
  EXPECT_EQ(find(with_packs(with({b}), std::vector<fs::path>{a}), {"grid.gwp", "", "FR", {}, ""}).distribution.value,
            0.001);
}

TEST_F(Packs, WithinAPackTheYearDecides) {
  const Catalog all = with({write("mine.csv", row("grid.gwp,,FR,2015,,0.005") + row("grid.gwp,,FR,2018,,0.006"))});
  EXPECT_EQ(find(all, {"grid.gwp", "", "FR", {}, ""}).year, 2018);
  EXPECT_EQ(find(all, {"grid.gwp", "", "FR", 2014, ""}).year, 2015);
}

TEST_F(Packs, AFilesNameSumAndRowsAreKnown) {
  const fs::path path = write("mine.csv", row("grid.gwp,,FR,2015,,0.005") + row("grid.gwp,,DE,2015,,0.4"));
  const Pack pack = with({path}).packs.at(0);
  EXPECT_EQ(pack.name, "mine");
  EXPECT_EQ(pack.file, path.string());
  EXPECT_EQ(pack.sha256, base::sha256_of(base::read_file(path)));
  EXPECT_EQ(pack.rows, 2);
}

TEST_F(Packs, AFolderIsOnePackOfAllItsTables) {
  const fs::path b = write("ours/b.csv", row("grid.gwp,,FR,2015,,0.005"));
  const fs::path a = write("ours/a.csv", row("grid.gwp,,DE,2015,,0.4"));
  write("ours/readme.txt", "not a table");
  const Catalog all = with({folder_ / "ours"});
  ASSERT_EQ(all.packs.size(), 1u);
  EXPECT_EQ(all.packs[0].name, "ours");
  EXPECT_EQ(all.packs[0].rows, 2);
  const std::string sums =
      base::sha256_of(base::read_file(a)) + "  a.csv\n" + base::sha256_of(base::read_file(b)) + "  b.csv\n";
  EXPECT_EQ(all.packs[0].sha256, base::sha256_of(sums));
  EXPECT_EQ(with({folder_ / "ours/"}).packs.at(0).name, "ours");
  EXPECT_EQ(find(all, {"grid.gwp", "", "FR", {}, ""}).distribution.value, 0.005);
}

TEST_F(Packs, TheRowsOutliveTheCatalogueTheyCameFrom) {
  const Catalog copy = [&] { return with({write("mine.csv", row("grid.gwp,,FR,2015,,0.005"))}); }();
  EXPECT_EQ(find(copy, {"grid.gwp", "", "FR", {}, ""}).source, "our contract");
}

TEST_F(Packs, AFaultyRowIsRefusedWithFileAndLine) {
  const fs::path path =
      write("mine.csv", row("grid.gwp,,FR,2015,,0.005") + "grid.gwp,,DE,2015,,0.4,,,fixed,kgCO2e/kWh,own,A,,\n");
  EXPECT_NE(error_of(path).find(path.string() + ":3: the source is empty"), std::string::npos) << error_of(path);
}

TEST_F(Packs, AnUnknownPlaceANameAndAYearAreRefused) {
  const fs::path path = write("mine.csv", row("grid.gwp,,Atlantis,2015,,0.005"));
  EXPECT_NE(error_of(path).find(path.string() + ":2: unknown place 'Atlantis'"), std::string::npos) << error_of(path);
  write("mine.csv", row("grid.gwp,,France,2015,,0.005"));
  EXPECT_NE(error_of(path).find(":2: 'France' is a name; write the code FR"), std::string::npos) << error_of(path);
  write("mine.csv", row("grid.gwp,,FR,2099,,0.005"));
  EXPECT_NE(error_of(path).find(":2: the year 2099 is not plausible"), std::string::npos) << error_of(path);
}

TEST_F(Packs, AUnitOtherThanTheKeysIsRefused) {
  const fs::path path = write("mine.csv", "grid.gwp,,FR,2015,,56,,,fixed,gCO2e/kWh,own,A,s,\n");
  EXPECT_NE(error_of(path).find(":2: the unit is gCO2e/kWh, but grid.gwp is in kgCO2e/kWh"), std::string::npos)
      << error_of(path);
}

TEST_F(Packs, ASlipInAKeyIsRefusedAndANewKeyIsNot) {
  const fs::path path = write("mine.csv", row("grid.gpw,,FR,2015,,0.005"));
  EXPECT_NE(error_of(path).find(":2: unknown key 'grid.gpw'; did you mean 'grid.gwp'?"), std::string::npos)
      << error_of(path);
  write("mine.csv", row("factory-heat.hall,,FR,2015,,0.005"));
  EXPECT_EQ(error_of(path), "no error");
}

TEST_F(Packs, AnIdThatStandsTwiceIsRefusedAlsoAcrossFiles) {
  write("ours/a.csv", row("grid.gwp,,FR,2015,,0.005"));
  const fs::path b = write("ours/b.csv", row("grid.gwp,,FR,2015,,0.006"));
  EXPECT_NE(error_of(folder_ / "ours").find(b.string() + ":2: grid.gwp@FR:2015 stands already at"), std::string::npos);
}

TEST_F(Packs, ARowThatItsOwnLinesHideIsRefused) {
  const fs::path path = write("mine.csv", "# keys: grid.pe\n" + row("grid.gwp,,FR,2015,,0.005"));
  EXPECT_NE(error_of(path).find(":3: the line '# keys:' does not name grid.gwp"), std::string::npos) << error_of(path);
  write("mine.csv", "# places: BE\n" + row("grid.gwp,,FR,2015,,0.005"));
  EXPECT_NE(error_of(path).find(":3: the line '# places:' does not name FR"), std::string::npos) << error_of(path);
}

TEST_F(Packs, WhatIsNotThereOrTwiceThereIsRefused) {
  EXPECT_NE(error_of(folder_ / "none.csv").find("there is no such file or folder"), std::string::npos);
  fs::create_directories(folder_ / "empty");
  EXPECT_NE(error_of(folder_ / "empty").find("the folder holds no table"), std::string::npos);
  const fs::path path = write("mine.csv", row("grid.gwp,,FR,2015,,0.005"));
  EXPECT_THROW(with({path, path}), base::Error);
}

}  // namespace
}  // namespace cradle::catalog
