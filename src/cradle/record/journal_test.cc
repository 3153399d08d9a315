// Record and recovery agree, whatever was torn off; a disk in trouble touches nothing.
#include "cradle/record/journal.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <cmath>

#include <filesystem>

#include "cradle/base/error.h"
#include "cradle/base/file.h"
#include "cradle/base/json.h"
#include "cradle/base/scratch_test.h"

namespace cradle::record {
namespace {

namespace fs = std::filesystem;

Begin begin() {
  Begin b;
  b.id = new_run_id();
  b.name = "n";
  b.started = "2026-11-23T16:04:05Z";
  b.command = {"sh", "-c", "echo \"quoted\"\n"};
  b.place = "FR";
  b.machine = {"abc", "AMD EPYC", 2, 23.5, "kvm", "6.1"};
  b.parts = {{"cpu-package-0", "cpu", Basis::kCounter, "rapl"}, {"memory", "memory", Basis::kModelled, "model"}};
  b.rule = "mine+idle share";
  b.method = "CPU time by process tree, idle unknown";
  b.factor = GridFactor{"grid.FR", "FR", "Ember", 2024, {0.05, 0.04, 0.06}};
  return b;
}

/// As the journal keeps numbers: to nine decimals.
double kept(double x) { return std::round(x * 1e9) / 1e9; }

Sample sample(double t) {
  Sample s;
  s.t_s = t;
  s.parts = {{{10.1 * t, 9.7 * t, 10.9 * t}, t}, {{kept(t / 3), kept(t / 7), t}, t / 2}};
  const double total = 10.1 * t + t / 3;
  s.split = {kept(total * 0.5), kept(total * 0.25), kept(total - total * 0.5 - total * 0.25), ""};
  s.billed_j = {kept(total * 0.6), kept(total * 0.5), kept(total * 0.9)};
  s.mine_cpu_s = t;
  s.busy_cpu_s = 1.5 * t;
  s.self = {0.001 * t, 4e6, 0.01 * t};
  return s;
}

fs::path fresh_folder(const std::string& name) {
  const fs::path folder = base::scratch_folder() / ("journal_test_" + name);
  fs::remove_all(folder);
  return folder;
}

/// What the file holds, without the zeros behind it.
std::string text_in(const Journal& journal) {
  std::string text = base::read_file(journal.path());
  text.resize(text.find_last_not_of('\0') + 1);
  return text;
}

void fill(Journal& journal) {
  journal.add(sample(1));
  journal.add(Mark{"epoch 1", 1.25, 9});
  journal.add(Event{1.5, "wrap", "cpu-package-0", "once"});
  journal.add(sample(2));
}

TEST(Journal, GivesBackTheRecordItself) {
  Journal journal(fresh_folder("same"), begin());
  fill(journal);
  journal.add(End{2.5, "2026-11-23T16:04:08Z", 3});
  ASSERT_EQ(journal.trouble(), "");
  const base::Json written = to_json(record_of(journal.account()));
  EXPECT_EQ(to_json(recover(base::read_file(journal.path()), "j")), written);
  EXPECT_EQ(written.at("complete"), true);
  EXPECT_EQ(written.at("exit_code"), 3);
  EXPECT_EQ(written.at("duration_s"), 2.5);
  // And it is a record that its own reader accepts.
  EXPECT_EQ(to_json(from_json(written, "r")), written);
}

TEST(Journal, KeepsNumbersToNineDecimalsWhateverTheirSize) {
  for (const double x : {0.0, 1e-9, 0.000000001234, 0.1, 12.000000001, 262143.32885, 7.2e6, 3.6e9, 4e12, -0.25}) {
    Journal journal(fresh_folder("numbers"), begin());
    Sample s = sample(1);
    s.self.j = x;
    journal.add(s);
    const double back = account_of(base::read_file(journal.path()), "j").last.self.j;
    EXPECT_NEAR(back, x, 0.5e-9 + std::abs(x) * 1e-15) << x;
  }
}

TEST(Journal, WithoutEndGivesTheSameRecordButForTheEnd) {
  Journal journal(fresh_folder("no-end"), begin());
  fill(journal);
  const std::string text = base::read_file(journal.path());
  journal.add(End{2, "2026-11-23T16:04:07Z", 0});
  base::Json whole = to_json(record_of(journal.account()));
  const base::Json recovered = to_json(recover(text, "j"));
  EXPECT_EQ(recovered.at("complete"), false);
  EXPECT_EQ(recovered.at("energy"), whole.at("energy"));
  whole["complete"] = false;
  whole["finished"] = "";
  EXPECT_EQ(recovered, whole);
}

TEST(Journal, CutAnywhereGivesARecordUpToTheLastWholeSample) {
  Journal journal(fresh_folder("torn"), begin());
  fill(journal);
  const std::string text = text_in(journal);
  const std::size_t first = text.find('\n');
  for (std::size_t cut = first + 1; cut <= text.size(); ++cut) {
    const RunRecord r = recover(text.substr(0, cut), "j");
    EXPECT_TRUE(r.events.empty() || r.events[0].kind == "wrap");  // a torn line is no event
    const double t = cut == text.size() ? 2 : (r.total.value > 0 ? 1 : 0);
    EXPECT_DOUBLE_EQ(r.duration_s, t);
    from_json(to_json(r), "r");  // throws if it does not add up
    const RunRecord zeros_behind = recover(text.substr(0, cut) + std::string(5000, '\0'), "j");
    EXPECT_EQ(to_json(zeros_behind), to_json(r)) << "as a map leaves it";
  }
  EXPECT_THROW(recover(text.substr(0, first / 2), "j"), base::Error);
  EXPECT_THROW(recover("", "j"), base::Error);
}

TEST(Journal, LinesSpoiltInTheMiddleAreCountedAndTheRestIsKept) {
  Journal journal(fresh_folder("spoilt"), begin());
  fill(journal);
  std::string text = base::read_file(journal.path());
  const std::size_t second = text.find('\n') + 1;
  text.replace(second, 5, std::string(5, '\0'));
  const RunRecord r = recover(text, "j");
  EXPECT_DOUBLE_EQ(r.duration_s, 2);
  ASSERT_EQ(r.events.size(), 2u);
  EXPECT_EQ(r.events[1].detail, "1 journal lines are unreadable");
}

TEST(Journal, OfALongRunIsCompleteAtEveryLineAndCutToItsTextAtTheEnd) {
  const fs::path folder = fresh_folder("long");
  fs::path path;
  std::size_t written = 0;
  {
    Journal journal(folder, begin());
    path = journal.path();
    for (int i = 1; i <= 1500; ++i) {  // several times what is reserved at once
      journal.add(sample(0.1 * i));
      if (i % 100 == 0) journal.add(Mark{"epoch", 0.1 * i, 9});
      if (i % 50 != 0) continue;
      const Account account = account_of(base::read_file(path), "j");
      EXPECT_DOUBLE_EQ(account.last.t_s, kept(0.1 * i));
      EXPECT_EQ(account.marks.size(), static_cast<std::size_t>(i / 100));
      EXPECT_TRUE(account.events.empty());
    }
    EXPECT_EQ(journal.trouble(), "");
    written = text_in(journal).size();
    EXPECT_LT(written, fs::file_size(path)) << "memory was not used";
  }
  EXPECT_EQ(fs::file_size(path), written);
  EXPECT_GT(written, 300000u);
}

TEST(Journal, IsRecognisedByItsFirstLineOnly) {
  try {
    recover("{\"sample\":{}}\n", "x.journal");
    FAIL();
  } catch (const base::Error& e) {
    EXPECT_NE(std::string(e.what()).find("x.journal:1"), std::string::npos);
  }
}

TEST(Journal, IsLockedWhileItIsWritten) {
  fs::path path;
  {
    Journal journal(fresh_folder("lock"), begin());
    path = journal.path();
    EXPECT_TRUE(is_being_written(path));
  }
  EXPECT_FALSE(is_being_written(path));
}

TEST(Journal, InAFolderThatCannotExistGoesOnWithoutAFile) {
  const std::string file = (base::scratch_folder() / "journal_test_a_file").string();
  base::write_file(file, "");
  Journal journal(fs::path(file) / "runs", begin());
  fill(journal);
  EXPECT_NE(journal.trouble().find("cannot create the folder"), std::string::npos);
  EXPECT_DOUBLE_EQ(record_of(journal.account()).duration_s, 2);
}

TEST(Journal, OnAFullDiskKeepsWholeLinesAndTheAccount) {
  const fs::path folder = fresh_folder("full");
  ::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  ::getrlimit(RLIMIT_FSIZE, &before);
  std::string text;
  {
    Journal journal(folder, begin());
    journal.add(sample(1));
    rlimit little = before;
    little.rlim_cur = fs::file_size(journal.path()) + 10;  // the next line does not fit
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &little), 0);
    journal.add(sample(2));
    EXPECT_NE(journal.trouble(), "");
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
    journal.add(sample(3));  // there is room again
    EXPECT_DOUBLE_EQ(record_of(journal.account()).duration_s, 3);
    text = base::read_file(journal.path());
  }
  const RunRecord r = recover(text, "j");
  EXPECT_DOUBLE_EQ(r.duration_s, 3);
  EXPECT_TRUE(r.events.empty());  // no spoilt line between
}

TEST(Journal, WritesItsBeginningLaterWhenTheDiskWasFullAtFirst) {
  const fs::path folder = fresh_folder("full-first");
  ::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  ::getrlimit(RLIMIT_FSIZE, &before);
  rlimit none = before;
  none.rlim_cur = 0;
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &none), 0);
  Journal journal(folder, begin());
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  EXPECT_NE(journal.trouble(), "");
  journal.add(sample(1));
  EXPECT_DOUBLE_EQ(recover(base::read_file(journal.path()), "j").duration_s, 1);
}

TEST(Emissions, AreTheProductWithRelativeWidthsInQuadrature) {
  // 2 kWh at 0.05 kg/kWh = 100 g; 30 % and 40 % give 50 %.
  const Emissions e = emissions_of({7.2e6, 0.7 * 7.2e6, 1.3 * 7.2e6}, {"f", "FR", "s", 2024, {0.05, 0.03, 0.07}});
  EXPECT_NEAR(e.co2e_g.value, 100, 1e-9);
  EXPECT_NEAR(e.co2e_g.low, 50, 1e-9);
  EXPECT_NEAR(e.co2e_g.high, 150, 1e-9);
  EXPECT_NEAR(emissions_of({0, 0, 3.6e6}, {"f", "FR", "s", 2024, {0.05, 0.03, 0.07}}).co2e_g.high, 70, 1e-9);
}

TEST(RunId, IsNeverGivenTwice) {
  EXPECT_NE(new_run_id(), new_run_id());
  EXPECT_EQ(new_run_id().size(), 24u);
}

}  // namespace
}  // namespace cradle::record
