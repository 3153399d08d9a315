// /sys/block and /sys/class/net.
#include "cradle/sensor/io_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <deque>

#include "cradle/base/text.h"
#include "cradle/sensor/attribute.h"

namespace cradle::sensor {
namespace {

namespace fs = std::filesystem;
using base::Interval;

constexpr double kSectorBytes = 512;  // of /sys/block/*/size, whatever the drive's own sectors
constexpr double kTera = 1e12, kGiga = 1e9;
constexpr double kMostAdapter_w = 100;  // two ports of 400 Gbit/s with their optics

Interval times(const Interval& i, double k) { return {i.value * k, i.low * k, i.high * k}; }

class DiskModel : public Sensor {
 public:
  DiskModel(Interval w, std::string what) : w_(w), what_(std::move(what)) {}
  PartDescription describe() const override {
    PartDescription d;
    d.start = {"disk", "disk", record::Basis::kModelled, "disk-model " + what_};
    d.most_w = w_.high;
    d.idle_w = w_;
    d.idle_basis = "modelled";
    d.guess_w = w_;
    return d;
  }
  Reading read(const Usage&) override { return {true, "", 0, w_}; }

 private:
  Interval w_;
  std::string what_;
};

/// One adapter's bytes so far, in and out.
struct Adapter {
  Attribute in, out;
};

class NetworkModel : public Sensor {
 public:
  NetworkModel(std::vector<Adapter> adapters, std::function<double()> seconds, Interval j_per_gb)
      : adapters_(std::move(adapters)), seconds_(std::move(seconds)), j_per_gb_(j_per_gb) {}
  PartDescription describe() const override {
    PartDescription d;
    d.start = {"network", "network", record::Basis::kModelled,
               fmt::format("network-model {} J/GB", base::format_number(j_per_gb_.value))};
    d.most_w = kMostAdapter_w;
    // The adapter's rest is in its board's; here is what traffic adds.
    d.idle_basis = "modelled";
    d.guess_w = {0, 0, 1};
    return d;
  }
  /// The mean is asked since the last settled reading, which was not always the one before.
  Reading read(const Usage& usage) override {
    double bytes = 0;
    for (Adapter& adapter : adapters_)
      for (Attribute* file : {&adapter.in, &adapter.out}) {
        const auto count = file->number();
        if (!count) return {false, file->why(), 0, {}};
        bytes += static_cast<double>(*count);
      }
    const Look now{seconds_(), bytes};
    const double settled_s = now.at_s - usage.awake_s;
    while (looks_.size() > 1 && std::abs(looks_[1].at_s - settled_s) <= std::abs(looks_[0].at_s - settled_s))
      looks_.pop_front();
    looks_.push_back(now);
    const double passed_s = now.at_s - looks_[0].at_s;
    const double gb = std::max(0.0, bytes - looks_[0].bytes) / kGiga;
    return {true, "", 0, passed_s > 0 ? times(j_per_gb_, gb / passed_s) : Interval{}};
  }

 private:
  struct Look {
    double at_s, bytes;
  };
  std::vector<Adapter> adapters_;
  std::function<double()> seconds_;
  Interval j_per_gb_;
  std::deque<Look> looks_;  // since the last settled one, oldest first
};

/// Hardware has a device behind it; loops, mappings, arrays, memory disks and network disks have none. A drive with
/// several paths has a hidden disk per path. Optical drives and floppies hold nothing of their own.
bool is_drive(const fs::path& disk) {
  std::error_code ignored;
  const std::string name = disk.filename();
  return fs::exists(disk / "device", ignored) && attribute_number(disk / "hidden") != 1 && !name.starts_with("sr") &&
         !name.starts_with("fd");
}

}  // namespace

DiskCapacity disk_capacity(const fs::path& root) {
  DiskCapacity capacity;
  std::error_code ignored;
  for (const auto& disk : fs::directory_iterator(root / "sys/block", ignored)) {
    if (!is_drive(disk.path())) continue;
    const double tb = attribute_number(disk.path() / "size").value_or(0) * kSectorBytes / kTera;
    const bool rotates = attribute_number(disk.path() / "queue/rotational") == 1;
    (rotates ? capacity.hdd_tb : capacity.ssd_tb) += tb;
  }
  return capacity;
}

std::unique_ptr<Sensor> disk_model(const fs::path& root, const PowerModelInputs& inputs) {
  const DiskCapacity tb = disk_capacity(root);
  const Interval ssd = times(inputs.ssd_w_per_tb, tb.ssd_tb), hdd = times(inputs.hdd_w_per_tb, tb.hdd_tb);
  const Interval w = {ssd.value + hdd.value, ssd.low + hdd.low, ssd.high + hdd.high};
  if (w.value <= 0) return nullptr;
  return std::make_unique<DiskModel>(w, fmt::format("{:.2g} TB", tb.ssd_tb + tb.hdd_tb));
}

std::unique_ptr<Sensor> network_model(const Site& site, const PowerModelInputs& inputs) {
  if (inputs.network_j_per_gb.value <= 0) return nullptr;
  std::vector<Adapter> adapters;
  std::error_code ignored;
  for (const auto& interface : fs::directory_iterator(site.root / "sys/class/net", ignored))
    if (fs::exists(interface.path() / "device", ignored))
      adapters.push_back(
          {Attribute(interface.path() / "statistics/rx_bytes"), Attribute(interface.path() / "statistics/tx_bytes")});
  if (adapters.empty()) return nullptr;
  return std::make_unique<NetworkModel>(std::move(adapters), site.seconds, inputs.network_j_per_gb);
}

}  // namespace cradle::sensor
