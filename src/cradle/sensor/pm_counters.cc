// One file per part, one number and its unit per file.
#include "cradle/sensor/pm_counters.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "cradle/sensor/attribute.h"

namespace cradle::sensor {
namespace {

namespace fs = std::filesystem;

// HPE Cray Supercomputing: pm_counters are scanned at 10 Hz (file raw_scan_hz) and count whole joules. The most a node
// or accelerator can take: eight accelerators of 1 kW and their hosts, doubled. Tolerance: the sensors' makers state
// about 3 % at the node (Martin, CUG 2014: "Cray XC30 power monitoring and management"). Assumed, grade C.
constexpr double kResolution_j = 1;
constexpr double kUpdate_s = 0.1;
constexpr double kMostNode_w = 20e3;
constexpr double kMostPart_w = 2e3;
constexpr base::Interval kTolerance = {1, 0.95, 1.05};
constexpr int kMostAccelerators = 16;

class PmCounter : public Sensor {
 public:
  PmCounter(const fs::path& path, PartDescription part) : file_(path), part_(std::move(part)) {}
  PartDescription describe() const override { return part_; }
  Reading read(const Usage&) override {
    const auto text = file_.text();
    if (!text) return {false, file_.why(), 0, {}};
    unsigned long long joules = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), joules);
    const std::string_view rest(end, static_cast<std::size_t>(text->data() + text->size() - end));
    if (error != std::errc() || !rest.starts_with(" J"))
      return {false,
              fmt::format("{}: expected '<number> J', found '{}'", file_.path().string(), text->substr(0, 40)),
              0,
              {}};
    return {true, "", static_cast<double>(joules), {}};
  }

 private:
  Attribute file_;
  PartDescription part_;
};

bool add(const fs::path& path, const std::string& part, const std::string& kind, double most_w, Discovery& found) {
  PartDescription d;
  d.start = {part, kind, record::Basis::kCounter, "pm_counters " + path.filename().string()};
  d.resolution_j = kResolution_j;
  d.update_s = kUpdate_s;
  d.most_w = most_w;
  d.tolerance = kTolerance;
  if (kind == "board") d.contains = {"*"};
  auto sensor = std::make_unique<PmCounter>(path, std::move(d));
  if (!sensor->read({}).ok) return false;
  found.sensors.push_back(std::move(sensor));
  return true;
}

}  // namespace

bool discover_pm_counters(const Site& site, const Discovery& others, Discovery& found) {
  const fs::path folder = site.root / "sys/cray/pm_counters";
  const auto read_already = [&](std::string_view kind) {
    return std::any_of(others.sensors.begin(), others.sensors.end(),
                       [&](const auto& sensor) { return sensor->describe().start.kind == kind; });
  };
  if (!read_already("cpu")) add(folder / "cpu_energy", "cpu", "cpu", kMostPart_w, found);
  if (!read_already("memory")) add(folder / "memory_energy", "memory", "memory", kMostPart_w, found);
  for (int i = 0; i < kMostAccelerators && !read_already("gpu"); ++i)
    if (!add(folder / fmt::format("accel{}_energy", i), fmt::format("gpu-{}", i), "gpu", kMostPart_w, found)) break;
  const bool node = add(folder / "energy", "node-rest", "board", kMostNode_w, found);
  std::error_code ignored;
  if (!node && fs::exists(folder, ignored))
    found.missing.push_back({"pm_counters", (folder / "energy").string() + " cannot be read", ""});
  return node;
}

}  // namespace cradle::sensor
