// A machine made of files in a temporary folder: for the tests of this room and of those above.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "cradle/base/scratch_test.h"
#include "cradle/sensor/power_model.h"
#include "cradle/sensor/sensor.h"
#include "cradle/sensor/site.h"

namespace cradle::sensor {

/// Writes sysfs and procfs as the kernel would show them.
class FakeMachine {
 public:
  FakeMachine() {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    root_ = base::scratch_folder() / (std::string("fake_") + test->test_suite_name() + "_" + test->name());
    std::filesystem::remove_all(root_);
    write("proc/stat", "cpu 0 0 0 0 0 0 0 0 0 0\n");
    write("proc/meminfo", "MemTotal:       16000000 kB\n");
    cpu("Intel(R) Xeon(R) Gold 6438N", 4, 1);
  }
  ~FakeMachine() { std::filesystem::remove_all(root_); }

  const std::filesystem::path& root() const { return root_; }
  /// Its files, and nothing of the real machine.
  Site site() const {
    Site site;
    site.root = root_;
    site.nvml_library = "";
    return site;
  }

  void write(const std::string& path, const std::string& text) const {
    std::filesystem::create_directories((root_ / path).parent_path());
    std::ofstream(root_ / path, std::ios::trunc) << text;
  }

  void cpu(const std::string& model, int cpus, int sockets, const std::string& flags = "fpu vme") const {
    write("proc/cpuinfo", "processor\t: 0\nmodel name\t: " + model + "\nflags\t\t: " + flags + "\n");
    write("sys/devices/system/cpu/online", "0-" + std::to_string(cpus - 1) + "\n");
    for (int i = 0; i < cpus; ++i)
      write("sys/devices/system/cpu/cpu" + std::to_string(i) + "/topology/physical_package_id",
            std::to_string(i * sockets / cpus) + "\n");
  }

  static std::string folder(const std::string& zone) { return "sys/class/powercap/" + zone + "/"; }

  /// A zone such as ("intel-rapl:0", "package-0"); range 0: max_energy_range_uj cannot be read.
  void zone(const std::string& id, const std::string& name, double joules, double range_j = kRange) const {
    write(folder(id) + "name", name + "\n");
    if (range_j > 0)
      write(folder(id) + "max_energy_range_uj", std::to_string(static_cast<long long>(range_j * 1e6)) + "\n");
    energy(id, joules);
  }
  void energy(const std::string& id, double joules) const {
    write(folder(id) + "energy_uj", std::to_string(static_cast<long long>(joules * 1e6 + 0.5)) + "\n");
  }
  /// The kernel answers with nothing, as it does when a read fails half way.
  void spoil(const std::string& id) const { write(folder(id) + "energy_uj", ""); }

  void remove(const std::string& path) const { std::filesystem::remove_all(root_ / path); }
  /// An open file that shrank to nothing: the next read finds no text.
  void empty(const std::string& path) const { std::filesystem::resize_file(root_ / path, 0); }

  /// The kernel's "power" unit of perf with these domains ("pkg", "ram", "psys"), each 2^-32 J per count.
  void power_unit(const std::vector<std::string>& domains, const std::string& cpumask = "0") const {
    const std::string unit = "sys/bus/event_source/devices/power/";
    write(unit + "type", "23\n");
    write(unit + "cpumask", cpumask + "\n");
    int config = 1;
    for (const std::string& domain : domains) {
      write(unit + "events/energy-" + domain, "event=0x0" + std::to_string(++config) + "\n");
      write(unit + "events/energy-" + domain + ".scale", "2.3283064365386962890625e-10\n");
      write(unit + "events/energy-" + domain + ".unit", "Joules\n");
    }
  }

  static constexpr double kRange = 262143.328850;  // joules; the usual max_energy_range_uj

 private:
  std::filesystem::path root_;
};

/// Performance events whose counts a test writes: each open event is a pipe, of which a read takes 8 bytes.
class FakeEvents {
 public:
  using Key = std::tuple<std::uint64_t, int>;  ///< config, CPU
  ~FakeEvents() {
    for (const auto& [key, fd] : writers_) ::close(fd);
  }
  /// As the kernel would answer; −errno of `refusal` if that is not 0.
  OpenEvent opener(int refusal = 0) {
    return [this, refusal](std::uint32_t type, std::uint64_t config, int cpu) {
      EXPECT_EQ(type, 23u);
      if (refusal != 0) return -refusal;
      int ends[2];
      if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return -errno;
      writers_[{config, cpu}] = ends[1];
      return ends[0];
    };
  }
  /// What the next read of that event will find.
  void count(std::uint64_t config, int cpu, double joules) {
    const auto units = static_cast<std::uint64_t>(joules * 4294967296.0);
    EXPECT_EQ(::write(writers_.at({config, cpu}), &units, sizeof units), static_cast<ssize_t>(sizeof units));
  }
  std::size_t size() const { return writers_.size(); }

 private:
  std::map<Key, int> writers_;
};

/// What discovery found, in words: "part basis" in order.
inline std::vector<std::string> parts_of(const Discovery& found) {
  std::vector<std::string> parts;
  for (const auto& sensor : found.sensors) {
    const auto start = sensor->describe().start;
    parts.push_back(start.part + " " + std::string(name_of(start.basis)));
  }
  return parts;
}
/// The sensor of a part; fails the test if there is none.
inline Sensor& sensor_of(const Discovery& found, const std::string& part) {
  for (const auto& sensor : found.sensors)
    if (sensor->describe().start.part == part) return *sensor;
  ADD_FAILURE() << "no part " << part;
  return *found.sensors.at(0);
}
/// Why something is missing; "not missing" if it is not.
inline std::string why_of(const Discovery& found, const std::string& name) {
  for (const Missing& m : found.missing)
    if (m.name == name) return m.why;
  return "not missing";
}
using Parts = std::vector<std::string>;

/// Inputs that are easy to calculate with: 100 W TDP; 10 W idle, 60 W at half load, 100 W at full; 0.5 W/GB.
inline PowerModelInputs plain_inputs() {
  return {"test CPU", {100, 80, 125}, {{0, 0.1}, {0.5, 0.6}, {1, 1.0}}, {1, 0.8, 1.25}, {0.5, 0.4, 0.6}};
}

}  // namespace cradle::sensor
