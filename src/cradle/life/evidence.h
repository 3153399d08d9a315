// What a study's cited records say: joules and seconds of a training, joules and seconds per image of a use.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "cradle/life/builder.h"

namespace cradle::life {

/// One part of an activity's energy: joules · Π parameter^exponent.
struct EnergyItem {
  double joules = 0;
  Terms terms;
};

/// Energy and time of an activity, per model made or per image. Amounts are fixed; their doubt is in the terms: the
/// meter's own error, shared by all records of one machine and basis, and the spread of repeats.
struct Evidence {
  std::vector<EnergyItem> energy;  ///< at the computer
  double seconds = 0;              ///< that the hardware was held; 0: not known
  Terms time_terms;                ///< on seconds
  std::set<std::string> bases;     ///< how the energy was obtained
};

/// Sum of the records: a training (or a compression) took all of them. Billed energy at the node.
Evidence sum_of_runs(Builder& builder, const std::vector<Cited>& runs, const std::string& activity);

/// Mean over repeats, per image, in the window between the marks window-begin and window-end (the whole run if it has
/// none). Warns if a record misses the stated quality. Throws Error if a record does not count images.
Evidence mean_per_image(Builder& builder, const std::vector<Cited>& runs);

/// The final training by whichever way the study states it: records, energy known from elsewhere, hours × power, or
/// operations / (count · peak · efficiency). Energy of the GPUs is brought to the computer by the catalogue's ratio;
/// facility energy by the PUE it contains, which the way back to the facility's meter takes out again.
Evidence training_evidence(Builder& builder, const study::Training& training);

/// Charges `process` (kWh at the computer from `electricity`) with the evidence's energy.
void charge_energy(Builder& builder, int process, int electricity, const Evidence& evidence);

}  // namespace cradle::life
