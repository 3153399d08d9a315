// /sys/class/power_supply: status and power_now, or voltage_now times current_now.
#include "cradle/sensor/battery.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "cradle/base/text.h"
#include "cradle/sensor/attribute.h"

namespace cradle::sensor {
namespace {

namespace fs = std::filesystem;

constexpr double kMost_w = 500;     // the largest USB-C and proprietary laptop supplies give 240 to 330 W
constexpr double kUpdate_s = 1;     // fuel gauges renew their figures every second or slower
constexpr double kPerMicro = 1e-6;  // kernel: power in µW, current in µA, voltage in µV
// Gauges of laptops are specified to about 1 % in current and 1 % in voltage, and round. Assumed, grade C.
constexpr base::Interval kTolerance = {1, 0.95, 1.05};

struct Cell {
  Attribute status, power, current, voltage;
};

class Battery : public Sensor {
 public:
  explicit Battery(std::vector<Cell> cells, std::string name) : cells_(std::move(cells)) {
    part_.start = {"battery", "board", record::Basis::kIntegrated, "battery " + std::move(name)};
    part_.update_s = kUpdate_s;
    part_.period_s = kUpdate_s;
    part_.most_w = kMost_w;
    part_.tolerance = kTolerance;
    part_.contains = {"*"};
  }
  PartDescription describe() const override { return part_; }

  Reading read(const Usage&) override {
    double sum = 0;
    bool any = false;
    for (Cell& cell : cells_) {
      const auto status = cell.status.text();
      if (!status) return {false, cell.status.why(), 0, {}};
      if (!status->starts_with("Discharging")) continue;  // the other of two batteries rests
      std::string why;
      const auto w = power_of(cell, why);
      if (!w) return {false, why, 0, {}};
      sum += *w;
      any = true;
    }
    if (!any) return {false, "the battery does not discharge: the machine runs from the mains", 0, {}};
    return {true, "", 0, {sum, sum, sum}};
  }

 private:
  static std::optional<double> power_of(Cell& cell, std::string& why) {
    if (const auto uw = magnitude_of(cell.power)) return *uw * kPerMicro;
    const auto ua = magnitude_of(cell.current), uv = magnitude_of(cell.voltage);
    if (ua && uv) return *ua * kPerMicro * *uv * kPerMicro;
    why = (ua ? cell.voltage : cell.current).why();
    return std::nullopt;
  }

  /// Drivers do not agree whether current that flows out is negative; which way it flows stands in status.
  static std::optional<double> magnitude_of(Attribute& file) {
    const auto text = file.text();
    if (text && base::trim(*text).starts_with('-')) {
      const std::string digits(base::trim(*text).substr(1));
      char* end = nullptr;
      const double value = std::strtod(digits.c_str(), &end);
      if (!digits.empty() && *end == '\0') return value;
    }
    const auto number = file.number();
    if (!number) return std::nullopt;
    return static_cast<double>(*number);
  }

  std::vector<Cell> cells_;
  PartDescription part_;
};

}  // namespace

void discover_battery(const Site& site, Discovery& found) {
  std::vector<fs::path> folders;
  std::error_code ignored;
  for (const auto& supply : fs::directory_iterator(site.root / "sys/class/power_supply", ignored))
    // "Device" is the battery of a mouse or a headset.
    if (attribute_text(supply.path() / "type") == "Battery" && attribute_text(supply.path() / "scope") != "Device")
      folders.push_back(supply.path());
  if (folders.empty()) return;
  std::sort(folders.begin(), folders.end());
  std::vector<Cell> cells;
  std::string name;
  for (const fs::path& f : folders) {
    cells.push_back({Attribute(f / "status"), Attribute(f / "power_now"), Attribute(f / "current_now"),
                     Attribute(f / "voltage_now")});
    name += (name.empty() ? "" : "+") + f.filename().string();
  }
  auto battery = std::make_unique<Battery>(std::move(cells), name);
  if (const Reading now = battery->read({}); now.ok)
    found.sensors.push_back(std::move(battery));
  else
    found.missing.push_back({"battery", now.why, "", true});
}

}  // namespace cradle::sensor
