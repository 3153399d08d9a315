// One function per driver.
#include "cradle/sensor/hwmon.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "cradle/base/text.h"
#include "cradle/sensor/attribute.h"
#include "cradle/sensor/attribute_sensor.h"

namespace cradle::sensor {
namespace {

namespace fs = std::filesystem;

constexpr double kMicro = 1e-6;  // hwmon: µW and µJ (kernel documentation, hwmon/sysfs-interface)
constexpr double kMostSocket_w = 1000, kMostGpu_w = 1500, kMostBoard_w = 20e3, kMostModule_w = 200;
// NVIDIA states no tolerance for Grace's rails, Intel none for its GPUs, ACPI lets firmware state one per meter and
// most do not. Assumed, grade C. INA3221: 0.25 % of gain (Texas Instruments data sheet) and shunts that are assumed to
// hold 1 %, grade C.
constexpr base::Interval kTolerance = {1, 0.9, 1.1};
constexpr base::Interval kRailTolerance = {1, 0.97, 1.03};

// The driver of Intel's GPUs adds up a 32-bit register of 2^-14 J when it is read, and misses a wrap that no reading
// saw (drivers/gpu/drm/i915/i915_hwmon.c): 262,144 J, at the most that a card takes.
constexpr double kIntelWrap_s = 262144 / kMostGpu_w;

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
  d.period_s = std::max(update_s, 0.1);  // power that is not read is lost
  d.tolerance = kTolerance;
  return d;
}

/// An ACPI power meter. Before the driver moved to the present way of registering, its files lay one folder deeper.
struct AcpiMeter {
  fs::path folder;
  std::string what;  ///< what its firmware says that it measures: "Grace Power Socket 0"; as a rule nothing
};

AcpiMeter acpi_meter(const fs::path& device) {
  std::error_code ignored;
  const fs::path folder = fs::exists(device / "power1_average", ignored) ? device : device / "device";
  return {folder, attribute_text(folder / "power1_oem_info").value_or("")};
}

std::string driver_of(const fs::path& device) {
  const auto name = attribute_text(device / "name");
  return name ? *name : attribute_text(device / "device/name").value_or("");
}

/// All of one socket: "Grace Power Socket 0", which is CPU, SoC and memory; on other boards "Total Power Socket 0".
bool is_whole_socket(const std::string& what) {
  const std::string low = base::lower(what);
  return low.find("socket") != std::string::npos && (low.starts_with("grace power") || low.starts_with("total"));
}

bool is_of_a_socket(const std::string& what) { return base::lower(what).find("socket") != std::string::npos; }

double update_of(const AcpiMeter& meter) {
  return attribute_number(meter.folder / "power1_average_interval").value_or(1000) * 1e-3;
}

bool readable(const AcpiMeter& meter, Discovery& found) {
  Attribute probe(meter.folder / "power1_average");
  if (probe.number()) return true;
  const std::string name = meter.what.empty() ? meter.folder.filename().string() : meter.what;
  found.missing.push_back({"ACPI power meter " + name, probe.why(), ""});
  return false;
}

void add_socket(const AcpiMeter& meter, HwmonCover& cover, Discovery& found) {
  if (!readable(meter, found)) return;
  const std::string socket = meter.what.substr(meter.what.rfind(' ') + 1);
  found.sensors.push_back(
      power_in_file(meter.folder / "power1_average", kMicro,
                    part("cpu-socket-" + socket, "cpu", "hwmon " + meter.what, kMostSocket_w, update_of(meter))));
  cover.processors = true;
}

/// Meters of rails inside a socket or of a module around it are named; one that says nothing of itself is the board's.
void add_other_meter(const AcpiMeter& meter, HwmonCover& cover, Discovery& found) {
  if (is_of_a_socket(meter.what)) {
    const bool module = base::lower(meter.what).starts_with("module");
    if (!cover.processors)
      found.missing.push_back({meter.what,
                               "a part of what it measures is not told apart, and the meter of the whole "
                               "socket cannot be read",
                               ""});
    else
      found.missing.push_back(
          {meter.what,
           module ? "contains the socket and its GPU, which are read one by one" : "inside the socket, which is read",
           "", true});
  } else if (cover.board) {
    found.missing.push_back({"ACPI power meter " + meter.folder.filename().string(),
                             "a second meter of the board: whether it is inside the first is not known", "", true});
  } else if (readable(meter, found)) {
    PartDescription d = part("node-rest", "board", "hwmon acpi power meter", kMostBoard_w, update_of(meter));
    d.contains = {"*"};
    found.sensors.push_back(power_in_file(meter.folder / "power1_average", kMicro, std::move(d)));
    cover.board = true;
  }
}

/// i915 and xe count µJ in 64 bits, for discrete cards only; xe labels "card" (all) and "pkg" (the chip).
void add_intel_gpu(const fs::path& device, const std::string& driver, Discovery& found) {
  fs::path energy = device / "energy1_input";
  std::string what = "";
  for (const char* label : {"pkg", "card"})
    for (int i = 1; i <= 4; ++i)
      if (attribute_text(device / fmt::format("energy{}_label", i)) == label) {
        energy = device / fmt::format("energy{}_input", i);
        what = fmt::format(" of its {}", label);
      }
  Attribute probe(energy);
  const std::string name = fmt::format("gpu-{}", next_number(found, "gpu"));
  if (!probe.number()) {
    found.missing.push_back({"Intel " + name, probe.why(), ""});
    return;
  }
  PartDescription d = part(name, "gpu", fmt::format("hwmon {} energy{}", driver, what), kMostGpu_w, 0.01);
  d.resolution_j = kMicro;
  d.period_s = kIntelWrap_s / 2;
  found.sensors.push_back(counter_in_file(energy, kMicro, std::move(d)));
}

/// The kind of a Jetson's rail, by the words in its label. A rail that serves processor and GPU counts as processor.
const char* kind_of_rail(const std::string& label) {
  const auto has = [&](const char* word) { return label.find(word) != std::string::npos; };
  if (has("GPU") && !has("CPU")) return "gpu";
  if (has("DDR") || has("VDDQ") || has("VDDRQ")) return "memory";
  if (has("CPU") || has("SOC") || has("CV")) return "cpu";
  return "board";  // "VIN_SYS_5V0", "SYS5V", "VDD_4V0_WIFI"
}

/// Rails of a Jetson: "VDD_IN" (in the older image "POM_5V_IN") is the module's input and contains the others. An AGX
/// has none: then the rails are summed, and whether its "VIN_SYS_5V0" contains the memory's rail, which is measured at
/// 5 V too, is not documented; they are taken for separate (assumed; a watt either way).
void add_jetson_rails(const fs::path& device, HwmonCover& cover, Discovery& found) {
  std::vector<std::unique_ptr<Sensor>> total;
  for (int i = 1; i <= 3; ++i) {
    const std::string label = attribute_text(device / fmt::format("in{}_label", i)).value_or("");
    const fs::path volts = device / fmt::format("in{}_input", i), amperes = device / fmt::format("curr{}_input", i);
    if (label.empty() || label == "NC") continue;
    if (!attribute_number(volts) || !attribute_number(amperes)) {
      Attribute first(volts), second(amperes);
      found.missing.push_back({"rail " + label, first.number() ? (second.number(), second.why()) : first.why(), ""});
      continue;
    }
    const bool input = label == "VDD_IN" || label == "POM_5V_IN";
    PartDescription d = part(input ? "module-rest" : label, input ? "board" : kind_of_rail(label),
                             "hwmon ina3221 " + label, kMostModule_w, 0.01);
    d.tolerance = kRailTolerance;
    if (input) d.contains = {"*"};
    auto sensor = power_in_two_files(volts, amperes, kMicro, std::move(d));  // mV · mA
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
  std::vector<AcpiMeter> meters;
  for (const fs::path& device : sorted_entries(site.root / "sys/class/hwmon")) {
    const std::string driver = driver_of(device);
    if (driver == "power_meter") meters.push_back(acpi_meter(device));
    if (driver == "i915" || driver == "xe") add_intel_gpu(device, driver, found);
    if (driver == "ina3221") add_jetson_rails(device, cover, found);
  }
  for (const AcpiMeter& meter : meters)
    if (is_whole_socket(meter.what)) add_socket(meter, cover, found);
  for (const AcpiMeter& meter : meters)
    if (!is_whole_socket(meter.what)) add_other_meter(meter, cover, found);
  return cover;
}

}  // namespace cradle::sensor
