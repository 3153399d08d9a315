// What-if over studies and results: validate, sweep, when, diff.
#pragma once

namespace CLI {
class App;
}

namespace cradle::cli {

void add_sweep_command(CLI::App& app);
void add_when_command(CLI::App& app);
void add_diff_command(CLI::App& app);
void add_validate_command(CLI::App& app, int& exit_code);

}  // namespace cradle::cli
