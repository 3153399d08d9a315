// Becomes the worker: its words, its terminal, its signals.
#include "cradle/cli/monitor_command.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstring>
#include <string>
#include <vector>

#include "cradle/base/error.h"
#include "cradle/measure/job.h"

namespace cradle::cli {

void add_monitor_command(CLI::App& app, int&) {
  CLI::App* monitor = app.add_subcommand("monitor", "The whole machine, live: in the terminal and to Prometheus");
  monitor->set_help_flag("");  // the worker answers --help
  monitor->prefix_command();
  monitor->callback([monitor] {
    const std::string program = measure::worker_program("monitor").string();
    std::vector<std::string> words = monitor->remaining();
    words.insert(words.begin(), program);
    std::vector<char*> pointers;
    for (std::string& word : words) pointers.push_back(word.data());
    pointers.push_back(nullptr);
    ::execv(program.c_str(), pointers.data());
    base::fail("cannot start {}: {}", program, std::strerror(errno));
  });
}

}  // namespace cradle::cli
