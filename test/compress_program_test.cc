// `cradle compress` as a user types it: a recipe with its controls, going on where it was ended, every kind of step.
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <map>
#include <set>

#include "cradle/base/file.h"
#include "cradle/base/json.h"
#include "cradle/base/text.h"
#include "cradle/record/run_record.h"
#include "small_classifier.h"

namespace cradle::test {
namespace {

namespace fs = std::filesystem;
using base::Json;

const std::string kQuick = "--no-controls --no-study";

std::set<std::string> names_in(const fs::path& folder) {
  std::set<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) names.insert(entry.path().filename().string());
  return names;
}

/// Models and records of the steps, the controls' too, by what is in them and when they were written. What begins with
/// `but` is left out, as is the final measurement.
std::map<std::string, std::pair<std::string, fs::file_time_type>> work_in(const fs::path& folder,
                                                                          const std::string& but = "none") {
  std::map<std::string, std::pair<std::string, fs::file_time_type>> work;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (entry.is_directory() || std::isdigit(static_cast<unsigned char>(name[0])) == 0 || name.starts_with(but))
      continue;
    work[entry.path().string()] = {base::read_file(entry.path()), entry.last_write_time()};
  }
  return work;
}

double joules_of(const Json& files) {
  double joules = 0;
  for (const Json& file : files) joules += record::read_record(file.get<std::string>()).billed.j.value;
  return joules;
}

/// Each step's joules are those of its records, and the ledger's those of all records, those of the steps among them.
void expect_sums(const Json& compression) {
  const Json& ledger = compression.at("ledger");
  std::set<std::string> all;
  for (const Json& file : ledger.at("records")) EXPECT_TRUE(all.insert(file.get<std::string>()).second) << file;
  for (const Json& step : compression.at("steps")) {
    const double joules = joules_of(step.at("records"));
    EXPECT_GT(joules, 0) << step.at("step");
    EXPECT_NEAR(step.at("joules").at("value").get<double>(), joules, 1e-9 * joules) << step.at("step");
    for (const Json& file : step.at("records")) EXPECT_TRUE(all.contains(file.get<std::string>())) << file;
  }
  const double joules = joules_of(ledger.at("records"));
  EXPECT_NEAR(ledger.at("joules").at("value").get<double>(), joules, 1e-9 * joules);
}

TEST(Compress, HasControlsALedgerAndBothLivesAndDoesNothingTwice) {
  const SmallClassifier& small = small_classifier();
  const fs::path folder = fresh_folder("compress"), out = folder / "small.onnx", steps = out.string() + ".steps",
                 recipe = folder / "recipe";
  base::write_file(recipe, "prune:0.5,align=1   # half of the channels\n\n| finetune:1\nint8\n");
  const std::string model = base::read_file(small.model);
  const Output o = compress(recipe.string(), out, "--place FR");
  ASSERT_EQ(o.code, 0) << o.err;
  EXPECT_LT(fs::file_size(out), 0.6 * static_cast<double>(model.size()));
  EXPECT_EQ(base::read_file(small.model), model);
  EXPECT_EQ(base::read_file(out), base::read_file(steps / "3-int8.onnx"));
  for (const char* words : {"\nas it is ", "\n1 prune:0.5,align=1 ", "\n2 finetune:1 ", "\n3 int8 ",
                            "as-long is a control: the model itself, trained on for 1 epoch too; it took ",
                            "from-scratch is a control: the small architecture with new weights, trained for 9 epochs "
                            "(the task's usual 8 and",
                            "\ntop-1 of small less that of model: ", "\ntop-1 of small less that of as-long: ",
                            "\ntop-1 of small less that of from-scratch: ", "(McNemar)", "\nmaking it took ",
                            "\nenergy is paid back ", "\nA: Model, as-it-is\nB: Model, compressed\n"})
    EXPECT_TRUE(says(o.out, words)) << words << "\n" << o.out;
  for (const std::string& line : base::split(o.out, '\n'))
    EXPECT_TRUE(base::width_of(line) <= 120 || says(line, folder.string())) << line;
  EXPECT_EQ(names_in(folder), (std::set<std::string>{"recipe", "small.onnx", "small.onnx.steps"}));
  EXPECT_EQ(names_in(steps),
            (std::set<std::string>{"1-prune.onnx", "2-finetune.onnx", "3-int8.onnx", "as-it-is.toml", "as-long.onnx",
                                   "as-long.onnx.steps", "compressed.toml", "compression.json", "from-scratch.onnx",
                                   "from-scratch.onnx.steps", "runs", "state.json"}))
      << "nothing is left over";

  const Json c = compression_of(out);
  EXPECT_EQ(c.at("schema"), "cradle.compression/1");
  expect_sums(c);
  EXPECT_TRUE(says(c.at("ledger").at("records").dump(), "0-judge.json")) << "judging the model as it is";
  ASSERT_EQ(c.at("bench").at("results").size(), 4u) << "model, output, two controls";
  EXPECT_EQ(c.at("bench").at("results")[3].at("precision"), "int8") << "controls are quantised as well";
  EXPECT_EQ(c.at("controls")[1].at("name"), "from-scratch");
  EXPECT_GT(c.at("controls")[0].at("joules").at("value").get<double>(), 0);
  EXPECT_TRUE(c.at("lives").is_object());
  const Json& before = c.at("before");
  EXPECT_GT(before.at("quality").get<double>(), 0.8);
  EXPECT_LT(c.at("steps")[0].at("after").at("macs").get<double>(), before.at("macs").get<double>());

  const Json bench = json_of(shell("cradle bench " + out.string() + " " + small.images +
                                   " --runs 1 --no-idle --seconds 0.02 --json -o " + folder.string()));
  EXPECT_EQ(bench.at("results")[0].at("precision"), "int8");

  const auto work = work_in(steps);
  EXPECT_GT(work.size(), 16u);
  const Output again = compress(recipe.string(), out, "--no-study --json");
  const Json same = json_of(again);
  EXPECT_TRUE(work == work_in(steps)) << "nothing is done again, of the controls neither";
  EXPECT_TRUE(says(again.err, "3 of 3 steps had been done before")) << again.err;
  EXPECT_EQ(same, compression_of(out)) << "--json prints what is written";
  EXPECT_EQ(same.at("ledger"), c.at("ledger"));
  EXPECT_FALSE(same.contains("lives"));
  for (const Json& step : same.at("steps")) EXPECT_EQ(step.at("reused"), true);

  const Output other = compress("prune:0.5,align=1 | finetune:1 | fp16", out, kQuick);
  ASSERT_EQ(other.code, 0) << other.err;
  EXPECT_TRUE(work == work_in(steps, "3-fp16")) << "only the last step was another";
  EXPECT_TRUE(says(other.err, "2 of 3 steps had been done before")) << other.err;
  EXPECT_EQ(base::read_file(out), base::read_file(steps / "3-fp16.onnx"));
  EXPECT_FALSE(says(other.out, "control")) << other.out;
  EXPECT_FALSE(says(other.out, "B: Model")) << other.out;
  expect_sums(compression_of(out));
}

TEST(Compress, KilledInATrainingItGoesOnToTheSameModel) {
  const SmallClassifier& small = small_classifier();
  const fs::path whole = small.folder / "whole.onnx", cut = small.folder / "cut.onnx", steps = cut.string() + ".steps";
  ASSERT_EQ(compress("finetune:25", whole, kQuick).code, 0);
  // The group is cradle and its worker: neither may end in good order. A first checkpoint is an epoch that has ended.
  const std::string command = "cradle compress " + small.model + " --recipe finetune:25 -o " + cut.string() + " " +
                              small.images + " --rounds 1 --seconds 0.02 --judge-seconds 0.02 --images 8 " + kQuick;
  const Output killed =
      shell("setsid " + command + " & all=$!; (until [ -e " + (steps / "1-finetune.checkpoint").string() +
            " ]; do sleep 0.02; done; kill -KILL -$all) & killer=$!; wait $all; code=$?; "
            "kill $killer 2> /dev/null; exit $code");
  ASSERT_EQ(killed.code, 128 + SIGKILL) << killed.err;
  ASSERT_FALSE(fs::exists(cut));
  ASSERT_FALSE(fs::exists(steps / "1-finetune.onnx"));
  const Output on = shell(command);
  ASSERT_EQ(on.code, 0) << on.err;
  EXPECT_FALSE(says(on.err, "judging model.onnx as it is")) << "that had been done before";
  EXPECT_EQ(base::read_file(cut), base::read_file(whole));
  EXPECT_TRUE(says(base::read_file(steps / "runs/1-finetune-01-train.json"), "resumed after epoch"));
  EXPECT_EQ(names_in(steps), (std::set<std::string>{"1-finetune.onnx", "compression.json", "runs", "state.json"}));
}

/// Share of the file's numbers of four bytes that are zero, if `weights` is how many it holds: every other byte of a
/// weight is as good as never 0.
double zeros_in(const fs::path& model, double weights) {
  const std::string bytes = base::read_file(model);
  return static_cast<double>(std::count(bytes.begin(), bytes.end(), '\0')) / 4 / weights;
}

TEST(Compress, RunsEveryStepThatLeavesFloatsOneAfterTheOther) {
  const SmallClassifier& small = small_classifier();
  const fs::path out = small.folder / "chain.onnx";
  const Output o = compress(
      "scratch:0.2,epochs=1,align=1 | train:1 | slim:0.1,epochs=1,align=1 | prune:0.1,by=taylor,images=8,align=1 |"
      "prune:0.1,by=bn,align=1 | prune:0.1,unit=macs,align=1 | ticket:0.5,epochs=1,per-round=0.5 | finetune:1 |"
      "lowrank:1.1,method=spatial,align=1 | lowrank:1.1,method=channel,align=1 |"
      "lowrank:1.1,method=tucker,align=1 | lowrank:1.1",
      out, kQuick);
  ASSERT_EQ(o.code, 0) << o.err;
  const Json c = compression_of(out);
  expect_sums(c);
  double macs = c.at("before").at("macs").get<double>();
  for (const std::size_t i : {0U, 2U, 3U, 4U, 5U}) {
    const double fewer = c.at("steps")[i].at("after").at("macs").get<double>();
    EXPECT_LT(fewer, macs) << c.at("steps")[i].at("step");
    macs = fewer;
  }
  EXPECT_EQ(c.at("steps")[0].at("details").at("epochs"), 2) << "the controls must know, of gates too";
  EXPECT_EQ(c.at("steps")[2].at("details").at("epochs"), 1);
  const Json& ticket = c.at("steps")[6];
  EXPECT_EQ(ticket.at("details").at("rounds").size(), 2u);
  EXPECT_TRUE(ticket.at("details").at("reinitialised").contains("value"));
  const double weights = ticket.at("after").at("parameters").get<double>();
  EXPECT_NEAR(zeros_in(out.string() + ".steps/8-finetune.onnx", weights), 0.5, 0.05)
      << "the ticket's zeros stay in the training behind it";
  EXPECT_LT(zeros_in(small.model, weights), 0.1);
  for (const std::string& name : names_in(out.string() + ".steps"))
    EXPECT_TRUE(name.ends_with(".onnx") || name.ends_with(".json") || name == "runs") << name << " is left over";
}

TEST(Compress, RunsEveryStepThatEndsARecipe) {
  const fs::path out = small_classifier().folder / "last.onnx";
  const double whole = static_cast<double>(fs::file_size(small_classifier().model));
  struct Last {
    const char *recipe, *precision;
    double share;  ///< of the file, at most
  };
  for (const Last& last :
       {Last{"int8,weights=per-tensor,keep-float=1", "mixed", 0.9}, Last{"w4", "int8", 0.9}, Last{"qat:1", "int8", 0.9},
        Last{"fp16", "fp16", 0.8}, Last{"bf16", "bf16", 0.8}, Last{"sparsify:0.9", "fp32", 1.01}}) {
    const Output o = compress(last.recipe, out, kQuick);
    ASSERT_EQ(o.code, 0) << last.recipe << "\n" << o.err;
    const Json c = compression_of(out);
    EXPECT_EQ(c.at("bench").at("results")[1].at("precision"), last.precision) << last.recipe;
    EXPECT_LT(static_cast<double>(fs::file_size(out)), last.share * whole) << last.recipe;
    expect_sums(c);
  }
  const double weights = compression_of(out).at("before").at("parameters").get<double>();
  EXPECT_NEAR(zeros_in(out, weights), 0.9, 0.05);
}

TEST(Compress, RunsTheControlsOfSparseNetsAndOfTickets) {
  const fs::path out = small_classifier().folder / "sparse.onnx";
  const auto controls_of = [&](const std::string& recipe) {
    const Output o = compress(recipe, out, "--no-study --seeds 2");
    EXPECT_EQ(o.code, 0) << o.err;
    EXPECT_TRUE(says(o.out, " over 2 seeds: ")) << o.out;
    const Json c = compression_of(out);
    expect_sums(c);
    std::vector<std::string> names;
    for (const Json& control : c.at("controls")) {
      names.push_back(control.at("name"));
      EXPECT_EQ(control.at("failed"), "") << control;
      EXPECT_TRUE(fs::exists(control.at("model").get<std::string>())) << control;
    }
    for (const Json& to : c.at("accuracy")) EXPECT_EQ(to.at("seeds"), 2) << to;
    EXPECT_EQ(c.at("accuracy").size(), names.size() + 1);
    return names;
  };
  EXPECT_EQ(controls_of("sparsify:0.5,scope=layer | finetune:1"),
            (std::vector<std::string>{"as-long", "reinitialised"}));
  EXPECT_EQ(controls_of("ticket:0.6,epochs=1,per-round=0.3,rewind=4 | int8"),
            (std::vector<std::string>{"dense", "reinitialised"}));
  const Json ticket = compression_of(out).at("steps")[0];
  ASSERT_EQ(ticket.at("details").at("rounds").size(), 3u) << "dense and two rounds";
  const Json& rounds = ticket.at("details").at("rounds");
  EXPECT_LE(rounds[2].at("kept").get<double>(), 0.62);
  EXPECT_GT(rounds[1].at("kept").get<double>(), 0.65);
  double trainings = 0;
  for (const Json& file : ticket.at("records")) trainings += says(file.get<std::string>(), "-train.json");
  EXPECT_EQ(trainings, 3) << "that of the re-initialised control is not charged";
}

TEST(Compress, TicketsAreRewoundToTheStepThatIsAsked) {
  const fs::path folder = small_classifier().folder;
  const auto ticket = [&](const char* name, const char* rewind) {
    const fs::path out = folder / (std::string(name) + ".onnx");
    EXPECT_EQ(compress(std::string("ticket:0.5,epochs=1,per-round=0.5,rewind=") + rewind, out, kQuick).code, 0);
    return base::read_file(out);
  };
  const std::string first = ticket("rewound-0", "0");
  EXPECT_NE(ticket("rewound-4", "4"), first);
}

TEST(Compress, FactorisesByEveryRuleForRanks) {
  const fs::path out = small_classifier().folder / "ranks.onnx";
  for (const char* recipe : {"lowrank:0.9,ranks=energy,align=1", "lowrank,ranks=vbmf,align=1",
                             "lowrank:1.1,ranks=measured,align=1", "lowrank:1.2,unit=macs,align=1"}) {
    const Output o = compress(recipe, out, kQuick);
    ASSERT_EQ(o.code, 0) << recipe << "\n" << o.err;
    const Json c = compression_of(out);
    EXPECT_LE(c.at("steps")[0].at("after").at("macs").get<double>(), c.at("before").at("macs").get<double>()) << recipe;
    expect_sums(c);
  }
  EXPECT_TRUE(says(compression_of(out).at("steps")[0].at("details").dump(), "factorised"));
}

TEST(Compress, PrunesToAnEnergy) {
  const fs::path out = small_classifier().folder / "energy.onnx";
  const Output o = compress("prune:0.1,unit=energy,align=1", out, kQuick);
  ASSERT_EQ(o.code, 0) << o.err;
  EXPECT_TRUE(says(o.err, "% of the energy")) << o.err;
  const Json c = compression_of(out);
  const Json& tries = c.at("steps")[0].at("details").at("tries");
  double most = 0;
  for (const Json& t : tries)
    if (t.at("measured_share") <= 0.9) most = std::max(most, t.at("macs_share").get<double>());
  const Json& before = c.at("before");
  const double share = c.at("steps")[0].at("after").at("macs").get<double>() / before.at("macs").get<double>();
  EXPECT_LE(share, most + 1e-9) << "the output is the widest try that kept to the budget";
  EXPECT_GT(share, 0.3 * most);
}

TEST(Compress, TrainsOnPixelsAsTheModelWantsThem) {
  const fs::path out = small_classifier().folder / "normalised.onnx";
  const Output o = compress("finetune:1", out, "--no-study --normalise 0.5/0.5");
  ASSERT_EQ(o.code, 0) << o.err;
  EXPECT_EQ(compression_of(out).at("controls")[0].at("failed"), "");
}

TEST(Compress, ChargesWhatFailedOrWasEnded) {
  const fs::path out = small_classifier().folder / "lost.onnx";
  fs::remove_all(out.string() + ".steps");
  const Output failed = compress("prune:0.5,align=1 | lowrank:1e6", out, kQuick);
  EXPECT_EQ(failed.code, 1) << failed.err;
  EXPECT_FALSE(fs::exists(out));
  const Output o = compress("prune:0.5,align=1", out, kQuick);
  ASSERT_EQ(o.code, 0) << o.err;
  const Json c = compression_of(out);
  std::vector<std::string> lost;
  for (const Json& file : c.at("ledger").at("records"))
    if (says(file.get<std::string>(), "/lost-")) lost.push_back(file);
  ASSERT_EQ(lost.size(), 1u) << c.at("ledger");
  EXPECT_TRUE(says(base::read_file(lost[0]), "the job failed: ")) << "and why";
  expect_sums(c);
}

TEST(Compress, PrunesToATimeOnNoise) {
  const fs::path folder = fresh_folder("latency"), out = folder / "out.onnx";
  ASSERT_EQ(shell("cradle train classification --arch vgg-small --epochs 1 --size 32 --data " +
                  (small_classifier().folder / "images").string() + " -o " + folder.string())
                .code,
            0);
  const Output o = compress("prune:0.3,unit=latency,align=1 | int8", out, "--task none --no-study",
                            (folder / "model.onnx").string());
  ASSERT_EQ(o.code, 0) << o.err;
  const Json c = compression_of(out);
  const Json& tries = c.at("steps")[0].at("details").at("tries");
  EXPECT_EQ(tries.size(), 7u);
  EXPECT_TRUE(std::any_of(tries.begin(), tries.end(), [](const Json& t) { return t.at("measured_share") <= 0.7; }));
  EXPECT_LT(c.at("steps")[0].at("after").at("macs").get<double>(), c.at("before").at("macs").get<double>());
  EXPECT_GT(c.at("steps")[0].at("records").size(), 20u) << "every try is charged";
  expect_sums(c);
  EXPECT_TRUE(c.at("controls").empty()) << "nothing was trained";
  EXPECT_TRUE(c.at("accuracy")[0].at("difference").is_null()) << "noise has no right answer";
}

}  // namespace
}  // namespace cradle::test
