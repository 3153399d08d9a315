// `cradle run -- CMD…`: what a command costs.
#pragma once

namespace CLI {
class App;
}

namespace cradle::cli {

/// Adds the command. `exit_code` is set to the measured command's own (128 + N, 126, 127 as a shell), or to 125 when
/// cradle fails before the command starts. `exit_code` outlives the parsing of `app`.
void add_run_command(CLI::App& app, int& exit_code);

}  // namespace cradle::cli
