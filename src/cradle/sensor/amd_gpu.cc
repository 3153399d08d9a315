// gpu_metrics, hwmon and the process list of KFD.
#include "cradle/sensor/amd_gpu.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <iterator>

#include "cradle/base/text.h"
#include "cradle/sensor/attribute.h"
#include "cradle/sensor/gpu_share.h"
#include "cradle/sensor/hwmon.h"

namespace cradle::sensor {
namespace {

namespace fs = std::filesystem;

// Linux, drivers/gpu/drm/amd/include/kgd_pp_interface.h: tables 1.x are of discrete GPUs, 2.x and 3.x of processors
// with one inside. 1.4 to 1.8 (MI300 and MI350) document their accumulator in units of 2^-16 J, at these offsets; the
// unit in older tables differs by chip, and 1.9 has no fixed places.
constexpr std::size_t kHeader = 4;
constexpr std::size_t kFirstContent = 4, kOffsets[] = {24, 88, 16, 24, 24};
constexpr double kJoulesPerUnit = 1.0 / 65536;
constexpr double kMicro = 1e-6;
constexpr double kMost_w = 1500;  // MI355X: 1,400 W
constexpr double kUpdate_s = 0.1;
// AMD states no tolerance for its power telemetry. Assumed as NVIDIA's, doubled, grade C.
constexpr base::Interval kTolerance = {1, 0.9, 1.1};

class AmdGpu : public Sensor {
 public:
  AmdGpu(const fs::path& metrics, const fs::path& power, fs::path processes, std::string kfd_id, PartDescription part)
      : metrics_(metrics),
        power_(power),
        processes_(std::move(processes)),
        kfd_id_(std::move(kfd_id)),
        part_(std::move(part)) {}
  PartDescription describe() const override { return part_; }

  Reading read(const Usage& usage) override {
    Reading reading = part_.start.basis == record::Basis::kCounter ? read_counter() : read_power();
    if (reading.ok && usage.is_mine) add_share(*usage.is_mine, reading);
    return reading;
  }

 private:
  Reading read_counter() {
    const auto table = metrics_.text();
    if (!table) return {false, metrics_.why(), 0, {}};
    const auto j = accumulated_joules(*table);
    if (!j) return {false, metrics_.path().string() + ": the table has no energy any more", 0, {}};
    return {true, "", *j, {}};
  }

  Reading read_power() {
    const auto uw = power_.number();
    if (!uw) return {false, power_.why(), 0, {}};
    const double w = static_cast<double>(*uw) * kMicro;
    return {true, "", 0, {w, w, w}};
  }

  void add_share(const IsMine& is_mine, Reading& reading) {
    std::error_code error;
    fs::directory_iterator entries(processes_, error);
    if (error || kfd_id_.empty()) {
      reading.mine = 1;
      reading.note = "who uses this GPU cannot be seen: all of it counts as the command's";
      return;
    }
    std::vector<GpuUser> users;
    for (const auto& entry : entries) {
      const std::string name = entry.path().filename();
      int pid = 0;
      if (std::from_chars(name.data(), name.data() + name.size(), pid).ec != std::errc() || !holds(entry.path()))
        continue;
      users.push_back(
          {pid, attribute_number(entry.path() / ("stats_" + kfd_id_) / "cu_occupancy").value_or(0)});  // waves now
    }
    const GpuShare share = shares_.since_last_look(std::move(users), is_mine);
    reading.mine = share.mine;
    reading.note = share.note;
  }

  /// A process of KFD has opened every GPU; it uses those on which it has memory or a queue.
  bool holds(const fs::path& process) const {
    if (attribute_number(process / ("vram_" + kfd_id_)).value_or(0) > 0) return true;
    std::error_code ignored;
    for (const auto& queue : fs::directory_iterator(process / "queues", ignored))
      if (attribute_text(queue.path() / "gpuid") == kfd_id_) return true;
    return false;
  }

  Attribute metrics_, power_;
  fs::path processes_;
  GpuShares shares_;
  std::string kfd_id_;  // by which KFD calls this GPU; empty: processes cannot be told
  PartDescription part_;
};

/// The hwmon folder of a card; empty if it has none.
fs::path hwmon_of(const fs::path& device) {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(device / "hwmon", ignored)) return entry.path();
  return {};
}

/// KFD's number of a card, found by the card's render node; empty if KFD does not know it, or if the process ids that
/// it names are not ours.
std::string kfd_id_of(const Site& site, const fs::path& device) {
  if (!site.own_process_ids) return "";
  std::error_code ignored;
  std::string minor;
  for (const auto& node : fs::directory_iterator(device / "drm", ignored))
    if (const std::string name = node.path().filename(); name.starts_with("renderD")) minor = name.substr(7);
  for (const auto& node : fs::directory_iterator(site.root / "sys/class/kfd/kfd/topology/nodes", ignored)) {
    const std::string properties = attribute_text(node.path() / "properties").value_or("");
    for (const std::string& line : base::split(properties, '\n'))
      if (!minor.empty() && line == "drm_render_minor " + minor)
        return attribute_text(node.path() / "gpu_id").value_or("");
  }
  return "";
}

void add_card(const Site& site, const fs::path& device, Discovery& found) {
  const std::string name = fmt::format("gpu-{}", next_number(found, "gpu"));
  const std::string metrics = [&] {
    Attribute file(device / "gpu_metrics");
    return std::string(file.text().value_or(""));
  }();
  if (metrics.size() >= kHeader && static_cast<unsigned char>(metrics[2]) >= 2) {
    found.missing.push_back({"AMD GPU " + device.parent_path().filename().string(),
                             "inside the processor, whose package counter holds it", "", true});
    return;
  }
  const fs::path hwmon = hwmon_of(device);
  fs::path power = hwmon / "power1_average";
  if (!attribute_number(power)) power = hwmon / "power1_input";  // since MI300
  PartDescription d;
  d.start = {name, "gpu", record::Basis::kIntegrated, "amdgpu hwmon power"};
  d.update_s = kUpdate_s;
  d.most_w = std::max(kMost_w, 2 * attribute_number(hwmon / "power1_cap_max").value_or(0) * kMicro);
  d.tolerance = kTolerance;
  d.idle_basis = "unknown";
  Attribute probe(power);
  const auto uw = probe.number();
  if (accumulated_joules(metrics)) {
    d.start.basis = record::Basis::kCounter;
    d.start.sensor = "amdgpu gpu_metrics energy";
    d.resolution_j = kJoulesPerUnit;
  } else if (!uw) {
    found.missing.push_back({"AMD " + name, probe.why(), ""});
    return;
  } else if (*uw == 0) {
    found.missing.push_back({"AMD " + device.parent_path().filename().string(),
                             "reports no power: the other die of its board reports for both", "", true});
    return;
  } else {
    d.period_s = kUpdate_s;
  }
  std::string kfd_id = kfd_id_of(site, device);
  if (!kfd_id.empty() && d.period_s <= 0) d.period_s = kLookAtUsers_s;
  found.sensors.push_back(std::make_unique<AmdGpu>(device / "gpu_metrics", power, site.root / "sys/class/kfd/kfd/proc",
                                                   std::move(kfd_id), std::move(d)));
}

}  // namespace

std::optional<double> accumulated_joules(std::string_view gpu_metrics) {
  if (gpu_metrics.size() < kHeader || gpu_metrics[2] != 1) return std::nullopt;
  const std::size_t content = static_cast<unsigned char>(gpu_metrics[3]);
  if (content < kFirstContent || content >= kFirstContent + std::size(kOffsets)) return std::nullopt;
  const std::size_t at = kOffsets[content - kFirstContent];
  std::uint64_t units = 0;
  if (gpu_metrics.size() < at + sizeof units) return std::nullopt;
  std::memcpy(&units, gpu_metrics.data() + at, sizeof units);
  if (units == 0 || units == ~std::uint64_t{0}) return std::nullopt;  // not filled in by this firmware
  return static_cast<double>(units) * kJoulesPerUnit;
}

void discover_amd_gpus(const Site& site, Discovery& found) {
  std::vector<fs::path> cards;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(site.root / "sys/class/drm", ignored)) {
    const std::string name = entry.path().filename();
    if (name.starts_with("card") && name.find('-') == std::string::npos) cards.push_back(entry.path());
  }
  std::sort(cards.begin(), cards.end(), [](const fs::path& a, const fs::path& b) {  // "card10" behind "card9"
    return a.native().size() != b.native().size() ? a.native().size() < b.native().size() : a < b;
  });
  for (const fs::path& card : cards)
    if (attribute_text(card / "device/vendor") == "0x1002") add_card(site, card / "device", found);
}

}  // namespace cradle::sensor
