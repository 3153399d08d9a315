// What a study's cited records say: joules and seconds of a training, joules and seconds per image of a use.
#pragma once

#include "cradle/life/builder.h"

namespace cradle::life {

/// Energy and time of an activity, per model made or per image. The amount is fixed; its doubt is in the terms:
/// the meter's own error, shared by all records of one machine and basis, and the spread of repeats.
struct Evidence {
  double joules = 0;
  double seconds = 0;
  std::vector<lca::Term> terms;       ///< on joules
  std::vector<lca::Term> time_terms;  ///< on seconds
};

/// Sum of the records: a training (or a compression) took all of them. Billed energy at the node.
Evidence sum_of_runs(Builder& builder, const std::vector<Cited>& runs, const std::string& activity);

/// Mean over repeats, per image, in the window between the marks window-begin and window-end (the whole run if it has
/// none). Warns if a record misses the stated quality. Throws Error if a record does not count images.
Evidence mean_per_image(Builder& builder, const std::vector<Cited>& runs);

}  // namespace cradle::life
