// `cradle import` and `cradle export`: records from and to the files of other tools.
#pragma once

namespace CLI {
class App;
}

namespace cradle::cli {

/// `exit_code` becomes 1 when a file, or a line of one, could not be imported.
void add_import_command(CLI::App& app, int& exit_code);
void add_export_command(CLI::App& app);

}  // namespace cradle::cli
