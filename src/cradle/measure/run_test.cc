// Real processes under the meter: they do not notice it, and nothing that happens to it harms them.
#include "cradle/measure/run.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cmath>
#include <fstream>
#include <thread>

#include "cradle/base/error.h"
#include "cradle/base/file.h"
#include "cradle/base/json.h"
#include "cradle/measure/run_bench_test.h"
#include "cradle/meter/cgroup.h"

namespace cradle::measure {
namespace {

TEST(Run, PassesTheExitCodeAsAShellDoes) {
  EXPECT_EQ(run(shell("exit 0"), options()).record.exit_code, 0);
  EXPECT_EQ(run(shell("exit 3"), options()).record.exit_code, 3);
  EXPECT_EQ(run(shell("kill -9 $$"), options()).record.exit_code, 128 + 9);
  EXPECT_EQ(run(shell("kill -15 $$"), options()).record.exit_code, 128 + 15);
  // Signals that cradle itself does not want to die of.
  EXPECT_EQ(run(shell("kill -PIPE $$"), options()).record.exit_code, 128 + SIGPIPE);
  EXPECT_EQ(run(shell("kill -XFSZ $$"), options()).record.exit_code, 128 + SIGXFSZ);
}

TEST(Run, SaysWhyACommandCannotBeStarted) {
  const std::string folder = fresh_folder();
  const Finished unknown = run({{"no-such-program-here"}, {}}, options(folder));
  EXPECT_EQ(unknown.record.exit_code, 127);
  EXPECT_EQ(unknown.not_started, "No such file or directory");
  base::write_file(folder + "/plain", "not a program");
  EXPECT_EQ(run({{folder + "/plain"}, {}}, options(folder)).record.exit_code, 126);
  fs::remove(folder + "/plain");
  EXPECT_TRUE(fs::is_empty(folder)) << "what did not run leaves no record";
  EXPECT_THROW(run({{}, {}}, options()), base::Error);
}

TEST(Run, KeepsARecordThatAddsUpAndNoJournal) {
  const std::string folder = fresh_folder();
  Options o = options(folder);
  o.place = "FR";
  o.factor = record::GridFactor{"grid.gwp@FR:2023", "FR", "test", 2023, {0.05, 0.04, 0.06}};
  const Finished done = run(shell("i=0; while [ $i -lt 30000 ]; do i=$((i+1)); done"), o);
  expect_sound(done.record);
  EXPECT_EQ(record::to_json(record::read_record(done.file)), record::to_json(done.record));
  EXPECT_EQ(std::distance(fs::directory_iterator(folder), fs::directory_iterator()), 1);
  EXPECT_TRUE(done.record.complete);
  EXPECT_EQ(done.record.name, "sh");
  EXPECT_GT(done.record.total.value, 0);
  EXPECT_GT(done.record.split.mine_j, 0);
  EXPECT_EQ(done.record.billed.rule, "mine+idle share");
  EXPECT_LE(done.record.billed.j.value, done.record.total.value);
  ASSERT_TRUE(done.record.emissions.has_value());
  EXPECT_NEAR(done.record.emissions->co2e_g.value, done.record.billed.j.value / 3.6e6 * 50, 1e-12);
  EXPECT_GT(done.record.self.rss_bytes, 0);
}

TEST(Run, BillsEverythingWithScopeMachine) {
  Options o = options();
  o.scope = meter::Scope::kMachine;
  const auto r = run(shell("true"), o).record;
  const sensor::MachineFacts facts = sensor::machine_facts("/");
  if (!facts.container.empty() && facts.cpu_share >= 1) {  // there the machine is the host's
    EXPECT_EQ(r.billed.rule, "mine+idle share");
    EXPECT_TRUE(std::any_of(r.events.begin(), r.events.end(),
                            [](const record::Event& e) { return e.kind == "denied" && e.part == "scope machine"; }));
    return;
  }
  EXPECT_EQ(r.billed.rule, "machine");
  EXPECT_DOUBLE_EQ(r.billed.j.value, r.total.value);
}

TEST(Run, ManyShortChildrenWeighAsMuchAsOneLongOne) {
  const auto joules = [&](const std::string& script) {
    const auto r = run(shell(script), options()).record;
    return r.split.mine_j;
  };
  const double none = joules("true");
  // The same work in a hundred processes of about a millisecond; starting them costs too, so never less.
  const double one = joules("i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done");
  const double many =
      joules("n=0; while [ $n -lt 100 ]; do sh -c 'i=0; while [ $i -lt 2000 ]; do i=$((i+1)); done'; n=$((n+1)); done");
  EXPECT_GT(one, none);
  EXPECT_GT(many, 0.3 * one);
}

TEST(Run, LeavesTheStreamsTheGroupAndTheSignalsOfTheCommandAlone) {
  const std::string folder = fresh_folder();
  // In a process of its own, whose standard streams are files.
  const pid_t pid = ::fork();
  if (pid == 0) {
    base::write_file(folder + "/in", "what is typed\n");
    ::dup2(::open((folder + "/in").c_str(), O_RDONLY), 0);
    ::dup2(::open((folder + "/out").c_str(), O_WRONLY | O_CREAT, 0644), 1);
    ::dup2(::open((folder + "/err").c_str(), O_WRONLY | O_CREAT, 0644), 2);
    const auto code = run(shell("cat; echo aside >&2; cut -d' ' -f5 /proc/self/stat; grep -E 'Sig(Blk|Ign)' "
                                "/proc/self/status; echo descriptors: /proc/self/fd/*"),
                          options())
                          .record.exit_code;
    ::_exit(code);
  }
  ASSERT_EQ(exit_code_of_process(pid), 0);
  const std::string out = text_of(folder + "/out");
  EXPECT_EQ(text_of(folder + "/err"), "aside\n");
  EXPECT_TRUE(out.starts_with("what is typed\n")) << out;
  EXPECT_NE(out.find(fmt::format("\n{}\n", ::getpgrp())), std::string::npos) << out;
  // Blocked and ignored signals are those this test was started with.
  std::string mine;
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("SigBlk") || line.starts_with("SigIgn")) mine += line + "\n";
  EXPECT_NE(out.find(mine), std::string::npos) << out << mine;
}

TEST(Run, ASilentCommandReadsNothingAndSaysNothing) {
  const std::string folder = fresh_folder();
  const auto names = [&](bool silent) {
    Command command = shell("names=$(readlink /proc/$$/fd/0 /proc/$$/fd/1); echo \"$names\" > " + folder + "/names");
    command.silent = silent;
    EXPECT_EQ(run(command, options()).record.exit_code, 0);
    return text_of(folder + "/names");
  };
  EXPECT_NE(names(false), "/dev/null\n/dev/null\n") << "this test shows nothing where both are /dev/null already";
  EXPECT_EQ(names(true), "/dev/null\n/dev/null\n");
}

TEST(Run, HandsSignalsOfProcessesOnToTheCommand) {
  const std::string folder = fresh_folder();
  const pid_t pid = cradle_process(
      shell(fmt::format("trap 'exit 42' TERM; echo > {}/ready; while :; do sleep 0.02; done", folder)), options());
  ASSERT_TRUE(comes_true([&] { return fs::exists(folder + "/ready"); }));
  ::kill(pid, SIGTERM);
  EXPECT_EQ(exit_code_of_process(pid), 42);
}

TEST(Run, AnInterruptedCommandEndsAsWithoutCradle) {
  const std::string folder = fresh_folder();
  const pid_t pid = cradle_process(shell(fmt::format("echo > {}/ready; exec sleep 10", folder)), options());
  ASSERT_TRUE(comes_true([&] { return fs::exists(folder + "/ready"); }));
  ::kill(pid, SIGINT);
  EXPECT_EQ(exit_code_of_process(pid), 128 + SIGINT);
}

TEST(Run, WhenCradleIsKilledTheCommandGoesOnAndTheJournalGivesTheRecord) {
  const std::string folder = fresh_folder();
  Options o = options(folder);
  o.hz = 100;
  const pid_t pid = cradle_process(
      shell(fmt::format(
          "while [ -d {0} -a ! -e {0}/go ]; do sleep 0.02; done; echo late >&$CRADLE_MARKS; echo alive > {0}/alive",
          folder)),
      o);
  fs::path journal;
  const auto samples = [&] {
    for (const auto& entry : fs::directory_iterator(folder))
      if (entry.path().extension() == ".journal") journal = entry.path();
    const std::string text = journal.empty() ? "" : text_of(journal);
    return text.find("\"sample\"") != text.rfind("\"sample\"");
  };
  ASSERT_TRUE(comes_true(samples));
  EXPECT_TRUE(record::is_being_written(journal));
  ::kill(pid, SIGKILL);
  EXPECT_EQ(exit_code_of_process(pid), 128 + SIGKILL);
  base::write_file(folder + "/go", "");
  // It writes a mark that nobody reads, without SIGPIPE, and goes on.
  EXPECT_TRUE(comes_true([&] { return text_of(folder + "/alive") == "alive\n"; }));

  EXPECT_FALSE(record::is_being_written(journal));
  const record::RunRecord r = record::recover(base::read_file(journal), journal.string());
  expect_sound(r);
  EXPECT_FALSE(r.complete);
  EXPECT_GT(r.duration_s, 0);
  EXPECT_GT(r.total.value, 0);
}

TEST(Run, AFullDiskHarmsNeitherTheCommandNorItsFigures) {
  const std::string folder = fresh_folder();
  Options o = options(folder);
  const std::string warnings = folder + "/warnings";
  std::array<int, 2> told{};
  ASSERT_EQ(::pipe(told.data()), 0);
  o.warn = [&](const std::string& s) { EXPECT_GT(::write(told[1], (s + "\n").data(), s.size() + 1), 0); };
  const pid_t pid = ::fork();
  if (pid == 0) {
    rlimit nothing{0, RLIM_INFINITY};
    ::setrlimit(RLIMIT_FSIZE, &nothing);  // as a full disk: no file may grow
    const Finished done = run(shell("exit 7"), o);
    const bool figures = done.record.total.value > 0 && done.record.complete && done.file.empty();
    ::_exit(figures ? done.record.exit_code : 1);
  }
  EXPECT_EQ(exit_code_of_process(pid), 7);
  char text[1000] = {};
  ASSERT_GT(::read(told[0], text, sizeof text - 1), 0);
  EXPECT_EQ(std::count(text, text + sizeof text, '\n'), 1) << "one warning: " << text;
  for (const int fd : told) ::close(fd);
}

TEST(Run, AStateFolderThatCannotBeWrittenIsSaidOnce) {
  const std::string folder = fresh_folder();
  base::write_file(folder + "/file", "");
  Options o = options(folder + "/file/runs");
  std::vector<std::string> warnings;
  o.warn = [&](const std::string& s) { warnings.push_back(s); };
  const Finished done = run(shell("exit 5"), o);
  EXPECT_EQ(done.record.exit_code, 5);
  EXPECT_GT(done.record.total.value, 0);
  EXPECT_EQ(done.file, "");
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_NE(warnings[0].find("the run itself was not touched"), std::string::npos);
}

TEST(Run, TwoAtOnceKeepTwoRecords) {
  const std::string folder = fresh_folder();
  const pid_t a = cradle_process(shell("sleep 0.1; exit 1"), options(folder));
  const pid_t b = cradle_process(shell("sleep 0.1; exit 2"), options(folder));
  EXPECT_EQ(exit_code_of_process(a), 1);
  EXPECT_EQ(exit_code_of_process(b), 2);
  int records = 0;
  for (const auto& entry : fs::directory_iterator(folder)) {
    expect_sound(record::read_record(entry.path()));
    ++records;
  }
  EXPECT_EQ(records, 2);
}

TEST(Run, MarksOfAShellLieWhereTheyWereMade) {
  Options o = options();
  const auto r = run(shell("echo begin >&$CRADLE_MARKS; sleep 0.1; echo end >&$CRADLE_MARKS; sleep 0.05"), o).record;
  ASSERT_EQ(r.marks.size(), 2u);
  EXPECT_EQ(r.marks[0].name, "begin");
  EXPECT_EQ(r.marks[1].name, "end");
  const record::Window w = record::between(r, "begin", "end");
  EXPECT_GE(w.s, 0.09);
  EXPECT_LE(r.marks[1].t_s, r.duration_s);
  EXPECT_GE(w.j, 0);
  EXPECT_LE(r.marks[1].j, r.billed.j.value);
}

TEST(Run, EndsWithTheCommandWhateverTheCommandLeavesBehind) {
  const std::string folder = fresh_folder();
  EXPECT_EQ(run(shell(fmt::format("sleep 30 >/dev/null 2>&1 & echo $! > {}/left; exit 4", folder)), options())
                .record.exit_code,
            4);
  const int left = std::stoi(text_of(folder + "/left"));
  EXPECT_EQ(::kill(left, 0), 0) << "what the command left behind lives on";
  ::kill(left, SIGKILL);
}

TEST(Run, WithoutRightsToACgroupCountsTheProcessTree) {
  std::array<int, 2> told{};
  ASSERT_EQ(::pipe(told.data()), 0);
  const pid_t pid = ::fork();
  if (pid == 0) {
    if (::geteuid() == 0 && (::setgid(65534) != 0 || ::setuid(65534) != 0)) ::_exit(98);
    const auto r = run(shell("n=0; while [ $n -lt 20 ]; do sh -c 'i=0; while [ $i -lt 5000 ]; do i=$((i+1)); done'; "
                             "n=$((n+1)); done; (sh -c 'i=0; while [ $i -lt 5000 ]; do i=$((i+1)); done' &); exit 6"),
                       options())
                       .record;
    const std::string text = fmt::format("{} {}", r.split.mine_j > 0, r.split.method);
    ::_exit(::write(told[1], text.data(), text.size()) > 0 ? r.exit_code : 99);
  }
  EXPECT_EQ(exit_code_of_process(pid), 6);
  char text[200] = {};
  ASSERT_GT(::read(told[0], text, sizeof text - 1), 0);
  // Root took its rights away; another user may have been given a group to make groups in, and counts by that.
  std::string why;
  const auto delegated = ::geteuid() == 0 ? std::nullopt : meter::Cgroup::create(why);
  EXPECT_EQ(text, fmt::format("true CPU time by {}, idle modelled", delegated ? delegated->kind() : "process tree"));
  for (const int fd : told) ::close(fd);
}

TEST(Run, RefusesRatesThatAreNotPossible) {
  Options o = options();
  for (const double hz : {0.0, -1.0, 1e6, std::nan("")}) {
    o.hz = hz;
    EXPECT_THROW(run(shell("true"), o), base::Error);
  }
}

}  // namespace
}  // namespace cradle::measure
