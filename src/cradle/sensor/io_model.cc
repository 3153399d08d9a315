// /sys/block and /proc/net/dev.
#include "cradle/sensor/io_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

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

class NetworkModel : public Sensor {
 public:
  NetworkModel(const fs::path& root, Interval j_per_gb)
      : root_(root), file_(root / "proc/net/dev"), j_per_gb_(j_per_gb) {}
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
  Reading read(const Usage& usage) override {
    const auto text = file_.text();
    if (!text) return {false, file_.why(), 0, {}};
    const double bytes = adapter_bytes(*text, root_);
    // The mean is asked since the last settled reading; when that moved, it moved to our reading before.
    if (!read_ || usage.awake_s <= last_awake_s_) since_bytes_ = last_bytes_;
    if (!read_) since_bytes_ = bytes;
    read_ = true;
    last_bytes_ = bytes;
    last_awake_s_ = usage.awake_s;
    const double gb = std::max(0.0, bytes - since_bytes_) / kGiga;
    return {true, "", 0, usage.awake_s > 0 ? times(j_per_gb_, gb / usage.awake_s) : Interval{}};
  }

 private:
  fs::path root_;
  Attribute file_;
  Interval j_per_gb_;
  bool read_ = false;
  double since_bytes_ = 0, last_bytes_ = 0, last_awake_s_ = 0;
};

bool is_virtual_disk(const std::string& name) {
  for (const char* prefix : {"loop", "ram", "zram", "dm-", "md", "sr", "fd", "nbd"})
    if (name.starts_with(prefix)) return true;
  return false;
}

}  // namespace

DiskCapacity disk_capacity(const fs::path& root) {
  DiskCapacity capacity;
  std::error_code ignored;
  for (const auto& disk : fs::directory_iterator(root / "sys/block", ignored)) {
    if (is_virtual_disk(disk.path().filename())) continue;
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

double adapter_bytes(std::string_view net_dev, const fs::path& root) {
  double sum = 0;
  for (const std::string& line : base::split(net_dev, '\n')) {
    const std::size_t colon = line.find(':');
    if (colon == std::string::npos) continue;
    const std::string name(base::trim(std::string_view(line).substr(0, colon)));
    std::error_code ignored;
    if (!fs::exists(root / "sys/class/net" / name / "device", ignored)) continue;  // nothing behind it
    unsigned long long in = 0, out = 0;
    if (std::sscanf(line.c_str() + colon + 1, "%llu %*u %*u %*u %*u %*u %*u %*u %llu", &in, &out) == 2)
      sum += static_cast<double>(in) + static_cast<double>(out);
  }
  return sum;
}

std::unique_ptr<Sensor> network_model(const fs::path& root, const PowerModelInputs& inputs) {
  if (inputs.network_j_per_gb.value <= 0) return nullptr;
  bool adapter = false;
  std::error_code ignored;
  for (const auto& interface : fs::directory_iterator(root / "sys/class/net", ignored))
    adapter = adapter || fs::exists(interface.path() / "device", ignored);
  if (!adapter) return nullptr;
  return std::make_unique<NetworkModel>(root, inputs.network_j_per_gb);
}

}  // namespace cradle::sensor
