// `cradle run -- CMD…`: what a command costs.
#pragma once

namespace CLI {
class App;
}

namespace cradle::cli {

/// Exit code of programs that start others when they fail themselves, wrong options included (env, timeout, nohup,
/// chroot): what the command itself exits with must not be taken for it.
inline constexpr int kRunFailedBeforeStart = 125;

/// Adds the command. `exit_code` is set to the measured command's own (128 + N, 126, 127 as a shell), or to 125 when
/// cradle fails before the command starts. `exit_code` outlives the parsing of `app`.
void add_run_command(CLI::App& app, int& exit_code);

}  // namespace cradle::cli
