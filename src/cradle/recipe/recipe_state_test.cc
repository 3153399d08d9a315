// What a recipe remembers between two calls: what is taken up again, what is done anew, and what is refused as damaged.
#include "cradle/recipe/recipe_state.h"

#include <gtest/gtest.h>

#include <chrono>

#include "cradle/base/error.h"
#include "cradle/base/file.h"
#include "cradle/base/json.h"
#include "cradle/base/scratch_test.h"
#include "cradle/record/modelled_run_test.h"

namespace cradle::recipe {
namespace {

namespace fs = std::filesystem;

constexpr const char* kSteps = "prune:0.5 | finetune:2 | int8";

Standing standing(const std::string& file, double quality) {
  Standing s;
  s.file = file;
  s.info = {file, std::string(64, 'a'), 1200, 300, 9e5, "fp32"};
  s.quality = {"top-1", {quality, quality - 0.01, quality + 0.02}};
  s.median_ms = 0.25;
  s.joules = 3e-4;
  s.modelled = true;
  return s;
}

/// A folder as a call leaves it that has done all steps of kSteps.
class State : public testing::Test {
 protected:
  void SetUp() override {
    fs::remove_all(folder_);
    fs::create_directories(folder_ / "runs");
    base::write_file(folder_ / "model.onnx", "the model");
    request_.model = folder_ / "model.onnx";
    request_.output = folder_ / "small.onnx";
    request_.task = "classification";
    request_.steps = parse_recipe(kSteps, "test");
    record::write_record(folder_ / "runs/0-judge.json", record::modelled_run("0-judge", 1, 2));
    RecipeState state{key_of(request_), standing("model.onnx", 0.9), {}};
    std::string key = state.key;
    for (const Step& step : request_.steps) {
      key = key_of(key, text_of(step));
      state.steps.push_back({key, done(step, state.steps.size() + 1)});
    }
    write_state(folder_, state);
  }

  /// What a step leaves: its model and two records.
  StepDone done(const Step& step, std::size_t number) const {
    const std::string stem = fmt::format("{}-{}", number, step.kind);
    StepDone s;
    s.step = step;
    s.model = folder_ / (stem + ".onnx");
    base::write_file(s.model, "model of " + stem);
    for (const char* job : {"-01-job.json", "-judge.json"}) {
      const fs::path file = folder_ / "runs" / (stem + job);
      record::write_record(file, record::modelled_run(stem, static_cast<double>(number), 2));
      charge(s.ledger, ledger_from({file}));
    }
    s.after = standing(stem + ".onnx", 0.8);
    s.details = {{"rounds", number}};
    return s;
  }

  std::size_t found(const RecipeRequest& request) const { return read_state(folder_, request).steps.size(); }

  /// What reading says once state.json holds this.
  std::string fault(const std::string& content) const {
    base::write_file(folder_ / "state.json", content);
    try {
      read_state(folder_, request_);
    } catch (const base::Error& error) {
      return error.what();
    }
    return "";
  }

  fs::path folder_ = base::scratch_folder() / "state";
  RecipeRequest request_;
};

TEST_F(State, ComesBackAsItWasWritten) {
  const RecipeState state = read_state(folder_, request_);
  ASSERT_EQ(state.steps.size(), 3u);
  ASSERT_TRUE(state.before);
  EXPECT_DOUBLE_EQ(state.before->quality.value.high, 0.92);
  const StepDone& s = state.steps[1].what;
  EXPECT_EQ(text_of(s.step), "finetune:2");
  EXPECT_EQ(s.model, folder_ / "2-finetune.onnx");
  EXPECT_EQ(s.ledger.records,
            (std::vector<fs::path>{folder_ / "runs/2-finetune-01-job.json", folder_ / "runs/2-finetune-judge.json"}));
  EXPECT_DOUBLE_EQ(s.ledger.joules.value, 4) << "of two records";
  EXPECT_LT(s.ledger.joules.low, 4);
  EXPECT_GT(s.ledger.joules.high, 4);
  EXPECT_DOUBLE_EQ(s.ledger.seconds, 4);
  EXPECT_TRUE(s.ledger.modelled);
  EXPECT_EQ(s.details.at("rounds"), 2);
  EXPECT_TRUE(s.reused);
  EXPECT_EQ(s.after.file, s.model);
  EXPECT_EQ(s.after.info.precision, "fp32");
  EXPECT_DOUBLE_EQ(s.after.info.macs, 9e5);
  EXPECT_DOUBLE_EQ(s.after.median_ms, 0.25);
  EXPECT_DOUBLE_EQ(s.after.joules, 3e-4);
  EXPECT_TRUE(s.after.modelled);
}

TEST_F(State, IsEmptyWhereThereIsNone) {
  const RecipeState state = read_state(folder_ / "runs", request_);
  EXPECT_EQ(state.key, key_of(request_));
  EXPECT_FALSE(state.before);
  EXPECT_TRUE(state.steps.empty());
}

TEST_F(State, OfAnotherRequestIsNotTakenUp) {
  using Change = void (*)(RecipeRequest&);
  const Change changes[] = {[](RecipeRequest& r) { r.task = "detection"; },
                            [](RecipeRequest& r) { r.seed = 2; },
                            [](RecipeRequest& r) { r.train_images = 64; },
                            [](RecipeRequest& r) { r.calibration_images = 8; },
                            [](RecipeRequest& r) { r.judged_images = 8; },
                            [](RecipeRequest& r) { r.dialect = "openvino"; },
                            [](RecipeRequest& r) { r.judge_steps = false; },
                            [](RecipeRequest& r) { r.judged_seconds = 2; },
                            [](RecipeRequest& r) { r.own.folder = r.model.parent_path(); },
                            [](RecipeRequest& r) { r.own.height = 64; },
                            [](RecipeRequest& r) { r.own.width = 64; },
                            [](RecipeRequest& r) { r.own.channels = 1; },
                            [](RecipeRequest& r) { r.own.mean = {0.5}; },
                            [](RecipeRequest& r) { r.own.deviation = {0.5}; }};
  for (std::size_t i = 0; i < std::size(changes); ++i) {
    RecipeRequest other = request_;
    changes[i](other);
    const RecipeState state = read_state(folder_, other);
    EXPECT_TRUE(state.steps.empty()) << "change " << i;
    EXPECT_FALSE(state.before) << "change " << i;
  }
  base::write_file(request_.model, "another model");
  EXPECT_EQ(found(request_), 0u);
}

TEST_F(State, HoldsForTheSameModelElsewhere) {
  fs::rename(request_.model, folder_ / "moved.onnx");
  request_.model = folder_ / "moved.onnx";
  EXPECT_EQ(found(request_), 3u) << "by its bytes, not by its name";
}

TEST_F(State, KnowsImagesByTheirFilesAndNotByTheirFolder) {
  const fs::path photos = folder_ / "photos";
  for (const char* name : {"train/cat", "train/dog"}) fs::create_directories(photos / name);
  base::write_file(photos / "train/cat/1.png", "a cat");
  base::write_file(photos / "train/dog/1.png", "a dog");
  request_.own.folder = photos;
  const std::string key = key_of(request_);
  fs::rename(photos, folder_ / "moved");
  request_.own.folder = folder_ / "moved";
  EXPECT_EQ(key_of(request_), key);
  const fs::path dog = folder_ / "moved/train/dog/1.png";
  fs::last_write_time(dog, fs::last_write_time(dog) + std::chrono::seconds(1));
  const std::string touched = key_of(request_);
  EXPECT_NE(touched, key) << "written anew";
  fs::rename(dog, folder_ / "moved/train/cat/2.png");
  EXPECT_NE(key_of(request_), touched) << "of another class";
}

TEST_F(State, OfTheModelItselfIsTakenUpWithWhatJudgingItCost) {
  fs::remove(folder_ / "runs/0-judge.json");
  EXPECT_FALSE(read_state(folder_, request_).before);
  EXPECT_EQ(found(request_), 3u);
}

TEST_F(State, EndsBeforeTheFirstStepThatDiffers) {
  const auto with = [&](const char* steps) {
    RecipeRequest other = request_;
    other.steps = parse_recipe(steps, "test");
    return found(other);
  };
  EXPECT_EQ(with("prune:0.5 | finetune:2 | int8,calibration=mse"), 2u);
  EXPECT_EQ(with("prune:0.5 | finetune:3 | int8"), 1u);
  EXPECT_EQ(with("prune:0.4 | finetune:2 | int8"), 0u) << "what follows was made from another model";
  EXPECT_EQ(with("finetune:2 | int8"), 0u);
  EXPECT_EQ(with("prune:0.5 | finetune:2"), 2u);
  EXPECT_EQ(with("prune:0.5 | finetune:2 | finetune:1 | int8"), 2u);
  EXPECT_EQ(with("prune:0.50|finetune:2 # twice\n|int8"), 3u) << "the same in other words";
}

TEST_F(State, EndsBeforeAStepWhoseFilesAreGoneOrChanged) {
  base::write_file(folder_ / "2-finetune.onnx", "touched");
  EXPECT_EQ(found(request_), 1u);
  fs::remove(folder_ / "2-finetune.onnx");
  EXPECT_EQ(found(request_), 1u);
  base::write_file(folder_ / "2-finetune.onnx", "model of 2-finetune");
  EXPECT_EQ(found(request_), 3u);
  fs::remove(folder_ / "runs/3-int8-judge.json");
  EXPECT_EQ(found(request_), 2u) << "a cost without its record cannot be charged";
}

TEST_F(State, OfDamageSaysWhichFileAndWhatHelps) {
  const std::string whole = base::read_file(folder_ / "state.json");
  const auto with = [&](auto change) {
    base::Json json = base::parse_json(whole, "state");
    change(json);
    return fault(base::dump_json(json));
  };
  const std::string said[] = {
      fault(whole.substr(0, whole.size() / 2)),
      fault("[]"),
      with([](base::Json& j) { j["schema"] = "cradle.recipe/0"; }),
      with([](base::Json& j) { j.erase("key"); }),
      with([](base::Json& j) { j["steps"] = 5; }),
      with([](base::Json& j) { j["before"].erase("macs"); }),
      with([](base::Json& j) { j["steps"][1].erase("model_sha256"); }),
      with([](base::Json& j) { j["steps"][1]["records"] = {1}; }),
      with([](base::Json& j) { j["steps"][1].erase("details"); }),
      with([](base::Json& j) { j["steps"][0]["step"] = "prone:0.5"; }),
  };
  for (std::size_t i = 0; i < std::size(said); ++i) {
    EXPECT_NE(said[i].find((folder_ / "state.json").string()), std::string::npos) << i << ": " << said[i];
    EXPECT_NE(said[i].find("remove " + folder_.string() + " to begin anew"), std::string::npos) << i << ": " << said[i];
  }
  EXPECT_EQ(fault(whole), "");
}

}  // namespace
}  // namespace cradle::recipe
