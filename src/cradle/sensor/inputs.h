// What the meter takes from the catalogue: the power of unread parts, and the grid factor of a place.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cradle/catalog/catalog.h"
#include "cradle/record/journal.h"
#include "cradle/sensor/machine.h"
#include "cradle/sensor/power_model.h"

namespace cradle::sensor {

/// What power_inputs needs of a catalogue for one machine.
struct PowerFigures {
  struct Processor {
    std::string name, normal_name;
    base::Interval tdp_w;
    double cores = 0;  ///< 0: not known
  };
  std::vector<Processor> fitting;  ///< what the machine's processor may be
  std::vector<Processor> others;   ///< all others, where of none that fits the cores are known
  std::vector<LoadPoint> load_curve;
  base::Interval ram_w_per_gb, ssd_w_per_tb, hdd_w_per_tb, network_j_per_gb;
};

/// `cpu` is the model name as the system gives it; empty: all processors are "others". Throws Error if the catalogue
/// lacks a table. Parses the table of processors: some 15 ms.
PowerFigures power_figures(const catalog::Catalog& catalog, std::string_view cpu);

/// Figures as text, to be embedded at build time: a run finds in it what it needs in a fraction of a millisecond, where
/// the tables would take several, before its first sample. A line each, cells parted by tabs; numbers come back to the
/// bit. figures_in(text_of(power_figures(catalog, "")), cpu) is power_figures(catalog, cpu); it asserts the form.
std::string text_of(const PowerFigures& figures);
PowerFigures figures_in(std::string_view text, std::string_view cpu);

/// TDP, load curve and memory power for this machine. A physical machine has the TDP of its processor times its
/// sockets; a virtual one (or a processor the catalogue does not know) the TDP per core of all processors that fit the
/// name, median, P5 and P95, times its CPUs: half of it as central value and lower bound, since a vCPU is as a rule one
/// of a core's two threads, and the whole of it as upper bound. No processor name: no CPU model (tdp_w stays zero).
PowerModelInputs power_inputs(const PowerFigures& figures, const MachineFacts& facts);

/// The same with the figures of the built-in catalogue, from their embedded text (library cradle_prepared_inputs).
PowerModelInputs built_in_power_inputs(const MachineFacts& facts);

/// kg CO2e per kWh of the place (newest year, or what lies around the place). Throws Error with the nearest place.
record::GridFactor grid_factor(const catalog::Catalog& catalog, std::string_view place);

}  // namespace cradle::sensor
