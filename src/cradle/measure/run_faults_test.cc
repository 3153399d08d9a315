// What happens to real runs: short children, budgets, kills, disks, neighbours.
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/resource.h>

#include <array>
#include <cmath>

#include "cradle/base/error.h"
#include "cradle/base/file.h"
#include "cradle/base/own_namespace_test.h"
#include "cradle/measure/run_bench_test.h"

namespace cradle::measure {
namespace {

fs::path journal_in(const fs::path& folder) {
  for (const auto& entry : fs::directory_iterator(folder))
    if (entry.path().extension() == ".journal") return entry.path();
  return "";
}

/// CPU seconds of the command by the journal's last sample, and by the command's own account.
void expect_short_children_counted(const std::string& folder, pid_t cradle) {
  ASSERT_TRUE(comes_true([&] { return fs::exists(folder + "/times"); }));
  // The shell's own account: "user system" of itself, then of its children, as 0m1.230000s.
  double own_s = 0;
  const std::string times = text_of(folder + "/times");
  const char* at = times.c_str();
  for (int i = 0; i < 4; ++i) {
    int minutes = 0, n = 0;
    double seconds = 0;
    ASSERT_EQ(std::sscanf(at, " %dm%lfs%n", &minutes, &seconds, &n), 2) << times;
    own_s += 60 * minutes + seconds;
    at += n;
  }
  const fs::path journal = journal_in(folder);
  ASSERT_FALSE(journal.empty());
  const auto mine_s = [&] {
    const std::string text = base::read_file(journal);
    return record::account_of(text.substr(0, text.rfind('\n') + 1), journal.string()).last.mine_cpu_s;
  };
  EXPECT_TRUE(comes_true([&] { return mine_s() > 0.97 * own_s; })) << mine_s() << " of " << own_s;
  EXPECT_LT(mine_s(), 1.1 * own_s + 0.05) << "the start of the first process is not in the shell's account";
  base::write_file(folder + "/go", "");
  EXPECT_EQ(exit_code_of_process(cradle), 0);
}

Command hundred_children(const std::string& folder) {
  return shell(
      fmt::format("n=0; while [ $n -lt 100 ]; do sh -c 'i=0; while [ $i -lt 4000 ]; do i=$((i+1)); done'; n=$((n+1)); "
                  "done; times > {0}/new; mv {0}/new {0}/times; while [ -d {0} -a ! -e {0}/go ]; do sleep 0.02; done",
                  folder));
}

TEST(CpuTimeOfARun, CountsAHundredShortChildren) {
  const std::string folder = fresh_folder();
  Options o = options(folder);
  o.hz = 20;
  expect_short_children_counted(folder, cradle_process(hundred_children(folder), o));
}

TEST(CpuTimeOfARun, CountsAHundredShortChildrenWithoutACgroupToo) {
  const std::string folder = fresh_folder();
  fs::permissions(folder, fs::perms::all);
  Options o = options(folder);
  o.hz = 20;
  o.mark_on = {
      parse_mark_rule("([0-9]+)([0-9]*)([0-9]+)x")};  // its relay has work, lies in cradle's tree and must not count
  const pid_t pid = ::fork();
  if (pid == 0) {
    if (::geteuid() == 0 && (::setgid(65534) != 0 || ::setuid(65534) != 0))
      ::_exit(98);  // others have no rights anyway
    Command command = hundred_children(folder);
    command.words[2] = "seq 1 200000; " + command.words[2];
    ::dup2(::open("/dev/null", O_WRONLY), STDOUT_FILENO);
    ::_exit(run(command, o).record.exit_code);
  }
  expect_short_children_counted(folder, pid);
}

TEST(BudgetOfARun, EndsTheCommandCleanly) {
  const std::string folder = fresh_folder();
  std::vector<std::string> warnings;
  Options o = options();
  o.budget = parse_budget("0.15 s");
  o.stop = true;
  o.warn = [&](const std::string& s) { warnings.push_back(s); };
  const auto r =
      run(shell(fmt::format("trap 'echo bye > {}/bye; exit 9' TERM; for i in $(seq 500); do sleep 0.01; done", folder)),
          o)
          .record;
  EXPECT_EQ(r.exit_code, 9);
  EXPECT_EQ(text_of(folder + "/bye"), "bye\n");
  EXPECT_GE(r.duration_s, 0.15);
  ASSERT_EQ(warnings.size(), 1u);
  const auto event = std::find_if(r.events.begin(), r.events.end(), [](const auto& e) { return e.kind == "budget"; });
  ASSERT_NE(event, r.events.end());
  EXPECT_EQ(event->detail, warnings[0]);
  expect_sound(r);
}

TEST(BudgetOfARun, OnlyWarnsWithoutStop) {
  std::vector<std::string> warnings;
  Options o = options();
  o.budget = parse_budget("0.05s");
  o.warn = [&](const std::string& s) { warnings.push_back(s); };
  EXPECT_EQ(run(shell("sleep 0.15; exit 2"), o).record.exit_code, 2);
  EXPECT_EQ(warnings.size(), 1u);
}

TEST(BudgetOfARun, InsistsWhenTheCommandDoesNotListen) {
  Options o = options();
  o.budget = parse_budget("0.05s");
  o.stop = true;
  o.stop_patience_s = 0.1;
  o.warn = [](const std::string&) {};
  const auto r = run(shell("trap '' TERM; for i in $(seq 500); do sleep 0.01; done"), o).record;
  EXPECT_EQ(r.exit_code, 128 + SIGKILL);
  EXPECT_GE(r.duration_s, 0.15);
  EXPECT_NE(r.events.back().detail.find("SIGKILL"), std::string::npos);
}

TEST(BudgetOfARun, EndsWhatAShellWouldAndNobodyElse) {
  const std::string folder = fresh_folder();
  Options o = options();
  o.budget = parse_budget("0.2s");
  o.stop = true;
  o.warn = [](const std::string&) {};
  const pid_t script = ::fork();
  if (script == 0) {  // a script that calls cradle, with a neighbour in its group
    ::setpgid(0, 0);
    const pid_t neighbour = ::fork();
    if (neighbour == 0) {
      ::execlp("sleep", "sleep", "5", nullptr);
      ::_exit(127);
    }
    // A worker in the foreground of a shell; a daemon in a session of its own.
    const int code = run(shell(fmt::format(
                             "setsid sleep 5 & echo $! > {0}/daemon; sh -c 'trap \"echo x > {0}/worker; exit 0\" TERM; "
                             "for i in $(seq 500); do sleep 0.01; done'; exit 6",
                             folder)),
                         o)
                         .record.exit_code;
    const bool there = ::waitpid(neighbour, nullptr, WNOHANG) == 0;
    ::kill(neighbour, SIGKILL);
    ::_exit(there ? code : 99);
  }
  EXPECT_EQ(exit_code_of_process(script), 128 + SIGTERM) << "the shell";
  EXPECT_TRUE(comes_true([&] { return fs::exists(folder + "/worker"); })) << "and its worker";
  const int daemon = std::stoi(text_of(folder + "/daemon"));
  EXPECT_EQ(::kill(daemon, 0), 0) << "but not what made itself independent";
  ::kill(daemon, SIGKILL);
}

TEST(BudgetOfARun, WakesAStoppedCommandToEndIt) {
  Options o = options();
  o.budget = parse_budget("0.1s");
  o.stop = true;
  o.warn = [](const std::string&) {};
  EXPECT_EQ(run(shell("trap 'exit 9' TERM; kill -STOP $$; sleep 5"), o).record.exit_code, 9);
}

TEST(BudgetOfARun, OfEmissionsNeedsAPlace) {
  Options o = options();
  o.budget = parse_budget("1kg");
  EXPECT_THROW(run(shell("true"), o), base::Error);
  o.budget.reset();
  o.stop = true;
  EXPECT_THROW(run(shell("true"), o), base::Error);
}

TEST(ForecastOfARun, StandsInTheRecordAndIsTold) {
  std::vector<std::string> told;
  Options o = options();
  o.plan.epochs = 10;
  o.tell = [&](const std::string& line) { told.push_back(line); };
  o.forecaster = [](const std::vector<record::Mark>& marks, const record::Mark& now, const forecast::Plan& plan) {
    const double whole = plan.epochs / static_cast<double>(marks.size());
    return std::optional(record::Forecast{
        now.t_s, {now.j * whole, now.j, 2 * now.j * whole}, {now.t_s * whole, now.t_s, 2 * now.t_s * whole}});
  };
  const auto r = run(shell("for i in 1 2 3; do sleep 0.03; echo epoch-$i >&$CRADLE_MARKS; done; sleep 0.35"), o).record;
  ASSERT_GE(r.forecasts.size(), 1u);
  EXPECT_GE(r.forecasts[0].at_s, r.marks[0].t_s);
  ASSERT_GE(told.size(), 1u);
  EXPECT_TRUE(told[0].starts_with("cradle: epoch 1 of 10: ")) << told[0];
  EXPECT_NEAR(r.forecasts.back().total_s.value, r.forecasts.back().at_s * 10 / 3, 1e-9)
      << "the last marks had theirs, though they came fast";
  expect_sound(r);
}

TEST(JournalOfARun, IsCompleteToTheLastSampleWhenCradleIsKilled) {
  const std::string folder = fresh_folder();
  Options o = options(folder);
  const pid_t pid = cradle_process(
      shell(fmt::format(
          "echo a >&$CRADLE_MARKS; while [ -d {0} -a ! -e {0}/go ]; do sleep 0.01; done; echo > {0}/alive", folder)),
      o);
  const auto samples = [&] {
    const fs::path journal = journal_in(folder);
    const std::string text = journal.empty() ? "" : text_of(journal);
    std::size_t n = 0;
    for (std::size_t at = 0; (at = text.find("{\"sample\"", at)) != std::string::npos; ++at) ++n;
    return n;
  };
  ASSERT_TRUE(comes_true([&] { return samples() >= 3; })) << "ten a second at the beginning";
  ::kill(pid, SIGKILL);
  exit_code_of_process(pid);
  const fs::path journal = journal_in(folder);
  const auto r = record::recover(base::read_file(journal), journal.string());
  expect_sound(r);
  EXPECT_FALSE(r.complete);
  EXPECT_GE(r.duration_s, 0.29);
  EXPECT_GT(r.self.cpu_s, 0);
  ASSERT_EQ(r.marks.size(), 1u);
  EXPECT_TRUE(comes_true([&] { return !record::is_being_written(journal); })) << "no helper of cradle's holds it";
  base::write_file(folder + "/go", "");
  EXPECT_TRUE(comes_true([&] { return fs::exists(folder + "/alive"); }));
}

TEST(JournalOfARun, LosesAtMostOnePeriodWhenCradleIsKilledLater) {
  const std::string folder = fresh_folder();
  Options o = options(folder);
  o.hz = 10;
  const pid_t pid =
      cradle_process(shell(fmt::format("while [ -d {0} -a ! -e {0}/go ]; do sleep 0.02; done", folder)), o);
  const auto last_s = [&] {
    const fs::path journal = journal_in(folder);
    const std::string text = journal.empty() ? "" : text_of(journal);
    return text.empty() ? 0.0 : record::account_of(text, "journal").last.t_s;
  };
  ASSERT_TRUE(comes_true([&] { return last_s() > 1.2; })) << "by then lines go through memory";
  const double seen_s = last_s(), began_s = meter::now().awake_s;
  ::usleep(750000);
  ::kill(pid, SIGKILL);
  const double waited_s = meter::now().awake_s - began_s;
  exit_code_of_process(pid);
  constexpr double kLate_s = 0.15;  // a busy machine wakes late
  EXPECT_GE(last_s(), seen_s + waited_s - 0.1 - kLate_s);
  EXPECT_TRUE(text_of(journal_in(folder)).ends_with('\0')) << "memory was used";
  base::write_file(folder + "/go", "");
}

/// What became of a run that keeps its records in `folder`, and what it warned of.
struct Warned {
  Finished done;
  std::vector<std::string> warnings;
};

Warned run_in(const fs::path& folder, std::optional<double> hz, const std::string& script) {
  Warned w;
  Options o = options(folder.string());
  o.hz = hz;
  o.warn = [&](const std::string& s) { w.warnings.push_back(s); };
  w.done = run(shell(script), o);
  EXPECT_GT(w.done.record.total.value, 0) << "the figures do not suffer";
  return w;
}

/// Fills the disk of `folder` after a while, goes on for a while, and ends with 7.
std::string filling(const fs::path& folder, double after_s, int bytes, double then_s) {
  return fmt::format("sleep {}; head -c {} /dev/zero > {}/filler 2>/dev/null; sleep {}; exit 7", after_s, bytes,
                     folder.string(), then_s);
}

TEST(DiskOfARun, ThatFillsUpHarmsNeitherTheCommandNorItsFigures) {
  base::on_a_small_disk("size=16k", 0, [](const fs::path& folder) {
    const auto [done, warnings] = run_in(folder, 1000, filling(folder, 0.1, 100000, 0.1));
    EXPECT_EQ(done.record.exit_code, 7);
    EXPECT_EQ(done.file, "");
    ASSERT_EQ(warnings.size(), 1u);
    EXPECT_TRUE(warnings[0].find("No space left") != std::string::npos ||
                warnings[0].find("is full") != std::string::npos)
        << warnings[0];
    const fs::path journal = journal_in(folder);
    ASSERT_FALSE(journal.empty());
    EXPECT_NO_THROW(expect_sound(record::recover(base::read_file(journal), journal.string())));
  });
}

TEST(DiskOfARun, ThatFillsUpLaterLosesNothingOfWhatItPromised) {
  base::on_a_small_disk("size=256k", 0, [](const fs::path& folder) {
    const auto [done, warnings] = run_in(folder, 200, filling(folder, 1.2, 300000, 0.5));
    EXPECT_EQ(done.record.exit_code, 7);
    const fs::path journal = journal_in(folder);
    if (done.file.empty()) {  // the record itself had no room: then the journal stands for it
      ASSERT_EQ(warnings.size(), 1u);
      ASSERT_FALSE(journal.empty());
      const auto r = record::recover(base::read_file(journal), journal.string());
      EXPECT_EQ(r.exit_code, 7);
      EXPECT_DOUBLE_EQ(r.duration_s, done.record.duration_s);
    }
  });
}

TEST(DiskOfARun, ThatIsReadOnlyIsSaidOnce) {
  base::on_a_small_disk("size=64k", MS_RDONLY, [](const fs::path& folder) {
    const auto [done, warnings] = run_in(folder / "runs", options().hz, "exit 5");
    EXPECT_EQ(done.record.exit_code, 5);
    ASSERT_EQ(warnings.size(), 1u);
    EXPECT_NE(warnings[0].find("Read-only"), std::string::npos) << warnings[0];
  });
}

TEST(NeighboursOfARun, AreNotBilledTogetherForMoreThanTheMachine) {
  const std::string folder = fresh_folder();
  const char* busy = "while [ ! -e {0}/{1} ]; do i=0; while [ $i -lt 5000 ]; do i=$((i+1)); done; done";
  // The outer one begins before and ends after the inner one, so its machine holds both.
  const pid_t outer =
      cradle_process(shell(fmt::format(fmt::runtime("echo > {0}/ready; " + std::string(busy)), folder, "inner-done")),
                     options(folder));
  ASSERT_TRUE(comes_true([&] { return fs::exists(folder + "/ready"); }));
  const record::RunRecord inner = run(shell("i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done"), options()).record;
  base::write_file(folder + "/inner-done", "");
  EXPECT_EQ(exit_code_of_process(outer), 0);
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() != ".json") continue;
    const auto r = record::read_record(entry.path());
    EXPECT_NE(r.id, inner.id);
    EXPECT_GT(inner.billed.j.value, 0);
    EXPECT_LE(r.billed.j.value + inner.billed.j.value, 1.02 * r.total.value);
    EXPECT_LE(inner.split.mine_j, 1.02 * r.split.others_j) << "one's own is the other's neighbour";
  }
}

TEST(CostOfARun, StandsInEveryRecord) {
  for (const char* script : {"true", "exit 3", "kill -9 $$"}) {
    const auto r = run(shell(script), options()).record;
    EXPECT_GT(r.self.cpu_s, 0) << script;
    EXPECT_GT(r.self.rss_bytes, 0);
    EXPECT_GT(r.self.j, 0);
  }
}

}  // namespace
}  // namespace cradle::measure
