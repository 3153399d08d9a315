// `cradle compress` of what cannot be done: what it says, how it ends, and that it overwrites nothing.
#include <gtest/gtest.h>

#include <vector>

#include "cradle/base/file.h"
#include "cradle/base/json.h"
#include "small_classifier.h"

namespace cradle::test {
namespace {

namespace fs = std::filesystem;

const std::string kQuick = "--no-controls --no-study", kOld = "an older model";

/// A place for an output where an older one lies.
fs::path old_output() {
  const fs::path out = small_classifier().folder / "out.onnx";
  base::write_file(out, kOld);
  return out;
}

void expect_refused(const Output& o, int code, const std::vector<std::string>& words, const fs::path& out) {
  EXPECT_EQ(o.code, code) << o.err;
  for (const std::string& one : words) EXPECT_NE(o.err.find(one), std::string::npos) << one << "\n" << o.err;
  EXPECT_EQ(base::read_file(out), kOld) << "what was there is as before";
  EXPECT_EQ(o.err.find("defect of cradle"), std::string::npos) << o.err;
}

TEST(CompressFaults, InTheCommandLineAreFoundBeforeAnythingIsRun) {
  const SmallClassifier& small = small_classifier();
  const fs::path out = old_output(), recipe = small.folder / "recipe.txt";
  base::write_file(recipe, "prune:0.5\n# then\nfinetune:many | int8\n");
  struct Fault {
    std::string recipe, more;
    int code;
    std::vector<std::string> words;
  };
  for (const Fault& f : {
           Fault{"prone:0.5", "", 2, {"--recipe:1: there is no step 'prone'", "did you mean 'prune'?"}},
           Fault{
               "prune:1", "", 2, {"'prune': expected a number from 0 to 1", "no layer is removed whole", "found '1'"}},
           Fault{"int8 | finetune:1", "", 2, {"'finetune' cannot follow 'int8'", "qat trains with eight bits"}},
           Fault{recipe.string(), "", 2, {recipe.string() + ":3: 'finetune': expected a whole number", "found 'many'"}},
           Fault{"recipes.txt", "", 2, {"--recipe recipes.txt: there is no such file", "'prune:0.5 | finetune:4"}},
           Fault{"prune:0.5 | finetune:1", "--task none", 2, {"finetune:1: training and gradients need a task"}},
           Fault{"prune:0.5,by=taylor", "--task none", 2, {"training and gradients need a task", "--task class"}},
       }) {
    expect_refused(compress(f.recipe, out, f.more), f.code, f.words, out);
    EXPECT_FALSE(fs::exists(out.string() + ".steps")) << f.recipe;
  }
  const std::string before = base::read_file(small.model);
  const Output itself = compress("int8", small.model);
  EXPECT_EQ(itself.code, 2);
  EXPECT_NE(itself.err.find("would overwrite the model"), std::string::npos) << itself.err;
  EXPECT_EQ(base::read_file(small.model), before);
  const Output nowhere = compress("int8", small.folder / "nowhere/out.onnx");
  EXPECT_EQ(nowhere.code, 1);
  EXPECT_NE(nowhere.err.find("nowhere does not exist; make it, or choose another with -o"), std::string::npos)
      << nowhere.err;
  EXPECT_FALSE(fs::exists(small.folder / "nowhere"));
}

TEST(CompressFaults, InFilesAreNamedWithWhatHelps) {
  const SmallClassifier& small = small_classifier();
  const fs::path out = old_output(), steps = out.string() + ".steps", empty = small.folder / "empty";
  fs::create_directories(empty);
  expect_refused(shell("cradle compress " + small.model + " -o " + out.string() + " --data " + empty.string()), 1,
                 {empty.string() + ": expected images of classification, found none", "docs/FORMATS.md"}, out);
  fs::remove_all(steps);
  fs::create_directories(steps);
  base::write_file(steps / "state.json", "{\"schema\": \"cradle.rec");
  expect_refused(compress("int8", out), 1,
                 {(steps / "state.json").string() + ":1:", "remove " + steps.string() + " to begin anew"}, out);
  fs::remove_all(steps);
  const fs::path eight = small.folder / "int8.onnx";
  ASSERT_EQ(compress("int8", eight, kQuick).code, 0);
  expect_refused(
      compress("int8", out, kQuick, eight.string()), 1,
      {"step 1 of 1, int8: ", eight.string() + ": the model is quantised already", "start from the float model"}, out);
}

TEST(CompressFaults, OfAWorkerLeaveTheOutputAndWhatWasDone) {
  const SmallClassifier& small = small_classifier();
  const fs::path out = old_output(), steps = out.string() + ".steps", libexec = small.folder / "libexec";
  const fs::path real = fs::path(CRADLE_PROGRAM).parent_path() / "libexec/cradle";
  fs::create_directories(libexec);
  for (const char* worker : {"cradle-graph", "cradle-deploy"}) fs::create_symlink(real / worker, libexec / worker);
  base::write_file(libexec / "cradle-learn", "#!/bin/sh\nkill -KILL $$\n");
  fs::permissions(libexec / "cradle-learn", fs::perms{0755});
  const Output o =
      compress("prune:0.5,align=1 | finetune:1", out, kQuick, small.model, "CRADLE_LIBEXEC=" + libexec.string());
  expect_refused(o, 1, {"step 2 of 2, finetune:1: ", "cradle-learn"}, out);
  ASSERT_TRUE(fs::exists(steps / "1-prune.onnx"));
  EXPECT_FALSE(fs::exists(steps / "2-finetune.onnx"));
  const auto written = fs::last_write_time(steps / "1-prune.onnx");
  const Output on = compress("prune:0.5,align=1 | finetune:1", out, kQuick);
  EXPECT_EQ(on.code, 0) << on.err;
  EXPECT_NE(on.err.find("1 of 2 steps had been done before"), std::string::npos) << on.err;
  EXPECT_EQ(fs::last_write_time(steps / "1-prune.onnx"), written);
  EXPECT_EQ(base::read_file(out), base::read_file(steps / "2-finetune.onnx"));
}

TEST(CompressFaults, OfAccuracyAreWarnedOf) {
  const fs::path folder = small_classifier().folder;
  const Output wrong = compress("fp16", folder / "wrong.onnx", kQuick + " --normalise 900/0.001");
  EXPECT_EQ(wrong.code, 0) << wrong.err;
  EXPECT_NE(wrong.out.find("warning: model itself reaches top-1 0.125 only: are the images as it wants them "
                           "(--normalise"),
            std::string::npos)
      << wrong.out;
  const Output collapsed = compress("prune:0.9,align=1", folder / "thin.onnx", kQuick);
  EXPECT_EQ(collapsed.code, 0) << collapsed.err;
  EXPECT_NE(collapsed.out.find("warning: the accuracy collapsed: top-1 "), std::string::npos) << collapsed.out;
}

}  // namespace
}  // namespace cradle::test
