// `cradle run` as a user meets it: wrong options, marks and budgets on the command line, an interactive shell.
#include <gtest/gtest.h>
#include <pty.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <string>
#include <thread>

#include "cradle/base/file.h"
#include "cradle/base/json.h"
#include "program.h"

namespace cradle::test {
namespace {

using base::Json;

TEST(RunProgram, FailsWith125WhateverGoesWrongBeforeTheStart) {
  const std::string never = " -- sh -c \"echo started\"";
  for (const char* options :
       {"--nonsense", "--hz 0", "--hz many", "--mark-on \"Epoch (\"", "--mark-on \"a=>b\\$1\"", "--budget 1kW",
        "--budget 5kgCO2e", "--stop", "--epochs 0", "--epochs -3", "--patience x", "--marks door", "--place Frnace"}) {
    const Output o = shell("cradle run " + std::string(options) + never);
    EXPECT_EQ(o.code, 125) << options;
    EXPECT_EQ(o.out, "") << options;
    EXPECT_TRUE(o.err.starts_with("cradle: error: ")) << options << ": " << o.err;
  }
  EXPECT_EQ(shell("cradle run").code, 125);
  EXPECT_EQ(shell("cradle run --help").code, 0);
  EXPECT_EQ(shell("cradle assess --nonsense").code, 2) << "other commands' codes are their own";
}

TEST(RunProgram, MarksByWhatIsPrintedAndStopsAtABudget) {
  const auto folder = fresh_folder("run-program");
  const std::string record = (folder / "r.json").string(), state = "XDG_STATE_HOME=" + folder.string();
  const Output o =
      shell("cradle run --json " + record +
                " --mark-on \"Epoch ([0-9]+)/([0-9]+)\" --mark-on \"loss ([0-9.]+)=>loss=\\$1\" --budget 0.3s "
                "--stop -- sh -c \"echo Epoch 1/9 loss 0.5; sleep 20\"",
            state);
  EXPECT_EQ(o.code, 143) << o.err;
  EXPECT_EQ(o.out, "Epoch 1/9 loss 0.5\n");
  EXPECT_NE(o.err.find("cradle: warning: the budget of 0.3s"), std::string::npos) << o.err;
  const Json r = base::read_json(record);
  ASSERT_EQ(r.at("marks").size(), 2u) << r.dump();
  EXPECT_EQ(r.at("marks").at(0).at("name"), "epoch-1/9");
  EXPECT_EQ(r.at("marks").at(1).at("name"), "loss=0.5");
  EXPECT_GT(r.at("self").at("cpu_s").get<double>(), 0);
  EXPECT_GT(r.at("self").at("rss_bytes").get<double>(), 0);
  EXPECT_TRUE(r.at("self").contains("j"));
}

TEST(RunProgram, ForecastsFromMarksAndSaysSo) {
  const auto folder = fresh_folder("run-forecast");
  const std::string record = (folder / "r.json").string(), state = "XDG_STATE_HOME=" + folder.string();
  const std::string training =
      " --json " + record + " -- sh -c \"for i in 1 2 3; do sleep 0.3; echo epoch-\\$i >&\\$CRADLE_MARKS; done\"";
  const Output o = shell("cradle run --epochs 12 --place FR" + training, state);
  EXPECT_EQ(o.code, 0) << o.err;
  EXPECT_NE(o.err.find("cradle: epoch 1 of 12: "), std::string::npos) << o.err;
  EXPECT_NE(o.err.find("eight cases in ten"), std::string::npos) << o.err;
  const Json r = base::read_json(record);
  ASSERT_GE(r.at("forecast").size(), 1u);
  const Json& last = r.at("forecast").back();
  EXPECT_GT(last.at("total_s").at("p50").get<double>(), 1.8) << "twelve epochs of 0.3 s";
  EXPECT_LT(last.at("total_s").at("p50").get<double>(), 12);
  const Output quiet = shell("cradle run --quiet --epochs 12" + training, state);
  EXPECT_EQ(quiet.err, "");
  EXPECT_EQ(base::read_json(record).at("forecast").empty(), false);
}

TEST(RunProgram, ARecordRecoveredAfterAKillIsListedAndSound) {
  const auto folder = fresh_folder("run-recover");
  const std::string state = "XDG_STATE_HOME=" + folder.string();
  const Output o = shell(
      "cradle run -- sh -c \"kill -9 \\$PPID; sleep 0.1; echo still here\"; sleep 0.2; cradle runs recover", state);
  EXPECT_EQ(o.code, 0) << o.err;
  EXPECT_NE(o.out.find("still here"), std::string::npos) << o.out;
  const Output list = shell("cradle runs list --json", state);
  const Json runs = base::parse_json(list.out, "list");
  ASSERT_EQ(runs.size(), 1u) << list.out;
  EXPECT_EQ(runs.at(0).at("complete"), false);
}

/// An interactive shell on a terminal, as a person has it.
class Person {
 public:
  explicit Person(const std::filesystem::path& folder) {
    pid_ = ::forkpty(&terminal_, nullptr, nullptr, nullptr);
    if (pid_ == 0) {
      const std::string path = std::filesystem::path(CRADLE_PROGRAM).parent_path().string() + ":/usr/bin:/bin";
      ::setenv("PATH", path.c_str(), 1);
      ::setenv("HOME", folder.c_str(), 1);
      ::setenv("PS1", "ready> ", 1);
      ::unsetenv("PROMPT_COMMAND");
      ::execl("/bin/bash", "bash", "--norc", "--noprofile", "--noediting", "-i", nullptr);
      ::_exit(127);
    }
  }
  ~Person() {
    ::kill(pid_, SIGKILL);
    ::close(terminal_);
    ::waitpid(pid_, nullptr, 0);
  }
  Person(const Person&) = delete;
  Person& operator=(const Person&) = delete;

  void type(const std::string& keys) {
    seen_.clear();
    ASSERT_EQ(::write(terminal_, keys.data(), keys.size()), static_cast<ssize_t>(keys.size()));
  }
  /// Reads on until `text` was shown; false if it never is.
  bool sees(const std::string& text) {
    const auto late = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (seen_.find(text) == std::string::npos && std::chrono::steady_clock::now() < late) {
      std::array<char, 1024> buffer{};
      const ssize_t n = ::read(terminal_, buffer.data(), buffer.size());
      if (n <= 0) return false;
      seen_.append(buffer.data(), static_cast<std::size_t>(n));
    }
    return seen_.find(text) != std::string::npos;
  }
  /// Waits until the shell has given its terminal to a job.
  bool job_has_the_terminal() const {
    for (int i = 0; i < 2000; ++i, std::this_thread::sleep_for(std::chrono::milliseconds(5)))
      if (::tcgetpgrp(terminal_) != pid_) return true;
    return false;
  }
  const std::string& seen() const { return seen_; }

 private:
  int terminal_ = -1;
  pid_t pid_ = -1;
  std::string seen_;
};

TEST(InteractiveShell, StopsContinuesAndInterruptsARun) {
  ASSERT_EQ(::access("/bin/bash", X_OK), 0) << "bash runs the set-up, so it is there";
  for (const char* marks : {"", "--mark-on epoch "}) {
    const auto folder = fresh_folder("interactive");
    Person person(folder);
    ASSERT_TRUE(person.sees("ready> "));
    person.type("cradle run " + std::string(marks) + "-- sh -c 'echo be''gun; sleep 30'\n");
    ASSERT_TRUE(person.sees("begun")) << person.seen();
    std::this_thread::sleep_for(std::chrono::milliseconds(50));  // the shell has started its sleep
    person.type("\x1a");                                         // Ctrl-Z
    ASSERT_TRUE(person.sees("Stopped")) << person.seen();
    ASSERT_TRUE(person.sees("ready> ")) << person.seen();
    person.type("ps -o stat= --ppid $(jobs -p) -C none | cut -c1 | sort -u | tr -d '\\n'; echo ' are'' states'\n");
    ASSERT_TRUE(person.sees(" are states")) << person.seen();
    EXPECT_NE(person.seen().find("T are states"), std::string::npos) << "the command is stopped too: " << person.seen();
    person.type("bg\n");
    ASSERT_TRUE(person.sees("ready> ")) << person.seen();
    person.type("jobs\n");
    EXPECT_TRUE(person.sees("Running")) << person.seen();
    person.type("fg\n");
    ASSERT_TRUE(person.sees("sleep 30")) << person.seen();
    ASSERT_TRUE(person.job_has_the_terminal());
    person.type("\x03");  // Ctrl-C
    ASSERT_TRUE(person.sees("ready> ")) << person.seen();
    person.type("echo code $?\n");
    EXPECT_TRUE(person.sees("code 130")) << person.seen();
  }
}

TEST(InteractiveShell, AnswersWhatACommandAsks) {
  ASSERT_EQ(::access("/bin/bash", X_OK), 0) << "bash runs the set-up, so it is there";
  const auto folder = fresh_folder("interactive-ask");
  Person person(folder);
  ASSERT_TRUE(person.sees("ready> "));
  person.type("cradle run --mark-on x -- sh -c 'printf \"na''me? \"; read name; echo hel''lo $name'\n");
  ASSERT_TRUE(person.sees("name? ")) << "a prompt without a line's end passes at once: " << person.seen();
  person.type("Ada\n");
  EXPECT_TRUE(person.sees("hello Ada")) << person.seen();
  EXPECT_TRUE(person.sees("ready> ")) << person.seen();
}

}  // namespace
}  // namespace cradle::test
