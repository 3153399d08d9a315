// How fast a device computes and moves data and what power it draws, as the catalogue knows it.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "cradle/base/statistics.h"
#include "cradle/catalog/catalog.h"
#include "cradle/estimate/processor.h"

namespace cradle::estimate {

/// What part of the theoretical rates a network reaches, P5 to P95, and what each layer costs beside. Of CPUs and of
/// accelerators, since they differ by an order of magnitude.
struct Efficiency {
  base::Interval plain;      ///< of arithmetic in FP32
  base::Interval narrow;     ///< of arithmetic in 16 and 8 bits (tensor units are harder to keep busy)
  base::Interval bandwidth;  ///< of the memory's bandwidth
  base::Interval layer_s;    ///< start of one layer
};

struct Device {
  std::string name;
  bool is_cpu = false;
  std::map<std::string, base::Interval> ops_per_s;  ///< by precision ("fp32", "fp16", "bf16", "int8"), 2 per MAC
  base::Interval bytes_per_s;
  base::Interval idle_w;  ///< drawn in any case and counted with the inference; of a CPU 0: its idle power is not its
  base::Interval full_w;  ///< at full load: a board's limit; of a CPU the share of its busy cores
  Efficiency efficiency;
  std::vector<std::string> factors;  ///< ids of the figures it is made of
};

/// A GPU or an edge device of the catalogue, by its name. Throws Error with the nearest name if it is unknown, and with
/// the missing figure if the catalogue cannot tell its rates.
Device device_named(const catalog::Catalog& catalog, const std::string& name);

/// `threads` cores of a processor. Throws Error if its kind is not known (processor.h).
Device cpu_device(const catalog::Catalog& catalog, const Processor& processor, int threads);

}  // namespace cradle::estimate
