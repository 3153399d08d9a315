// What yields energy readings of one physical part: a counter, a power reading, or a model.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cradle/base/statistics.h"
#include "cradle/record/journal.h"

namespace cradle::sensor {

/// Whether a process is the command or one of its descendants.
using IsMine = std::function<bool(int pid)>;

/// How the machine was used since the reading before; a model needs it, a counter does not.
struct Usage {
  double awake_s = 0;               ///< seconds, suspended time left out
  double busy_cpu_s = 0;            ///< CPU seconds of all processes
  double cpus = 1;                  ///< logical CPUs online
  std::string unknown_why;          ///< not empty: busy_cpu_s could not be read, and this is why
  const IsMine* is_mine = nullptr;  ///< whose processes use a device; nullptr: nobody knows
};

/// One reading, or the reason why there is none. A failed reading has no number: it can never be taken for zero.
struct Reading {
  bool ok = false;
  std::string why;       ///< why not ok
  double counter_j = 0;  ///< basis counter: joules since some origin, modulo the range
  base::Interval w;      ///< basis integrated: watts now; basis modelled: mean watts since the reading before
  /// Set when this reading is of another basis than describe() said: a counter failed and power is read instead. The
  /// part then goes on with this basis, and the record says so. `why` holds the reason.
  std::optional<record::Basis> basis = std::nullopt;
  /// The command's share (0 to 1) of what the part did since the reading before, where CPU time says nothing: a GPU.
  std::optional<double> mine = std::nullopt;
  std::string note = "";  ///< something worth an event: two sources disagree, a share had to be assumed
};

/// What is known of a part and its sensor before any reading. Watts and joules; intervals are P5 to P95.
struct PartDescription {
  record::PartStart start;
  double resolution_j = 0;            ///< least step of the counter
  double update_s = 0;                ///< period at which the hardware renews its reading
  double period_s = 0;                ///< readings further apart lose something (a wrap, a swing); 0: they do not
  double range_j = 0;                 ///< the counter wraps here; 0: it does not, or the range cannot be read
  double most_w = 0;                  ///< no interval may hold more than this times its length
  base::Interval tolerance{1, 1, 1};  ///< true joules per joule read
  base::Interval idle_w;              ///< power of the part at zero load
  std::string idle_basis;             ///< "modelled", "measured", or "unknown" when idle_w is all zero
  base::Interval guess_w;             ///< mean power to fill a gap with while nothing was read; all zero: 0 to most_w
  std::vector<std::string> contains;  ///< kinds of parts that lie inside this one ("*": all): it counts what remains
};

/// A sensor of one part. Not thread-safe. Instances are made by discovery (sensor/discover.h) or by a test.
class Sensor {
 public:
  virtual ~Sensor() = default;
  virtual PartDescription describe() const = 0;
  /// Never throws: a failure is a Reading with its reason. Cost: one system call for a counter, none for a model.
  virtual Reading read(const Usage& usage) = 0;
};

/// A source that is not read, with the reason and the command that would mend it ("" if none would).
struct Missing {
  std::string name, why, remedy;
  bool counted_elsewhere = false;  ///< nothing is lost: another part holds its energy
};

/// All that was found. Parts of `sensors` partition the machine: nothing is counted twice.
struct Discovery {
  std::vector<std::unique_ptr<Sensor>> sensors;
  std::vector<Missing> missing;
  double cpus = 1;  ///< logical CPUs that the parts are made of: the machine's, or what a container may use
  bool container_share = false;  ///< the parts are models of a container's share: its own CPU time is all that is busy
};

}  // namespace cradle::sensor
