// Commands by a shell or as words, each run a record.
#include "cradle/recipe/bench_commands.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <cctype>
#include <csignal>

#include "cradle/base/error.h"
#include "cradle/base/text.h"

namespace cradle::recipe {
namespace {

/// The end of what a command wrote to its standard error.
class LastWords {
 public:
  void take(std::string_view bytes) {
    text_ += bytes;
    if (text_.size() > 2 * kKept) text_.erase(0, text_.size() - kKept);
  }
  /// ": its last words", or nothing.
  std::string sentence() const {
    const std::vector<std::string> lines = base::split(base::trim(text_), '\n');
    std::string last;
    for (std::size_t i = lines.size() < kLines ? 0 : lines.size() - kLines; i < lines.size(); ++i)
      last += (last.empty() ? ": " : " | ") + lines[i];
    return base::trim(text_).empty() ? "" : last;
  }

 private:
  static constexpr std::size_t kKept = 4096, kLines = 3;
  std::string text_;
};

std::vector<std::string> words_of(const std::string& command, const std::string& shell) {
  if (base::trim(command).empty()) base::fail_usage("a command to measure is empty");
  if (shell == "none") return split_words(command);
  return {shell, "-c", command};
}

/// User and system seconds of all children that ended and were waited for.
std::pair<double, double> cpu_seconds_of_children() {
  rusage use{};
  ::getrusage(RUSAGE_CHILDREN, &use);
  const auto seconds = [](const timeval& t) { return static_cast<double>(t.tv_sec) + 1e-6 * t.tv_usec; };
  return {seconds(use.ru_utime), seconds(use.ru_stime)};
}

measure::Finished run_command(const Workspace& workspace, const std::string& name, const measure::Command& command,
                              bool may_fail) {
  measure::Options options = workspace.measuring;
  options.name = name;
  LastWords words;
  if (command.silent) options.standard_error = [&](std::string_view bytes) { words.take(bytes); };
  measure::Finished done = measure::run(command, options);
  if (!done.not_started.empty()) base::fail("cannot start '{}': {}", command.words[0], done.not_started);
  const int code = done.record.exit_code;
  if (code == 128 + SIGINT || code == 128 + SIGTERM)
    base::fail("interrupted: '{}' was ended by a signal; records of earlier runs are kept", command.words.back());
  if (code != 0 && !may_fail)
    base::fail(
        "'{}' ended with exit code {}{}; --ignore-failure measures it all the same, --show-output shows all "
        "that it says",
        command.words.back(), code, words.sentence());
  return done;
}

struct Entrant {
  measure::Command command;
  std::string file;  // beginning of its records' names
};

/// "1-python3-a.py": what a file may be called.
std::string file_name_of(std::size_t number, const std::string& command) {
  constexpr std::size_t kLongest = 40;
  std::string name = fmt::format("{}-", number);
  for (const char c : command) {
    const bool plain = std::isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '_';
    if (plain)
      name += c;
    else if (name.back() != '-')
      name += '-';
    if (name.size() == kLongest) break;
  }
  while (name.back() == '-') name.pop_back();
  return name;
}

Sample run_once(const Workspace& workspace, const CommandBenchRequest& request, const Entrant& entrant, int round,
                Benched& b) {
  prepare(workspace, request.plan.prepare);
  const auto [user_before, system_before] = cpu_seconds_of_children();
  measure::Finished done = run_command(workspace, "bench " + b.name, entrant.command, request.ignore_failure);
  const auto [user, system] = cpu_seconds_of_children();
  BenchRun run;
  run.user_s = user - user_before;
  run.system_s = system - system_before;
  record::RunRecord& r = done.record;
  run.cpu = note_cpu(r);
  r.work = record::Work{"run", 1};
  run.sample = {r.duration_s, r.billed.j.value};
  run.machine_j = r.total.value;
  run.file = keep(workspace, r, fmt::format("bench-{}-{}", entrant.file, round + 1));
  run.record = std::move(r);
  b.runs.push_back(std::move(run));
  return b.runs.back().sample;
}

/// Median of some runs of nothing by the same shell: what starting, ending and the meter take. Not subtracted, since it
/// scatters as runs do.
Sample measure_nothing(const Workspace& workspace, const std::string& shell) {
  constexpr int kRuns = 5;
  std::vector<double> seconds, joules;
  for (int i = 0; i < kRuns; ++i) {
    const auto words = shell == "none" ? std::vector<std::string>{"true"} : std::vector<std::string>{shell, "-c", ""};
    const measure::Finished done = run_command(workspace, "nothing", {words, {}, true}, false);
    seconds.push_back(done.record.duration_s);
    joules.push_back(done.record.billed.j.value);
  }
  return {base::summary_of(seconds).value, base::summary_of(joules).value};
}

}  // namespace

std::vector<std::string> split_words(std::string_view command) {
  std::vector<std::string> words;
  bool in_word = false;
  char quote = 0;
  for (std::size_t i = 0; i < command.size(); ++i) {
    const char c = command[i];
    if (quote == 0 && std::isspace(static_cast<unsigned char>(c))) {
      in_word = false;
      continue;
    }
    if (!in_word) words.emplace_back();
    in_word = true;
    if (c == quote)
      quote = 0;
    else if (quote == 0 && (c == '\'' || c == '"'))
      quote = c;
    else if (c == '\\' && quote != '\'' && i + 1 < command.size())
      words.back() += command[++i];
    else
      words.back() += c;
  }
  if (quote != 0) base::fail_usage("'{}': the quote {} has no end", command, quote);
  if (words.empty()) base::fail_usage("a command to measure is empty");
  return words;
}

void prepare(const Workspace& workspace, const std::string& command) {
  if (command.empty()) return;
  base::about("--prepare", [&] {
    return run_command(workspace, "prepare", {{"/bin/sh", "-c", command}, {}, true}, false);
  });
}

Bench bench_commands(const Workspace& workspace, const CommandBenchRequest& request) {
  if (request.commands.empty()) base::fail_usage("bench needs at least one command");
  check_plan(request.plan);
  Bench result;
  result.unit = "run";
  auto& all = result.results;
  std::vector<std::string> names = request.commands;
  for (std::string& name : names) std::replace(name.begin(), name.end(), '\n', ' ');
  names = told_apart(std::move(names));
  std::vector<Entrant> entrants;
  for (const std::string& command : request.commands) {
    const std::size_t number = entrants.size() + 1;
    entrants.push_back({{words_of(command, request.shell), {}, !request.show_output}, file_name_of(number, command)});
    Benched b;
    b.name = names[all.size()];
    b.command = command;
    all.push_back(std::move(b));
  }
  result.nothing = measure_nothing(workspace, request.shell);
  fill(result, workspace, request.plan,
       {names, [&](std::size_t c, int round) { return run_once(workspace, request, entrants[c], round, all[c]); },
        [&](std::size_t c) {
          prepare(workspace, request.plan.prepare);
          run_command(workspace, names[c], entrants[c].command, request.ignore_failure);
        },
        steady_seconds, request.tell});
  return result;
}

}  // namespace cradle::recipe
