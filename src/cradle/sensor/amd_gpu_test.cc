// AMD GPUs: metrics tables of several versions, hwmon power, and who uses them.
#include "cradle/sensor/amd_gpu.h"

#include <cstring>

#include "cradle/sensor/fake_machine_test.h"

namespace cradle::sensor {
namespace {

const IsMine kUnder100 = [](int pid) { return pid < 100; };

/// A metrics table of version format.content with this accumulator at this place.
std::string table(int format, int content, std::size_t at, std::uint64_t units, std::size_t size = 400) {
  std::string bytes(size, '\0');
  const auto length = static_cast<std::uint16_t>(size);
  std::memcpy(bytes.data(), &length, sizeof length);
  bytes[2] = static_cast<char>(format);
  bytes[3] = static_cast<char>(content);
  std::memcpy(bytes.data() + at, &units, sizeof units);
  return bytes;
}

class Amd : public testing::Test {
 protected:
  Amd() : site_(machine_.site()) {}
  void card(int n, const std::string& metrics, const std::string& hwmon_file = "", const std::string& uw = "") {
    const std::string device = device_of(n);
    machine_.write(device + "vendor", "0x1002\n");
    machine_.write(device + "drm/renderD" + std::to_string(128 + n) + "/dev", "");
    if (!metrics.empty()) machine_.write(device + "gpu_metrics", metrics);
    if (!hwmon_file.empty()) machine_.write(device + "hwmon/hwmon3/" + hwmon_file, uw + "\n");
  }
  static std::string device_of(int n) { return "sys/class/drm/card" + std::to_string(n) + "/device/"; }
  /// KFD's number 1000 + n for card n.
  void known_to_kfd(int n) {
    const std::string node = "sys/class/kfd/kfd/topology/nodes/" + std::to_string(n + 1) + "/";
    machine_.write(node + "gpu_id", std::to_string(1000 + n) + "\n");
    machine_.write(node + "properties", "simd_count 304\ndrm_render_minor " + std::to_string(128 + n) + "\n");
    machine_.write("sys/class/kfd/kfd/topology/nodes/0/properties", "cpu_cores_count 64\ndrm_render_minor 0\n");
    std::filesystem::create_directories(machine_.root() / "sys/class/kfd/kfd/proc");
  }
  void process(int pid, const std::string& file, const std::string& text) {
    machine_.write("sys/class/kfd/kfd/proc/" + std::to_string(pid) + "/" + file, text + "\n");
  }
  Discovery& discovered() {
    found_ = {};
    discover_amd_gpus(site_, found_);
    return found_;
  }
  Reading read(const std::string& part) {
    Usage usage;
    usage.is_mine = &kUnder100;
    return sensor_of(found_, part).read(usage);
  }
  FakeMachine machine_;
  Site site_;
  Discovery found_;
};

TEST(AmdMetrics, EveryKnownTableHasItsAccumulatorAtItsPlace) {
  const std::pair<int, std::size_t> places[] = {{4, 24}, {5, 88}, {6, 16}, {7, 24}, {8, 24}};
  for (const auto& [content, at] : places)
    EXPECT_DOUBLE_EQ(accumulated_joules(table(1, content, at, 65536 * 100)).value_or(0), 100) << "1." << content;
}

TEST(AmdMetrics, OtherTablesHaveNone) {
  EXPECT_FALSE(accumulated_joules(table(1, 3, 32, 65536)));  // its unit differs by chip
  EXPECT_FALSE(accumulated_joules(table(1, 9, 24, 65536)));
  EXPECT_FALSE(accumulated_joules(table(2, 4, 24, 65536)));
  EXPECT_FALSE(accumulated_joules(table(1, 200, 24, 65536)));
  EXPECT_FALSE(accumulated_joules(""));
  EXPECT_FALSE(accumulated_joules(std::string("\x04\x00\x01\x04", 4)));  // cut short
}

TEST(AmdMetrics, AnAccumulatorThatFirmwareDoesNotFillIsNone) {
  EXPECT_FALSE(accumulated_joules(table(1, 4, 24, 0)));
  EXPECT_FALSE(accumulated_joules(table(1, 4, 24, ~std::uint64_t{0})));
}

TEST_F(Amd, TheAccumulatorIsACounter) {
  card(0, table(1, 6, 16, 65536 * 50), "power1_input", "400000000");
  discovered();
  EXPECT_EQ(parts_of(found_), Parts{"gpu-0 counter"});
  EXPECT_DOUBLE_EQ(read("gpu-0").counter_j, 50);
  machine_.write(device_of(0) + "gpu_metrics", table(1, 6, 16, 65536 * 75));
  EXPECT_DOUBLE_EQ(read("gpu-0").counter_j, 75);
}

TEST_F(Amd, AnAccumulatorThatVanishesIsAGapWithAReason) {
  card(0, table(1, 4, 24, 65536 * 50));
  discovered();
  machine_.write(device_of(0) + "gpu_metrics", table(1, 4, 24, 0));
  EXPECT_FALSE(read("gpu-0").ok);
  EXPECT_NE(read("gpu-0").why.find("no energy any more"), std::string::npos);
}

TEST_F(Amd, WithoutAnAccumulatorPowerIsIntegrated) {
  card(0, table(1, 3, 24, 0), "power1_average", "250000000");
  card(1, "", "power1_input", "300000000");  // since MI300 the average is gone
  discovered();
  EXPECT_EQ(parts_of(found_), (Parts{"gpu-0 integrated", "gpu-1 integrated"}));
  EXPECT_DOUBLE_EQ(read("gpu-0").w.value, 250);
  EXPECT_DOUBLE_EQ(read("gpu-1").w.value, 300);
  EXPECT_GT(found_.sensors[0]->describe().period_s, 0);
  machine_.empty(device_of(0) + "hwmon/hwmon3/power1_average");
  EXPECT_FALSE(read("gpu-0").ok);
}

TEST_F(Amd, TheSecondDieOfABoardIsNotCounted) {
  card(0, table(1, 3, 24, 0), "power1_average", "500000000");
  card(1, table(1, 3, 24, 0), "power1_average", "0");
  EXPECT_EQ(parts_of(discovered()), Parts{"gpu-0 integrated"});
  EXPECT_NE(why_of(found_, "AMD card1").find("other die"), std::string::npos);
}

TEST_F(Amd, OneInsideAProcessorIsNotCountedTwice) {
  card(0, table(2, 4, 24, 65536), "power1_average", "15000000");
  EXPECT_TRUE(discovered().sensors.empty());
  EXPECT_NE(why_of(found_, "AMD GPU card0").find("inside the processor"), std::string::npos);
  EXPECT_TRUE(found_.missing[0].counted_elsewhere);
}

TEST_F(Amd, OneWithoutAnySensorIsMissing) {
  card(0, "");
  EXPECT_TRUE(discovered().sensors.empty());
  EXPECT_NE(why_of(found_, "AMD gpu-0"), "not missing");
}

TEST_F(Amd, CardsOfOthersAndConnectorsAreLeftAlone) {
  machine_.write("sys/class/drm/card0/device/vendor", "0x8086\n");
  machine_.write("sys/class/drm/card1-DP-1/device/vendor", "0x1002\n");
  discovered();
  EXPECT_TRUE(found_.sensors.empty() && found_.missing.empty());
}

TEST_F(Amd, TheTenthCardIsNotTheSecond) {
  card(10, table(1, 4, 24, 65536 * 10));
  card(2, table(1, 4, 24, 65536 * 2));
  discovered();
  EXPECT_DOUBLE_EQ(read("gpu-0").counter_j, 2);
  EXPECT_DOUBLE_EQ(read("gpu-1").counter_j, 10);
}

TEST_F(Amd, AUserOfOneGpuIsNoUserOfTheOther) {
  for (int n : {0, 1}) {
    card(n, table(1, 4, 24, 65536));
    known_to_kfd(n);
  }
  process(7, "vram_1000", "4096");
  process(7, "vram_1001", "0");  // open, as KFD opens all, but unused
  process(700, "queues/0/gpuid", "1001");
  discovered();
  EXPECT_EQ(found_.sensors[0]->describe().period_s, 1);  // for its users
  EXPECT_EQ(read("gpu-0").mine, 1);
  EXPECT_EQ(read("gpu-1").mine, 0);
}

TEST_F(Amd, SharersSplitByTheWavesTheyHave) {
  card(0, table(1, 4, 24, 65536));
  known_to_kfd(0);
  process(7, "vram_1000", "4096");
  process(7, "stats_1000/cu_occupancy", "30");
  process(700, "vram_1000", "4096");
  process(700, "stats_1000/cu_occupancy", "90");
  discovered();
  EXPECT_DOUBLE_EQ(*read("gpu-0").mine, 0.25);
}

TEST_F(Amd, WhereProcessesCannotBeToldAllIsTheCommandsAndThatIsSaid) {
  card(0, table(1, 4, 24, 65536));
  discovered();
  EXPECT_EQ(read("gpu-0").mine, 1);
  EXPECT_NE(read("gpu-0").note.find("cannot be seen"), std::string::npos);
  known_to_kfd(0);
  process(700, "vram_1000", "4096");
  site_.own_process_ids = false;
  discovered();
  EXPECT_EQ(read("gpu-0").mine, 1);
  site_.own_process_ids = true;
  discovered();
  EXPECT_EQ(read("gpu-0").mine, 0);
}

}  // namespace
}  // namespace cradle::sensor
