// The NVML sensor against a stand-in for the library (test/fake_nvml), opened as the real one.
#include "cradle/sensor/nvml.h"

#include <cstdlib>

#include "cradle/sensor/fake_machine_test.h"
#include "cradle/sensor/nvml_library.h"

namespace cradle::sensor {
namespace {

const IsMine kUnder100 = [](int pid) { return pid < 100; };

/// GPUs in a file that the stand-in reads at every call.
class Nvml : public testing::Test {
 protected:
  Nvml() {
    site_ = machine_.site();
    site_.nvml_library = CRADLE_FAKE_NVML;
    ::setenv("FAKE_NVML", (machine_.root() / "gpus").c_str(), 1);
    gpus("");
  }
  ~Nvml() override { ::unsetenv("FAKE_NVML"); }

  void gpus(const std::string& text) const { machine_.write("gpus", text); }
  Discovery& discovered() {
    found_ = {};
    hidden_ = {};
    NvidiaGpus gpus = look_for_nvidia(site_).get();
    found_ = std::move(gpus.found);
    hidden_ = std::move(gpus.hidden);
    return found_;
  }
  /// One GPU of this name and these lines, found.
  Sensor& gpu(const std::string& name, const std::string& lines) {
    gpus("gpu " + name + "\nuuid GPU-0\n" + lines);
    return sensor_of(discovered(), "gpu-0");
  }
  static Reading read(Sensor& sensor, const IsMine& is_mine = kUnder100) {
    Usage usage;
    usage.is_mine = &is_mine;
    return sensor.read(usage);
  }

  FakeMachine machine_;
  Site site_;
  Discovery found_, hidden_;
};

TEST_F(Nvml, TheCounterIsReadInJoules) {
  Sensor& sensor = gpu("NVIDIA A100-SXM4-80GB", "energy_mj 12500\npower_mw 300000\nlimit_mw 400000\n");
  const PartDescription d = sensor.describe();
  EXPECT_EQ(d.start.kind, "gpu");
  EXPECT_EQ(d.start.basis, record::Basis::kCounter);
  EXPECT_DOUBLE_EQ(d.resolution_j, 0.001);
  EXPECT_DOUBLE_EQ(d.most_w, 800);  // twice its power limit
  EXPECT_EQ(d.period_s, 1);         // for its users; the counter can wait
  EXPECT_DOUBLE_EQ(read(sensor).counter_j, 12.5);
  gpus("gpu x\nenergy_mj 13500\npower_mw 300000\n");
  EXPECT_DOUBLE_EQ(read(sensor).counter_j, 13.5);
}

TEST_F(Nvml, WithoutACounterPowerIsIntegrated) {
  for (const char* none : {"fails energy 3\n", "fails energy 999\n", "energy_mj 0\n"}) {
    Sensor& sensor = gpu("Tesla P100-PCIE-16GB", std::string("power_mw 150000\n") + none);
    EXPECT_EQ(sensor.describe().start.basis, record::Basis::kIntegrated) << none;
    EXPECT_GT(sensor.describe().period_s, 0);
    EXPECT_DOUBLE_EQ(read(sensor).w.value, 150);
    EXPECT_FALSE(read(sensor).basis);
  }
}

TEST_F(Nvml, PowerNowIsPreferredToTheMeanOfTheLastSecond) {
  EXPECT_DOUBLE_EQ(read(gpu("NVIDIA L4", "power_mw 60000\ninstant_mw 72000\n")).w.value, 72);
  EXPECT_DOUBLE_EQ(read(gpu("NVIDIA L4", "power_mw 60000\ninstant_mw 72000\nfails field 3\n")).w.value, 60);
  EXPECT_DOUBLE_EQ(read(gpu("NVIDIA L4", "power_mw 60000\n")).w.value, 60);  // the field answers "not supported"
}

TEST_F(Nvml, ACounterWithdrawnInMidRunGoesOnAsPowerAndSaysSo) {
  Sensor& sensor = gpu("NVIDIA A100", "energy_mj 1000\npower_mw 250000\n");
  EXPECT_FALSE(read(sensor).basis);
  gpus("gpu NVIDIA A100\nenergy_mj 1000\npower_mw 250000\nfails energy 3\n");
  const Reading reading = read(sensor);
  EXPECT_TRUE(reading.ok);
  ASSERT_TRUE(reading.basis);
  EXPECT_EQ(*reading.basis, record::Basis::kIntegrated);
  EXPECT_DOUBLE_EQ(reading.w.value, 250);
  EXPECT_NE(reading.why.find("Not Supported (3)"), std::string::npos);
  gpus("gpu NVIDIA A100\nenergy_mj 9000\npower_mw 260000\n");  // back again: power goes on, the joules between are lost
  EXPECT_EQ(read(sensor).basis, record::Basis::kIntegrated);
}

TEST_F(Nvml, AGpuLostInMidRunIsAGapAndComesBackAsACounter) {
  Sensor& sensor = gpu("NVIDIA A100", "energy_mj 1000\npower_mw 250000\n");
  gpus("gpu NVIDIA A100\nenergy_mj 1000\nfails all 15\n");
  const Reading lost = read(sensor);
  EXPECT_FALSE(lost.ok);
  EXPECT_NE(lost.why.find("GPU is lost (15)"), std::string::npos);
  gpus("gpu NVIDIA A100\nenergy_mj 5000\npower_mw 250000\n");
  EXPECT_DOUBLE_EQ(read(sensor).counter_j, 5);
  EXPECT_FALSE(read(sensor).basis);
}

TEST_F(Nvml, SwingWidensTheIntervalOfASensorThatLooksAQuarterOfTheTime) {
  for (const char* name : {"NVIDIA H100 80GB HBM3", "NVIDIA A100-SXM4-40GB", "NVIDIA GH200 480GB"}) {
    Sensor& sensor = gpu(name, "power_mw 100000\nfails energy 3\n");
    gpus("gpu x\npower_mw 500000\n");
    read(sensor);
    gpus("gpu x\npower_mw 300000\n");
    const base::Interval w = read(sensor).w;
    EXPECT_DOUBLE_EQ(w.value, 300);
    EXPECT_DOUBLE_EQ(w.low, 300 - 0.75 * 200) << name;
    EXPECT_DOUBLE_EQ(w.high, 300 + 0.75 * 200) << name;
  }
  for (const char* name : {"Tesla V100-SXM2-16GB", "NVIDIA RTX A1000", "NVIDIA GeForce RTX 4090"}) {
    Sensor& sensor = gpu(name, "power_mw 100000\nfails energy 3\n");
    gpus("gpu x\npower_mw 300000\n");
    EXPECT_DOUBLE_EQ(read(sensor).w.low, 300) << name;
    EXPECT_DOUBLE_EQ(read(sensor).w.high, 300) << name;
  }
}

TEST_F(Nvml, PowerOfLongAgoIsNoSwing) {
  Sensor& sensor = gpu("NVIDIA H100 PCIe", "power_mw 100000\nfails energy 3\n");
  gpus("gpu x\npower_mw 300000\n");
  EXPECT_LT(read(sensor).w.low, 300);
  for (int i = 0; i < 64; ++i) read(sensor);
  EXPECT_DOUBLE_EQ(read(sensor).w.low, 300);
}

TEST_F(Nvml, TheShareIsThatOfItsProcesses) {
  const std::string counter = "energy_mj 1000\npower_mw 250000\n";
  EXPECT_EQ(read(gpu("L4", counter)).mine, 0);  // nobody
  EXPECT_EQ(read(gpu("L4", counter + "process 7\n")).mine, 1);
  EXPECT_EQ(read(gpu("L4", counter + "process 700\n")).mine, 0);
  EXPECT_DOUBLE_EQ(*read(gpu("L4", counter + "process 7\nprocess 700\nsample 7 30 1\nsample 700 60 2\n")).mine,
                   1.0 / 3);
  const Reading heads = read(gpu("L4", counter + "process 7\nprocess 700\n"));
  EXPECT_DOUBLE_EQ(*heads.mine, 0.5);
  EXPECT_NE(heads.note, "");
  EXPECT_FALSE(gpu("L4", counter + "process 7\n").read({}).mine);  // nobody asks
}

TEST_F(Nvml, OnlyNewSamplesCountAndAnIdleGpuKeepsTheLast) {
  const std::string two = "gpu L4\nenergy_mj 1\npower_mw 1\nprocess 7\nprocess 700\n";
  Sensor& sensor = gpu("L4", "energy_mj 1\npower_mw 1\n");
  gpus(two + "sample 7 80 10\nsample 700 20 10\n");
  EXPECT_DOUBLE_EQ(*read(sensor).mine, 0.8);
  EXPECT_DOUBLE_EQ(*read(sensor).mine, 0.8);  // no new samples
  gpus(two + "sample 7 80 10\nsample 700 20 10\nsample 7 10 20\nsample 700 90 20\n");
  EXPECT_DOUBLE_EQ(*read(sensor).mine, 0.1);
}

TEST_F(Nvml, InAContainerAllCountsAsTheCommandsAndThatIsSaid) {
  site_.own_process_ids = false;
  const Reading reading = read(gpu("L4", "energy_mj 1\npower_mw 1\nprocess 700\n"));
  EXPECT_EQ(reading.mine, 1);
  EXPECT_NE(reading.note.find("cannot be seen"), std::string::npos);
  EXPECT_EQ(sensor_of(found_, "gpu-0").describe().period_s, 0);
}

TEST_F(Nvml, WhoEndedSinceTheLastLookIsStillBilled) {
  Sensor& sensor = gpu("L4", "energy_mj 1\npower_mw 1\nprocess 7\n");
  EXPECT_EQ(read(sensor).mine, 1);
  gpus("gpu L4\nenergy_mj 2\npower_mw 1\n");
  EXPECT_EQ(read(sensor).mine, 1);
  EXPECT_EQ(read(sensor).mine, 0);
}

TEST_F(Nvml, ADriverThatNamesNoProcessesLikewise) {
  const Reading reading = read(gpu("L4", "energy_mj 1\npower_mw 1\nfails processes 4\n"));
  EXPECT_EQ(reading.mine, 1);
  EXPECT_NE(reading.note.find("does not name"), std::string::npos);
}

TEST_F(Nvml, IdlePowerIsMeasuredWhenNobodyIsThere) {
  EXPECT_DOUBLE_EQ(gpu("L4", "energy_mj 1\npower_mw 20000\n").describe().idle_w.value, 20);
  EXPECT_EQ(sensor_of(found_, "gpu-0").describe().idle_basis, "measured");
  EXPECT_EQ(gpu("L4", "energy_mj 1\npower_mw 20000\nprocess 700\n").describe().idle_basis, "unknown");
}

const std::string kSlices =
    "mig MIG-a 42\nmig MIG-b 14\nmig MIG-c 14\nenergy_mj 70000\npower_mw 300000\nprocess 7 0\nprocess 700 1\n";

TEST_F(Nvml, ASliceHasItsShareOfTheBoardAndItsOwnUsers) {
  gpus("gpu NVIDIA A100-SXM4-40GB\nuuid GPU-0\n" + kSlices);
  site_.cuda_visible_devices = "MIG-a,MIG-b";
  discovered();
  EXPECT_EQ(parts_of(found_), (Parts{"gpu-0-mig-0 counter", "gpu-0-mig-1 counter"}));
  EXPECT_DOUBLE_EQ(read(sensor_of(found_, "gpu-0-mig-0")).counter_j, 70 * 42.0 / 70);
  EXPECT_DOUBLE_EQ(read(sensor_of(found_, "gpu-0-mig-1")).counter_j, 70 * 14.0 / 70);
  EXPECT_EQ(read(sensor_of(found_, "gpu-0-mig-0")).mine, 1);
  EXPECT_EQ(read(sensor_of(found_, "gpu-0-mig-1")).mine, 0);
  const PartDescription d = sensor_of(found_, "gpu-0-mig-0").describe();
  EXPECT_NEAR(d.tolerance.high, 70.0 / 42, 1e-12);  // at most all of the board
  EXPECT_DOUBLE_EQ(d.tolerance.low, 0.1);
  EXPECT_NE(why_of(hidden_, "gpu-0-mig-2 NVIDIA A100-SXM4-40GB"), "not missing");
}

TEST_F(Nvml, ASliceOfUnknownSizeIsOneOfAsMany) {
  gpus("gpu A100\nuuid GPU-0\nfails attributes 3\n" + kSlices);
  site_.cuda_visible_devices = "MIG-c";
  EXPECT_DOUBLE_EQ(read(sensor_of(discovered(), "gpu-0-mig-2")).counter_j, 70.0 / 3);
}

std::string eight() {
  std::string text;
  for (int i = 0; i < 8; ++i)
    text += "gpu NVIDIA H100\nuuid GPU-" + std::to_string(i) + "0\nenergy_mj " + std::to_string(1000 * (i + 1)) +
            "\npower_mw 300000\n";
  return text;
}

TEST_F(Nvml, OfEightTheVisibleOneIsReadAndSevenAreNamed) {
  gpus(eight());
  for (const char* visible : {"3", "GPU-3"}) {
    site_.cuda_visible_devices = visible;
    discovered();
    EXPECT_EQ(parts_of(found_), Parts{"gpu-3 counter"});
    EXPECT_DOUBLE_EQ(read(*found_.sensors[0]).counter_j, 4);
    EXPECT_EQ(hidden_.missing.size(), 7u);
    EXPECT_NE(why_of(hidden_, "gpu-0 NVIDIA H100").find(std::string("=") + visible + " hides"), std::string::npos);
    EXPECT_TRUE(found_.missing.empty());
  }
}

TEST_F(Nvml, WithoutAWordFromCudaOrWithAllGpusAllAreRead) {
  gpus(eight());
  EXPECT_EQ(discovered().sensors.size(), 8u);
  site_.cuda_visible_devices = "3";
  site_.all_gpus = true;
  EXPECT_EQ(discovered().sensors.size(), 8u);
  EXPECT_TRUE(hidden_.sensors.empty());
}

TEST_F(Nvml, AHiddenGpuIsNoneOfTheCommandsWhoeverUsesIt) {
  gpus("gpu L4\nuuid GPU-0\nenergy_mj 1000\npower_mw 1\nprocess 7\n");
  site_.cuda_visible_devices = "";
  discovered();
  EXPECT_TRUE(found_.sensors.empty());
  ASSERT_EQ(hidden_.sensors.size(), 1u);
  EXPECT_EQ(read(*hidden_.sensors[0]).mine, 0);
  EXPECT_EQ(hidden_.sensors[0]->read({}).mine, 0);  // also when nobody asks
}

TEST_F(Nvml, UnlikeGpusInCudasOwnOrderAreAWarning) {
  const std::string unlike = "gpu NVIDIA T4\nuuid GPU-0\nenergy_mj 1\ngpu NVIDIA H100\nuuid GPU-1\nenergy_mj 1\n";
  gpus(unlike);
  site_.cuda_visible_devices = "0";
  EXPECT_NE(why_of(discovered(), "order of the GPUs").find("from the fastest"), std::string::npos);
  site_.gpus_by_bus = true;
  EXPECT_EQ(why_of(discovered(), "order of the GPUs"), "not missing");
  site_.gpus_by_bus = false;
  site_.cuda_visible_devices = "GPU-0";
  EXPECT_EQ(why_of(discovered(), "order of the GPUs"), "not missing");
}

TEST_F(Nvml, AGpuThatCannotBeReadAtAllIsMissingAndNotGuessed) {
  gpus("gpu GRID T4-4Q\nuuid GPU-0\nfails energy 3\nfails power 3\nfails field 3\ngpu L4\nuuid GPU-1\nenergy_mj 5\n");
  discovered();
  EXPECT_EQ(parts_of(found_), Parts{"gpu-1 counter"});
  EXPECT_NE(why_of(found_, "gpu-0 GRID T4-4Q").find("Not Supported"), std::string::npos);
}

TEST_F(Nvml, AGpuThatIsLostAtTheStartIsMissingAndTheOthersKeepTheirNumbers) {
  gpus("gpu L4\nuuid GPU-0\nfails handle 15\ngpu L4\nuuid GPU-1\nenergy_mj 5\n");
  discovered();
  EXPECT_EQ(parts_of(found_), Parts{"gpu-1 counter"});
  EXPECT_NE(why_of(found_, "gpu-0").find("lost"), std::string::npos);
}

TEST_F(Nvml, NoLibraryIsNoTroubleAndABrokenOneIsSaid) {
  site_.nvml_library = "libnvidia-ml-that-nobody-has.so.1";
  EXPECT_TRUE(discovered().sensors.empty());
  EXPECT_TRUE(found_.missing.empty());
  machine_.write("libbroken.so", "no library\n");
  site_.nvml_library = (machine_.root() / "libbroken.so").string();
  EXPECT_NE(why_of(discovered(), "NVIDIA GPUs"), "not missing");
  site_.nvml_library = CRADLE_FAKE_NVML_BARE;
  EXPECT_NE(why_of(discovered(), "NVIDIA GPUs").find("lacks functions"), std::string::npos);
}

TEST_F(Nvml, ADriverThatIsNotLoadedIsSaid) {
  gpus("init 9\n");
  // Another spelling of the path: libraries that answered once stay open under their name.
  site_.nvml_library = std::filesystem::path(CRADLE_FAKE_NVML).parent_path().string() + "/./libnvidia-ml.so.1";
  EXPECT_NE(why_of(discovered(), "NVIDIA GPUs").find("Driver Not Loaded (9)"), std::string::npos);
}

TEST_F(Nvml, GpusThatCannotBeCountedAreSaid) {
  gpus("count 999\n");
  EXPECT_NE(why_of(discovered(), "NVIDIA GPUs").find("(999)"), std::string::npos);
}

TEST_F(Nvml, AnOldDriverHasPowerAndNothingElse) {
  site_.nvml_library = CRADLE_FAKE_NVML_OLD;
  Sensor& sensor = gpu("Tesla K80", "power_mw 150000\nenergy_mj 7\ninstant_mw 1\nlimit_mw 1\n");
  EXPECT_EQ(sensor.describe().start.basis, record::Basis::kIntegrated);
  EXPECT_DOUBLE_EQ(sensor.describe().most_w, 1500);
  const Reading reading = read(sensor);
  EXPECT_DOUBLE_EQ(reading.w.value, 150);
  EXPECT_EQ(reading.mine, 1);
  EXPECT_NE(reading.note, "");
}

}  // namespace
}  // namespace cradle::sensor
