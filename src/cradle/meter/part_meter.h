// The joules of one part, counted by the truth rules, and split by who caused them.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "cradle/meter/clock.h"
#include "cradle/sensor/sensor.h"

namespace cradle::meter {

/// CPU seconds since some origin: of the command, and of all processes.
struct CpuTimes {
  double mine_s = 0;
  double busy_s = 0;
  std::string busy_unknown_why;  ///< not empty: busy_s is not known
};

enum class Scope {
  kMine,     ///< bills the command's own energy and its share of idle
  kMachine,  ///< bills everything
};

/// Joules of an interval or a run, with their attribution. billed, split and j are in step: split adds up to j.value.
struct Joules {
  base::Interval j;
  record::Split split;
  base::Interval billed;
  Joules& operator+=(const Joules& other);
};

/// Who used a part in an interval.
struct Use {
  double awake_s = 0;
  double mine_cpu_s = 0;                      ///< CPU seconds of the command
  double busy_cpu_s = 0;                      ///< and of all processes
  double cpus = 1;                            ///< logical CPUs of the machine
  std::optional<double> mine = std::nullopt;  ///< a GPU's own word on the command's share; CPU time then says nothing
};

/// Splits energy `e` of an interval of Δt awake seconds (docs/METHODS.md "Attribution"):
///   idle   = min(e, P_idle · Δt);     e when no process ran at all
///   mine   = (e − idle) · c/b         c, b: CPU seconds of the command and of all processes
///   others = (e − idle) − mine
///   billed = mine + idle · c/(n·Δt)   n: logical CPUs; everything with Scope::kMachine
/// Idle goes by the share of the machine's *capacity* that the command used, not of its busy time: the bill then does
/// not depend on what else happened to run, a command that sleeps pays nothing, and all bills together never exceed the
/// machine. The capacity nobody used is nobody's; who has the machine to himself bills it with kMachine.
/// Where a GPU says whose work it did, that share s stands for both c/b and c/(n·Δt): who holds a GPU alone pays for
/// its idle power too.
Joules attribute(const base::Interval& e, const sensor::PartDescription& part, const Use& use, Scope scope);

/// What is left of `whole` when the parts that lie inside it are counted by themselves: never less than nothing. It is
/// split as they are, since supplies, fans and memory follow what they serve; as `whole` itself if they took nothing.
Joules remainder(const Joules& whole, const Joules& inside);

/// Counts one part. The rules:
///  - a failed reading is a gap with a reason; a counter bridges it at the next good reading, nothing is lost;
///  - a counter that goes backwards has wrapped only if its range is known, the machine did not sleep and the implied
///    power is at most most_w; otherwise it was reset, and the interval is a gap;
///  - no interval may hold more than most_w · (Δt + update_s): a jump beyond it is a gap;
///  - a counter that stands still for a second is a gap: a powered part never takes nothing;
///  - an interval so long that more wraps fit takes the number nearest to the power before, and an interval over all;
///  - a sensor that changes its basis in mid-run ends one stretch and begins another, and the part keeps the weaker
///  basis;
///  - the energy of a gap is the mean power read so far in this run times its length, from 0 to most_w · Δt, and the
///    coverage falls accordingly.
class PartMeter {
 public:
  PartMeter(sensor::PartDescription part, double cpus, Scope scope);

  /// The first reading; `t_s` stands in events.
  void start(const Instant& now, const CpuTimes& cpu, const sensor::Reading& reading, double t_s,
             std::vector<record::Event>& events);
  /// Every further one. With `settle` the interval since the last settled reading is closed; without, its energy counts
  /// too but is attributed anew at the next reading (the kernel counts busy time in steps of 10 ms: shares of shorter
  /// intervals are noise). A model's reading is its mean since the last settled one.
  void add(const Instant& now, const CpuTimes& cpu, const sensor::Reading& reading, bool settle, double t_s,
           std::vector<record::Event>& events);

  /// All since start, gaps that are still open filled as above; the ends of the run widen the interval by one step of
  /// a counter (its resolution, and update_s at the mean power).
  Joules joules() const;
  /// Seconds for which readings exist.
  double covered_s() const { return covered_s_ + open_covered_s_; }
  const sensor::PartDescription& description() const { return part_; }
  /// The weakest basis of any of its joules; of a part that no reading ever told anything of, whose joules are a guess,
  /// modelled.
  record::Basis basis() const {
    const bool guessed = covered_s() <= 0 && (early_gap_s_ > 0 || open_.j.high > 0);
    return guessed ? record::Basis::kModelled : weakest_;
  }

 private:
  void add_counter(const Instant& now, const CpuTimes& cpu, const sensor::Reading& reading, bool settle);
  void add_power(const Instant& now, const CpuTimes& cpu, const sensor::Reading& reading, bool settle);
  void add_model(const Instant& now, const CpuTimes& cpu, const sensor::Reading& reading, bool settle);
  /// Counts `e` for the time since since_, until it is counted again or, with `settle`, for good; `covered_s` of it
  /// were read.
  void count(const base::Interval& e, double covered_s, const Instant& now, const CpuTimes& cpu, bool settle);
  /// Counts the filling of a gap likewise.
  void count_gap(const Instant& now, const CpuTimes& cpu, bool settle);
  /// The stretch until now ends as a gap; the next begins with this reading.
  void change_basis(const Instant& now, const CpuTimes& cpu, const sensor::Reading& reading, record::Basis to);
  void say_note(const std::string& note);  // once for each kind of note
  void say_gap(const std::string& why);    // once, until a reading succeeds
  void event(const char* kind, std::string detail);
  base::Interval filling(double awake_s) const;

  sensor::PartDescription part_;
  record::Basis basis_, weakest_;  // of the readings now; of all joules so far
  std::optional<double> mine_;     // of the reading now
  std::set<std::string> notes_;
  double cpus_;
  Scope scope_;
  Instant since_;  // end of the last settled interval, and the CPU times there
  CpuTimes since_cpu_;
  bool has_counter_ = false;  // counter_j_ is a good reading at since_
  double counter_j_ = 0;
  bool has_power_ = false;  // power_w_ is a good reading at power_at_
  base::Interval power_w_;
  Instant power_at_;
  base::Interval trapezoids_;  // since since_, with the seconds of them that were read
  double trapezoids_s_ = 0;
  bool failing_ = false;
  Joules closed_, open_;
  double covered_s_ = 0, open_covered_s_ = 0;
  double read_j_ = 0;       // joules of covered_s_
  double early_gap_s_ = 0;  // lost before anything was read: filled when the first power is known
  double t_s_ = 0;
  std::vector<record::Event>* events_ = nullptr;  // of the call that runs
};

}  // namespace cradle::meter
