// The energy and time of the final training, by whichever way the study states it.
#include <fmt/format.h>

#include <cassert>

#include "cradle/base/error.h"
#include "cradle/base/quantity.h"
#include "cradle/life/evidence.h"
#include "cradle/life/hardware.h"
#include "cradle/life/supply.h"

namespace cradle::life {
namespace {

using study::Boundary;
using study::Training;

/// Brings what was known at the training's boundary to the computer: up from the GPUs, down from the facility's meter.
void bring_to_the_computer(Builder& b, const Training& t, Terms& terms) {
  if (t.boundary == Boundary::kGpu) terms.push_back({b.factor("power.node_to_gpu_ratio", "", "", t.supply.where), 1.0});
  if (t.boundary == Boundary::kFacility) terms.push_back({pue_of(b, t.supply, "training"), -1.0});
}

void set_hours(Builder& b, const Training& t, Evidence& e) {
  e.seconds = 3600.0;
  e.time_terms = {
      {b.input("training-hours", "hours of the final training", *t.hours, "h", "input", b.source("training")), 1.0}};
}

/// Energy known from elsewhere: at the GPUs, at the computer or at the facility's meter.
void add_known_energy(Builder& b, const Training& t, Evidence& e) {
  const char* where = t.boundary == Boundary::kGpu    ? "the GPUs"
                      : t.boundary == Boundary::kNode ? "the computer"
                                                      : "the facility's meter";
  const int energy = b.input("training-energy", fmt::format("energy of the final training at {}", where), *t.energy_kwh,
                             "kWh", "input", b.source("training"));
  Terms terms = {{energy, 1.0}};
  bring_to_the_computer(b, t, terms);
  e.energy.push_back({base::kJoulesPerKwh, std::move(terms)});
  if (t.hours) {
    set_hours(b, t, e);
  } else if (t.hardware) {
    b.warn("production: the training's energy is given without hours, so its hardware cannot be charged by time");
  }
}

/// Seconds of wall clock as seconds · Π terms.
void set_time(Builder& b, const Training& t, Evidence& e) {
  if (t.hours) return set_hours(b, t, e);
  const std::string source = b.source("training");
  const int operations = b.input("operations", fmt::format("operations of the final training ({})", t.operations_rule),
                                 *t.operations, "operations", "input", source);
  const int efficiency =
      b.input("efficiency", "share of the peak that is reached", *t.efficiency, "1", "input", source);
  double per_second = 1.0;
  int peak = -1;
  if (t.peak_per_s) {
    peak = b.input("peak", "peak operations per second of one device", *t.peak_per_s, "1/s", "input", source);
  } else if (t.hardware) {
    // Boards from before 16-bit units have the other peak only.
    const char* bits = "16";
    peak = b.try_factor("gpu.peak_fp16", t.hardware->device, "", false);
    if (peak < 0) {
      bits = "32";
      peak = b.try_factor("gpu.peak_fp32", t.hardware->device, "", false);
    }
    if (peak < 0)
      base::fail("{}: the catalogue has no peak of '{}'; give peak_per_s (operations per second of one device)",
                 t.hardware->where, t.hardware->device);
    per_second = 1e12;  // the catalogue's unit is TFLOPS
    b.assume(
        fmt::format("training: the peak of {} is the catalogue's for {}-bit operations", t.hardware->device, bits));
  } else {
    base::fail("{}: operations need peak_per_s, or a hardware whose peak the catalogue knows", source);
  }
  e.seconds = 1.0 / (t.count * per_second);
  e.time_terms = {{operations, 1.0}, {peak, -1.0}, {efficiency, -1.0}};
}

/// Power of one device and its share of the computer, in W, as terms.
Terms power_terms(Builder& b, const Training& t) {
  const std::string source = b.source("training");
  if (t.power_w) {
    Terms terms = {
        {b.input("training-power", "power of one device and its share of the node", *t.power_w, "W", "input", source),
         1.0}};
    bring_to_the_computer(b, t, terms);
    return terms;
  }
  const std::string& where = t.hardware->where;
  const int rated = rated_power(b, *t.hardware);
  if (rated < 0)
    base::fail("{}: the rated power of '{}' is not known; give power_w, or tdp_w in [device.{}]", where,
               t.hardware->device, t.hardware->device);
  b.assume("training: power is modelled from the GPU's rated power, a load fraction and the node's overhead");
  const int load = t.load ? b.input("training-load", "GPU power per rated power", *t.load, "1", "input", source)
                          : b.factor("power.gpu_load_fraction", "", "", where);
  return {{rated, 1.0}, {load, 1.0}, {b.factor("power.node_to_gpu_ratio", "", "", where), 1.0}};
}

}  // namespace

Evidence training_evidence(Builder& b, const Training& t) {
  if (!t.runs.empty()) return sum_of_runs(b, t.runs, "the final training");
  const char* basis = t.energy_kwh || t.power_w ? "stated" : "modelled";
  b.model().bases.insert(basis);
  Evidence e;
  e.bases = {basis};
  if (t.energy_kwh) {
    add_known_energy(b, t, e);
    return e;
  }
  set_time(b, t, e);
  const double seconds = t.count * e.seconds;
  e.energy.push_back({seconds, joined(power_terms(b, t), e.time_terms)});
  if (t.memory_gb) {
    const int memory = b.input("training-memory", "memory of one device's computer", *t.memory_gb, "GB", "input",
                               b.source("training"));
    e.energy.push_back(
        {seconds, joined({{memory, 1.0}, {b.factor("power.ram", "", "", b.source("training")), 1.0}}, e.time_terms)});
  }
  return e;
}

void charge_energy(Builder& b, int process, int electricity, const Evidence& e) {
  for (const EnergyItem& item : e.energy)
    b.consume(process, electricity, item.joules / base::kJoulesPerKwh, item.terms);
}

}  // namespace cradle::life
