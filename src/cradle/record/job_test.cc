// The job file: what is written is read back, and what is wrong is named.
#include "cradle/record/job.h"

#include <gtest/gtest.h>

#include "cradle/base/error.h"
#include "cradle/base/file.h"
#include "cradle/base/json.h"
#include "cradle/base/scratch_test.h"

namespace cradle::record {
namespace {

std::string message_of_reading(const std::string& text) {
  const std::string path = (base::scratch_folder() / "job_test_bad.json").string();
  base::write_file(path, text);
  try {
    read_job(path);
  } catch (const base::Error& e) {
    return e.what();
  }
  return "";
}

TEST(Job, IsReadAsItWasWritten) {
  const std::string path = (base::scratch_folder() / "job_test.json").string();
  write_job(path, {"infer", base::Json{{"model", "m.onnx"}, {"images", 32}}, "answer.json", true});
  const Job job = read_job(path);
  EXPECT_EQ(job.kind, "infer");
  EXPECT_EQ(job.arguments.at("images"), 32);
  EXPECT_EQ(job.answer, "answer.json");
  EXPECT_TRUE(job.progress);
}

TEST(Job, WithoutArgumentsHasAnEmptyObject) {
  const std::string path = (base::scratch_folder() / "job_test_empty.json").string();
  write_job(path, {"inspect", {}, "a", false});
  EXPECT_TRUE(read_job(path).arguments.is_object());
}

TEST(Job, SaysWhatIsWrong) {
  EXPECT_NE(message_of_reading(R"({"schema": "cradle.job/9"})").find("expected 'cradle.job/1'"), std::string::npos);
  EXPECT_NE(
      message_of_reading(R"({"schema": "cradle.job/1", "arguments": {}, "answer": "a"})").find("'kind' is missing"),
      std::string::npos);
  EXPECT_NE(message_of_reading(R"({"schema": "cradle.job/1", "kind": "x", "arguments": [], "answer": "a"})")
                .find("expected an object"),
            std::string::npos);
  EXPECT_NE(
      message_of_reading(R"({"schema": "cradle.job/1", "kind": "x", "arguments": {}, "answer": ""})").find("empty"),
      std::string::npos);
}

}  // namespace
}  // namespace cradle::record
