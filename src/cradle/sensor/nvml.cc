// The NVML sensor: counter, or power; processes; slices.
#include "cradle/sensor/nvml.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <deque>

#include "cradle/base/text.h"
#include "cradle/sensor/gpu_share.h"
#include "cradle/sensor/nvml_library.h"

namespace cradle::sensor {
namespace {

using base::Interval;
using nvml::kSuccess;

constexpr double kMilli = 1e-3;  // NVML: mJ, mW

// NVML's documentation states 5 % for the power of boards with a sensor; the counter is the same sensor, integrated
// aboard. P5 to P95, taken as stated.
constexpr Interval kTolerance = {1, 0.95, 1.05};
// The counter is renewed every 20 to 100 ms, by board (Yang, Adamek, Armour, "Part-time Power Measurements", SC24,
// arXiv 2312.02741, measured some 70 boards); the slower end is taken.
constexpr double kUpdate_s = 0.1;
// In A100 and H100 the power sensor looks 25 ms in every 100 ms (the same paper); the others look all the time.
constexpr double kPartTimeDuty = 0.25;
constexpr double kMost_w = 1500;  // the largest board sold takes 1,200 W (B200 module, 2025)
// An idle slice of a busy board still has its share of the idle power: 35 to 46 W of 306 to 407 W at full load (V100
// and A100, Cloud Carbon Footprint coefficients), a tenth of what its multiprocessors would suggest.
constexpr double kIdleSliceShare = 0.1;
constexpr std::size_t kSwing = 64;  // readings over which the swing of power is seen

bool looks_part_time(const std::string& name) {
  for (const char* family : {"A100", "H100", "H200", "H800", "GH200"})
    if (name.find(family) != std::string::npos) return true;
  return false;
}

class NvidiaGpu : public Sensor {
 public:
  NvidiaGpu(const nvml::Library& library, nvml::Device device, PartDescription part, double duty, double share,
            std::optional<unsigned> instance, bool sees_processes)
      : library_(library),
        device_(device),
        part_(std::move(part)),
        duty_(duty),
        share_(share),
        instance_(instance),
        sees_processes_(sees_processes) {}
  PartDescription describe() const override { return part_; }

  Reading read(const Usage& usage) override {
    Reading reading = read_energy();
    if (reading.ok && usage.is_mine) add_share(*usage.is_mine, reading);
    return reading;
  }

 private:
  Reading read_energy() {
    if (part_.start.basis == record::Basis::kCounter && !counter_failed_) {
      unsigned long long mj = 0;
      const nvml::Return code = library_.total_energy(device_, &mj);
      if (code == kSuccess) return {true, "", static_cast<double>(mj) * kMilli * share_, {}};
      // A counter that a driver withdraws in mid-run does not come back: power goes on.
      why_ = "total energy: " + nvml::text_of(library_, code);
      if (code != nvml::kNotSupported) return {false, why_, 0, {}};
      counter_failed_ = true;
    }
    Reading reading = read_power();
    if (counter_failed_) reading.basis = record::Basis::kIntegrated;
    if (counter_failed_ && reading.ok) reading.why = why_;
    return reading;
  }

  Reading read_power() {
    nvml::FieldValue field;
    field.field = nvml::kPowerInstant;
    unsigned mw = 0;
    if (library_.fields && library_.fields(device_, 1, &field) == kSuccess && field.status == kSuccess &&
        field.value.u > 0) {
      mw = field.value.u;
    } else if (const nvml::Return code = library_.power(device_, &mw); code != kSuccess) {
      return {false, "power: " + nvml::text_of(library_, code), 0, {}};
    }
    return {true, "", 0, with_swing(mw * kMilli * share_)};
  }

  /// In the time that the sensor does not look, power may have been anything it has been of late.
  Interval with_swing(double w) {
    seen_.push_back(w);
    if (seen_.size() > kSwing) seen_.pop_front();
    const auto [least, most] = std::minmax_element(seen_.begin(), seen_.end());
    return {w, w - (1 - duty_) * (w - *least), w + (1 - duty_) * (*most - w)};
  }

  void add_share(const IsMine& is_mine, Reading& reading) {
    if (!sees_processes_ || !library_.processes) {
      reading.mine = 1;
      reading.note = "who uses this GPU cannot be seen: all of it counts as the command's";
      return;
    }
    nvml::ProcessInfo infos[128];
    unsigned count = std::size(infos);
    if (library_.processes(device_, &count, infos) != kSuccess) {
      reading.mine = 1;
      reading.note = "the driver does not name the processes: all of this GPU counts as the command's";
      return;
    }
    std::vector<GpuUser> users;
    for (unsigned i = 0; i < count; ++i)
      if (!instance_ || infos[i].gpu_instance == *instance_) users.push_back({static_cast<int>(infos[i].pid), 0});
    if (users.size() > 1) add_activity(users);
    const GpuShare share = share_of(users, is_mine);
    reading.mine = share.mine;
    reading.note = share.note;
  }

  /// SM utilisation since the last look, summed per process. A GPU that computed nothing keeps the last figures.
  void add_activity(std::vector<GpuUser>& users) {
    nvml::ProcessSample samples[256];
    unsigned count = std::size(samples);
    if (!library_.process_samples || library_.process_samples(device_, samples, &count, last_us_) != kSuccess) {
      for (GpuUser& user : users)
        for (const GpuUser& before : active_)
          if (before.pid == user.pid) user.activity = before.activity;
      return;
    }
    for (unsigned i = 0; i < count; ++i) {
      last_us_ = std::max(last_us_, samples[i].timestamp_us);
      for (GpuUser& user : users)
        if (user.pid == static_cast<int>(samples[i].pid)) user.activity += samples[i].sm;
    }
    active_ = users;
  }

  const nvml::Library& library_;
  nvml::Device device_;
  PartDescription part_;
  double duty_, share_;
  std::optional<unsigned> instance_;
  bool sees_processes_;
  bool counter_failed_ = false;
  std::string why_;
  std::deque<double> seen_;
  unsigned long long last_us_ = 0;
  std::vector<GpuUser> active_;
};

struct Slice {
  nvml::Device device = nullptr;
  std::string uuid;
  unsigned instance = 0;
  unsigned multiprocessors = 0;
};

struct Gpu {
  nvml::Device device = nullptr;
  std::string name, uuid;
  std::vector<Slice> slices;
};

std::string text(nvml::Return (*function)(nvml::Device, char*, unsigned), nvml::Device device) {
  char buffer[128] = {};
  return function(device, buffer, sizeof buffer) == kSuccess ? buffer : "";
}

void find_slices(const nvml::Library& l, Gpu& gpu) {
  unsigned current = 0, pending = 0, count = 0;
  if (!l.mig_mode || !l.mig_count || !l.mig_by_index || l.mig_mode(gpu.device, &current, &pending) != kSuccess ||
      current == 0 || l.mig_count(gpu.device, &count) != kSuccess)
    return;
  for (unsigned i = 0; i < count; ++i) {
    Slice slice;
    if (l.mig_by_index(gpu.device, i, &slice.device) != kSuccess) continue;
    slice.uuid = text(l.uuid, slice.device);
    nvml::Attributes attributes;
    if (l.instance_id) l.instance_id(slice.device, &slice.instance);
    if (l.attributes && l.attributes(slice.device, &attributes) == kSuccess)
      slice.multiprocessors = attributes.multiprocessors;
    gpu.slices.push_back(slice);
  }
}

std::vector<Gpu> find_gpus(const nvml::Library& l, Discovery& found) {
  std::vector<Gpu> gpus;
  unsigned count = 0;
  if (const nvml::Return code = l.count(&count); code != kSuccess)
    found.missing.push_back({"NVIDIA GPUs", nvml::text_of(l, code), ""});
  for (unsigned i = 0; i < count; ++i) {
    Gpu gpu;
    if (const nvml::Return code = l.by_index(i, &gpu.device); code != kSuccess) {
      found.missing.push_back({fmt::format("gpu-{}", i), nvml::text_of(l, code), ""});
      gpu.device = nullptr;
    } else {
      gpu.name = text(l.name, gpu.device);
      gpu.uuid = text(l.uuid, gpu.device);
      find_slices(l, gpu);
    }
    gpus.push_back(std::move(gpu));
  }
  return gpus;
}

PartDescription description_of(const nvml::Library& l, const Gpu& gpu, int index) {
  PartDescription d;
  d.start = {fmt::format("gpu-{}", index), "gpu", record::Basis::kIntegrated, fmt::format("nvml {}", gpu.name)};
  d.update_s = kUpdate_s;
  d.most_w = kMost_w;
  d.tolerance = kTolerance;
  unsigned least_mw = 0, most_mw = 0, mw = 0, users = 0;
  if (l.power_limits && l.power_limits(gpu.device, &least_mw, &most_mw) == kSuccess && most_mw > 0)
    d.most_w = 2 * most_mw * kMilli;  // excursions above the limit are short; counters catch up in steps
  unsigned long long mj = 0;
  if (l.total_energy && l.total_energy(gpu.device, &mj) == kSuccess && mj > 0) {
    d.start.basis = record::Basis::kCounter;
    d.start.sensor += ", energy counter";
    d.resolution_j = kMilli;
  } else {
    d.start.sensor += ", power";
    d.period_s = kUpdate_s;
  }
  // With nobody on it, the power now is the power at rest.
  nvml::ProcessInfo one;
  const bool alone = l.processes && l.processes(gpu.device, &users, &one) == kSuccess && users == 0;
  if (alone && l.power(gpu.device, &mw) == kSuccess && mw > 0) {
    const double w = mw * kMilli;
    d.idle_w = {w, w * kTolerance.low, w * kTolerance.high};
    d.idle_basis = "measured";
  } else {
    d.idle_basis = "unknown";
  }
  return d;
}

void add_whole(const Site& site, const nvml::Library& l, const Gpu& gpu, int index, Discovery& found) {
  found.sensors.push_back(std::make_unique<NvidiaGpu>(l, gpu.device, description_of(l, gpu, index),
                                                      looks_part_time(gpu.name) ? kPartTimeDuty : 1, 1, std::nullopt,
                                                      site.own_process_ids));
}

/// A slice has no counter of its own: its share of the board by multiprocessors, at least its part of the idle power
/// and at most all of the board.
void add_slice(const Site& site, const nvml::Library& l, const Gpu& gpu, int index, int slice, Discovery& found) {
  unsigned all = 0;
  for (const Slice& s : gpu.slices) all += s.multiprocessors;
  const Slice& mine = gpu.slices[static_cast<std::size_t>(slice)];
  const double share =
      all > 0 ? static_cast<double>(mine.multiprocessors) / all : 1.0 / static_cast<double>(gpu.slices.size());
  PartDescription d = description_of(l, gpu, index);
  d.start.part = fmt::format("gpu-{}-mig-{}", index, slice);
  d.start.sensor += fmt::format(", {:.0f} % of its multiprocessors", share * 100);
  d.idle_w = {d.idle_w.value * share, d.idle_w.low * share, d.idle_w.high * share};
  d.tolerance = {1, kIdleSliceShare, 1 / share};
  found.sensors.push_back(std::make_unique<NvidiaGpu>(l, gpu.device, std::move(d),
                                                      looks_part_time(gpu.name) ? kPartTimeDuty : 1, share,
                                                      mine.instance, site.own_process_ids));
}

}  // namespace

std::vector<Selected> select_gpus(std::string_view visible, const std::vector<GpuName>& gpus) {
  std::vector<Selected> selected;
  const auto add = [&](int gpu, std::optional<int> slice) {
    for (Selected& s : selected)
      if (s.gpu == gpu && slice && !s.slices.empty()) return s.slices.push_back(*slice);
    selected.push_back({gpu, {}});
    if (slice) selected.back().slices.push_back(*slice);
  };
  for (const std::string& piece : base::split(visible, ',')) {
    const std::string_view name = base::trim(piece);
    int index = -1, matches = 0;
    std::optional<int> slice;
    if (name.starts_with("GPU-")) {
      for (std::size_t i = 0; i < gpus.size(); ++i)
        if (gpus[i].uuid.starts_with(name)) index = static_cast<int>(i), ++matches;
      if (matches != 1) break;
    } else if (name.starts_with("MIG-")) {
      for (std::size_t i = 0; i < gpus.size(); ++i)
        for (std::size_t k = 0; k < gpus[i].mig_uuids.size(); ++k)
          if (gpus[i].mig_uuids[k].starts_with(name))
            index = static_cast<int>(i), slice = static_cast<int>(k), ++matches;
      if (matches != 1) break;
    } else {
      const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), index);
      if (error != std::errc() || end != name.data() + name.size()) break;
      if (index < 0 || index >= static_cast<int>(gpus.size())) break;
    }
    add(index, slice);
  }
  return selected;
}

void discover_nvml(const Site& site, Discovery& found) {
  if (site.nvml_library.empty()) return;
  std::string why;
  const nvml::Library* library = nvml::open_library(site.nvml_library, why);
  if (!library) {
    if (!why.empty()) found.missing.push_back({"NVIDIA GPUs", "NVML: " + why, ""});
    return;
  }
  const std::vector<Gpu> gpus = find_gpus(*library, found);
  std::vector<GpuName> names;
  for (const Gpu& gpu : gpus) {
    names.push_back({gpu.uuid, {}});
    for (const Slice& slice : gpu.slices) names.back().mig_uuids.push_back(slice.uuid);
  }
  std::vector<Selected> selected;
  if (site.cuda_visible_devices && !site.all_gpus)
    selected = select_gpus(*site.cuda_visible_devices, names);
  else
    for (int i = 0; i < static_cast<int>(gpus.size()); ++i) selected.push_back({i, {}});
  std::vector<bool> read(gpus.size());
  for (const Selected& s : selected) {
    const Gpu& gpu = gpus[static_cast<std::size_t>(s.gpu)];
    if (!gpu.device || read[static_cast<std::size_t>(s.gpu)]) continue;
    read[static_cast<std::size_t>(s.gpu)] = true;
    for (const int slice : s.slices) add_slice(site, *library, gpu, s.gpu, slice, found);
    if (s.slices.empty()) add_whole(site, *library, gpu, s.gpu, found);
  }
  for (std::size_t i = 0; i < gpus.size(); ++i)
    if (gpus[i].device && !read[i])
      found.missing.push_back({fmt::format("gpu-{} {}", i, gpus[i].name),
                               fmt::format("CUDA_VISIBLE_DEVICES={} hides it from the run", *site.cuda_visible_devices),
                               "", true});
}

}  // namespace cradle::sensor
