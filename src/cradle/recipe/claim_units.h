// The experiments behind the claims. Internal to the room.
#pragma once

#include "cradle/recipe/claims.h"
#include "cradle/recipe/paired.h"
#include "cradle/recipe/pipeline.h"

namespace cradle::recipe {

/// What an experiment works with: a folder of its own, whose models are used again if it is run again.
struct Experiment {
  Workspace workspace;
  std::uint64_t seed = 1;
  bool quick = false;
  std::function<void(const std::string& line)> tell;
};

base::Json tickets(const Experiment& e, const std::string& architecture, const std::string& options);
base::Json from_scratch(const Experiment& e);
base::Json eight_bits(const Experiment& e, const std::string& task);
base::Json low_rank(const Experiment& e, const std::string& architecture);
base::Json speed(const Experiment& e);
/// Eight bits of several nets: recommended or not by one bench, and the ratio of times in another.
base::Json recommendations(const Experiment& e);

/// {"value", "low", "high", "deviation"} of other less first on test images; the figures of both beside it; "draws_e5",
/// the difference on each resample in hundred-thousandths, in one string; of classification "only_first" and
/// "only_other": how many images each alone has right.
base::Json difference_json(const Standing& first, const Standing& other);

}  // namespace cradle::recipe
