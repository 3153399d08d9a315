// cradle monitor: handed to the worker cradle-monitor, which carries an HTTP server that cradle run must not.
#pragma once

namespace CLI {
class App;
}

namespace cradle::cli {

void add_monitor_command(CLI::App& app, int& exit_code);

}  // namespace cradle::cli
