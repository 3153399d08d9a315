// `cradle compress --target` and `--device` as a user types them: what is found, what it cost, when it stops, what is
// refused.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "cradle/base/file.h"
#include "cradle/base/json.h"
#include "small_classifier.h"

namespace cradle::test {
namespace {

namespace fs = std::filesystem;
using base::Json;

/// A net of the small classifier's images that is slow enough for its compressed ones to be told from it.
std::string slower_model() {
  const fs::path folder = fresh_folder("slower");
  const std::string images = (small_classifier().folder / "images").string();
  const Output o = shell("cradle train classification --arch vgg-small --epochs 1 --size 32 --data " + images + " -o " +
                         folder.string());
  EXPECT_EQ(o.code, 0) << o.err;
  return (folder / "model.onnx").string();
}

/// A search as short as it can be.
Output look_for(const std::string& target, const fs::path& out, const std::string& more,
                const std::string& model = small_classifier().model, int side = 16) {
  return shell(
      "cradle compress " + model + " --target \"" + target + "\" -o " + out.string() + " --data " +
      (small_classifier().folder / "images").string() + " --size " + std::to_string(side) +
      " --rounds 1 --seconds 0.02 --judge-seconds 0.02 --images 8 --search-epochs 1 --no-controls --no-study " + more);
}

/// The records of all jobs, and when they were written.
std::map<std::string, fs::file_time_type> written_in(const fs::path& folder) {
  std::map<std::string, fs::file_time_type> written;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (entry.path().parent_path().filename() == "runs") written[entry.path().string()] = entry.last_write_time();
  return written;
}

double number(const Json& json, const char* key) { return json.at(key).get<double>(); }

TEST(Search, FindsARecipeChargesAllOfItAndDoesNothingTwice) {
  // With the bound on time a saving is not the only aim: what so short windows say of joules decides nothing.
  const fs::path out = fresh_folder("search") / "found.onnx", steps = out.string() + ".steps";
  const std::string model = slower_model();
  const Output o = look_for("accuracy>-99pp, latency<10s", out, "--most-trained 2", model, 32);
  ASSERT_EQ(o.code, 0) << o.err;
  for (const char* words : {"stopped: 2 candidates were trained",
                            "the recipe that was found: ", "target accuracy>-99pp, latency<10s on test images: "})
    EXPECT_TRUE(says(o.out, words)) << words << "\n" << o.out;
  const Json c = compression_of(out);
  const Json& search = c.at("search");
  ASSERT_EQ(search.at("candidates").size(), 23u);
  const Json& best = search.at("candidates")[search.at("best").get<std::size_t>()];
  double least = 1e9, last = 0;
  std::size_t trained = 0;
  for (const Json& candidate : search.at("candidates")) {
    EXPECT_NE(candidate.contains("trained"), candidate.at("left_out") != "") << candidate;
    if (!candidate.contains("trained")) continue;
    ++trained;
    least = std::min(least, number(candidate.at("trained"), "joules"));
    const bool saves = number(candidate.at("cost"), "joules") < number(search.at("before"), "joules") ||
                       number(candidate.at("cost"), "median_ms") < number(search.at("before"), "median_ms");
    EXPECT_TRUE(saves) << candidate;
  }
  EXPECT_EQ(trained, 2u);
  EXPECT_DOUBLE_EQ(number(best.at("trained"), "joules"), least) << "a bound on accuracy asks for the least energy";
  ASSERT_FALSE(search.at("front").empty());
  for (const Json& i : search.at("front")) {
    const Json& s = search.at("candidates")[i.get<std::size_t>()].at("trained");
    EXPECT_GE(number(s, "joules"), last);
    last = number(s, "joules");
  }
  std::string recipe;
  for (const Json& step : c.at("steps")) {
    recipe += (recipe.empty() ? "" : " | ") + step.at("step").get<std::string>();
    EXPECT_EQ(step.at("reused"), true) << "the search had done it";
  }
  EXPECT_EQ(recipe, best.at("recipe"));
  std::size_t measured = 0, lost = 0;
  double steps_j = 0;
  for (const Json& file : c.at("ledger").at("records")) {
    measured += says(file.get<std::string>(), "search/runs/judge-cost-");
    lost += says(file.get<std::string>(), "/lost-");
  }
  for (const Json& step : c.at("steps")) steps_j += number(step.at("joules"), "value");
  EXPECT_EQ(measured + lost, 23u) << "every structure is charged, measured or failed";
  EXPECT_GT(number(c.at("ledger").at("joules"), "value"), number(search, "joules") + steps_j) << "and the judging";

  const auto work = written_in(steps / "search");
  const Output again = look_for("accuracy>-99pp, latency<10s", out, "--most-trained 2", model, 32);
  ASSERT_EQ(again.code, 0) << again.err;
  EXPECT_FALSE(says(again.err, "measuring ")) << again.err;
  EXPECT_TRUE(work == written_in(steps / "search"));
  EXPECT_EQ(compression_of(out).at("ledger"), c.at("ledger"));

  const Output largest = look_for("energy<1J, latency<1s", out, "--most-trained 1 --json", model, 32);
  const Json found = json_of(largest).at("search");
  const Json& taken = found.at("candidates")[found.at("best").get<std::size_t>()];
  for (const Json& candidate : found.at("candidates"))
    if (candidate.at("left_out").get<std::string>().starts_with("not trained")) {
      EXPECT_LE(number(candidate.at("cost"), "macs"), number(taken.at("cost"), "macs"))
          << "of what fits the largest is trained first";
    }
}

TEST(Search, SaysWhatWasFoundWhereNothingMeetsTheTarget) {
  const fs::path out = fresh_folder("search-none") / "found.onnx";
  base::write_file(out, "an older model");
  const Output o = look_for("latency<1us, accuracy>-1pp", out, "");
  EXPECT_EQ(o.code, 1);
  EXPECT_TRUE(says(o.err, "no candidate meets the target latency<1us, accuracy>-1pp; no model was written")) << o.err;
  EXPECT_EQ(base::read_file(out), "an older model");
  const Json found = base::read_json(out.string() + ".steps/search/found.json");
  EXPECT_TRUE(found.at("best").is_null());
  for (const Json& candidate : found.at("candidates"))
    EXPECT_TRUE(says(candidate.at("left_out"), "takes ") || !candidate.contains("cost")) << candidate;
}

TEST(Search, EndsWhereItCostsMoreThanCanBeSaved) {
  const fs::path out = fresh_folder("search-dear") / "found.onnx";
  const Output o = look_for("accuracy>-60pp", out, "--images-a-day 1 --years 0.01");
  EXPECT_EQ(o.code, 1);
  EXPECT_TRUE(says(o.out, "stopped: all 3.65 inferences take ")) << o.out;
  const Json found = base::read_json(out.string() + ".steps/search/found.json");
  EXPECT_FALSE(found.at("candidates")[5].contains("cost")) << "it was not even measured";
}

TEST(Device, OfAnotherKindIsNotPassedOffAsThisMachine) {
  const SmallClassifier& small = small_classifier();
  const fs::path out = small.folder / "device.onnx";
  base::write_file(out, "an older model");
  const Output refused = compress("int8", out, "--no-study --device jetson-nano");
  EXPECT_EQ(refused.code, 2);
  EXPECT_TRUE(says(refused.err, "has no instructions for int8")) << refused.err;
  EXPECT_EQ(base::read_file(out), "an older model");
  const Output unknown = compress("int8", out, "--no-study --device jetson-nana");
  EXPECT_EQ(unknown.code, 2) << unknown.err;
  EXPECT_EQ(base::read_file(out), "an older model");
  const Output half = compress("fp16", out, "--no-study --device jetson-nano");
  EXPECT_EQ(half.code, 0) << half.err;
  EXPECT_TRUE(says(half.err, "times, energies and whether it pays are told of this machine, not of jetson-nano"))
      << half.err;
  EXPECT_TRUE(says(half.err, "fp16 on ")) << half.err;
}

}  // namespace
}  // namespace cradle::test
