// The whole machine, watched: what its parts have taken since the watch began, and what they take now.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cradle/meter/meter.h"
#include "cradle/record/journal.h"

namespace cradle::monitor {

/// One part at the last look.
struct PartNow {
  record::PartStart start;
  record::Basis basis = record::Basis::kModelled;  ///< the weakest so far
  base::Interval j;                                ///< since the watch began; never falls
  double w = 0;                                    ///< mean since the look before
  double coverage = 0;                             ///< share of the time that readings cover, 0 to 1
};

/// The machine at the last look.
struct Look {
  double t_s = 0;  ///< since the watch began
  std::vector<PartNow> parts;
  base::Interval total_j;
  double total_w = 0;
  std::vector<record::Event> events;  ///< all of the watch, the newest last; at most kMostEvents
  double event_count = 0;             ///< of all of them
  record::SelfCost self;
};
inline constexpr std::size_t kMostEvents = 20;

/// Looks at a machine through a meter that bills all of it.
class Watch {
 public:
  explicit Watch(std::unique_ptr<meter::Meter> meter);
  /// Reads every sensor. Not thread-safe.
  const Look& look();
  const Look& last() const { return last_; }

 private:
  std::unique_ptr<meter::Meter> meter_;
  std::vector<record::PartStart> starts_;
  Look last_;
};

}  // namespace cradle::monitor
