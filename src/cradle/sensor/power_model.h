// The power of parts that have no counter: CPU from its TDP and load, memory from its size. Always basis "modelled".
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cradle/sensor/sensor.h"

namespace cradle::sensor {

/// Power at a load (0 to 1) as a share of TDP.
struct LoadPoint {
  double load = 0, share_of_tdp = 0;
};

/// What the models are made of; intervals are P5 to P95. A meter is handed these: it looks nothing up.
struct PowerModelInputs {
  std::string cpu;                      ///< whose TDP this is, for people: "AMD EPYC (42 models), 2 vCPUs"
  base::Interval tdp_w;                 ///< of all processors of this machine, or of the share a virtual one has
  std::vector<LoadPoint> load_curve;    ///< ascending in load, from 0 to 1
  base::Interval curve_error{1, 1, 1};  ///< true power per power by the curve
  base::Interval ram_w_per_gb;
  base::Interval ssd_w_per_tb = {};  ///< drives, by capacity
  base::Interval hdd_w_per_tb = {};
  base::Interval network_j_per_gb = {};  ///< of the adapter, per GB in or out
};

/// The curve at `load`, piecewise linear; load is clamped to [0, 1]. The curve has at least one point.
double share_of_tdp(const std::vector<LoadPoint>& curve, double load);

/// Power by the curve: tdp · share(load); its relative half-widths are those of TDP and curve in quadrature of their
/// logarithms (two errors that have nothing in common).
base::Interval cpu_power(const PowerModelInputs& inputs, double load);

/// Part "cpu": every processor of the machine. `share` of the machine is modelled (the sockets without a counter).
std::unique_ptr<Sensor> cpu_model(const PowerModelInputs& inputs, double share = 1);

/// Part "memory": W/GB × GB, at any load (refresh and background power dominate; nothing here tells the traffic).
std::unique_ptr<Sensor> memory_model(const PowerModelInputs& inputs, double memory_gb);

}  // namespace cradle::sensor
