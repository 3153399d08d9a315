// The jobs of cradle-learn that compression asks for, through the worker itself.
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "cradle/base/file.h"
#include "cradle/base/json.h"
#include "program.h"

namespace cradle::test {
namespace {

namespace fs = std::filesystem;
using base::Json;

/// Runs a job of a worker in `folder`; its answer, or null with the complaint in `err`.
Json answer_of(const std::string& worker, const fs::path& folder, const std::string& kind, Json arguments,
               std::string* err = nullptr) {
  const fs::path answer = folder / "answer.json", job = folder / "job.json";
  fs::remove(answer);
  base::write_json(job, {{"schema", "cradle.job/1"},
                         {"kind", kind},
                         {"arguments", std::move(arguments)},
                         {"answer", answer.string()},
                         {"progress", false}});
  const fs::path program = fs::path(CRADLE_PROGRAM).parent_path() / "libexec/cradle" / ("cradle-" + worker);
  const Output output = shell(program.string() + " " + job.string());
  if (err) *err = output.err;
  return fs::exists(answer) ? base::read_json(answer) : Json();
}

Json training(const fs::path& folder, const std::string& output) {
  return {{"model", (folder / "first.onnx").string()},
          {"output", (folder / output).string()},
          {"task", "classification"},
          {"train_images", 32},
          {"validation_images", 16},
          {"batch", 8}};
}

class LearnJobs : public testing::Test {
 protected:
  LearnJobs() : folder_(fresh_folder("learn-jobs")) {
    answer_of("graph", folder_, "build",
              {{"architecture", "resnet-small"}, {"width", 0.25}, {"output", (folder_ / "first.onnx").string()}});
  }
  fs::path folder_;
};

TEST_F(LearnJobs, ATrainingWritesItsWeightsOnTheWay) {
  Json arguments = training(folder_, "trained.onnx");
  arguments["max_steps"] = 6;
  arguments["save_at_step"] = 6;
  arguments["saved"] = (folder_ / "saved.onnx").string();
  const Json answer = answer_of("learn", folder_, "train", arguments);
  EXPECT_EQ(answer.at("steps"), 6);
  EXPECT_EQ(answer.at("saved"), arguments["saved"]);
  EXPECT_EQ(base::read_file(folder_ / "saved.onnx"), base::read_file(folder_ / "trained.onnx")) << "the last step";
  arguments["save_at_step"] = 2;
  answer_of("learn", folder_, "train", arguments);
  EXPECT_NE(base::read_file(folder_ / "saved.onnx"), base::read_file(folder_ / "trained.onnx"));
}

TEST_F(LearnJobs, ImportanceIsWrittenByInitializerAndChannel) {
  const fs::path scores = folder_ / "scores.json";
  const Json arguments = {{"model", (folder_ / "first.onnx").string()},
                          {"output", scores.string()},
                          {"task", "classification"},
                          {"images", 16}};
  const Json answer = answer_of("learn", folder_, "importance", arguments);
  EXPECT_EQ(answer.at("kind"), "taylor");
  EXPECT_EQ(answer.at("images"), 16);
  const Json written = base::read_json(scores);
  EXPECT_EQ(written.at("kind"), "taylor");
  EXPECT_EQ(written.at("images"), 16);
  EXPECT_EQ(written.at("scores").at("classifier.weight").size(), 10u);
  for (const auto& [name, list] : written.at("scores").items())
    for (const Json& score : list) EXPECT_GE(score.get<double>(), 0) << name;
  std::string err;
  Json wrong = arguments;
  wrong["kind"] = "first_order";
  EXPECT_TRUE(answer_of("learn", folder_, "importance", wrong, &err).is_null());
  EXPECT_NE(err.find("did you mean 'first-order'?"), std::string::npos) << err;
}

TEST_F(LearnJobs, TheRecordOfATrainingThatKeepsZerosSaysSo) {
  const Output output = shell("cradle train classification --from " + (folder_ / "first.onnx").string() +
                              " --keep-zeros --epochs 1 --images 32 --batch 8 --json -o " + folder_.string());
  EXPECT_NE(json_of(output).dump().find("weights that were 0 were kept at 0"), std::string::npos);
}

}  // namespace
}  // namespace cradle::test
