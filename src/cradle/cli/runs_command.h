// `cradle runs list|show|recover|merge`: the records of earlier runs.
#pragma once

namespace CLI {
class App;
}

namespace cradle::cli {

/// Adds the command. `exit_code` becomes 1 when a journal could not be recovered.
void add_runs_command(CLI::App& app, int& exit_code);

}  // namespace cradle::cli
