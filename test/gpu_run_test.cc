// Whole runs on a machine with eight GPUs, as a stand-in for NVIDIA's library shows them (test/fake_nvml).
#include <gtest/gtest.h>

#include <fstream>

#include "cradle/base/json.h"
#include "program.h"

namespace cradle::test {
namespace {

using base::Json;

constexpr double kGpu_w = 300;

/// Eight GPUs of 300 W; GPU 2 has two slices of equal size.
std::string eight_gpus(const std::string& more) {
  std::string text;
  for (int i = 0; i < 8; ++i) {
    text += "gpu NVIDIA A100-SXM4-80GB\nuuid GPU-" + std::to_string(i) + "e81c7a5\n";
    text += "energy_w 300\npower_mw 300000\nlimit_mw 400000\n" + more;
    if (i == 2) text += "mig MIG-aaaa 49\nmig MIG-bbbb 49\n";
  }
  return text;
}

class GpuRun : public testing::Test {
 protected:
  // Tests run side by side: each has a machine of its own.
  GpuRun()
      : folder_(fresh_folder(std::string("gpu-run-") + testing::UnitTest::GetInstance()->current_test_info()->name())) {
    gpus(eight_gpus(""));
  }
  void gpus(const std::string& text) { std::ofstream(folder_ / "gpus") << text; }
  std::string environment(const std::string& visible) const {
    return "LD_LIBRARY_PATH=" CRADLE_FAKE_NVML " FAKE_NVML=" + (folder_ / "gpus").string() +
           (visible.empty() ? "" : " CUDA_VISIBLE_DEVICES=" + visible);
  }
  /// The record of 0.4 s of sleep.
  Json record(const std::string& visible, const std::string& options = "") {
    const std::string file = (folder_ / "run.json").string();
    const Output output =
        shell("cradle run --quiet " + options + " --json " + file + " -- sleep 0.4", environment(visible));
    EXPECT_EQ(output.code, 0) << output.err;
    return base::read_json(file);
  }
  static std::vector<Json> gpu_parts(const Json& record) {
    std::vector<Json> parts;
    for (const Json& part : record["energy"]["parts"])
      if (part["kind"] == "gpu") parts.push_back(part);
    return parts;
  }
  /// That the one GPU of the record took `w` watts as long as the run lasted.
  static void expect_one_gpu(const Json& record, const std::string& name, const std::string& basis, double w) {
    const auto parts = gpu_parts(record);
    ASSERT_EQ(parts.size(), 1u) << record.dump(1);
    const Json& gpu = parts[0];
    EXPECT_EQ(gpu["part"], name);
    EXPECT_EQ(gpu["basis"], basis);
    const double j = w * record["duration_s"].get<double>();
    EXPECT_LE(gpu["low"].get<double>(), j);
    EXPECT_GE(gpu["high"].get<double>(), j);
    EXPECT_NEAR(gpu["j"].get<double>(), j, 0.1 * j);
  }
  std::filesystem::path folder_;
};

TEST_F(GpuRun, OfEightTheOneThatCudaShowsIsCounted) {
  for (const char* visible : {"2", "5", "GPU-5e8"}) {
    const Json json = record(visible);
    expect_one_gpu(json, visible[0] == '2' ? "gpu-2" : "gpu-5", "counter", kGpu_w);
    double sum = 0;
    for (const Json& part : json["energy"]["parts"]) sum += part["j"].get<double>();
    EXPECT_NEAR(json["energy"]["total"]["j"].get<double>(), sum, 1e-6 * sum + 1e-6);
  }
}

TEST_F(GpuRun, ASliceIsCountedByItsShare) { expect_one_gpu(record("MIG-bbbb"), "gpu-2-mig-1", "counter", kGpu_w / 2); }

TEST_F(GpuRun, WithoutAWordAllEightAreCounted) {
  const auto parts = gpu_parts(record(""));
  EXPECT_EQ(parts.size(), 8u);
}

TEST_F(GpuRun, TheMachinesScopeBillsItsJoules) {
  const Json json = record("5", "--scope machine");
  for (const Json& event : json["events"])
    if (event["part"] == "scope machine") {  // a container without a limit: the machine is not its, and that is said
      EXPECT_NE(json["energy"]["billed"]["rule"], "machine") << event["detail"];
      EXPECT_LT(json["energy"]["billed"]["j"].get<double>(), json["energy"]["total"]["j"].get<double>());
      return;
    }
  EXPECT_EQ(json["energy"]["billed"]["rule"], "machine");
  EXPECT_NEAR(json["energy"]["billed"]["j"].get<double>(), json["energy"]["total"]["j"].get<double>(), 1e-6);
  EXPECT_GE(json["energy"]["billed"]["j"].get<double>(), 0.9 * kGpu_w * json["duration_s"].get<double>());
}

TEST_F(GpuRun, WhoHoldsTheGpuIsBilledItsJoulesAndWhoDoesNotIsBilledNone) {
  // The command writes itself down as the user of GPU 5 (the last of the file that is left).
  std::string text = eight_gpus("");
  gpus(text.substr(0, text.find("gpu", text.find("GPU-5e81c7a5"))));
  const std::string file = (folder_ / "run.json").string(), gpu_file = (folder_ / "gpus").string();
  const std::string command = "sh -c \"echo process \\$\\$ >> " + gpu_file + "; exec sleep 3\"";
  const Output output = shell("cradle run --quiet --json " + file + " -- " + command, environment("5"));
  ASSERT_EQ(output.code, 0) << output.err;
  const Json used = base::read_json(file);
  const double most_j = kGpu_w * used["duration_s"].get<double>();
  EXPECT_GE(used["energy"]["billed"]["j"].get<double>(), 0.6 * most_j) << used.dump(1);

  const Json unused = record("4");
  const double split_j = unused["energy"]["split"]["mine_j"].get<double>();
  bool unseen = false;  // in a container with process ids of its own all of it is the command's, and that is said
  for (const Json& event : unused["events"])
    unseen = unseen || event["detail"].get<std::string>().find("cannot be seen") != std::string::npos;
  if (unseen)
    EXPECT_GE(split_j, 0.8 * kGpu_w * unused["duration_s"].get<double>());
  else
    EXPECT_LE(unused["energy"]["billed"]["j"].get<double>(), 0.1 * kGpu_w * unused["duration_s"].get<double>());
}

TEST_F(GpuRun, WithoutACounterPowerGivesSimilarJoules) {
  gpus(eight_gpus("fails energy 3\n"));
  expect_one_gpu(record("5"), "gpu-5", "integrated", kGpu_w);
}

TEST_F(GpuRun, ADriverThatIsNotLoadedIsInTheRecordAndTheRunGoesOn) {
  gpus("init 9\n");
  const Json json = record("5");
  EXPECT_TRUE(gpu_parts(json).empty());
  bool said = false;
  for (const Json& event : json["events"])
    said = said || event["detail"].get<std::string>().find("Driver Not Loaded") != std::string::npos;
  EXPECT_TRUE(said) << json["events"].dump(1);
}

TEST_F(GpuRun, DoctorListsTheOneAndNamesTheHiddenSeven) {
  const Output output = shell("cradle doctor --json", environment("5"));
  ASSERT_EQ(output.code, 0) << output.err;
  const Json json = base::parse_json(output.out, "doctor");
  int read = 0, hidden = 0;
  for (const Json& source : json["sources"])
    if (source["kind"] == "gpu") {
      ++read;
      EXPECT_EQ(source["part"], "gpu-5");
      EXPECT_TRUE(source["readable"].get<bool>());
    }
  for (const Json& missing : json["missing"])
    hidden += missing["why"].get<std::string>().find("CUDA_VISIBLE_DEVICES=5 hides it") != std::string::npos;
  EXPECT_EQ(read, 1);
  EXPECT_EQ(hidden, 7);
}

}  // namespace
}  // namespace cradle::test
