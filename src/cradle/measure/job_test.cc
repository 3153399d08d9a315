// Workers as shell scripts: the job reaches them, their answer comes back, their failures become errors.
#include "cradle/measure/job.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "cradle/base/error.h"
#include "cradle/base/file.h"
#include "cradle/base/json.h"
#include "cradle/base/scratch_test.h"

namespace cradle::measure {
namespace {

namespace fs = std::filesystem;

class Workers : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = base::scratch_folder() / "workers";
    fs::create_directories(folder_);
    ::setenv("CRADLE_LIBEXEC", folder_.c_str(), 1);
  }
  void TearDown() override {
    ::unsetenv("CRADLE_LIBEXEC");
    fs::remove_all(folder_);
  }
  void worker(const std::string& script) const {
    const fs::path file = folder_ / "cradle-test";
    base::write_file(file, "#!/bin/sh\n" + script);
    fs::permissions(file, fs::perms::owner_all);
  }
  JobDone done() const { return run_job("test", {"infer", base::Json{{"images", 32}}, {}, false}, {}); }
  std::string failure() const {
    try {
      done();
    } catch (const base::Error& e) {
      return e.what();
    }
    return "no failure";
  }
  fs::path folder_;
};

/// Finds the answer's path in the job file, as a worker without a JSON library may.
constexpr char kAnswer[] = "answer=$(sed -n 's/.*\"answer\": \"\\(.*\\)\".*/\\1/p' \"$1\")\n";

TEST_F(Workers, GetTheJobAndGiveTheAnswer) {
  worker(std::string(kAnswer) +
         "grep -q '\"images\": 32' \"$1\" || exit 9\necho half-way >&2\necho done >&$CRADLE_MARKS\n"
         "echo '{\"latency\": 1.5}' > \"$answer\"\n");
  testing::internal::CaptureStderr();
  const JobDone job = done();
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "half-way\n");  // progress passes through
  EXPECT_EQ(job.answer.at("latency"), 1.5);
  EXPECT_EQ(job.record.exit_code, 0);
  ASSERT_EQ(job.record.marks.size(), 1u);
  EXPECT_EQ(job.record.marks[0].name, "done");
  EXPECT_FALSE(fs::exists(fs::path(job.record.command.at(1)).parent_path())) << "the temporary folder is gone";
}

// What a model's own figures come from runs as any program does; the other workers may have huge pages.
TEST_F(Workers, ThatMeasureModelsKeepPlainPages) {
  ::unsetenv("GLIBC_TUNABLES");
  const auto tunables_of = [&](const std::string& name) {
    worker(std::string(kAnswer) + "echo \"{\\\"tunables\\\": \\\"$GLIBC_TUNABLES\\\"}\" > \"$answer\"\n");
    fs::rename(folder_ / "cradle-test", folder_ / ("cradle-" + name));
    return run_job(name, {"any", {}, {}, false}, {}).answer.at("tunables").get<std::string>();
  };
  EXPECT_EQ(tunables_of("deploy"), "");
  EXPECT_EQ(tunables_of("graph"), "glibc.malloc.hugetlb=1");
  ::setenv("GLIBC_TUNABLES", "glibc.malloc.check=1", 1);
  EXPECT_EQ(tunables_of("graph"), "glibc.malloc.check=1") << "somebody's own stay";
  ::unsetenv("GLIBC_TUNABLES");
}

TEST_F(Workers, MayLeaveTheirAnswerWhereTheJobSays) {
  worker(std::string(kAnswer) + "echo '{}' > \"$answer\"\n");
  run_job("test", {"infer", {}, folder_ / "kept.json", false}, {});
  EXPECT_TRUE(fs::exists(folder_ / "kept.json"));
}

TEST_F(Workers, FailInTheirOwnWords) {
  worker("echo progress >&2\nprintf 'cradle-test: error: m.onnx:3: no such operator' >&2\nexit 1\n");
  testing::internal::CaptureStderr();
  EXPECT_EQ(failure(), "cradle-test: m.onnx:3: no such operator");
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "progress\n");  // said once: in the error
}

TEST_F(Workers, ThatSayNothingAreNamedWithTheirEnd) {
  worker("exit 3\n");
  EXPECT_EQ(failure(), "cradle-test failed with exit code 3 without a word");
  worker("kill -9 $$\n");
  EXPECT_NE(failure().find("signal 9 (Killed)"), std::string::npos);
  worker("exit 0\n");
  EXPECT_NE(failure().find("wrote no answer"), std::string::npos);
}

TEST_F(Workers, ThatFailHaveSpentAllTheSame) {
  worker("printf 'cradle-test: error: no' >&2\nexit 1\n");
  try {
    done();
    FAIL();
  } catch (const JobFailed& failed) {
    EXPECT_EQ(failed.record().exit_code, 1);
    EXPECT_GT(failed.record().duration_s, 0);
    EXPECT_STREQ(failed.what(), "cradle-test: no");
  }
  for (const char* signal : {"INT", "TERM"}) {
    worker(std::string("kill -") + signal + " $$\n");
    EXPECT_THROW(done(), Interrupted) << signal;
  }
}

TEST_F(Workers, AnAnswerOfAnEarlierJobIsNotThisOnes) {
  worker("exit 0\n");
  base::write_file(folder_ / "old.json", "{}");
  EXPECT_THROW(run_job("test", {"infer", {}, folder_ / "old.json", false}, {}), base::Error);
}

TEST_F(Workers, ThatAreMissingAreNamedWithTheFoldersSearched) {
  try {
    worker_program("learn");
    FAIL();
  } catch (const base::Error& e) {
    EXPECT_NE(std::string(e.what()).find(folder_.string()), std::string::npos);
    EXPECT_NE(std::string(e.what()).find("cradle-learn"), std::string::npos);
  }
}

}  // namespace
}  // namespace cradle::measure
