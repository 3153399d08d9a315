// What-if over studies, results and data: sweep, when, diff, validate, data diff.
#pragma once

namespace CLI {
class App;
}

namespace cradle::cli {

void add_sweep_command(CLI::App& app);
void add_when_command(CLI::App& app);
void add_diff_command(CLI::App& app);
void add_validate_command(CLI::App& app, int& exit_code);

/// Adds `diff` to the command `data`.
void add_data_diff_command(CLI::App& data);

}  // namespace cradle::cli
