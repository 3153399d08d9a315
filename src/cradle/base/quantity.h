// Strong types for physical quantities: the unit is named on entry and on exit, and boundaries are types.
#pragma once

#include <cassert>
#include <compare>
#include <concepts>

namespace cradle::base {

/// One double that carries its kind. Same kinds add; different kinds do not mix. Trivially copyable, costs nothing.
template <class Kind>
class Quantity {
 public:
  constexpr Quantity() = default;
  static constexpr Quantity from_base(double value) { return Quantity(value); }
  constexpr double in_base() const { return value_; }

  constexpr Quantity& operator+=(Quantity other) {
    value_ += other.value_;
    return *this;
  }
  constexpr Quantity& operator-=(Quantity other) {
    value_ -= other.value_;
    return *this;
  }
  friend constexpr Quantity operator+(Quantity a, Quantity b) { return Quantity(a.value_ + b.value_); }
  friend constexpr Quantity operator-(Quantity a, Quantity b) { return Quantity(a.value_ - b.value_); }
  friend constexpr Quantity operator*(Quantity a, double k) { return Quantity(a.value_ * k); }
  friend constexpr Quantity operator*(double k, Quantity a) { return Quantity(a.value_ * k); }
  friend constexpr Quantity operator/(Quantity a, double k) { return Quantity(a.value_ / k); }
  friend constexpr double operator/(Quantity a, Quantity b) { return a.value_ / b.value_; }
  friend constexpr auto operator<=>(Quantity a, Quantity b) = default;

 private:
  constexpr explicit Quantity(double value) : value_(value) {}
  double value_ = 0.0;
};

// Energy is three kinds, by the boundary at which it was counted. There is no conversion between them but the
// functions below, so energy that already contains the facility's overhead cannot meet a PUE again.
using GpuEnergy = Quantity<struct GpuEnergyKind>;              // base unit: joule
using NodeEnergy = Quantity<struct NodeEnergyKind>;            // joule; the whole computer, at its plug or by its parts
using FacilityEnergy = Quantity<struct FacilityEnergyKind>;    // joule; node energy times PUE
using Power = Quantity<struct PowerKind>;                      // watt
using Duration = Quantity<struct DurationKind>;                // second
using Co2e = Quantity<struct Co2eKind>;                        // kg CO2e
using CarbonIntensity = Quantity<struct CarbonIntensityKind>;  // kg CO2e per joule

/// Any of the three energies.
template <class E>
concept AnyEnergy = std::same_as<E, GpuEnergy> || std::same_as<E, NodeEnergy> || std::same_as<E, FacilityEnergy>;

inline constexpr double kJoulesPerKwh = 3.6e6;

template <AnyEnergy E>
constexpr E joules(double j) {
  return E::from_base(j);
}
template <AnyEnergy E>
constexpr E kilowatt_hours(double kwh) {
  return E::from_base(kwh * kJoulesPerKwh);
}
template <AnyEnergy E>
constexpr double in_joules(E e) {
  return e.in_base();
}
template <AnyEnergy E>
constexpr double in_kilowatt_hours(E e) {
  return e.in_base() / kJoulesPerKwh;
}
constexpr Power watts(double w) { return Power::from_base(w); }
constexpr double in_watts(Power p) { return p.in_base(); }
constexpr Duration seconds(double s) { return Duration::from_base(s); }
constexpr Duration hours(double h) { return Duration::from_base(h * 3600.0); }
constexpr double in_seconds(Duration d) { return d.in_base(); }
constexpr double in_hours(Duration d) { return d.in_base() / 3600.0; }
constexpr Co2e kilograms_co2e(double kg) { return Co2e::from_base(kg); }
constexpr double in_kilograms(Co2e c) { return c.in_base(); }
constexpr CarbonIntensity kilograms_per_kwh(double k) { return CarbonIntensity::from_base(k / kJoulesPerKwh); }

/// Power × time at the boundary of the computer.
constexpr NodeEnergy operator*(Power p, Duration t) { return NodeEnergy::from_base(p.in_base() * t.in_base()); }
constexpr NodeEnergy operator*(Duration t, Power p) { return p * t; }

/// Power usage effectiveness: facility energy per node energy (ISO/IEC 30134-2); at least 1.
class Pue {
 public:
  constexpr explicit Pue(double value) : value_(value) { assert(value >= 1.0); }
  constexpr double value() const { return value_; }

 private:
  double value_;
};

/// The only way to facility energy. `facility * pue` and `gpu * pue` do not compile (quantity_test.cc proves it).
constexpr FacilityEnergy operator*(NodeEnergy e, Pue pue) {
  return FacilityEnergy::from_base(e.in_base() * pue.value());
}

/// Energy of the computer from that of its GPUs alone; `ratio` is node/GPU power, at least 1 (data:
/// power.node_to_gpu_ratio).
constexpr NodeEnergy at_node(GpuEnergy e, double ratio) {
  assert(ratio >= 1.0);
  return NodeEnergy::from_base(e.in_base() * ratio);
}

/// Emissions of electricity that a facility took from the grid.
constexpr Co2e operator*(FacilityEnergy e, CarbonIntensity ci) { return Co2e::from_base(e.in_base() * ci.in_base()); }

}  // namespace cradle::base
