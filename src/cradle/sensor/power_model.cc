// TDP × load curve, and watts per gigabyte.
#include "cradle/sensor/power_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cmath>

namespace cradle::sensor {
namespace {

using base::Interval;

/// The product of two independent positive figures: logarithmic half-widths add in quadrature.
Interval product(const Interval& a, const Interval& b) {
  const double value = a.value * b.value;
  if (a.low <= 0 || b.low <= 0) return {value, 0, a.high * b.high};
  const double down = std::hypot(std::log(a.value / a.low), std::log(b.value / b.low));
  const double up = std::hypot(std::log(a.high / a.value), std::log(b.high / b.value));
  return {value, value * std::exp(-down), value * std::exp(up)};
}

Interval times(const Interval& i, double k) { return {i.value * k, i.low * k, i.high * k}; }

class CpuModel : public Sensor {
 public:
  CpuModel(PowerModelInputs inputs, double share) : inputs_(std::move(inputs)), share_(share) {}

  PartDescription describe() const override {
    PartDescription d;
    d.start = {"cpu", "cpu", record::Basis::kModelled, "cpu-model " + inputs_.cpu};
    const Interval idle = times(cpu_power(inputs_, 0), share_);
    const Interval full = times(cpu_power(inputs_, 1), share_);
    d.most_w = full.high;
    d.idle_w = idle;
    d.idle_basis = "modelled";
    d.guess_w = {(idle.value + full.value) / 2, idle.low, full.high};
    return d;
  }

  Reading read(const Usage& usage) override {
    if (!usage.unknown_why.empty()) return {false, "the load is not known: " + usage.unknown_why, 0, {}};
    const double capacity_s = usage.awake_s * usage.cpus;
    const double load = capacity_s > 0 ? usage.busy_cpu_s / capacity_s : 0;
    return {true, "", 0, times(full_w_, share_of_tdp(inputs_.load_curve, load) * share_)};
  }

 private:
  PowerModelInputs inputs_;
  double share_;
  Interval full_w_ = product(inputs_.tdp_w, inputs_.curve_error);  // at the whole of TDP: its logarithms are taken once
};

class MemoryModel : public Sensor {
 public:
  MemoryModel(const Interval& w, double gb) : w_(w), gb_(gb) {}

  PartDescription describe() const override {
    PartDescription d;
    d.start = {"memory", "memory", record::Basis::kModelled, fmt::format("memory-model {:.1f} GB", gb_)};
    d.most_w = w_.high;
    d.idle_w = w_;
    d.idle_basis = "modelled";
    d.guess_w = w_;
    return d;
  }

  Reading read(const Usage&) override { return {true, "", 0, w_}; }

 private:
  Interval w_;
  double gb_;
};

}  // namespace

double share_of_tdp(const std::vector<LoadPoint>& curve, double load) {
  assert(!curve.empty());
  const double x = std::clamp(load, 0.0, 1.0);
  if (x <= curve.front().load) return curve.front().share_of_tdp;
  for (std::size_t i = 1; i < curve.size(); ++i) {
    const LoadPoint& a = curve[i - 1];
    const LoadPoint& b = curve[i];
    if (x <= b.load) return a.share_of_tdp + (b.share_of_tdp - a.share_of_tdp) * (x - a.load) / (b.load - a.load);
  }
  return curve.back().share_of_tdp;
}

Interval cpu_power(const PowerModelInputs& inputs, double load) {
  return times(product(inputs.tdp_w, inputs.curve_error), share_of_tdp(inputs.load_curve, load));
}

std::unique_ptr<Sensor> cpu_model(const PowerModelInputs& inputs, double share) {
  return std::make_unique<CpuModel>(inputs, share);
}

std::unique_ptr<Sensor> memory_model(const PowerModelInputs& inputs, double memory_gb) {
  return std::make_unique<MemoryModel>(times(inputs.ram_w_per_gb, memory_gb), memory_gb);
}

}  // namespace cradle::sensor
