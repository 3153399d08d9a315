// A machine made of files in a temporary folder: for the tests of this room and of those above.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "cradle/sensor/power_model.h"
#include "cradle/sensor/site.h"

namespace cradle::sensor {

/// Writes sysfs and procfs as the kernel would show them.
class FakeMachine {
 public:
  FakeMachine() {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    root_ = std::filesystem::path(testing::TempDir()) /
            (std::string("fake_") + test->test_suite_name() + "_" + test->name());
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

  static constexpr double kRange = 262143.328850;  // joules; the usual max_energy_range_uj

 private:
  std::filesystem::path root_;
};

/// Inputs that are easy to calculate with: 100 W TDP; 10 W idle, 60 W at half load, 100 W at full; 0.5 W/GB.
inline PowerModelInputs plain_inputs() {
  return {"test CPU", {100, 80, 125}, {{0, 0.1}, {0.5, 0.6}, {1, 1.0}}, {1, 0.8, 1.25}, {0.5, 0.4, 0.6}};
}

}  // namespace cradle::sensor
