#include "cradle/scenario/sweep.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "cradle/base/error.h"
#include "cradle/base/file.h"
#include "cradle/base/scratch_test.h"

namespace cradle::scenario {
namespace {

namespace fs = std::filesystem;

fs::path study_file(const std::string& name, const std::string& more = "") {
  const fs::path folder = base::scratch_folder() / "sweep";
  fs::create_directories(folder);
  base::write_file(
      folder / name,
      "schema = \"cradle.study/1\"\nname = \"camera\"\n[functional_unit]\nkind = \"image\"\namount = 1000\n"
      "[training]\nhours = 10\npower_w = 300\nplace = \"FR\"\nhardware = \"server\"\n[use]\npower_w = 10\n"
      "throughput_per_s = 50\nimages_per_day = 86400\nyears = 5\nplace = \"BE\"\nhardware = \"server\"\n" +
          more);
  return folder / name;
}

template <class Call>
std::string usage_fault_of(const Call& call) {
  try {
    call();
  } catch (const base::Error& e) {
    EXPECT_EQ(e.fault(), base::Fault::kUsage);
    return e.what();
  }
  return "no error";
}
std::string usage_fault(const std::string& text) {
  return usage_fault_of([&] { parse_axes(text); });
}
/// Of one sweep over a study on the disk.
std::string sweep_fault(const fs::path& file, const std::string& over) {
  return usage_fault_of([&] { sweep(file, parse_axes(over), {}, catalog::built_in(), {.samples = 100}); });
}

TEST(Sweep, ReadsAxes) {
  const auto axes = parse_axes("hardware=NVIDIA L4,server,place=FR, BE,use.years=3");
  ASSERT_EQ(axes.size(), 3u);
  EXPECT_EQ(axes[0].values, (std::vector<std::string>{"NVIDIA L4", "server"}));
  EXPECT_EQ(axes[1].values, (std::vector<std::string>{"FR", "BE"}));
  EXPECT_EQ(axes[2].name, "use.years");
  EXPECT_NE(usage_fault("FR,place=BE").find("expected a key before 'FR'"), std::string::npos);
  EXPECT_NE(usage_fault("place=FR,place=BE").find("stands twice"), std::string::npos);
  EXPECT_NE(usage_fault("place=").find("empty value"), std::string::npos);
  EXPECT_NE(usage_fault("place=FR,,BE").find("empty value"), std::string::npos);
}

TEST(Sweep, ShortNamesStandForEveryTableThatHasThem) {
  const study::Study s = study::read_study(study_file("keys.toml"));
  EXPECT_EQ(keys_of({"hardware", {}}, s), (std::vector<std::string>{"training.hardware", "use.hardware"}));
  EXPECT_EQ(keys_of({"place", {}}, s), (std::vector<std::string>{"training.place", "use.place"}));
  EXPECT_EQ(keys_of({"use.idle_w", {}}, s), (std::vector<std::string>{"use.idle_w"}));
  EXPECT_EQ(keys_of({"facility", {}}, s), (std::vector<std::string>{"training.facility", "use.facility"}));
  const std::vector<std::pair<std::string, std::string>> single = {{"years", "use.years"},
                                                                   {"images_per_day", "use.images_per_day"},
                                                                   {"growth_per_year", "use.growth_per_year"},
                                                                   {"architecture", "use.run"},
                                                                   {"precision", "use.run"},
                                                                   {"view", "electricity.view"},
                                                                   {"allocation", "allocation.rule"}};
  for (const auto& [name, key] : single) EXPECT_EQ(keys_of({name, {}}, s), std::vector<std::string>{key}) << name;
  EXPECT_THROW(keys_of({"plaec", {}}, s), base::Error);
  const study::Study fixed = study::read_study(
      study_file("fixed.toml", "[data]\nlabelling_hours = 1\nplace = \"FR\"\ncarbon_kg_per_kwh = 0.1\n"));
  EXPECT_THROW(keys_of({"place", {}}, fixed), base::Error) << "a stated carbon intensity would hide the place";
}

TEST(Sweep, RefusesTwoAxesThatSetOneKey) {
  const fs::path file = study_file("twice.toml");
  EXPECT_NE(sweep_fault(file, "years=3,5,use.years=1,2").find("'years' and 'use.years' both set use.years"),
            std::string::npos);
  EXPECT_NE(sweep_fault(file, "architecture=a.json,precision=b.json").find("'architecture' and 'precision' both set"),
            std::string::npos);
  EXPECT_NE(sweep_fault(file, "use.place=FR,place=BE").find("both set use.place"), std::string::npos);
}

TEST(Sweep, RefusesAnAxisThatWouldChangeNothing) {
  const fs::path device = base::scratch_folder() / "sweep-device.toml";
  base::write_file(device,
                   "schema = \"cradle.study/1\"\n[functional_unit]\nkind = \"device\"\n[production]\n"
                   "device = \"server\"\n");
  for (const char* over : {"place=FR,PL", "facility=local,world", "view=market"})
    EXPECT_NE(sweep_fault(device, over).find("draws electricity that"), std::string::npos) << over;
  const study::Study own_pue =
      study::read_study(study_file("pue.toml", "[data]\nlabelling_hours = 1\nplace = \"FR\"\npue = 1.3\n"));
  EXPECT_NE(usage_fault_of([&] {
              keys_of({"facility", {}}, own_pue);
            }).find("[data] states its own PUE"),
            std::string::npos);
  EXPECT_EQ(keys_of({"place", {}}, own_pue).size(), 3u) << "a PUE does not hide the place";
  const fs::path stated = base::scratch_folder() / "sweep-carbon.toml";
  base::write_file(stated,
                   "schema = \"cradle.study/1\"\n[functional_unit]\nkind = \"training\"\n[training]\nhours = 1\n"
                   "power_w = 1\ncarbon_kg_per_kwh = 0.1\n");
  EXPECT_NE(sweep_fault(stated, "view=market").find("which no view would change"), std::string::npos);
}

TEST(Sweep, EachCombinationIsTheAssessmentOfItsStudy) {
  const fs::path file = study_file("each.toml");
  const life::AssessOptions options{.samples = 200};
  const Sweep s = sweep(file, parse_axes("place=FR,PL,years=3,6"), {"GWP"}, catalog::built_in(), options);
  ASSERT_EQ(s.combinations.size(), 4u);
  EXPECT_EQ(s.combinations[2].values, (std::vector<std::string>{"PL", "3"})) << "the last axis runs fastest";
  const study::Result by_hand =
      life::assess(study::read_study(file, {{"training.place", "PL"}, {"use.place", "PL"}, {"use.years", "3"}}),
                   catalog::built_in(), options);
  ASSERT_EQ(s.combinations[2].totals.size(), 1u);
  EXPECT_EQ(s.combinations[2].totals[0].figure.value, by_hand.per_unit[0].figure.value);
  EXPECT_EQ(s.combinations[2].totals[0].figure.p95, by_hand.per_unit[0].figure.p95) << "the same draws";
  EXPECT_TRUE(s.combinations[1].on_front) << "FR over six years shares its training out furthest";
  EXPECT_EQ(s.combinations[1].best_in, std::vector<std::string>{"GWP"});
  EXPECT_FALSE(s.combinations[2].on_front);
}

TEST(Sweep, ViewAndAllocationNeedNoTableInTheStudy) {
  const Sweep s = sweep(study_file("bare.toml"), parse_axes("view=location-average,market,allocation=active-time"),
                        {"GWP"}, catalog::built_in(), {.samples = 100});
  ASSERT_EQ(s.combinations.size(), 2u);
  for (const Combination& c : s.combinations) EXPECT_EQ(c.fault, "");
  EXPECT_NE(s.combinations[0].totals.at(0).figure.value, s.combinations[1].totals.at(0).figure.value);
}

TEST(Sweep, AFailedCombinationKeepsItsReason) {
  const Sweep s =
      sweep(study_file("failed.toml"), parse_axes("place=FR,Frnace"), {}, catalog::built_in(), {.samples = 100});
  ASSERT_EQ(s.combinations.size(), 2u);
  EXPECT_EQ(s.combinations[0].fault, "");
  EXPECT_NE(s.combinations[1].fault.find("Frnace"), std::string::npos);
  EXPECT_FALSE(s.combinations[1].on_front);
  EXPECT_NE(text(s).find("failed [1]"), std::string::npos);
  EXPECT_TRUE(to_json(s)["combinations"][1]["fault"].is_string());
}

TEST(Sweep, SaysWhatDoesNotFollowOtherHardware) {
  const auto path = base::scratch_folder() / "sweep-hardware.toml";
  const auto notes_with = [&](const std::string& training) {
    base::write_file(path, "schema = \"cradle.study/1\"\n[functional_unit]\nkind = \"training\"\n[training]\n" +
                               training + "hardware = \"NVIDIA T4\"\nplace = \"FR\"\n");
    const Sweep s = sweep(path, parse_axes("hardware=NVIDIA T4"), {"GWP"}, catalog::built_in(), {.samples = 100});
    EXPECT_EQ(s.combinations[0].fault, "");
    return fmt::format("{}", fmt::join(s.notes, "\n"));
  };
  EXPECT_EQ(notes_with("operations = 1e18\nefficiency = 0.4\n"), "");
  EXPECT_NE(notes_with("hours = 10\n").find("the same on every hardware, though a slower"), std::string::npos);
  EXPECT_NE(
      notes_with("operations = 1e18\nefficiency = 0.4\nshare = 0.5\n").find("share = 0.500 is that of 'NVIDIA T4'"),
      std::string::npos);
}

TEST(Sweep, SaysThatAPlaceMayBringItsOwnPue) {
  const auto notes_with = [](const std::string& name, const std::string& training) {
    const fs::path path = base::scratch_folder() / name;
    base::write_file(path,
                     "schema = \"cradle.study/1\"\n[functional_unit]\nkind = \"training\"\n[training]\nhours = 1\n"
                     "power_w = 10\nplace = \"FR\"\n" +
                         training);
    return sweep(path, parse_axes("place=FR"), {"GWP"}, catalog::built_in(), {.samples = 100}).notes;
  };
  const auto bare = notes_with("sweep-no-facility.toml", "");
  ASSERT_EQ(bare.size(), 1u);
  EXPECT_NE(bare[0].find("[training] states no facility: a cloud region brings its own PUE"), std::string::npos);
  EXPECT_TRUE(notes_with("sweep-facility.toml", "facility = \"local\"\n").empty());
  EXPECT_TRUE(notes_with("sweep-pue.toml", "pue = 1.1\n").empty());
}

TEST(Sweep, MakesAThousandCombinationsAtMost) {
  const fs::path file = study_file("many.toml");
  std::string values = "years=1";
  for (int i = 2; i <= 1001; ++i) values += fmt::format(",{}", i);
  EXPECT_NE(sweep_fault(file, values).find("more than 1000 combinations"), std::string::npos);
  // Of two axes the product counts: 32 × 32.
  const std::string many = "1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1";
  EXPECT_NE(sweep_fault(file, "years=" + many + ",use.idle_w=" + many).find("more than 1000"), std::string::npos);
}

TEST(Sweep, TheFrontIsWhatNothingDominates) {
  Sweep s;
  s.criteria = {{"GWP", "", "kg", ""}, {"ADPe", "", "kg", ""}, {"WU", "", "L", ""}};
  const auto add = [&](double gwp, double adpe, std::optional<double> water) {
    Combination c;
    c.totals = {{"GWP", {gwp, 0, 0, 0}}, {"ADPe", {adpe, 0, 0, 0}}};
    if (water) c.totals.push_back({"WU", {*water, 0, 0, 0}});
    s.combinations.push_back(c);
  };
  add(1, 9, 5);
  add(5, 5, std::nullopt);  // no water figure: water cannot rank them
  add(9, 1, 5);
  add(6, 6, 0);  // dominated by the second
  add(1, 9, 7);  // the same as the first
  mark(s);
  EXPECT_EQ(s.front_criteria, (std::vector<std::string>{"GWP", "ADPe"}));
  EXPECT_TRUE(s.combinations[0].on_front);
  EXPECT_TRUE(s.combinations[1].on_front);
  EXPECT_TRUE(s.combinations[2].on_front);
  EXPECT_FALSE(s.combinations[3].on_front);
  EXPECT_TRUE(s.combinations[4].on_front);
  EXPECT_EQ(s.combinations[0].best_in, std::vector<std::string>{"GWP"});
}

}  // namespace
}  // namespace cradle::scenario
