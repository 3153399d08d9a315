// One function per driver.
#include "cradle/sensor/hwmon.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "cradle/sensor/attribute.h"
#include "cradle/sensor/attribute_sensor.h"

namespace cradle::sensor {
namespace {

namespace fs = std::filesystem;

constexpr double kMicro = 1e-6;  // hwmon: µW and µJ (kernel documentation, hwmon/sysfs-interface)
constexpr double kMostSocket_w = 1000, kMostGpu_w = 1500, kMostBoard_w = 20e3, kMostModule_w = 200;
// NVIDIA states no tolerance for Grace's rails, Intel none for its GPUs, ACPI lets firmware state one per meter and
// most do not. Assumed, grade C. INA3221: 0.25 % of gain and shunts of 1 % (Texas Instruments data sheet; Jetson
// schematics).
constexpr base::Interval kTolerance = {1, 0.9, 1.1};
constexpr base::Interval kRailTolerance = {1, 0.97, 1.03};

std::vector<fs::path> sorted_entries(const fs::path& folder) {
  std::vector<fs::path> entries;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) entries.push_back(entry.path());
  std::sort(entries.begin(), entries.end());
  return entries;
}

PartDescription part(std::string name, const char* kind, std::string sensor, double most_w, double update_s) {
  PartDescription d;
  d.start = {std::move(name), kind, record::Basis::kIntegrated, std::move(sensor)};
  d.most_w = most_w;
  d.update_s = update_s;
  d.period_s = std::max(update_s, 0.1);
  d.tolerance = kTolerance;
  return d;
}

/// ACPI power meters: Grace names what each one measures; a meter without such a name measures the whole board.
void add_acpi_meter(const fs::path& device, HwmonCover& cover, Discovery& found) {
  const fs::path power = device / "power1_average";
  Attribute probe(power);
  const std::string what = attribute_text(device / "power1_oem_info").value_or("");
  if (!probe.number()) {
    found.missing.push_back({"ACPI power meter " + what, probe.why(), ""});
    return;
  }
  const double update_s = attribute_number(device / "power1_average_interval").value_or(1000) * 1e-3;
  if (what.starts_with("Grace Power Socket")) {  // CPU rail, SoC rail and memory of one socket
    const std::string socket = what.substr(what.rfind(' ') + 1);
    found.sensors.push_back(
        power_in_file(power, kMicro, part("cpu-socket-" + socket, "cpu", "hwmon " + what, kMostSocket_w, update_s)));
    cover.processors = true;
  } else if (what.starts_with("CPU Power Socket") || what.starts_with("SysIO Power Socket")) {
    found.missing.push_back({what, "inside Grace Power, which is read", "", true});
  } else if (what.starts_with("Module Power Socket")) {
    found.missing.push_back({what, "contains Grace and its GPU, which are read one by one", "", true});
  } else if (!cover.board) {
    PartDescription d = part("node-rest", "board", "hwmon acpi power meter", kMostBoard_w, update_s);
    d.contains = {"*"};
    found.sensors.push_back(power_in_file(power, kMicro, std::move(d)));
    cover.board = true;
  } else {
    found.missing.push_back({"ACPI power meter " + device.filename().string(),
                             "a second meter of the board: whether it is inside the first is not known", "", true});
  }
}

/// i915 and xe count µJ in 64 bits, for discrete cards only; xe labels "card" (all) and "pkg" (the chip).
void add_intel_gpu(const fs::path& device, const std::string& driver, Discovery& found) {
  fs::path energy = device / "energy1_input";
  for (int i = 1; i <= 4; ++i)
    if (attribute_text(device / fmt::format("energy{}_label", i)) == "card")
      energy = device / fmt::format("energy{}_input", i);
  Attribute probe(energy);
  const std::string name = fmt::format("gpu-{}", next_number(found, "gpu"));
  if (!probe.number()) {
    found.missing.push_back({"Intel " + name, probe.why(), ""});
    return;
  }
  PartDescription d = part(name, "gpu", fmt::format("hwmon {} energy", driver), kMostGpu_w, 0.01);
  d.resolution_j = kMicro;
  d.period_s = 0;
  found.sensors.push_back(counter_in_file(energy, kMicro, std::move(d)));
}

/// Rails of a Jetson: "VDD_IN" (in the older image "POM_5V_IN") is the module's input and contains the others.
void add_jetson_rails(const fs::path& device, HwmonCover& cover, Discovery& found) {
  std::vector<std::unique_ptr<Sensor>> total;
  for (int i = 1; i <= 4; ++i) {
    std::string label = attribute_text(device / fmt::format("in{}_label", i)).value_or("");
    fs::path volts = device / fmt::format("in{}_input", i), amperes = device / fmt::format("curr{}_input", i);
    if (label.empty() || label == "NC" || label.starts_with("sum of") || !attribute_number(volts) ||
        !attribute_number(amperes))
      continue;
    const bool input = label == "VDD_IN" || label == "POM_5V_IN";
    const bool gpu = label.find("GPU") != std::string::npos && label.find("CPU") == std::string::npos;
    const bool memory = label.find("DDR") != std::string::npos || label.find("VDDQ") != std::string::npos;
    PartDescription d = part(input ? "module-rest" : label,
                             input    ? "board"
                             : gpu    ? "gpu"
                             : memory ? "memory"
                                      : "cpu",
                             "hwmon ina3221 " + label, kMostModule_w, 0.01);
    d.tolerance = kRailTolerance;
    if (input) d.contains = {"*"};
    auto sensor = power_in_two_files(volts, amperes, 1e-6, std::move(d));  // mV · mA
    if (input) {
      cover.board = true;
      total.push_back(std::move(sensor));
    } else {
      cover.processors = true;
      found.sensors.push_back(std::move(sensor));
    }
  }
  for (auto& sensor : total) found.sensors.push_back(std::move(sensor));
}

}  // namespace

int next_number(const Discovery& found, std::string_view kind) {
  std::set<std::string> parts;
  for (const auto& sensor : found.sensors)
    if (const auto start = sensor->describe().start; start.kind == kind) parts.insert(start.part);
  int number = 0;
  while (parts.count(fmt::format("{}-{}", kind, number))) ++number;
  return number;
}

HwmonCover discover_hwmon(const Site& site, Discovery& found) {
  HwmonCover cover;
  for (const fs::path& device : sorted_entries(site.root / "sys/class/hwmon")) {
    const std::string driver = attribute_text(device / "name").value_or("");
    if (driver == "power_meter") add_acpi_meter(device, cover, found);
    if (driver == "i915" || driver == "xe") add_intel_gpu(device, driver, found);
    if (driver == "ina3221") add_jetson_rails(device, cover, found);
  }
  return cover;
}

}  // namespace cradle::sensor
