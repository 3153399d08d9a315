// The NVML sensor: counter, or power; processes; slices.
#include "cradle/sensor/nvml.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>

#include "cradle/sensor/gpu_selection.h"
#include "cradle/sensor/gpu_share.h"
#include "cradle/sensor/nvml_library.h"

namespace cradle::sensor {
namespace {

using base::Interval;
using nvml::kSuccess;

constexpr double kMilli = 1e-3;  // NVML: mJ, mW

// NVML's documentation of nvmlDeviceGetPowerUsage states 5 % of the power, for the boards of its first years; that the
// counter is the same sensor, integrated aboard, is assumed. Taken as P5 to P95, grade C: counter and integral differ
// by more on some boards (zeus issue 181: 187 J against 327 J).
constexpr Interval kTolerance = {1, 0.95, 1.05};
// Readings are renewed every 20 to 100 ms, by board (Yang, Adamek, Armour, SC24, arXiv 2312.02741: power of some 70
// boards); the slower end is taken, and for the counter assumed.
constexpr double kUpdate_s = 0.1;
// In A100 and H100 the power sensor looks a quarter of the time (the same paper's abstract). Of their siblings with the
// same chips (A800, H200, H800, GH200) it is assumed; that all others look all the time is assumed too, grade C.
constexpr double kPartTimeDuty = 0.25;
constexpr double kMost_w = 1500;  // the largest board sold takes 1,200 W (B200 module, 2025)
// An idle slice of a busy board still has its share of the idle power: 35 to 46 W of 306 to 407 W at full load (V100
// and A100, Cloud Carbon Footprint coefficients), a tenth of what its multiprocessors would suggest.
constexpr double kIdleSliceShare = 0.1;
// Who uses a GPU is asked as often as costs a thousandth of a CPU: a call takes some 10 µs on a host, and was seen to
// take 2.8 ms of CPU time in a virtual machine (H200, driver 580).
constexpr double kCpuSharePerLook = 1e-3;
constexpr std::size_t kSwing = 64;  // readings over which the swing of power is seen

/// By whole words: an RTX A1000 is no A100.
bool looks_part_time(const std::string& name) {
  const std::string words = " " + name + " ";
  for (const char* family : {"A100", "A800", "H100", "H200", "H800", "GH200"}) {
    const std::size_t at = words.find(family);
    if (at == std::string::npos) continue;
    const char before = words[at - 1], behind = words[at + std::string_view(family).size()];
    if ((before == ' ' || before == '-') && (behind == ' ' || behind == '-')) return true;
  }
  return false;
}

/// Whose work a GPU does.
enum class Owner {
  kAsk,     ///< the driver says, by its processes
  kUnseen,  ///< the driver's process ids are not ours: all of it counts as the command's
  kOthers,  ///< the run does not see this GPU
};

class NvidiaGpu : public Sensor {
 public:
  /// What of the board belongs to this part, and the handle that names its processes (a slice's own).
  struct Share {
    double of_board = 1;
    nvml::Device users = nullptr;
  };

  NvidiaGpu(const nvml::Library& library, nvml::Device device, PartDescription part, double duty, Share share,
            Owner owner)
      : library_(library), device_(device), part_(std::move(part)), duty_(duty), share_(share), owner_(owner) {}
  PartDescription describe() const override { return part_; }

  Reading read(const Usage& usage) override {
    Reading reading = read_energy();
    if (owner_ == Owner::kOthers)
      reading.mine = 0;
    else if (reading.ok && usage.is_mine)
      add_share(*usage.is_mine, reading);
    return reading;
  }

 private:
  Reading read_energy() {
    if (part_.start.basis == record::Basis::kCounter && !counter_failed_) {
      unsigned long long mj = 0;
      const nvml::Return code = library_.total_energy(device_, &mj);
      if (code == kSuccess) return {true, "", static_cast<double>(mj) * kMilli * share_.of_board, {}};
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
    return {true, "", 0, with_swing(mw * kMilli * share_.of_board)};
  }

  /// In the time that the sensor does not look, power may have been anything it has been of late.
  Interval with_swing(double w) {
    seen_.push_back(w);
    if (seen_.size() > kSwing) seen_.pop_front();
    const auto [least, most] = std::minmax_element(seen_.begin(), seen_.end());
    return {w, w - (1 - duty_) * (w - *least), w + (1 - duty_) * (*most - w)};
  }

  void add_share(const IsMine& is_mine, Reading& reading) {
    if (owner_ == Owner::kUnseen || !library_.processes) {
      reading.mine = 1;
      reading.note = "who uses this GPU cannot be seen: all of it counts as the command's";
      return;
    }
    nvml::ProcessInfo infos[128];
    unsigned count = std::size(infos);
    if (library_.processes(share_.users, &count, infos) != kSuccess) {
      reading.mine = 1;
      reading.note = "the driver does not name the processes: all of this GPU counts as the command's";
      return;
    }
    std::vector<GpuUser> users;
    for (unsigned i = 0; i < count; ++i) users.push_back({static_cast<int>(infos[i].pid), 0});
    if (users.size() > 1) add_activity(users);
    const GpuShare share = shares_.since_last_look(std::move(users), is_mine);
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
  double duty_;
  Share share_;
  Owner owner_;
  bool counter_failed_ = false;
  std::string why_;
  std::deque<double> seen_;
  unsigned long long last_us_ = 0;
  std::vector<GpuUser> active_;
  GpuShares shares_;
};

struct Slice {
  nvml::Device device = nullptr;
  std::string uuid;
  unsigned multiprocessors = 0;
};

struct Gpu {
  unsigned index = 0;
  nvml::Device device = nullptr;  // nullptr: it does not answer
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
    gpu.index = i;
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

PartDescription description_of(const nvml::Library& l, const Gpu& gpu, const Site& site) {
  PartDescription d;
  const double before_s = site.seconds();
  d.start = {fmt::format("gpu-{}", gpu.index), "gpu", record::Basis::kIntegrated,
             fmt::format("nvml {} {}", gpu.name, gpu.uuid)};
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
  const double look_s = site.seconds() - before_s;
  if (site.own_process_ids && l.processes && d.period_s <= 0)
    d.period_s = std::max(kLookAtUsers_s, look_s / kCpuSharePerLook);
  if (alone && l.power(gpu.device, &mw) == kSuccess && mw > 0) {
    const double w = mw * kMilli;
    d.idle_w = {w, w * kTolerance.low, w * kTolerance.high};
    d.idle_basis = "measured";
  } else {
    d.idle_basis = "unknown";
  }
  return d;
}

Owner owner_of(const Site& site) { return site.own_process_ids ? Owner::kAsk : Owner::kUnseen; }

/// The whole GPU, or one slice of it. A slice has no counter of its own: it has its share of the board by
/// multiprocessors, at least its part of the idle power and at most all of the board.
void add_part(const Site& site, const nvml::Library& l, const Gpu& gpu, std::optional<int> slice, Owner owner,
              Discovery& found) {
  PartDescription d = description_of(l, gpu, site);
  if (owner == Owner::kOthers && d.start.basis == record::Basis::kCounter) d.period_s = 0;  // nobody to look for
  NvidiaGpu::Share share{1, gpu.device};
  if (slice) {
    unsigned all = 0;
    for (const Slice& s : gpu.slices) all += s.multiprocessors;
    const Slice& mine = gpu.slices[static_cast<std::size_t>(*slice)];
    share.of_board =
        all > 0 ? static_cast<double>(mine.multiprocessors) / all : 1.0 / static_cast<double>(gpu.slices.size());
    share.users = mine.device;
    d.start.part += fmt::format("-mig-{}", *slice);
    d.start.sensor += fmt::format(", {:.0f} % of its multiprocessors", share.of_board * 100);
    d.idle_w = {d.idle_w.value * share.of_board, d.idle_w.low * share.of_board, d.idle_w.high * share.of_board};
    d.tolerance = {1, kIdleSliceShare, 1 / share.of_board};
  }
  auto sensor = std::make_unique<NvidiaGpu>(l, gpu.device, std::move(d), looks_part_time(gpu.name) ? kPartTimeDuty : 1,
                                            share, owner);
  // A counter was tried already, and each reading may cost milliseconds.
  const bool tried = sensor->describe().start.basis == record::Basis::kCounter;
  const Reading now = tried ? Reading{true, "", 0, {}} : sensor->read({});
  if (now.ok)
    found.sensors.push_back(std::move(sensor));
  else
    found.missing.push_back({sensor->describe().start.part + " " + gpu.name, now.why, ""});
}

void hide(const Site& site, const nvml::Library& l, const Gpu& gpu, std::optional<int> slice, Discovery& hidden) {
  const std::string part = fmt::format("gpu-{}", gpu.index) + (slice ? fmt::format("-mig-{}", *slice) : "");
  hidden.missing.push_back(
      {part + " " + gpu.name,
       fmt::format("CUDA_VISIBLE_DEVICES={} hides it from the run", site.cuda_visible_devices.value_or("")), "", true});
  add_part(site, l, gpu, slice, Owner::kOthers, hidden);
}

/// What the run sees; without CUDA_VISIBLE_DEVICES all of it.
std::vector<Selected> selection_of(const Site& site, const std::vector<Gpu>& gpus, Discovery& found) {
  std::vector<Selected> selected;
  if (!site.cuda_visible_devices || site.all_gpus) {
    for (int i = 0; i < static_cast<int>(gpus.size()); ++i) selected.push_back({i, {}});
    return selected;
  }
  std::vector<GpuName> names;
  bool alike = true;
  for (const Gpu& gpu : gpus) {
    names.push_back({gpu.uuid, {}});
    for (const Slice& slice : gpu.slices) names.back().mig_uuids.push_back(slice.uuid);
    alike = alike && gpu.name == gpus[0].name;
  }
  selected = select_gpus(*site.cuda_visible_devices, names);
  if (!alike && !site.gpus_by_bus && !selected.empty() && selects_by_number(*site.cuda_visible_devices))
    found.missing.push_back({"order of the GPUs",
                             fmt::format("CUDA_VISIBLE_DEVICES={} counts unlike GPUs from the fastest down, NVML by "
                                         "their place on the bus: another GPU than the run's may have been read",
                                         *site.cuda_visible_devices),
                             "export CUDA_DEVICE_ORDER=PCI_BUS_ID   (or name the GPU by its UUID)"});
  return selected;
}

NvidiaGpus ask(const Site& site, nvml::Library* library, std::string why) {
  NvidiaGpus gpus;
  if (!library || !nvml::open(*library, why)) {
    if (!why.empty()) gpus.found.missing.push_back({"NVIDIA GPUs", "NVML: " + why, ""});
    return gpus;
  }
  const std::vector<Gpu> all = find_gpus(*library, gpus.found);
  const std::vector<Selected> selected = selection_of(site, all, gpus.found);
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (!all[i].device) continue;
    const auto at =
        std::find_if(selected.begin(), selected.end(), [&](const Selected& s) { return s.gpu == static_cast<int>(i); });
    if (at == selected.end()) {
      hide(site, *library, all[i], {}, gpus.hidden);
    } else if (at->slices.empty()) {
      add_part(site, *library, all[i], {}, owner_of(site), gpus.found);
    } else {
      for (int k = 0; k < static_cast<int>(all[i].slices.size()); ++k) {
        if (std::find(at->slices.begin(), at->slices.end(), k) != at->slices.end())
          add_part(site, *library, all[i], k, owner_of(site), gpus.found);
        else
          hide(site, *library, all[i], k, gpus.hidden);
      }
    }
  }
  return gpus;
}

}  // namespace

std::future<NvidiaGpus> look_for_nvidia(const Site& site) {
  std::string why;
  nvml::Library* library = site.nvml_library.empty() ? nullptr : nvml::load(site.nvml_library, why);
  return std::async(library ? std::launch::async : std::launch::deferred,
                    [&site, library, why] { return ask(site, library, why); });
}

}  // namespace cradle::sensor
