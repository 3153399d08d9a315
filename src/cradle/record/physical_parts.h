// Which parts of several records are one physical part, and which of their joules count.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "cradle/record/run_record.h"

namespace cradle::record {

/// A stretch of time, in seconds since the first record began.
struct Stretch {
  double from = 0, to = 0;
};

/// Time that is taken already, as stretches apart from each other.
class Claimed {
 public:
  /// What of `stretch` is free, in pieces; an instant is free or not.
  std::vector<Stretch> free_of(Stretch stretch) const;
  void claim(Stretch stretch);
  double length() const;

 private:
  std::vector<Stretch> stretches_;  // ascending
};

/// One record of the job.
struct Rank {
  const RunRecord* run = nullptr;
  std::size_t number = 0;
  std::size_t host = 0;  ///< ranks of one host have one number
  Stretch wall;
  double counted_j = 0;  ///< of its total: what is in the merged total
  /// Share of its joules that is in the merged total; 1 if there are none.
  double share() const { return run->total.value > 0 ? counted_j / run->total.value : 1; }
};

/// A part that one or several records measured; its coverage is left to the caller.
struct PhysicalPart {
  PartEnergy merged;
  double covered_s = 0;
  std::vector<const PartEnergy*> measured_by;
};

/// The parts of all ranks, each joule once; adds to each rank what of it counts. See merge.h for the rules.
std::vector<PhysicalPart> physical_parts(std::vector<Rank>& ranks);

}  // namespace cradle::record
