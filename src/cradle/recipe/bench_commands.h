// Measuring any commands against each other: hyperfine for joules.
#pragma once

#include "cradle/recipe/bench_result.h"

namespace cradle::recipe {

struct CommandBenchRequest {
  std::vector<std::string> commands;
  std::string shell = "/bin/sh";  ///< runs them with -c; "none": words are split as a shell does, and run as they are
  bool show_output = false;       ///< false: standard input and output are /dev/null, the end of standard error is kept
  bool ignore_failure = false;    ///< false: an exit code other than 0 ends everything
  RoundPlan plan;
  std::function<void(const std::string& line)> tell;  ///< progress; none: nothing is said
};

/// Runs the commands in rounds (bench_rounds.h); joules and seconds are of whole runs, from before the fork to the end,
/// the shell's start included. Throws Error with the command's last words if it fails.
Bench bench_commands(const Workspace& workspace, const CommandBenchRequest& request);

/// Runs `command` by /bin/sh, silent and not measured; "" does nothing. Throws Error if it fails.
void prepare(const Workspace& workspace, const std::string& command);

/// Words as a shell splits them: blanks part, '…', "…" and \ join; nothing is expanded. Throws Error (usage) for a
/// quote without its end and for no word at all.
std::vector<std::string> split_words(std::string_view command);

}  // namespace cradle::recipe
