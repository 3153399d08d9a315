// The ledger, the warnings, and how a compression is told, of values that a test makes up.
#include "cradle/recipe/compression.h"

#include <gtest/gtest.h>

#include <limits>

#include "cradle/base/json.h"
#include "cradle/base/text.h"
#include "cradle/record/modelled_run_test.h"

namespace cradle::recipe {
namespace {

constexpr double kNever = std::numeric_limits<double>::infinity();

StepDone step(const char* text, base::Interval joules, double seconds, std::vector<std::filesystem::path> records) {
  StepDone done;
  done.step = parse_recipe(text, "test").front();
  done.ledger = {joules, seconds, false, std::move(records)};
  return done;
}

Benched benched(const std::string& name, double accuracy, const std::vector<double>& seconds) {
  Benched b;
  b.name = name;
  b.model = name + ".onnx";
  b.task = "classification";
  b.quality = {"top-1", {accuracy, accuracy - 0.01, accuracy + 0.01}};
  b.qualities = {b.quality};
  for (const double s : seconds) {
    BenchRun run;
    run.record = record::modelled_run(name, 10 * s, s);
    run.sample = {s, 10 * s};
    b.runs.push_back(std::move(run));
  }
  return b;
}

const std::vector<double> kSlow = {1.0, 1.02, 0.98}, kFast = {0.5, 0.51, 0.49};

Compression of_two(double was, double is, const std::vector<double>& before, const std::vector<double>& after) {
  Compression c;
  c.bench.unit = "image";
  c.bench.results = {benched("model", was, before), benched("small", is, after)};
  c.accuracy = {{"model", {}}};
  return c;
}

bool says(const std::vector<std::string>& warnings, std::string_view words) {
  for (const std::string& warning : warnings)
    if (warning.find(words) != std::string::npos) return true;
  return false;
}

TEST(Ledger, SumsWhatAllStepsTookAndNamesTheirRecords) {
  Compressed c;
  c.steps = {step("prune:0.5", {10, 8, 15}, 1, {"a.json"}),
             step("finetune:1", {100, 90, 120}, 20, {"b.json", "c.json"})};
  c.beside = {{1, 1, 2}, 3, false, {"lost.json"}};
  Ledger ledger = ledger_of(c);
  EXPECT_DOUBLE_EQ(ledger.joules.value, 111);
  EXPECT_DOUBLE_EQ(ledger.joules.low, 99) << "the meter's errors are common: ends add up";
  EXPECT_DOUBLE_EQ(ledger.joules.high, 137);
  EXPECT_DOUBLE_EQ(ledger.seconds, 24);
  EXPECT_EQ(ledger.records, (std::vector<std::filesystem::path>{"lost.json", "a.json", "b.json", "c.json"}));
  EXPECT_FALSE(ledger.modelled);
  c.steps[0].ledger.modelled = true;
  EXPECT_TRUE(ledger_of(c).modelled);
}

TEST(CompressionWarnings, AreNoneOfAFasterModelThatIsAsGood) {
  EXPECT_TRUE(warnings_of(of_two(0.9, 0.81, kSlow, kFast)).empty());
  Compression alone;
  alone.bench.results = {benched("model", 0.1, kSlow)};
  EXPECT_TRUE(warnings_of(alone).empty()) << "nothing to compare";
}

TEST(CompressionWarnings, TellACollapseAndWhatHelps) {
  const auto warnings = warnings_of(of_two(0.9, 0.79, kSlow, kFast));
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_TRUE(says(warnings, "collapsed: top-1 0.900 became 0.790"));
  EXPECT_TRUE(says(warnings, "finetune:N"));
  EXPECT_TRUE(says(warnings, "--normalise"));
  EXPECT_TRUE(warnings_of(of_two(0.79, 0.9, kSlow, kFast)).empty()) << "a gain is none";
}

TEST(CompressionWarnings, TellAModelThatIsNoGoodToBeginWith) {
  const auto warnings = warnings_of(of_two(0.14, 0.01, kSlow, kFast));
  ASSERT_EQ(warnings.size(), 1u) << "what it lost says nothing then";
  EXPECT_TRUE(says(warnings, "model itself reaches top-1 0.140 only"));
  EXPECT_TRUE(says(warnings, "--normalise"));
  Compression on_noise = of_two(0, 0, kSlow, kFast);
  for (Benched& b : on_noise.bench.results) b.qualities.clear();
  EXPECT_TRUE(warnings_of(on_noise).empty()) << "without a task there is no accuracy";
}

TEST(CompressionWarnings, RecommendNothingThatTakesMoreEnergy) {
  Compression c = of_two(0.9, 0.9, kSlow, kFast);
  for (BenchRun& run : c.bench.results[1].runs) run.sample.j = 3 * 10 * run.sample.s;
  const auto warnings = warnings_of(c);
  ASSERT_EQ(warnings.size(), 1u) << "it is faster";
  EXPECT_FALSE(recommended(c.bench.results[0], c.bench.results[1]));
  const Compression good = of_two(0.9, 0.9, kSlow, kFast);
  EXPECT_TRUE(recommended(good.bench.results[0], good.bench.results[1]));
  EXPECT_TRUE(says(warnings, "small is not recommended for its energy: it takes more than the model"));
}

TEST(CompressionWarnings, RecommendNothingThatIsNotShownToBeFaster) {
  EXPECT_TRUE(says(warnings_of(of_two(0.9, 0.9, kFast, kSlow)),
                   "small is not recommended for its speed: it is slower than the model"));
  EXPECT_TRUE(says(warnings_of(of_two(0.9, 0.9, kSlow, {1.1, 0.9, 1.0})),
                   "small is not recommended for its speed: it is not shown to be faster"));
  EXPECT_TRUE(says(warnings_of(of_two(0.9, 0.9, {1}, {0.2})), "not shown to be faster")) << "one round shows nothing";
}

/// A compression with everything in it.
Compression whole() {
  Compression c = of_two(0.9, 0.88, kSlow, kFast);
  c.bench.results.push_back(benched("as-long", 0.91, kSlow));
  c.compressed.before.info = {"model.onnx", "a", 32000, 6400, 485000, "fp32"};
  c.compressed.before.quality = {"top-1", {0.9, 0.8, 1}};
  c.compressed.steps = {step("prune:0.5", {10, 8, 15}, 1, {"a.json"}),
                        step("finetune:1", {100, 90, 120}, 20, {"b.json", "c.json"})};
  c.compressed.steps[1].after = c.compressed.before;
  c.controls = {{"as-long", "the model itself, trained on for 1 epoch too", "as-long.onnx", {{90, 80, 100}, 19}}};
  c.accuracy = {{"model", {{{-0.02, -0.03, -0.01}, 0.006}}}, {"as-long", {{{0.01, -0.01, 0.03}, 0.01}}}};
  c.ledger = ledger_of(c.compressed);
  c.pay_back = pay_back(c.ledger.joules.value, std::vector{10.0, 10.2, 9.8}, std::vector{5.0, 5.1, 4.9});
  c.warnings = {"a first one", "a second one"};
  return c;
}

TEST(CompressionText, SaysWhatWasLostWhatItCostAndWhenItIsPaidBack) {
  const std::string text = outcome_text(whole());
  for (const char* words :
       {"top-1 of small less that of model: -2.00 points (-3.00 to -1.00), a loss",
        "top-1 of small less that of as-long: +1.00 points (-1.00 to +3.00), undecided: the interval holds 0",
        "one seed: the interval is that of other images; another training may fall otherwise (--seeds 3).",
        "as-long is a control: the model itself, trained on for 1 epoch too; it took 90.0 J and 19.0 s, which are not",
        "making it took 110 J (98.0–135) (measured), 21.0 s: 3 records.",
        "energy is paid back after 22 inferences (21.3 to 22.8).", "warning: a first one", "warning: a second one"})
    EXPECT_NE(text.find(words), std::string::npos) << words << "\n" << text;
  for (const std::string& line : base::split(text, '\n')) EXPECT_LE(base::width_of(line), 120u) << line;
  Compression modelled = whole();
  modelled.ledger.modelled = true;
  EXPECT_NE(outcome_text(modelled).find("(modelled, not measured)"), std::string::npos);
}

TEST(CompressionText, OfSeveralSeedsTellsTheirMeanAgainstModelAndControls) {
  Compression c = whole();
  for (Compared& to : c.accuracy)
    for (const double more : {0.001, -0.001}) {
      Difference d = to.by_seed[0];
      d.value.value += more;
      to.by_seed.push_back(d);
    }
  const std::string text = outcome_text(c);
  EXPECT_NE(text.find("top-1 of small less that of model over 3 seeds: -2.00 points ("), std::string::npos) << text;
  EXPECT_NE(text.find("top-1 of small less that of as-long over 3 seeds: +1.00 points ("), std::string::npos) << text;
  EXPECT_EQ(text.find("one seed:"), std::string::npos) << text;
}

TEST(CompressionText, HasARowForTheModelAndForEachStep) {
  const std::string table = steps_table(whole().compressed);
  const auto lines = base::split(table, '\n');
  ASSERT_GE(lines.size(), 4u) << table;
  EXPECT_NE(lines[0].find("top-1"), std::string::npos) << table;
  EXPECT_TRUE(lines[1].starts_with("as it is")) << table;
  EXPECT_TRUE(lines[2].starts_with("1 prune:0.5")) << table;
  EXPECT_NE(lines[2].find("–"), std::string::npos) << "it was not judged";
  EXPECT_NE(lines[3].find("0.900"), std::string::npos) << table;
  EXPECT_NE(lines[3].find("100 J"), std::string::npos) << table;
}

TEST(CompressionJson, HasNullForWhatIsNeverPaidBack) {
  Compression c = whole();
  base::Json json = to_json(c);
  EXPECT_EQ(json.at("schema"), "cradle.compression/1");
  ASSERT_EQ(json.at("steps").size(), 2u);
  EXPECT_EQ(json.at("steps")[1].at("records"), (base::Json{"b.json", "c.json"}));
  EXPECT_FALSE(json.at("steps")[0].contains("after")) << "it was not judged";
  EXPECT_DOUBLE_EQ(json.at("ledger").at("joules").at("value").get<double>(), 110);
  EXPECT_EQ(json.at("accuracy")[1].at("less"), "as-long");
  EXPECT_EQ(json.at("accuracy")[1].at("seeds"), 1);
  EXPECT_TRUE(json.at("pay_back").at("decided").get<bool>());
  c.pay_back = PayBack{{kNever, 50, kNever}, false};
  c.accuracy[0].by_seed.clear();
  json = to_json(c);
  EXPECT_TRUE(json.at("pay_back").at("inferences").at("value").is_null());
  EXPECT_EQ(json.at("pay_back").at("inferences").at("low"), 50);
  EXPECT_TRUE(json.at("accuracy")[0].at("difference").is_null());
  c.pay_back.reset();
  EXPECT_TRUE(to_json(c).at("pay_back").is_null());
}

}  // namespace
}  // namespace cradle::recipe
