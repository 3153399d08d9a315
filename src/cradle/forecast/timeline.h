// What the marks of a run say: its epochs, their steps, the stages between, and what is open now.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cradle/record/run_record.h"

namespace cradle::forecast {

/// What was said of the run before it ends, on the command line or by its marks ("epochs=50", "patience=5").
struct Plan {
  int epochs = 0;    ///< how many there will be at most; 0: nobody said
  int patience = 0;  ///< epochs without improvement after which the run stops itself; 0: it does not, as far as known
};

/// Seconds and billed joules of a piece of the run.
struct Amount {
  double s = 0;
  double j = 0;
};

/// Steps that were marked together.
struct Chunk {
  double steps = 0;
  Amount cost;
};

/// The training part of one epoch: stages inside it are taken out.
struct Epoch {
  int number = 0;
  Amount cost;
  double steps = 0;       ///< in the whole epoch; 0: not known
  double steps_done = 0;  ///< of them
  std::vector<Chunk> chunks;
};

/// Validations, checkpoints, or whatever else has a begin and an end.
struct Stage {
  std::string name;         ///< "validation"; "" for what lies between the epochs without a name
  std::vector<int> cycles;  ///< of each ended one: the epoch in or after which it was
  std::vector<Amount> costs;
};

/// Every second up to `now` lies in exactly one of: before, ended, open, stages, open_stage, tail.
struct Timeline {
  Amount now;                 ///< since the run began
  Amount before;              ///< until the first epoch began
  std::vector<Epoch> ended;   ///< epochs
  std::optional<Epoch> open;  ///< the epoch that goes on
  std::vector<Stage> stages;  ///< each with at least one that has ended
  std::string open_stage;     ///< the stage that goes on; "" with open_stage_cost 0: none
  Amount open_stage_cost;
  Amount tail;                 ///< since the last epoch ended
  Plan plan;                   ///< with what the marks added
  bool steps_only = false;     ///< the steps are of the whole run, which is one epoch here
  bool finished = false;       ///< no epoch will follow
  std::vector<double> metric;  ///< one value an epoch, turned so that it should fall
};

/// Reads marks in the order of their instants; `now` closes the account. Unknown names are passed over. Cost linear.
Timeline timeline_of(const std::vector<record::Mark>& marks, const record::Mark& now, const Plan& plan);

}  // namespace cradle::forecast
