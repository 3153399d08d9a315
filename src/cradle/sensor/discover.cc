// One explicit list: processors, accelerators, the board, then models for what nobody reads.
#include "cradle/sensor/discover.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "cradle/sensor/amd_gpu.h"
#include "cradle/sensor/attribute.h"
#include "cradle/sensor/battery.h"
#include "cradle/sensor/hwmon.h"
#include "cradle/sensor/io_model.h"
#include "cradle/sensor/ipmi.h"
#include "cradle/sensor/nvml.h"
#include "cradle/sensor/pm_counters.h"
#include "cradle/sensor/rapl.h"
#include "cradle/sensor/rpi_pmic.h"
#include "cradle/sensor/wattmeter.h"

namespace cradle::sensor {
namespace {

namespace fs = std::filesystem;

void append(Discovery more, Discovery& found) {
  std::move(more.sensors.begin(), more.sensors.end(), std::back_inserter(found.sensors));
  std::move(more.missing.begin(), more.missing.end(), std::back_inserter(found.missing));
}

void add_cpu_model(double share, const PowerModelInputs& inputs, Discovery& found) {
  if (share <= 0) return;
  if (inputs.load_curve.empty() || inputs.tdp_w.value <= 0) {
    found.missing.push_back({"CPU model", "no counter can be read and the TDP of this processor is not known", ""});
    return;
  }
  found.sensors.push_back(cpu_model(inputs, share));
}

void add_memory_model(double gb, const PowerModelInputs& inputs, Discovery& found) {
  if (gb <= 0) return;
  if (inputs.ram_w_per_gb.value <= 0) {
    found.missing.push_back({"memory model", "no counter can be read and no power per GB is known", ""});
    return;
  }
  found.sensors.push_back(memory_model(inputs, gb));
}

/// Disks and network of a machine whose board nobody measures; a container sees its host's, which are not its own.
void add_io_models(const Site& site, const MachineFacts& facts, const PowerModelInputs& inputs, Discovery& found) {
  if (!facts.container.empty()) return;
  if (auto disk = disk_model(site.root, inputs)) found.sensors.push_back(std::move(disk));
  if (auto network = network_model(site, inputs)) found.sensors.push_back(std::move(network));
}

/// GPUs that are there though their library is not: their joules are missing from the total, and it says so.
void name_unread_gpus(const Site& site, Discovery& found) {
  std::error_code ignored;
  int nvidia = 0;
  for (const auto& gpu : fs::directory_iterator(site.root / "proc/driver/nvidia/gpus", ignored)) nvidia += gpu.exists();
  const bool known = std::any_of(found.missing.begin(), found.missing.end(), [](const Missing& m) {
    return m.name.starts_with("NVIDIA") || m.name.starts_with("gpu-");
  });
  if (nvidia > 0 && next_number(found, "gpu") == 0 && !known)
    found.missing.push_back({"NVIDIA GPU",
                             fmt::format("{} present, but {} is not installed: its energy is not in the total", nvidia,
                                         site.nvml_library.empty() ? "NVML" : site.nvml_library),
                             "apt-get install libnvidia-ml1   (or the driver's own installer)"});
}

/// Meters that contain the whole machine, best first: what the wall sees, what the node's firmware sees, the battery.
void add_board(const Site& site, Discovery& found) {
  Discovery boards;
  discover_wattmeter(site, boards);
  discover_pm_counters(site, found, boards);
  discover_ipmi(site, boards);
  discover_battery(site, boards);
  std::move(boards.missing.begin(), boards.missing.end(), std::back_inserter(found.missing));
  const auto contains_all = [](const PartDescription& d) { return !d.contains.empty() && d.contains[0] == "*"; };
  bool have = false;
  std::vector<std::unique_ptr<Sensor>> chosen;
  // Those that hwmon found (an ACPI meter, a Jetson's input) stand behind these.
  for (auto& sensor : found.sensors) boards.sensors.push_back(std::move(sensor));
  found.sensors.clear();
  for (auto& sensor : boards.sensors) {
    const PartDescription d = sensor->describe();
    if (!contains_all(d)) {
      found.sensors.push_back(std::move(sensor));
    } else if (have) {
      found.missing.push_back(
          {d.start.sensor, fmt::format("measures the whole machine, as {} does", chosen[0]->describe().start.sensor),
           "", true});
    } else {
      have = true;
      chosen.push_back(std::move(sensor));
    }
  }
  for (auto& sensor : chosen) found.sensors.push_back(std::move(sensor));
}

bool has_board(const Discovery& found) {
  return !found.sensors.empty() && [&] {
    const auto contains = found.sensors.back()->describe().contains;
    return !contains.empty() && contains[0] == "*";
  }();
}

/// GPUs that the run cannot see are read where a meter of the whole machine is, for what remains of it would hold their
/// joules and bill them to the run; otherwise they are named.
void settle_hidden(Discovery hidden, Discovery& found) {
  if (has_board(found))
    found.sensors.insert(found.sensors.end() - 1, std::make_move_iterator(hidden.sensors.begin()),
                         std::make_move_iterator(hidden.sensors.end()));
  else
    std::move(hidden.missing.begin(), hidden.missing.end(), std::back_inserter(found.missing));
}

}  // namespace

Discovery discover(const Site& site, const MachineFacts& facts, const PowerModelInputs& inputs) {
  Discovery found;
  found.cpus = facts.online_cpus;
  std::future<NvidiaGpus> asked = look_for_nvidia(site);
  const RaplCover rapl = discover_rapl(site, facts, inputs, found);
  NvidiaGpus nvidia = asked.get();
  append(std::move(nvidia.found), found);
  discover_amd_gpus(site, found);
  const HwmonCover hwmon = discover_hwmon(site, found);
  const bool pmic = discover_rpi_pmic(site, found);
  add_board(site, found);
  settle_hidden(std::move(nvidia.hidden), found);
  name_unread_gpus(site, found);
  if (has_board(found) || rapl.platform || pmic) return found;
  if (!hwmon.processors) {
    // A container whose limit is known is modelled as the part of the machine that it may use. Where a counter of the
    // whole host can be read in it, the parts stay the host's, and CPU time says how little of them is the container's.
    const double sockets = std::max({facts.sockets, rapl.packages, rapl.drams});
    const bool only_gpus = std::all_of(found.sensors.begin(), found.sensors.end(),
                                       [](const auto& s) { return s->describe().start.kind == "gpu"; });
    found.container_share = only_gpus && facts.cpu_share < 1;
    const double share = found.container_share ? facts.cpu_share : 1;
    found.cpus = facts.online_cpus * share;
    add_cpu_model((1 - rapl.packages / sockets) * share, inputs, found);
    const double gb = found.container_share ? facts.usable_memory_gb : facts.record.memory_gb;
    add_memory_model(gb * (1 - rapl.drams / sockets), inputs, found);
  }
  add_io_models(site, facts, inputs, found);
  return found;
}

}  // namespace cradle::sensor
