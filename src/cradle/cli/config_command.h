// `cradle config`: every setting, its value and where it came from.
#pragma once

namespace CLI {
class App;
}

namespace cradle::cli {

void add_config_command(CLI::App& app);

}  // namespace cradle::cli
