// Readings into the journal, marks between readings, and the end.
#include "cradle/measure/run_state.h"

#include <fmt/format.h>
#include <sys/wait.h>
#include <time.h>

#include <algorithm>
#include <cerrno>

#include "cradle/base/error.h"
#include "cradle/base/file.h"
#include "cradle/measure/pace.h"
#include "cradle/sensor/discover.h"

namespace cradle::measure {
namespace {

// A mark's joules are interpolated between the readings around it; the one after it comes this soon, so that a flood of
// marks costs at most a hundred readings a second.
constexpr double kMarkPatience_s = 0.01;
constexpr std::size_t kPoints = 64;
// For the meter's own account this is often enough: helpers sleep nearly always. The last reading asks afresh.
constexpr double kHelpers_s = 5;
constexpr const char* kHostIsNotTheJobs =
    "in a container without a limit of CPUs the machine is the host's: only the command and its share of idle are "
    "billed";

}  // namespace

RunState::RunState(meter::Scope scope, std::optional<double> hz) : scope_(scope), hz_(hz) {}

void RunState::prepare(const sensor::Site& site, const sensor::MachineFacts& facts,
                       const sensor::PowerModelInputs& inputs, record::Begin begin,
                       const std::filesystem::path& folder) {
  sensor::Discovery found = sensor::discover(site, facts, inputs);
  missing_ = std::move(found.missing);
  // In a container that is modelled as its share, only what runs in it makes it busy.
  busy_.emplace(found.container_share ? meter::BusyTime::of_own_group() : meter::BusyTime("/"));
  if (scope_ == meter::Scope::kMachine && !facts.container.empty() && !found.container_share) {
    scope_ = meter::Scope::kMine;
    begin.rule = "mine+idle share";
    missing_.push_back({"scope machine", kHostIsNotTheJobs, ""});
  }
  std::string why;
  if (auto group = meter::Cgroup::create(why))
    cgroup_.emplace(std::move(*group));
  else
    tree_.emplace();
  meter_ = std::make_unique<meter::Meter>(std::move(found.sensors), found.cpus, scope_, meter::now,
                                          [this] { return cpu_times(); });
  meter_->know_processes([this](int pid) { return is_commands(pid); });
  longest_s_ = meter_->longest_period_s();
  begin.parts = meter_->parts();
  begin.method =
      fmt::format("CPU time by {}, idle {}", cgroup_ ? cgroup_->kind() : "process tree", meter_->idle_basis());
  journal_ = std::make_unique<record::Journal>(folder, std::move(begin));
  for (const sensor::Missing& m : missing_)
    if (!m.counted_elsewhere) journal_->add(record::Event{0, "denied", m.name, m.why});
}

meter::CpuTimes RunState::cpu_times() {
  meter::CpuTimes t;
  if (cgroup_) t.mine_s = cgroup_->cpu_seconds().value_or(0);
  // The tree is everything below cradle, and cradle's own helpers are not the command.
  if (tree_) t.mine_s = std::max(0.0, tree_->cpu_seconds() - helpers_cpu_seconds());
  const auto busy = busy_->seconds();
  t.busy_s = busy.value_or(0);
  if (!busy) t.busy_unknown_why = busy_->why();
  return t;
}

void RunState::know_helper(pid_t pid, std::function<void()> reaped) {
  if (pid > 0) helpers_[pid] = {std::move(reaped)};
}

bool RunState::is_commands(pid_t pid) const {
  if (helpers_.contains(pid)) return false;
  return cgroup_ ? cgroup_->holds(pid) : tree_ && tree_->holds(pid);
}

double RunState::helpers_cpu_seconds() {
  double sum = 0;
  for (auto& [pid, helper] : helpers_) {
    clockid_t clock{};
    timespec t{};
    if (helper.lives && ::clock_getcpuclockid(pid, &clock) == 0 && ::clock_gettime(clock, &t) == 0)
      helper.cpu_s = static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
    sum += helper.cpu_s;
  }
  return sum;
}

void RunState::start() {
  meter_->start();
  points_.push_back({0, 0});
  began_s_ = last_read_s_ = meter::now().awake_s;
  next_regular_s_ = last_read_s_ + period_s(hz_, longest_s_, 0);
}

void RunState::started(bool in_cgroup) {
  if (in_cgroup || !cgroup_) return;
  // It may be made but not entered: then the tree counts, and the record says so.
  journal_->add(
      record::Event{0, "denied", "cgroup", "the command could not enter its cgroup; its process tree counts"});
  cgroup_.reset();
  tree_.emplace();
}

void RunState::abandon() { journal_->remove(); }

double RunState::next_due_s() const {
  return waiting_.empty() ? next_regular_s_ : std::min(next_regular_s_, last_read_s_ + kMarkPatience_s);
}

void RunState::read() {
  const bool regular = meter::now().awake_s >= next_regular_s_;
  take_reading(regular);
  if (!regular) return;
  // Readings that fell due while cradle was stopped are not made up for.
  const double period = period_s(hz_, longest_s_, last_read_s_ - began_s_);
  next_regular_s_ += period;
  if (next_regular_s_ <= last_read_s_) next_regular_s_ = last_read_s_ + period;
  const double t_s = points_.back().t_s;
  if (t_s + period - flushed_t_s_ > record::kFlushPeriod) {  // else the next reading would find it overdue
    journal_->flush();
    flushed_t_s_ = t_s;
  }
}

void RunState::take_reading(bool into_journal) {
  record::Sample sample = meter_->sample();
  if (const double now_s = meter::now().awake_s; now_s - helpers_asked_s_ >= kHelpers_s)
    helpers_asked_s_ = now_s, helpers_s_ = helpers_cpu_seconds();
  if (const double helpers_s = helpers_s_; helpers_s > 0) {
    if (sample.self.cpu_s > 0) sample.self.j *= 1 + helpers_s / sample.self.cpu_s;
    sample.self.cpu_s += helpers_s;
  }
  last_read_s_ = meter::now().awake_s;
  points_.push_back({sample.t_s, sample.billed_j.value});
  if (points_.size() > kPoints) points_.pop_front();
  for (const record::Event& event : meter_->take_events()) journal_->add(event);
  if (into_journal) journal_->add(sample);
  settle_marks();
}

void RunState::note(std::vector<RawMark> marks) {
  const double now_s = over_ ? points_.back().t_s : meter_->seconds_at(meter::now().boot_s);
  for (RawMark& mark : marks) {
    const double t_s = mark.boot_s < 0 ? now_s : std::clamp(meter_->seconds_at(mark.boot_s), 0.0, now_s);
    waiting_.push_back({std::move(mark.name), t_s, 0});
  }
}

void RunState::settle_marks() {
  for (record::Mark& mark : waiting_) {
    mark.j = billed_at(mark.t_s);
    journal_->add(mark);
  }
  waiting_.clear();
}

double RunState::billed_at(double t_s) const {
  const auto after = std::find_if(points_.begin(), points_.end(), [&](const Point& p) { return p.t_s >= t_s; });
  if (after == points_.end()) return points_.back().billed_j;
  if (after == points_.begin()) return after->billed_j;
  const Point& a = *(after - 1);
  const Point& b = *after;
  return a.billed_j + (b.billed_j - a.billed_j) * (t_s - a.t_s) / (b.t_s - a.t_s);
}

std::optional<int> RunState::reap(pid_t pid) {
  std::optional<int> ended;
  for (;;) {
    int status = 0;
    rusage use{};
    // Orphans of the command come to us only when we count by the tree.
    const pid_t reaped = ::wait4(tree_ ? -1 : pid, &status, WNOHANG, &use);
    if (reaped < 0 && errno == EINTR) continue;
    if (reaped <= 0) return ended;
    if (const auto helper = helpers_.find(reaped); helper != helpers_.end()) {
      helper->second.lives = false;
      helper->second.reaped();
      continue;
    }
    if (tree_) tree_->reaped(use);
    if (reaped == pid) ended = status;
  }
}

void RunState::read_last() {
  helpers_asked_s_ = -kHelpers_s;
  take_reading(true);
  over_ = true;
}

void RunState::finish(int exit_code) {
  settle_marks();
  const double t_s = points_.back().t_s;
  journal_->add(record::End{t_s, base::format_utc(base::unix_now()), exit_code});
}

std::filesystem::path RunState::keep(const std::filesystem::path& folder) {
  const std::filesystem::path file = folder / (journal_->account().begin.id + ".json");
  try {
    record::write_record(file, record());
  } catch (const base::Error& e) {
    trouble_ = e.what();
    journal_->flush();
    return "";
  }
  journal_->remove();
  return file;
}

// The journal's trouble came first, and is as a rule the cause of the other.
std::string RunState::trouble() const { return journal_->trouble().empty() ? trouble_ : journal_->trouble(); }

}  // namespace cradle::measure
