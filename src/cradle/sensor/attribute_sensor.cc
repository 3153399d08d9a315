// One or two reads of sysfs, scaled.
#include "cradle/sensor/attribute_sensor.h"

#include "cradle/sensor/attribute.h"

namespace cradle::sensor {
namespace {

class CounterInFile : public Sensor {
 public:
  CounterInFile(const std::filesystem::path& path, double joules_per_unit, PartDescription part)
      : file_(path), joules_per_unit_(joules_per_unit), part_(std::move(part)) {}
  PartDescription describe() const override { return part_; }
  Reading read(const Usage&) override {
    const auto units = file_.number();
    if (!units) return {false, file_.why(), 0, {}};
    return {true, "", static_cast<double>(*units) * joules_per_unit_, {}};
  }

 private:
  Attribute file_;
  double joules_per_unit_;
  PartDescription part_;
};

class PowerInFiles : public Sensor {
 public:
  PowerInFiles(Attribute first, std::optional<Attribute> second, double watts_per_unit, PartDescription part)
      : first_(std::move(first)), second_(std::move(second)), watts_per_unit_(watts_per_unit), part_(std::move(part)) {}
  PartDescription describe() const override { return part_; }
  Reading read(const Usage&) override {
    const auto a = first_.number();
    if (!a) return {false, first_.why(), 0, {}};
    double w = static_cast<double>(*a) * watts_per_unit_;
    if (second_) {
      const auto b = second_->number();
      if (!b) return {false, second_->why(), 0, {}};
      w *= static_cast<double>(*b);
    }
    return {true, "", 0, {w, w, w}};
  }

 private:
  Attribute first_;
  std::optional<Attribute> second_;
  double watts_per_unit_;
  PartDescription part_;
};

}  // namespace

std::unique_ptr<Sensor> counter_in_file(const std::filesystem::path& path, double joules_per_unit,
                                        PartDescription part) {
  part.start.basis = record::Basis::kCounter;
  return std::make_unique<CounterInFile>(path, joules_per_unit, std::move(part));
}

std::unique_ptr<Sensor> power_in_file(const std::filesystem::path& path, double watts_per_unit, PartDescription part) {
  part.start.basis = record::Basis::kIntegrated;
  return std::make_unique<PowerInFiles>(Attribute(path), std::nullopt, watts_per_unit, std::move(part));
}

std::unique_ptr<Sensor> power_in_two_files(const std::filesystem::path& volts, const std::filesystem::path& amperes,
                                           double watts_per_unit, PartDescription part) {
  part.start.basis = record::Basis::kIntegrated;
  return std::make_unique<PowerInFiles>(Attribute(volts), Attribute(amperes), watts_per_unit, std::move(part));
}

}  // namespace cradle::sensor
