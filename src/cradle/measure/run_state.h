// What one run holds while it goes on: meter, journal, the command's CPU time, marks that wait for their joules.
#pragma once

#include <sys/types.h>

#include <deque>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cradle/measure/marks_pipe.h"
#include "cradle/meter/cgroup.h"
#include "cradle/meter/cpu_times.h"
#include "cradle/meter/meter.h"
#include "cradle/meter/process_tree.h"
#include "cradle/record/journal.h"
#include "cradle/sensor/machine.h"
#include "cradle/sensor/power_model.h"
#include "cradle/sensor/site.h"

namespace cradle::measure {

/// Called in the order of the declarations. Only prepare() may throw; a run that goes on is never ended by its meter.
class RunState {
 public:
  /// Without `hz` the pace is adaptive (pace.h).
  RunState(meter::Scope scope, std::optional<double> hz);

  /// Finds sensors, makes the command's cgroup, opens the journal in `folder` (none if empty).
  void prepare(const sensor::Site& site, const sensor::MachineFacts& facts, const sensor::PowerModelInputs& inputs,
               record::Begin begin, const std::filesystem::path& folder);
  int cgroup_folder() const { return cgroup_ ? cgroup_->folder_descriptor() : -1; }
  int cgroup_door() const { return cgroup_ ? cgroup_->door() : -1; }
  void start();  ///< first readings: time zero, right before the fork
  void started(bool in_cgroup);
  void abandon();  ///< the command could not be executed: nothing is kept

  /// A process of cradle's own: its CPU time is the meter's, not the command's. `reaped` is called if it ends while
  /// children are waited for.
  void know_helper(pid_t pid, std::function<void()> reaped);
  void forget_helper(pid_t pid) { helpers_.erase(pid); }
  /// Whether a process belongs to the command, as far as is known.
  bool is_commands(pid_t pid) const;

  /// When read() is due, on CLOCK_MONOTONIC.
  double next_due_s() const;
  void read();
  /// The last reading: seconds since the command began, and billed joules; the name is empty.
  record::Mark now() const { return {"", points_.back().t_s, points_.back().billed_j}; }
  record::Journal& journal() { return *journal_; }
  /// Marks that arrived: their joules are interpolated at the next reading, which becomes due soon.
  void note(std::vector<RawMark> marks);
  /// The wait status once `pid` has ended; does not wait.
  std::optional<int> reap(pid_t pid);
  /// The command has ended: the last reading. Marks that are noted after it lie at its instant at the latest.
  void read_last();
  void finish(int exit_code);

  record::RunRecord record() const { return record::record_of(journal_->account()); }
  /// Writes the record to folder/<id>.json and removes the journal; "" if that failed (trouble() says why).
  std::filesystem::path keep(const std::filesystem::path& folder);
  std::string trouble() const;

 private:
  struct Point {
    double t_s, billed_j;
  };
  struct Helper {
    std::function<void()> reaped;
    double cpu_s = 0;  // so far; kept when it has ended
    bool lives = true;
  };
  meter::CpuTimes cpu_times();
  double helpers_cpu_seconds();
  void take_reading(bool into_journal);
  void settle_marks();
  double billed_at(double t_s) const;

  meter::Scope scope_;
  std::optional<double> hz_;
  double longest_s_ = 0;
  std::map<pid_t, Helper> helpers_;
  double helpers_s_ = 0, helpers_asked_s_ = -1;  // their CPU time, and when it was asked for
  double flushed_t_s_ = 0;
  bool over_ = false;
  std::vector<sensor::Missing> missing_;
  std::optional<meter::BusyTime> busy_;
  std::optional<meter::Cgroup> cgroup_;
  std::optional<meter::ProcessTree> tree_;
  std::unique_ptr<meter::Meter> meter_;
  std::unique_ptr<record::Journal> journal_;
  double began_s_ = 0, next_regular_s_ = 0, last_read_s_ = 0;
  std::deque<Point> points_;  // the latest readings, oldest first
  std::vector<record::Mark> waiting_;
  std::string trouble_;
};

}  // namespace cradle::measure
