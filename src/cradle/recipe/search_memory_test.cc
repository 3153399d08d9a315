// What a search need not measure again, and what it forgets with another model.
#include "cradle/recipe/search_memory.h"

#include <gtest/gtest.h>

#include "cradle/base/error.h"
#include "cradle/base/fault_test.h"
#include "cradle/base/file.h"
#include "cradle/base/scratch_test.h"

namespace cradle::recipe {
namespace {

namespace fs = std::filesystem;

class Memory : public testing::Test {
 protected:
  void SetUp() override {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    request_.model = folder_ / "model.onnx";
    request_.task = "classification";
    base::write_file(request_.model, "the model");
  }

  /// Asks for the name in a new call; \returns the latency, and counts what was measured.
  double ask(const char* name, double ms = 2) {
    return SearchMemory(folder_ / "search", request_)
        .once(name,
              [&] {
                ++measured_;
                Standing s;
                s.info.sha256 = std::string(64, 'a');
                s.median_ms = ms;
                return s;
              })
        .median_ms;
  }

  fs::path folder_ = base::scratch_folder() / "memory";
  RecipeRequest request_;
  int measured_ = 0;
};

TEST_F(Memory, MeasuresOnceUnlessTheModelIsAnother) {
  EXPECT_EQ(ask("a"), 2);
  EXPECT_EQ(ask("a", 7), 2);
  EXPECT_EQ(ask("b", 7), 7);
  EXPECT_EQ(measured_, 2);
  base::write_file(folder_ / "search/runs/judge-a.json", "{}");
  base::write_file(request_.model, "another model");
  EXPECT_EQ(ask("a", 9), 9);
  EXPECT_EQ(measured_, 3);
  EXPECT_FALSE(fs::exists(folder_ / "search/runs/judge-a.json")) << "what the other cost is not charged to this one";
}

TEST_F(Memory, DoesNotKeepAFailure) {
  SearchMemory memory(folder_ / "search", request_);
  EXPECT_THROW(memory.once("a", []() -> Standing { base::fail("the disk is full"); }), base::Error);
  EXPECT_EQ(ask("a"), 2);
}

TEST_F(Memory, FindsTheRecordsOfAllJobsButOfOneFolder) {
  const SearchMemory memory(folder_ / "search", request_);
  const fs::path runs = memory.folder() / "runs", best = memory.folder() / "best.onnx.steps",
                 other = memory.folder() / "other.onnx.steps";
  for (const fs::path& folder : {best, other}) fs::create_directories(folder / "runs");
  for (const fs::path& file : {runs / "judge.json", best / "runs/1.json", other / "runs/1.json", other / "state.json"})
    base::write_file(file, "{}");
  EXPECT_EQ(memory.records_but(best), (std::vector<fs::path>{other / "runs/1.json", runs / "judge.json"}));
  EXPECT_EQ(memory.records_but("").size(), 3u);
}

TEST_F(Memory, OfDamageSaysWhichFileAndWhatHelps) {
  ask("a");
  const fs::path file = folder_ / "search/search.json";
  const std::string whole = base::read_file(file);
  for (const std::string& damaged :
       {whole.substr(0, whole.size() / 2), std::string("{}"),
        std::string(R"({"schema": "cradle.search/1", "key": "k", "measured": {"a": 1}})")}) {
    base::write_file(file, damaged);
    const std::string fault = base::fault_of([&] { ask("a"); });
    EXPECT_NE(fault.find(file.string()), std::string::npos) << fault;
    EXPECT_NE(fault.find("remove " + (folder_ / "search").string()), std::string::npos) << fault;
  }
}

}  // namespace
}  // namespace cradle::recipe
