// Claims of records that a test makes up: met, not met, undecided, not run.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>

#include "cradle/base/error.h"
#include "cradle/base/file.h"
#include "cradle/base/json.h"
#include "cradle/base/scratch_test.h"
#include "cradle/base/text.h"
#include "cradle/recipe/claims.h"

namespace cradle::recipe {
namespace {

using base::Json;

/// A difference known to ±0.0016 by the images, which are the same for all seeds.
Json difference(double value) {
  const int e5 = static_cast<int>(std::lround(1e5 * value));
  return {{"value", value},
          {"low", value - 0.0016},
          {"high", value + 0.0016},
          {"deviation", 0.001},
          {"draws_e5", fmt::format("{} {} {}", e5 - 100, e5, e5 + 100)}};
}

Json record(const std::string& unit, int seed, Json figures) {
  return {{"schema", kClaimSchema}, {"unit", unit}, {"seed", seed}, {"figures", std::move(figures)}};
}

/// The same figures from three seeds.
std::vector<Json> of_three(const std::string& unit, const Json& figures) {
  return {record(unit, 1, figures), record(unit, 2, figures), record(unit, 3, figures)};
}

Claim claim(const std::vector<Json>& records, std::string_view begins) {
  for (const Claim& c : claims_of(records))
    if (c.text.starts_with(begins)) return c;
  ADD_FAILURE() << "no claim begins with " << begins;
  return {};
}

std::string verdict_of_int8(double value) {
  return claim(of_three("int8-detection", {{"int8_less_fp32", difference(value)}}), "INT8 after training, detection")
      .verdict;
}

TEST(Claims, AreNotRunWithoutRecords) {
  const auto claims = claims_of({});
  EXPECT_GE(claims.size(), 13u);
  for (const Claim& c : claims) {
    EXPECT_EQ(c.verdict, "not run") << c.text;
    EXPECT_TRUE(c.found == "–" || c.found == "not measured here") << c.text;
  }
}

TEST(Claims, OfAGraphicsProcessorAreReportedByBatch) {
  Json cells = Json::array();
  for (const auto& [precision, speed] :
       std::vector<std::pair<std::string, double>>{{"fp32", 100}, {"tf32", 200}, {"fp16", 300}})
    cells.push_back({{"batch", 8}, {"precision", precision}, {"images_per_s", speed}});
  Claim c = claim({record("fp16-gpu", 1, {{"gpu", "a GPU"}, {"cells", cells}})}, "FP16 on an NVIDIA GPU");
  EXPECT_EQ(c.found, "batch 8: 3.0 and 1.5 times");
  EXPECT_EQ(c.basis, "1 run of each");
  for (int i = 0; i < 3; ++i) cells.push_back(cells[i]);
  cells[5]["images_per_s"] = 500;
  c = claim({record("fp16-gpu", 1, {{"gpu", "a GPU"}, {"cells", cells}})}, "FP16 on an NVIDIA GPU");
  EXPECT_EQ(c.found, "batch 8: 4.0 and 2.0 times") << "the mean of both";
  EXPECT_EQ(c.basis, "2 runs of each");
  EXPECT_EQ(c.verdict, "reported");
}

TEST(Claims, OfDamagedRecordsAreAnError) {
  EXPECT_THROW(claims_of(of_three("scratch", Json::object())), base::Error);
  EXPECT_THROW(claims_of(of_three("int8-detection", {{"int8_less_fp32", {{"value", "much"}}}})), base::Error);
  EXPECT_THROW(claims_of({Json::object()}), base::Error);
}

TEST(Claims, OfBoundsAskForTheWholeInterval) {
  EXPECT_EQ(verdict_of_int8(0.001), "met");
  EXPECT_EQ(verdict_of_int8(-0.001), "met");
  EXPECT_EQ(verdict_of_int8(-0.002), "undecided") << "it might be 0.36 points below";
  EXPECT_EQ(verdict_of_int8(0.002), "undecided");
  EXPECT_EQ(verdict_of_int8(-0.01), "not met");
  EXPECT_EQ(verdict_of_int8(0.01), "not met") << "the two are said to be alike";
}

TEST(Claims, TellTheFigureItsIntervalAndTheSeeds) {
  const Claim c = claim(of_three("int8-segmentation", {{"int8_less_fp32", difference(-0.001)}}),
                        "INT8 after training, segmentation");
  EXPECT_EQ(c.found, "-0.10 points (-0.26 to +0.06)");
  EXPECT_EQ(c.basis, "3 seeds");
  EXPECT_EQ(
      claim({record("int8-detection", 1, {{"int8_less_fp32", difference(0)}})}, "INT8 after training, segm").verdict,
      "not run")
      << "the record is of another task";
}

TEST(Claims, OfSeedsThatDisagreeAreUndecided) {
  const std::vector<Json> records = {record("int8-detection", 1, {{"int8_less_fp32", difference(-0.01)}}),
                                     record("int8-detection", 2, {{"int8_less_fp32", difference(0.01)}}),
                                     record("int8-detection", 3, {{"int8_less_fp32", difference(0.0)}})};
  EXPECT_EQ(claim(records, "INT8 after training, detection").verdict, "undecided");
}

TEST(Claims, OfATicketMayBeAboveTheDenseNet) {
  const auto with = [](double to_dense, double to_random) {
    return of_three("tickets-mlp", {{"ticket_less_dense", difference(to_dense)},
                                    {"ticket_less_reinitialised", difference(to_random)}});
  };
  EXPECT_EQ(claim(with(0.02, 0), "Winning ticket, mlp").verdict, "met") << "better is no breach";
  EXPECT_EQ(claim(with(-0.02, 0), "Winning ticket, mlp").verdict, "not met");
  EXPECT_EQ(claim(with(0, 0.01), "… and above the same mask on new random weights, mlp").verdict, "met");
  EXPECT_EQ(claim(with(0, 0.001), "… and above the same mask on new random weights, mlp").verdict, "undecided");
  EXPECT_EQ(claim(with(0, -0.01), "… and above the same mask on new random weights, mlp").verdict, "not met");
  EXPECT_EQ(claim(with(0, 0), "Winning ticket, resnet-small").verdict, "not run");
}

TEST(Claims, OfPruningFromScratchSayHowTheEnergiesCompare) {
  const auto records = of_three("scratch", {{"macs_share", 0.497},
                                            {"pruned_less_dense", difference(-0.002)},
                                            {"joules", {{"pruned", 2000}, {"dense", 2100}}}});
  const Claim c = claim(records, "Pruning from scratch, half the MACs");
  EXPECT_EQ(c.verdict, "met");
  EXPECT_NE(c.text.find("(50 % of the MACs; the dense net had 1.05 times the energy)"), std::string::npos) << c.text;
}

TEST(Claims, OfLowRankReportTheFivefold) {
  Json factors = Json::array();
  for (const double factor : {2.0, 3.0, 5.0})
    factors.push_back({{"factor", factor}, {"less_control", difference(factor == 2 ? 0 : -0.01)}});
  const auto records = of_three("low-rank-mlp", {{"factors", factors}});
  EXPECT_EQ(claim(records, "Low rank, 2 times fewer parameters, mlp").verdict, "met");
  EXPECT_EQ(claim(records, "Low rank, 3 times fewer parameters, mlp").verdict, "not met");
  EXPECT_EQ(claim(records, "Low rank, 5 times fewer parameters, mlp").verdict, "reported: not met");
  EXPECT_EQ(claim(records, "Low rank, 2 times fewer parameters, lenet5").verdict, "not run");
  EXPECT_THROW(claims_of(of_three("low-rank-mlp", {{"factors", Json::array()}})), base::Error);
}

TEST(Claims, OfSpeedAskThatTheIntervalLieAbove) {
  Json figures = {{"rounds", 3},
                  {"median_s",
                   {{"fp32", {3.0, 3.3, 3.6}},
                    {"int8", {0.91, 1.0, 1.09}},
                    {"half-int8", {0.5, 0.55, 0.6}},
                    {"onednn-fp32", {3.5, 3.7, 3.3}},
                    {"onednn-int8", {1.0, 1.0, 1.0}}}}};
  const Claim met = claim({record("speed", 1, figures)}, "INT8, ResNet-18, ONNX Runtime");
  EXPECT_EQ(met.verdict, "met");
  EXPECT_EQ(met.found, "3.30 times (3.29 to 3.30)") << "of the rounds, not of stored ratios";
  EXPECT_EQ(met.basis, "3 rounds");
  EXPECT_EQ(claim({record("speed", 1, figures)}, "INT8, ResNet-18, oneDNN").verdict, "undecided");
  EXPECT_EQ(claim({record("speed", 1, figures)}, "Half the channels and INT8").verdict, "not met");
  EXPECT_EQ(claim({record("speed", 1, figures)}, "BF16, ResNet-18, oneDNN").verdict, "not run");
  EXPECT_EQ(claim({record("speed", 1, figures)}, "Low rank, half the parameters").verdict, "not run");
  figures["median_s"]["int8"] = {1.0, 1.0};
  EXPECT_THROW(claims_of({record("speed", 1, figures)}), base::Error);
}

TEST(Claims, OfWhatIsRecommendedHoldTheSecondMeasurementAgainstIt) {
  const auto net = [](bool recommended, double value) {
    return Json{{"architecture", "net"},
                {"recommended", recommended},
                {"again", {{"value", value}, {"low", value - 0.1}, {"high", value + 0.1}}}};
  };
  const auto with = [&](const Json& nets) {
    return claim({record("recommended", 1, {{"nets", nets}})}, "INT8: never a model recommended");
  };
  EXPECT_EQ(with(Json::array({net(true, 0.5), net(false, 1.5)})).verdict, "met");
  EXPECT_EQ(with(Json::array({net(true, 0.5), net(false, 1.5)})).found,
            "1 of 2 nets are recommended; of those the slowest takes 0.50 of the time in floats");
  EXPECT_EQ(with(Json::array({net(true, 0.5), net(true, 0.95)})).verdict, "undecided");
  EXPECT_EQ(with(Json::array({net(true, 1.2)})).verdict, "not met");
  EXPECT_EQ(with(Json::array({net(false, 1.2)})).found, "none of 1 nets is recommended");
}

TEST(Claims, OfClassifiersTellMcNemarsTest) {
  Json figures = {{"int8_less_fp32", difference(0)}};
  figures["int8_less_fp32"]["only_first"] = 10;
  figures["int8_less_fp32"]["only_other"] = 1;
  const Claim c = claim(of_three("int8-classification", figures), "INT8 after training, classification");
  EXPECT_EQ(c.found, "+0.00 points (-0.16 to +0.16); p 0.012, 0.012, 0.012");
}

TEST(Claims, AreDecidedByThreeSeedsAtLeastAndNeverByAQuickRun) {
  std::vector<Json> records = of_three("int8-detection", {{"int8_less_fp32", difference(0)}});
  EXPECT_EQ(claim(records, "INT8 after training, detection").verdict, "met");
  records[2]["quick"] = true;
  EXPECT_EQ(claim(records, "INT8 after training, detection").verdict, "quick: proves nothing");
  EXPECT_EQ(claim(records, "INT8 after training, segm").verdict, "not run");
  records.pop_back();
  EXPECT_EQ(claim(records, "INT8 after training, detection").verdict, "undecided: too few seeds");
}

TEST(Claims, TableHasARowForEachAndIsTheSameFromFiles) {
  const auto folder = base::scratch_folder() / "claims";
  std::filesystem::create_directories(folder / "work");
  const auto records = of_three("int8-detection", {{"int8_less_fp32", difference(0.001)}});
  for (const Json& one : records)
    base::write_json(folder / fmt::format("int8-detection-{}.json", one.at("seed").get<int>()), one);
  const std::string table = claims_table(claims_of(read_claim_records(folder)));
  EXPECT_EQ(table, claims_table(claims_of(records)));
  EXPECT_EQ(base::split(table, '\n').size(), claims_of({}).size() + 3) << "two lines of head, and the last line's end";
  EXPECT_NE(table.find("| INT8 after training, detection: within 0.3 points | +0.10 points (-0.06 to +0.26) | 3 seeds |"
                       " met |"),
            std::string::npos)
      << table;
  base::write_json(folder / "other.json", {{"schema", "cradle.run/1"}});
  try {
    read_claim_records(folder);
    FAIL() << "a file of another kind is no record of a claim";
  } catch (const base::Error& error) {
    EXPECT_NE(std::string(error.what()).find("other.json"), std::string::npos) << error.what();
  }
  EXPECT_THROW(read_claim_records(folder / "none"), base::Error);
}

}  // namespace
}  // namespace cradle::recipe
