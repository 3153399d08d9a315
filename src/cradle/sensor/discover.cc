// One explicit list: RAPL, then models for what RAPL leaves, then what nobody here can read.
#include "cradle/sensor/discover.h"

#include <fmt/format.h>

#include <algorithm>

#include "cradle/sensor/attribute.h"
#include "cradle/sensor/rapl_powercap.h"

namespace cradle::sensor {
namespace {

namespace fs = std::filesystem;

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

/// GPUs that are there but that no sensor of this version reads: their joules are missing from the total, and it says
/// so.
void name_unread_gpus(const fs::path& root, Discovery& found) {
  std::error_code ignored;
  int nvidia = 0;
  for (const auto& gpu : fs::directory_iterator(root / "proc/driver/nvidia/gpus", ignored)) nvidia += gpu.exists();
  if (nvidia > 0)
    found.missing.push_back({"NVIDIA GPU",
                             fmt::format("{} present; this version of cradle has no sensor for it: its "
                                         "energy is not in the total",
                                         nvidia),
                             ""});
  int amd = 0;
  for (const auto& card : fs::directory_iterator(root / "sys/class/drm", ignored)) {
    const std::string name = card.path().filename();
    if (!name.starts_with("card") || name.find('-') != std::string::npos) continue;
    if (attribute_text(card.path() / "device/vendor") == "0x1002") ++amd;
  }
  if (amd > 0)
    found.missing.push_back({"AMD GPU",
                             fmt::format("{} present; this version of cradle has no sensor for it: its "
                                         "energy is not in the total unless inside the CPU package",
                                         amd),
                             ""});
}

}  // namespace

Discovery discover(const fs::path& root, const MachineFacts& facts, const PowerModelInputs& inputs) {
  Discovery found;
  const RaplCover rapl = discover_rapl(root, facts, inputs, found);
  if (!rapl.platform) {
    const double sockets = std::max({facts.sockets, rapl.packages, rapl.drams});
    add_cpu_model(1 - rapl.packages / sockets, inputs, found);
    add_memory_model(facts.record.memory_gb * (1 - rapl.drams / sockets), inputs, found);
  }
  name_unread_gpus(root, found);
  return found;
}

}  // namespace cradle::sensor
